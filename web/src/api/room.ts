/** One conference as its people see it now: told by WS /api/rooms/{id}/watch, moderated by the routes beside it. */
import type { Clock } from "../phone/engine/ports";
import { ReliableSocket, type Wire } from "../phone/adapters/socket";
import type { ApiClient } from "./client";

export interface RoomParticipant {
  id: string;
  extension: string;
  name: string;
  /** Seconds since 1970. */
  joined_at: number;
  administrator: boolean;
  /** For the administrator, or in the lobby. */
  waiting: boolean;
  on_hold: boolean;
  talking: boolean;
  user_id: string | null;
  device: "browser" | "phone" | "guest";
  entrance: "extension" | "server" | "invitation" | "link" | (string & {});
  in_lobby: boolean;
  /** A browser whose page is gone; it may come back. */
  away?: boolean;
  /** "self", or who did it; null: not muted. */
  muted_by: string | null;
  /** This person can not undo it before being asked to speak. */
  muted_firmly?: boolean;
  /** Who asked to hear this person; null: nobody. */
  unmute_requested_by: string | null;
  /** Seconds since 1970; null: the hand is down. */
  hand_raised_at: number | null;
  hears_db: number;
  says_db: number;
  noise_suppression: boolean;
  /** Mean opinion score, 1 to 5; null: not known. */
  mos: number | null;
}

export type InvitationState = "ringing" | "answered" | "joined" | "refused" | "failed" | "cancelled";

export interface RoomInvitation {
  id: string;
  number: string;
  name: string;
  state: InvitationState;
  /** Why it came to nothing. */
  reason: string;
  /** Seconds since 1970, of the last change. */
  at: number;
}

/** Something that was done; `by` whom, where that was somebody else. */
export interface Happening {
  at: number;
  what: "muted" | "unmuted" | "hand" | "handDown" | "administrator" | "participant" | "locked" | "unlocked" | "recording" | "recorded";
  name: string;
  by: string;
}

export interface Room {
  conference_id: string;
  name: string;
  extension: string | null;
  state: "waiting" | "open" | "ending";
  waiting_for_administrator: boolean;
  locked: boolean;
  lobby: boolean;
  recording: { since: number; each: boolean } | null;
  meeting_id: string | null;
  started_at: number | null;
  noise_suppression: boolean;
  max_participants?: number | null;
  participants: RoomParticipant[];
  invitations: RoomInvitation[];
  /** What was done in this meeting, the latest last; for who runs it. */
  happened?: Happening[];
}

/** What can be done to one who is inside. */
export type ParticipantAct =
  | "mute"
  | "unmute"
  | "request-unmute"
  | "raise-hand"
  | "lower-hand"
  | "admit"
  | "refuse"
  | "remove"
  | "hand-over"
  | "volume"
  | "noise";

/** What can be done to the room. */
export type RoomAct = "mute-all" | "lock" | "unlock" | "admit-all" | "end" | "record" | "noise" | "roll-call";

export interface RoomState {
  /** `lost`: it is being tried again; `over`: it will not be. */
  connection: "connecting" | "open" | "lost" | "over";
  /** Null before the first word, and while nobody is in the conference. */
  room: Room | null;
  /** The participant that this page is; null: it only watches. */
  you: string | null;
  /** The acts that this page may order: of the room and of its people. */
  may: ReadonlySet<string>;
  /** Why there is nothing (more) to see. */
  reason: string | null;
}

export const NO_ROOM: RoomState = { connection: "connecting", room: null, you: null, may: new Set(), reason: null };

/** Somebody talks from this level on. */
export const TALKING_LEVEL = 12;

/** What the server says. */
export interface RoomMessage {
  type: string;
  room?: Room | null;
  you?: string | null;
  may?: string[];
  levels?: Record<string, number>;
  reason?: string;
  error_id?: string;
}

/** The state after a message of the server; one of an unknown type changes nothing. */
export function afterMessage(state: RoomState, message: RoomMessage): RoomState {
  switch (message.type) {
    case "room":
      return {
        connection: "open",
        room: message.room ?? null,
        you: message.you ?? null,
        may: new Set(message.may ?? []),
        reason: null,
      };
    case "closed":
      return { ...state, connection: "over", room: null, you: null, may: new Set(), reason: message.reason ?? "" };
    case "refused":
      return { ...state, connection: "over", room: null, you: null, reason: message.error_id ?? "refused" };
    case "signed_out":
      return { ...state, connection: "over", room: null, you: null, reason: "signed-out" };
    default:
      return state;
  }
}

