/** The calls of a phone as a list, and how each thing that happens changes it. Pure. */
import type { Call, CallState, Ending, Failure, FailureId, Quality, TakeOver, Target, Transfer } from "./model";

/** Two calls, and one more that rings meanwhile. */
export const MOST_CALLS = 3;
export const MOST_TALKS = 2;

export function outgoing(id: string, target: Target, now: number): Call {
  return {
    id,
    direction: "out",
    state: "dialling",
    number: target.dial,
    shown: target.shown,
    name: target.name,
    startedAt: now,
    answeredAt: null,
    endedAt: null,
    muted: false,
    heldByThem: false,
    digits: "",
    then: target.then ?? "",
    quality: null,
    ending: null,
    dialog: null,
    conference: null,
    returning: false,
    transfer: null,
  };
}

export function incoming(id: string, from: { number: string; shown: string; name: string | null }, now: number): Call {
  const target = { dial: from.number, shown: from.shown, name: from.name };
  return { ...outgoing(id, target, now), direction: "in", state: "incoming" };
}

/** A call of an earlier tab as this one begins with it: what is known of it, or at least what the server says. */
export function takenOver(id: string, entry: TakeOver, before: Call | undefined, now: number): Call {
  const number = entry.number ?? "";
  const since = entry.started_at ? entry.started_at * 1000 : now;
  const fresh = outgoing(id, { dial: number, shown: number, name: entry.name ?? null }, since);
  return { ...fresh, answeredAt: since, ...before, id, state: "recovering" };
}

export function change(calls: readonly Call[], id: string, patch: Partial<Call>): readonly Call[] {
  return calls.map((call) => (call.id === id && call.state !== "ended" ? { ...call, ...patch } : call));
}

export function progress(calls: readonly Call[], id: string): readonly Call[] {
  const call = find(calls, id);
  return call?.state === "dialling" ? change(calls, id, { state: "ringing" }) : calls;
}

export function answered(calls: readonly Call[], id: string, now: number): readonly Call[] {
  const call = find(calls, id);
  if (!call) return calls;
  return change(calls, id, { state: "talking", answeredAt: call.answeredAt ?? now });
}

export function held(calls: readonly Call[], id: string, on: boolean): readonly Call[] {
  const call = find(calls, id);
  if (!call || !established(call)) return calls;
  return change(calls, id, { state: on ? "held" : "talking" });
}

export function keyed(calls: readonly Call[], id: string, digits: string): readonly Call[] {
  const call = find(calls, id);
  return call ? change(calls, id, { digits: call.digits + digits }) : calls;
}

export function quality(calls: readonly Call[], id: string, value: Quality | null): readonly Call[] {
  const call = find(calls, id);
  return call && call.quality !== value ? change(calls, id, { quality: value }) : calls;
}

export function ended(calls: readonly Call[], id: string, ending: Ending, now: number): readonly Call[] {
  return change(calls, id, { state: "ended", endedAt: now, ending, quality: null });
}

/** What a transfer makes of a call, also of one that is over meanwhile. */
export function moved(calls: readonly Call[], id: string, transfer: Transfer | null): readonly Call[] {
  return calls.map((call) => (call.id === id ? { ...call, transfer } : call));
}

export function without(calls: readonly Call[], id: string): readonly Call[] {
  return calls.filter((call) => call.id !== id);
}

export function find(calls: readonly Call[], id: string): Call | undefined {
  return calls.find((call) => call.id === id);
}

export function live(call: Call): boolean {
  return call.state !== "ended";
}

/** Somebody answered, and it is not over: it can be held, muted, keyed. */
export function established(call: Call): boolean {
  return call.state === "talking" || call.state === "held" || call.state === "recovering";
}

/** S2-14: it can be led to somebody else. */
export function movable(call: Call): boolean {
  return (call.state === "talking" || call.state === "held") && call.dialog !== null && call.conference === null && !call.returning;
}

/** Somebody who can be joined with one who waits: he speaks to us, or his phone rings. */
export function joinable(call: Call): boolean {
  return movable(call) || (call.direction === "out" && call.state === "ringing" && call.dialog !== null);
}

