/** Time that also passes in a tab in the background, whose own timers browsers let run once a minute. */
import type { Clock } from "../engine/ports";
import workerUrl from "./timer-worker?worker&url";

/** The part of Worker that is used. */
export interface Ticker {
  onmessage: ((event: MessageEvent<number>) => void) | null;
  postMessage(message: { id: number; after: number | null }): void;
}

/** Every timer runs in the page and in the worker; the first that fires counts. Without a worker the page's own does. */
export class BackgroundClock implements Clock {
  #ticker: Ticker | null = null;
  #last = 0;
  readonly #waiting = new Map<number, () => void>();

  constructor(open: () => Promise<Ticker | null>) {
    open().then(
      (ticker) => {
        this.#ticker = ticker;
        if (ticker) ticker.onmessage = ({ data }) => this.#waiting.get(data)?.();
      },
      () => undefined,
    );
  }

  now(): number {
    return Date.now();
  }

  after(milliseconds: number, run: () => void): () => void {
    const id = ++this.#last;
    const cancel = (): void => {
      window.clearTimeout(timer);
      if (this.#waiting.delete(id)) this.#ticker?.postMessage({ id, after: null });
    };
    const fire = (): void => {
      if (!this.#waiting.has(id)) return;
      cancel();
      run();
    };
    const timer = window.setTimeout(fire, milliseconds);
    this.#waiting.set(id, fire);
    this.#ticker?.postMessage({ id, after: milliseconds });
    return cancel;
  }
}

/** The worker; on a page of another site its source is fetched first, since workers must be of the page's own site. */
export async function openTicker(): Promise<Ticker | null> {
  if (!("Worker" in window)) return null;
  const url = new URL(workerUrl, import.meta.url);
  if (url.origin === window.location.origin) return new Worker(url);
  const source = await (await fetch(url)).text();
  const local = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return new Worker(local);
}
