/** A world for the engine without a browser: time that jumps, a server that does what the test says. */
import { AfterCalls } from "../after";
import { PhoneEngine } from "../engine/engine";
import type { Command, PhoneState, Resolved, SharedState, TakeOver } from "../engine/model";
import type { Clock, Microphone, Ports, SipCredentials, SipEvent, TabsEvent } from "../engine/ports";

export class FakeClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Let time pass, in order of what is due, with a turn of the loop after each. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await turn();
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await turn();
    }
    this.#now = end;
  }
}

/** Let promises that are settled go on. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 8; i += 1) await Promise.resolve();
}

export class World {
  readonly clock = new FakeClock();
  /** What the engine asked of SIP, in order. */
  readonly sip: string[] = [];
  readonly rings: string[] = [];
  readonly sentToTabs: { state?: SharedState; command?: Command; claim?: true }[] = [];
  readonly asked: string[] = [];
  microphoneError: Error | null = null;
  openMicrophones = 0;
  permission: "granted" | "prompt" | "denied" = "granted";
  page = { secure: true, webrtc: true, microphone: true };
  credentials: () => Promise<SipCredentials> = () =>
    Promise.resolve({ username: "201-tab", password: "x", realm: "pbx", expires_at: this.clock.now() / 1000 + 3600 });
  numbers: Record<string, Partial<Resolved>> = {};
  remembered: SharedState | null = null;
  replaced: TakeOver | null = null;
  tellSip: (event: SipEvent) => void = () => undefined;
  tellTabs: (event: TabsEvent) => void = () => undefined;
  nudge: (changed: boolean) => void = () => undefined;
  blocked: (blocked: boolean) => void = () => undefined;
  /** Packets that came from the server. */
  heard: () => number = () => this.clock.now();
  /** What the server says to a transfer. */
  moving: () => Promise<void> = () => Promise.resolve();
  readonly transfers: string[] = [];
  #ids = 0;
  readonly engine: PhoneEngine;

  constructor(setUp: (world: World) => void = () => undefined) {
    setUp(this);
    this.engine = new PhoneEngine(this.#ports());
  }

  get state(): PhoneState {
    return this.engine.state;
  }

  /** Started, owner of the phone, registered. */
  static async ready(setUp: (world: World) => void = () => undefined): Promise<World> {
    const world = new World(setUp);
    world.engine.start();
    world.tellTabs({ type: "owner", you: true, tabs: 1, takeOver: [] });
    await turn();
    world.tellSip({ type: "registered" });
    await turn();
    return world;
  }

  /** An outgoing call that was answered. Returns its id. */
  async talk(text = "202"): Promise<string> {
    await this.engine.call(text);
    await turn();
    const id = this.state.calls.at(-1)?.id ?? "";
    this.tellSip({ type: "sent", id, dialog: `dialog-${id}` });
    this.tellSip({ type: "progress", id, sound: false });
    this.tellSip({ type: "answered", id });
    return id;
  }

  moved(what: string): Promise<void> {
    this.transfers.push(what);
    return this.moving();
  }

  #microphone(label: string): Microphone {
    this.openMicrophones += 1;
    return {
      stream: { label } as unknown as MediaStream,
      close: () => {
        this.openMicrophones -= 1;
      },
    };
  }

  #ports(): Ports {
    const did = (what: string): void => void this.sip.push(what);
    return {
      clock: this.clock,
      id: () => `call-${(this.#ids += 1)}`,
      sip: {
        listen: (listener) => (this.tellSip = listener),
        prepare: () => Promise.resolve(),
        start: () => did("start"),
        renew: () => did("renew"),
        stop: () => did("stop"),
        register: () => did("register"),
        nudge: (changed) => did(`nudge ${changed}`),
        call: (id, to, _microphone, replaces) => {
          this.replaced = replaces;
          did(`call ${id} ${to}`);
        },
        answer: (id) => did(`answer ${id}`),
        reject: (id, status) => did(`reject ${id} ${status}`),
        hangUp: (id) => did(`hang up ${id}`),
        mute: (id, on) => did(`mute ${id} ${on}`),
        hold: (id, on) => did(`hold ${id} ${on}`),
        digits: (id, digits) => did(`digits ${id} ${digits}`),
        restartIce: (id) => did(`restart ${id}`),
        useMicrophone: (id) => did(`microphone ${id}`),
        quality: () => Promise.resolve("good"),
        heard: () => Promise.resolve(this.heard()),
      },
      tabs: {
        listen: (listener) => (this.tellTabs = listener),
        start: () => undefined,
        stop: () => undefined,
        nudge: () => undefined,
        visible: () => undefined,
        claim: () => void this.sentToTabs.push({ claim: true }),
        state: (state) => void this.sentToTabs.push({ state }),
        command: (command) => void this.sentToTabs.push({ command }),
      },
      media: {
        page: () => this.page,
        open: () => (this.microphoneError ? Promise.reject(this.microphoneError) : Promise.resolve(this.#microphone("voice"))),
        silence: () => this.#microphone("silence"),
        permission: () => Promise.resolve(this.permission),
      },
      audio: {
        ring: (kind) => {
          if (this.rings.at(-1) !== kind) this.rings.push(kind);
        },
        onBlocked: (listener) => (this.blocked = listener),
        unlock: () => undefined,
      },
      directory: {
        credentials: () => this.credentials(),
        resolve: (text) => {
          this.asked.push(text);
          const known = { kind: "extension", dial: text, shown: text, name: null, country: null, error_id: null, message: null } as const;
          return Promise.resolve({ ...known, ...this.numbers[text] });
        },
      },
      moving: {
        transfer: (dialog, to) => this.moved(`transfer ${dialog} ${to}`),
        complete: (dialog, other) => this.moved(`complete ${dialog} ${other}`),
      },
      network: { onNudge: (listener) => (this.nudge = listener), onVisible: () => undefined, stop: () => undefined },
      memory: { load: () => this.remembered, save: (state) => void (this.remembered = state) },
    };
  }
}

/** An error as getUserMedia throws it. */
export function mediaError(name: string): Error {
  return Object.assign(new Error("said by the browser"), { name });
}

/** Nobody writes anything down after calls. */
export function noNotes(): AfterCalls {
  return new AfterCalls({ load: () => [], save: () => undefined, tell: () => undefined, listen: () => () => undefined }, 0);
}
