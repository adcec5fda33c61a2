/** Brings calls back into their conference after they were lost without a goodbye. The guest page uses it too. */
import type { Clock } from "./ports";
import { RETURN_AGAIN_MS, RETURN_LATER_MS, RETURN_MS } from "./times";

/** A server that has just begun is ready within them. */
const QUICK_TRIES = 10;

export interface ReturnWay {
  /** Whether one can dial now. */
  open(): boolean;
  dial(id: string): void;
  /** The time is over. */
  giveUp(id: string): void;
}

interface Lost {
  /** It was on hold. */
  held: boolean;
  dialled: boolean;
  tries: number;
  cancelAgain: () => void;
  cancelEnd: () => void;
}

export class Returning {
  readonly #lost = new Map<string, Lost>();

  constructor(
    private readonly clock: Clock,
    private readonly way: ReturnWay,
  ) {}

  get any(): boolean {
    return this.#lost.size > 0;
  }

  has(id: string): boolean {
    return this.#lost.has(id);
  }

  /** @param since when it was lost, in milliseconds since 1970. */
  begin(id: string, since: number, held: boolean): void {
    if (this.#lost.has(id)) return;
    const left = Math.max(0, since + RETURN_MS - this.clock.now());
    const cancelEnd = this.clock.after(left, () => {
      if (this.drop(id)) this.way.giveUp(id);
    });
    this.#lost.set(id, { held, dialled: false, tries: 0, cancelAgain: () => undefined, cancelEnd });
    this.#try(id);
  }

  /** The way to the server is gone, and with it every attempt that was under way. */
  closed(): void {
    for (const lost of this.#lost.values()) lost.dialled = false;
  }

  /** The way to the server is there again. */
  opened(): void {
    for (const id of [...this.#lost.keys()]) this.#try(id);
  }

  /** It is back. Null: it was not lost. */
  answered(id: string): { held: boolean } | null {
    const lost = this.#lost.get(id);
    if (!lost) return null;
    this.drop(id);
    return { held: lost.held };
  }

  /** An attempt came to nothing. False: there is no use in another one. */
  refused(id: string, status: number | null): boolean {
    const lost = this.#lost.get(id);
    if (!lost || !(status === null || status === 408 || status >= 500)) return false;
    if (!lost.dialled) return true;
    lost.dialled = false;
    lost.cancelAgain();
    const wait = lost.tries < QUICK_TRIES ? RETURN_AGAIN_MS : RETURN_LATER_MS;
    lost.cancelAgain = this.clock.after(wait, () => this.#try(id));
    return true;
  }

  /** No longer wanted. Returns whether it was being tried. */
  drop(id: string): boolean {
    const lost = this.#lost.get(id);
    lost?.cancelAgain();
    lost?.cancelEnd();
    return this.#lost.delete(id);
  }

  #try(id: string): void {
    const lost = this.#lost.get(id);
    if (!lost || lost.dialled || !this.way.open()) return;
    lost.cancelAgain();
    lost.dialled = true;
    lost.tries += 1;
    this.way.dial(id);
  }
}
