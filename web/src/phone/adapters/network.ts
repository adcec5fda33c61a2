/** What the browser tells of the network, of sleep and of the tab. */
import type { Clock, NetworkPort } from "../engine/ports";

const TICK_MS = 2000;
/** A tick that came so late was slept over. */
const SLEPT_MS = 8000;

export class BrowserNetwork implements NetworkPort {
  readonly #end = new AbortController();
  readonly #nudges: ((changed: boolean) => void)[] = [];
  readonly #views: ((visible: boolean) => void)[] = [];
  #cancelTick: () => void = () => undefined;

  constructor(private readonly clock: Clock) {
    const { signal } = this.#end;
    window.addEventListener("online", () => this.#nudge(true), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#nudge(true), { signal });
    document.addEventListener("resume", () => this.#nudge(true), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        const visible = document.visibilityState === "visible";
        for (const tell of this.#views) tell(visible);
        if (visible) this.#nudge(false);
      },
      { signal },
    );
    const { connection } = navigator as Navigator & { connection?: EventTarget };
    connection?.addEventListener("change", () => navigator.onLine && this.#nudge(true), { signal });
    this.#tick();
  }

  onNudge(listener: (changed: boolean) => void): void {
    this.#nudges.push(listener);
  }

  onVisible(listener: (visible: boolean) => void): void {
    this.#views.push(listener);
  }

  stop(): void {
    this.#end.abort();
    this.#cancelTick();
  }

  #nudge(changed: boolean): void {
    for (const tell of this.#nudges) tell(changed);
  }

  #tick(): void {
    const set = this.clock.now();
    this.#cancelTick = this.clock.after(TICK_MS, () => {
      // Hidden tabs run timers once a minute: that is no sleep.
      const late = this.clock.now() - set - TICK_MS;
      if (late > SLEPT_MS && document.visibilityState === "visible") this.#nudge(true);
      this.#tick();
    });
  }
}
