/** A WebSocket that opens itself again, and finds out when it is dead though nobody said so. */
import { retryDelay } from "../engine/backoff";
import type { Clock } from "../engine/ports";

/** The part of WebSocket that is used. */
export interface Wire {
  readonly readyState: number;
  binaryType: string;
  onopen: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface SocketOptions {
  open: () => Wire;
  clock: Clock;
  /** What is sent to hear whether anybody is there. */
  ping: string;
  chance?: () => number;
  onOpen: () => void;
  onClose: () => void;
  onMessage: (data: unknown) => void;
}

const OPEN = 1;
const CONNECT_MS = 4000;
const PING_EVERY_MS = 3000;
/** Silence after a ping that ends a connection: long on an ordinary day, short after a change of network. */
const SILENCE_MS = 4000;
const PROBE_MS = 1500;

export class ReliableSocket {
  #wire: Wire | null = null;
  #wanted = false;
  #failed = 0;
  #heard = 0;
  #wasOpen = false;
  #cancel: (() => void)[] = [];

  constructor(private readonly options: SocketOptions) {}

  get open(): boolean {
    return this.#wire?.readyState === OPEN;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failed = 0;
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    this.#drop();
  }

  send(data: string): boolean {
    if (!this.open) return false;
    this.#wire?.send(data);
    return true;
  }

  /** Something happened: open at once what waits to be opened; ask an open one whether it lives. */
  nudge(changed: boolean): void {
    if (!this.#wanted) return;
    if (this.open) this.#probe(changed ? PROBE_MS : 2 * PROBE_MS);
    else if (changed || this.#wire === null) this.#connect();
  }

  #connect(): void {
    this.#drop();
    const wire = this.options.open();
    this.#wire = wire;
    const late = this.options.clock.after(CONNECT_MS, () => {
      if (wire.readyState !== OPEN) this.#lost(wire);
    });
    this.#cancel.push(late);
    wire.onopen = () => {
      this.#failed = 0;
      this.#heard = this.options.clock.now();
      this.#wasOpen = true;
      late();
      this.#ping(wire);
      this.options.onOpen();
    };
    wire.onmessage = (event) => {
      this.#heard = this.options.clock.now();
      this.options.onMessage(event.data);
    };
    wire.onclose = () => this.#lost(wire);
    wire.onerror = () => undefined;
  }

  #ping(wire: Wire): void {
    const again = this.options.clock.after(PING_EVERY_MS, () => {
      if (this.#wire !== wire) return;
      this.#probe(SILENCE_MS);
      this.#ping(wire);
    });
    this.#cancel.push(again);
    if (this.#cancel.length > 8) this.#cancel.splice(0, 4);
  }

  #probe(patience: number): void {
    const wire = this.#wire;
    if (!wire) return;
    const asked = this.options.clock.now();
    this.send(this.options.ping);
    this.#cancel.push(
      this.options.clock.after(patience, () => {
        if (this.#wire === wire && this.#heard < asked) this.#lost(wire);
      }),
    );
  }

  #lost(wire: Wire): void {
    if (this.#wire !== wire) return;
    const wasOpen = this.#wasOpen;
    this.#drop();
    if (wasOpen) this.options.onClose();
    if (!this.#wanted || this.#wire) return;
    this.#failed += 1;
    const wait = wasOpen ? 200 + 400 * this.#chance() : retryDelay(this.#failed, this.#chance());
    this.#cancel.push(this.options.clock.after(wait, () => this.#connect()));
  }

  #drop(): void {
    for (const cancel of this.#cancel) cancel();
    this.#cancel = [];
    this.#wasOpen = false;
    const wire = this.#wire;
    this.#wire = null;
    if (!wire) return;
    wire.onopen = wire.onclose = wire.onmessage = wire.onerror = null;
    wire.close();
  }

  #chance(): number {
    return (this.options.chance ?? Math.random)();
  }
}
