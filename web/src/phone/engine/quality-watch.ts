/** Looks at the sound of the running calls every two seconds, as long as there are any. */
import { established, quality } from "./calls";
import type { Call } from "./model";
import type { Ports } from "./ports";

const EVERY_MS = 2000;

export class QualityWatch {
  #running = false;

  constructor(
    private readonly ports: Pick<Ports, "clock" | "sip">,
    private readonly calls: () => readonly Call[],
    private readonly change: (calls: readonly Call[]) => void,
  ) {}

  begin(): void {
    if (this.#running) return;
    this.#running = true;
    this.ports.clock.after(EVERY_MS, () => this.#look());
  }

  #look(): void {
    this.#running = false;
    for (const { id, state } of this.calls()) {
      if (state !== "talking") continue;
      this.ports.sip.quality(id).then(
        (value) => this.change(quality(this.calls(), id, value)),
        () => undefined,
      );
    }
    if (this.calls().some(established)) this.begin();
  }
}
