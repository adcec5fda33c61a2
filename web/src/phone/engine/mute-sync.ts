/** Keeps two mutes the same: that of a call's microphone, and the server's of its participant, which others see. */

export interface MuteWay {
  /** Mute the microphone here, or open it. */
  local(on: boolean): void;
  /** Tell the server. Rejects when it refuses. */
  server(on: boolean): Promise<unknown>;
  /** The server did not take it. */
  refused(error: unknown): void;
  /** Run when the server has had time to show what it took. */
  later(run: () => void): void;
}

export class MuteSync {
  #local: boolean | null = null;
  #server: boolean | null = null;
  /** What the server was told and did not show yet. */
  #wanted: boolean | null = null;

  constructor(private readonly way: MuteWay) {}

  /** How both are now. @param server null: the participant is not known (yet). */
  update(local: boolean, server: boolean | null): void {
    const first = this.#server === null;
    const moved = { local: local !== this.#local, server: server !== this.#server };
    this.#local = local;
    this.#server = server;
    if (server === null) this.#wanted = null;
    if (server === null) return;
    if (server === local) {
      // Changed back before the server showed the change; or it shows it now.
      if (moved.local && this.#wanted !== null && this.#wanted !== local) this.#tell(local);
      else if (this.#wanted === server && moved.server) this.#wanted = null;
      return;
    }
    // On entering, whoever was muted stays so, on either side.
    if (first) this.#level(server);
    else if (moved.server && this.#wanted === null) this.way.local(server);
    else if (moved.local) this.#tell(local);
  }

  #level(server: boolean): void {
    if (server) this.way.local(true);
    else this.#tell(true);
  }

  /** Somebody else was faster: the server has the last word, and a mute wins. */
  #settle(on: boolean): void {
    if (this.#wanted !== on) return;
    this.#wanted = null;
    if (this.#server !== null && this.#local !== this.#server) this.#level(this.#server);
  }

  #tell(on: boolean): void {
    this.#wanted = on;
    this.way.server(on).then(
      () => this.way.later(() => this.#settle(on)),
      (error: unknown) => {
        if (this.#wanted !== on) return;
        this.#wanted = null;
        // A microphone that nobody hears is not shown as open.
        if (this.#server === true && this.#local === false) this.way.local(true);
        this.way.refused(error);
      },
    );
  }
}