const PAGE_CLOCK: Clock = {
  now: () => Date.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface WatchOptions {
  open: () => Wire;
  /** Of a visit or of a page of another site; else the cookie speaks. */
  token: () => string | null;
  clock?: Clock;
}

/** Follows one conference. Levels come five times a second and are asked for, not told. */
export class RoomWatch {
  #state = NO_ROOM;
  #levels: Readonly<Record<string, number>> = {};
  readonly #spoke = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #socket: ReliableSocket;
  readonly #clock: Clock;

  constructor(private readonly options: WatchOptions) {
    this.#clock = options.clock ?? PAGE_CLOCK;
    this.#socket = new ReliableSocket({
      clock: this.#clock,
      open: options.open,
      ping: JSON.stringify({ type: "ping" }),
      onOpen: () => this.#hello(),
      onClose: () => this.#lost(),
      onMessage: (data) => this.#take(data),
    });
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Called after each change but those of levels. Returns what ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** How loud somebody speaks now, 0 to 100. */
  level(participant: string): number {
    return this.#state.connection === "open" ? (this.#levels[participant] ?? 0) : 0;
  }

  /** When somebody spoke last, in milliseconds since 1970; 0: not since this page looks. */
  spoke(participant: string): number {
    return this.#spoke.get(participant) ?? 0;
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
    this.#change(NO_ROOM);
  }

  /** It was over: ask once more, since one may be inside now. */
  again(): void {
    if (this.#state.connection !== "over") return;
    this.#change(NO_ROOM);
    this.#socket.start();
  }

  /** The network may have changed. */
  nudge(changed: boolean): void {
    this.#socket.nudge(changed);
  }

  #hello(): void {
    const token = this.options.token();
    if (token !== null) this.#socket.send(JSON.stringify({ type: "hello", token }));
  }

  #lost(): void {
    this.#levels = {};
    if (this.#state.connection !== "over") this.#change({ ...this.#state, connection: "lost" });
  }

  #take(data: unknown): void {
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as RoomMessage;
    if (message.type === "levels") this.#hear(message.levels ?? {});
    else this.#change(afterMessage(this.#state, message));
    if (this.#state.connection === "over") this.#socket.stop();
  }

  #hear(levels: Record<string, number>): void {
    this.#levels = levels;
    for (const [id, level] of Object.entries(levels)) {
      if (level >= TALKING_LEVEL) this.#spoke.set(id, this.#clock.now());
    }
  }

  #change(state: RoomState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function place(conference: string): string {
  return `/api/rooms/${encodeURIComponent(conference)}`;
}

/** Follow a conference with the credentials of this page; begin with `start`. */
export function watchRoom(api: ApiClient, conference: string): RoomWatch {
  return new RoomWatch({
    // Whoever brings a token is meant, not who is signed in by cookie in this browser.
    open: () => new WebSocket(api.socketUrl(`${place(conference)}/watch${api.credentials.kind === "bearer" ? "?hello=1" : ""}`)),
    token: () => (api.credentials.kind === "bearer" ? api.credentials.token : null),
  });
}

/** What can be ordered in one conference. Each throws ApiError. */
export class RoomOrders {
  readonly #place: string;

  constructor(
    private readonly api: ApiClient,
    conference: string,
  ) {
    this.#place = place(conference);
  }

  /** An act on somebody inside; `values` for volume ({hears_db?, says_db?}) and noise ({on}). */
  participant(id: string, act: ParticipantAct, values?: object): Promise<unknown> {
    return this.#post(`/participants/${encodeURIComponent(id)}/${act}`, values);
  }

  /** An act on the room; `values` for record ({on, each?}) and noise ({on}). */
  room(act: RoomAct, values?: object): Promise<unknown> {
    return this.#post(`/${act}`, values);
  }

  /** Call somebody into it. */
  invite(number: string): Promise<RoomInvitation> {
    return this.#post("/invitations", { number }) as Promise<RoomInvitation>;
  }

  cancel(invitation: string): Promise<unknown> {
    return this.api.request(`${this.#place}/invitations/${encodeURIComponent(invitation)}`, { method: "DELETE" });
  }

  #post(path: string, body?: object): Promise<unknown> {
    return this.api.request(this.#place + path, { method: "POST", ...(body && { body }) });
  }
}

/**
 * Of those inside: who waits in the lobby, and who takes part: raised hands first, then who spoke last; whose page is
 * gone comes at the end, and is not let in.
 */
export function seated(room: Room, watch: Pick<RoomWatch, "spoke">): { lobby: RoomParticipant[]; inside: RoomParticipant[] } {
  const lobby = room.participants.filter((one) => one.in_lobby && !one.away);
  const inside = room.participants.filter((one) => !one.in_lobby);
  const hand = (one: RoomParticipant): number => (one.away ? Infinity : (one.hand_raised_at ?? 1e12));
  inside.sort((a, b) => (hand(a) === hand(b) ? watch.spoke(b.id) - watch.spoke(a.id) || a.joined_at - b.joined_at : hand(a) - hand(b)));
  return { lobby, inside };
}

/** What is worth saying under somebody's name: a word of `person.*` with its blanks; null: nothing. */
export function noteOf(one: RoomParticipant): { word: string; by?: string } | null {
  if (one.away) return { word: "away" };
  if (one.hand_raised_at !== null) return { word: "hand" };
  if (one.on_hold) return { word: "onHold" };
  if (one.unmute_requested_by !== null) return { word: "asked" };
  if (one.muted_by === "self") return { word: "muted" };
  if (one.muted_by !== null) return { word: "mutedBy", by: one.muted_by };
  return null;
}
