/** Looks at the sound of the running calls as long as there are any: how good it is, and whether anything comes at all. */
import { established, quality } from "./calls";
import type { Call } from "./model";
import type { Ports } from "./ports";

const LOOK_MS = 1000;
/** The quality is drawn from every second look. */
const JUDGE_EVERY = 2;
/** So many looks in a row without one packet: the way to the server is doubted, long before ICE says so. */
const SILENT_LOOKS = 2;

interface Heard {
  packets: number;
  silent: number;
}

export class QualityWatch {
  #running = false;
  #looks = 0;
  #heard = new Map<string, Heard>();

  constructor(
    private readonly ports: Pick<Ports, "clock" | "sip">,
    private readonly calls: () => readonly Call[],
    private readonly change: (calls: readonly Call[]) => void,
    private readonly onSilence: () => void,
  ) {}

  begin(): void {
    if (this.#running) return;
    this.#running = true;
    this.ports.clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    this.#running = false;
    this.#looks += 1;
    const { sip } = this.ports;
    const talking = this.calls().filter((call) => call.state === "talking");
    for (const { id, heldByThem } of talking) {
      if (!heldByThem) sip.heard(id).then((packets) => this.#listen(id, packets), () => undefined);
      if (this.#looks % JUDGE_EVERY === 0) {
        sip.quality(id).then(
          (value) => this.change(quality(this.calls(), id, value)),
          () => undefined,
        );
      }
    }
    for (const id of this.#heard.keys()) if (!talking.some((call) => call.id === id)) this.#heard.delete(id);
    if (this.calls().some(established)) this.begin();
  }

  #listen(id: string, packets: number | null): void {
    if (packets === null) return;
    const before = this.#heard.get(id);
    const silent = before?.packets === packets ? before.silent + 1 : 0;
    this.#heard.set(id, { packets, silent });
    if (silent === SILENT_LOOKS) this.onSilence();
  }
}
