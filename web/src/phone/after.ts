/** Calls that are over and may still want a note: kept in this tab over a reload, told to the person's other tabs. Pure but for its ports. */
import { live } from "./engine/calls";
import type { Call, Failure, PhoneState } from "./engine/model";
import type { RecordRef } from "./records";

export const OUTCOMES = ["reached", "no_answer", "busy", "voicemail", "wrong_number"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Another call that is planned. */
export interface NextCall {
  /** A day: 2026-03-14. */
  due: string;
  /** HH:MM, or empty. */
  time: string;
  summary: string;
}

/** What the person has entered so far. */
export interface Draft {
  /** Null: on none; undefined: as the server has it, which could not be asked yet. */
  record: RecordRef | null | undefined;
  note: string;
  outcome: Outcome | "";
  /** The planned call is done by it. */
  done: boolean;
  next: NextCall | null;
}

export interface OverCall {
  /** Call-ID of its dialog: by it the server knows the call. */
  call: string;
  direction: "in" | "out";
  number: string;
  shown: string;
  name: string | null;
  answered: boolean;
  seconds: number;
  /** Milliseconds since 1970. */
  endedAt: number;
  failure: Failure | null;
  /** Null: nothing was entered. */
  draft: Draft | null;
  /** Put aside for later. */
  aside: boolean;
}

/** What the keeping of them needs. */
export interface AfterPorts {
  load(): readonly OverCall[];
  save(calls: readonly OverCall[]): void;
  /** Tell the other tabs that a call is settled. */
  tell(call: string): void;
  /** Be told by them, until the result is called. */
  listen(settled: (call: string) => void): () => void;
}

/** What was entered is kept for a day. */
const KEPT_MS = 24 * 3600 * 1000;
const UNTOUCHED_MS = 600_000;

export class AfterCalls {
  #calls: readonly OverCall[];
  #before: readonly Call[] = [];
  readonly #listeners = new Set<() => void>();
  /** This phone is used no more: what it knows is old. */
  readonly close: () => void;

  constructor(
    private readonly ports: AfterPorts,
    now: number,
  ) {
    this.#calls = ports.load().filter((call) => call.endedAt > now - KEPT_MS);
    this.close = ports.listen((call) => this.#drop(call));
  }

  get calls(): readonly OverCall[] {
    return this.#calls;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The phone's state changed: calls may have ended. */
  follow(state: PhoneState): void {
    const before = this.#before;
    if (before === state.calls) return;
    this.#before = state.calls;
    const over = state.calls.filter((call) => !live(call) && before.some((old) => old.id === call.id && live(old)) && wantsNote(call));
    const fresh = over.map(overCall).filter((call) => !this.#calls.some((one) => one.call === call.call));
    // Where nothing was entered, the newer call takes its place: the server has logged it anyway.
    if (fresh.length > 0) this.#set([...this.#calls.filter((call) => call.draft !== null), ...fresh]);
  }

  /** Where nothing was entered for a while, nothing will be. */
  forgetOld(now: number): void {
    if (this.#calls.some((call) => stale(call, now))) this.#set(this.#calls.filter((call) => !stale(call, now)));
  }

  write(call: string, draft: Draft): void {
    this.#change(call, { draft });
  }

  /** Later: it stays where it can be found. */
  putAside(call: string, aside: boolean): void {
    this.#change(call, { aside });
  }

  /** Written down, or nothing to say. */
  settle(call: string): void {
    this.#drop(call);
    this.ports.tell(call);
  }

  #drop(call: string): void {
    if (this.#calls.some((one) => one.call === call)) this.#set(this.#calls.filter((one) => one.call !== call));
  }

  #change(call: string, patch: Partial<OverCall>): void {
    this.#set(this.#calls.map((one) => (one.call === call ? { ...one, ...patch } : one)));
  }

  #set(calls: readonly OverCall[]): void {
    this.#calls = calls;
    this.ports.save(calls);
    for (const listener of this.#listeners) listener();
  }
}

/** Calls outside: those that we made, and those that we took. */
function wantsNote(call: Call): boolean {
  if (call.dialog === null || call.conference !== null || !/^(\*67)?\+\d/.test(call.number)) return false;
  if (call.ending?.by === "elsewhere") return false;
  return call.direction === "out" || call.answeredAt !== null;
}

function stale(call: OverCall, now: number): boolean {
  return call.draft === null && call.endedAt < now - UNTOUCHED_MS;
}

function overCall(call: Call): OverCall {
  const ended = call.endedAt ?? 0;
  return {
    call: call.dialog ?? "",
    direction: call.direction,
    number: plainNumber(call.number),
    shown: call.shown,
    name: call.name,
    answered: call.answeredAt !== null,
    seconds: call.answeredAt === null ? 0 : Math.max(0, Math.round((ended - call.answeredAt) / 1000)),
    endedAt: ended,
    failure: call.ending?.failure ?? null,
    draft: null,
    aside: false,
  };
}

/** Without the code that hides ours. */
export function plainNumber(number: string): string {
  return number.replace(/^\*67/, "");
}

/** In a browser: the tab's own memory, and a channel between the tabs of this site. */
export function browserAfterPorts(user: string): AfterPorts {
  const key = `switchroom.after.${user}`;
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(key);
  return {
    load: () => {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? "[]") as OverCall[];
      } catch {
        return [];
      }
    },
    save: (calls) => {
      try {
        sessionStorage.setItem(key, JSON.stringify(calls));
      } catch {
        // Without storage a reload begins anew.
      }
    },
    tell: (call) => void channel?.postMessage(call),
    listen: (settled) => {
      channel?.addEventListener("message", ({ data }) => typeof data === "string" && settled(data));
      return () => channel?.close();
    },
  };
}
