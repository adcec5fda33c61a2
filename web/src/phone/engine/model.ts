/** What the phone is, as plain data: it is kept in one tab, sent to the others as JSON, and drawn by the views. */

export type Presence = "available" | "ringing" | "in_call" | "offline";

/** What went wrong, named so that it can be said in any language with what to do about it. */
export type FailureId =
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-busy"
  | "microphone-failed"
  | "page-insecure"
  | "browser-too-old"
  | "server-unreachable"
  | "wrong-login"
  | "signed-out"
  | "too-many-tabs"
  | "number-refused"
  | "not-registered"
  | "two-calls-already"
  | "busy"
  | "no-answer"
  | "refused"
  | "not-found"
  | "offline"
  | "not-allowed"
  | "call-lost"
  | "call-failed"
  | "conference-ended"
  | "conference-removed"
  | "conference-refused"
  | "conference-full"
  | "conference-locked"
  | "conference-code"
  | "transfer-failed"
  | "transfer-not-allowed"
  | "transfer-nobody"
  | "transfer-busy"
  | "transfer-same"
  | "transfer-left"
  | "transfer-not-taken";

export interface Failure {
  id: FailureId;
  /** Words of the failure: the number, the SIP status. */
  values: Readonly<Record<string, string>>;
  /** The server's own sentence, shown as details. */
  sentence: string | null;
  /** What "Try again" does; null: nothing that a button could do. */
  retry: Command | null;
}

/** The way to the server. */
export type Link =
  | { state: "off" }
  | { state: "connecting"; failure: Failure | null }
  | { state: "registered" }
  | { state: "stopped"; failure: Failure };

/** Which part this tab plays: one tab of a browser owns the phone, the others show it and send it commands. */
export type Role = { kind: "unknown" } | { kind: "owner"; tabs: number } | { kind: "mirror"; tabs: number };

export type CallState =
  /** The microphone is asked for, or the invitation is on its way. */
  | "dialling"
  /** It rings there. */
  | "ringing"
  /** It rings here. */
  | "incoming"
  /** It was answered here, the sound is on its way. */
  | "answering"
  | "talking"
  | "held"
  /** The way to the server is being found again; the call is kept. */
  | "recovering"
  | "ended";

/** How the sound arrives, from loss, jitter and delay. */
export type Quality = "good" | "fair" | "poor";

/** Why a call ended; `failure` says more when something went wrong. */
export interface Ending {
  by: "us" | "them" | "elsewhere" | "system";
  failure: Failure | null;
}

/** What becomes of a call by a transfer. */
export type Transfer =
  /** The server is asked to lead it to somebody. */
  | { state: "sending"; to: string }
  /** It was led there; it is over here. */
  | { state: "gone"; to: string }
  /** This call asks somebody whether he takes the other one, which is held. */
  | { state: "asking" }
  /** The server is asked to join this one with the other. */
  | { state: "joining" }
  | { state: "joined" }
  /** It was led to somebody, or he was asked, and it is here again; `why` where that is known. */
  | { state: "back"; to: string; why: FailureId | null };

export interface Call {
  id: string;
  direction: "in" | "out";
  state: CallState;
  /** What is dialled to reach them: an extension or a number in E.164. */
  number: string;
  /** The number as people read it. */
  shown: string;
  name: string | null;
  /** Milliseconds since 1970 by this computer's clock. */
  startedAt: number;
  answeredAt: number | null;
  endedAt: number | null;
  muted: boolean;
  heldByThem: boolean;
  /** The keys sent in this call. */
  digits: string;
  /** Keys to send once somebody answers. */
  then: string;
  quality: Quality | null;
  ending: Ending | null;
  /** Call-ID of the SIP dialog, by which another tab finds the call again. */
  dialog: string | null;
  /** The conference that it is in. */
  conference: string | null;
  /** It was lost, and is being brought back into its conference. */
  returning: boolean;
  transfer: Transfer | null;
}

/** A call of this person as the server holds it. */
export interface Place {
  dialog: string;
  /** The server's id of the call. */
  call: string;
  conference_id: string | null;
  participant: string | null;
  /** What leads into the conference: a number, then keys; null: nothing does. */
  dial?: string | null;
  then?: string;
}

export interface Target {
  dial: string;
  shown: string;
  name: string | null;
  /** Keys to press once somebody answers: the extension over there. */
  then?: string;
}

/** What a person does; plain data, so that a mirror can send it to the owner. */
export type Command =
  | { do: "dial"; target: Target }
  | { do: "answer"; call: string }
  | { do: "reject"; call: string }
  | { do: "hang-up"; call: string }
  | { do: "mute"; call: string; on: boolean }
  | { do: "hold"; call: string; on: boolean }
  | { do: "swap" }
  /** Lead an answered call to somebody at once. */
  | { do: "transfer"; call: string; target: Target }
  /** Hold an answered call and call somebody about it. */
  | { do: "ask-first"; call: string; target: Target }
  /** The call in front and the one behind speak to each other, without us. */
  | { do: "complete-transfer" }
  /** Hang up on who was asked, and go back to who waits. */
  | { do: "cancel-transfer" }
  | { do: "digits"; call: string; digits: string }
  | { do: "dismiss"; call: string }
  | { do: "dismiss-failure" }
  | { do: "try-again" }
  | { do: "sign-in" };

export interface PhoneState {
  link: Link;
  role: Role;
  calls: readonly Call[];
  /** The last thing that could not be done. */
  failure: Failure | null;
  /** The browser plays no sound before somebody clicks: the ring is shown only. */
  soundBlocked: boolean;
  /** Asking: the browser shows its question now. */
  microphone: "unknown" | "asking" | "allowed" | "refused";
  presence: Readonly<Record<string, Presence>>;
  /** The server's side of the calls, by their dialogs. */
  places: Readonly<Record<string, Place>>;
  /** Messages in one's mailboxes, as the server counted them last. */
  voicemail: { new: number; old: number } | null;
  lastDialled: Target | null;
}

/** The part that the owner tells the mirrors. */
export type SharedState = Pick<PhoneState, "link" | "calls" | "failure" | "soundBlocked" | "microphone" | "lastDialled">;

export const EMPTY: PhoneState = {
  link: { state: "off" },
  role: { kind: "unknown" },
  calls: [],
  failure: null,
  soundBlocked: false,
  microphone: "unknown",
  presence: {},
  places: {},
  voicemail: null,
  lastDialled: null,
};

export function shared(state: PhoneState): SharedState {
  const { link, calls, failure, soundBlocked, microphone, lastDialled } = state;
  return { link, calls, failure, soundBlocked, microphone, lastDialled };
}

/** The resolution of a typed number (POST /api/phone/number). */
export interface Resolved {
  kind: "extension" | "feature" | "number" | "refused";
  dial: string | null;
  shown: string;
  name: string | null;
  /** The name of the number's country, or its two letters. */
  country: string | null;
  then?: string;
  error_id: string | null;
  message: string | null;
}

/** A call of an earlier tab that can be taken over: its dialog as the server sees it. */
export interface TakeOver {
  call_id: string;
  local_tag: string;
  remote_tag: string;
  name?: string | null;
  number?: string | null;
  started_at?: number | null;
}