/** The call that asks somebody whether he takes the other one. */
export function asking(calls: readonly Call[]): Call | null {
  return calls.find((call) => live(call) && call.transfer?.state === "asking" && call.conference === null) ?? null;
}

/** It takes one of the two places of calls: all but what still rings here, or is over. */
export function occupies(call: Call): boolean {
  return live(call) && call.state !== "incoming";
}

/** The call that is heard, or will be: talking first, then what is being set up, then what was held last. */
export function foreground(calls: readonly Call[]): Call | null {
  const order: CallState[] = ["talking", "recovering", "answering", "ringing", "dialling", "held"];
  for (const state of order) {
    const found = calls.findLast((call) => call.state === state);
    if (found) return found;
  }
  return null;
}

/** The call behind: the other of two. */
export function background(calls: readonly Call[]): Call | null {
  const front = foreground(calls);
  return calls.find((call) => occupies(call) && call.id !== front?.id) ?? null;
}

export function ringingHere(calls: readonly Call[]): Call | null {
  return calls.find((call) => call.state === "incoming") ?? null;
}

/** Seconds of talk so far, or in all. */
export function duration(call: Call, now: number): number {
  if (call.answeredAt === null) return 0;
  return Math.max(0, Math.floor(((call.endedAt ?? now) - call.answeredAt) / 1000));
}

/** Sound to make for these calls. A second call knocks softly while somebody talks. */
export function ringOf(calls: readonly Call[]): "ring" | "knock" | "ringback" | "none" {
  const busy = calls.some((call) => established(call) || call.state === "answering");
  if (ringingHere(calls)) return busy ? "knock" : "ring";
  return !busy && calls.some((call) => call.state === "ringing") ? "ringback" : "none";
}

/** The failure that a refusing SIP answer means; null for an ordinary end. */
export function refusal(status: number | null, sentence: string | null, call: Call): Failure | null {
  const id = refusalId(status);
  if (id === null) return null;
  const values = { number: call.name ?? call.shown, status: String(status ?? "") };
  return { id, values, sentence, retry: { do: "dial", target: targetOf(call) } };
}

/** What an end that names its cause means for who was in a conference, or wanted to be; null: nothing to say. */
export function goodbye(because: string | null, call: Call): Failure | null {
  const id = GOODBYES[because ?? ""];
  if (id === undefined) return null;
  const again = id === "conference-full" || id === "conference-locked" || id === "conference-code";
  return { id, values: { number: call.name ?? call.shown }, sentence: null, retry: again ? { do: "dial", target: targetOf(call) } : null };
}

const GOODBYES: Readonly<Record<string, FailureId>> = {
  conference_ended: "conference-ended",
  removed: "conference-removed",
  blocked: "conference-removed",
  not_admitted: "conference-refused",
  room_full: "conference-full",
  room_locked: "conference-locked",
  wrong_code: "conference-code",
  codes_refused: "conference-code",
  no_code: "conference-code",
};

/** How many talks they are: calls that were merged are one. */
export function talks(calls: readonly Call[]): number {
  const merged = (call: Call): string => (established(call) && call.conference?.startsWith("adhoc-") ? call.conference : call.id);
  return new Set(calls.filter(occupies).map(merged)).size;
}

/** To call the same again. */
export function targetOf(call: Call): Target {
  return { dial: call.number, shown: call.shown, name: call.name, then: call.then };
}

function refusalId(status: number | null): FailureId | null {
  switch (status) {
    case 486:
    case 600:
      return "busy";
    case 408:
      return "no-answer";
    case 480:
      return "offline";
    case 404:
    case 410:
    case 484:
    case 604:
      return "not-found";
    case 403:
    case 401:
    case 407:
      return "not-allowed";
    case 603:
    case 607:
      return "refused";
    case 487:
    case 200:
      return null;
    case null:
      return "call-failed";
    default:
      return status >= 300 ? "call-failed" : null;
  }
}
