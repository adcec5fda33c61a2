/** A guest's visit as plain data: what the server says of it, and what the page shows. */
import { NO_ROOM, type RoomState } from "../api/room";

/** GET /api/join/{token}: what the link leads to. */
export interface Invitation {
  conference: string;
  system: string;
  language: string;
  /** How to come by phone instead; null: one can not. */
  phone: PhoneWay | null;
  needs_code: boolean;
  lobby: boolean;
  /** Of whom the link was made for; "": anybody. */
  name: string;
}

export interface PhoneWay {
  extension: string | null;
  /** An extension that asks for the conference ID. */
  conference_server: string | null;
  conference_id: string | null;
  /** Numbers from outside. */
  numbers: string[];
}

interface IceServer {
  urls: string[];
  username?: string | null;
  credential?: string | null;
}

/** POST /api/join/{token}: a visit that began. */
export interface Pass {
  token: string;
  conference_id: string;
  conference: string;
  name: string;
  dial: string;
  asks_code: boolean;
  lobby: boolean;
  sip: { username: string; password: string; realm: string; domain: string; path: string };
  ice_servers: IceServer[];
  /** Seconds since 1970. */
  expires_at: number;
}

/** PUT /api/visit. */
export interface Renewal {
  expires_at: number;
  ice_servers: IceServer[];
}

/** What went wrong, or how the visit ended; the words of each say what to do. */
export type Trouble =
  | "link-over"
  | "too-many-tries"
  | "wrong-code"
  | "code-missing"
  | "name-missing"
  | "server-away"
  | "page-insecure"
  | "browser-too-old"
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-busy"
  | "microphone-failed"
  | "room-full"
  | "room-locked"
  | "not-admitted"
  | "removed"
  | "conference-ended"
  | "connection-lost"
  | "call-failed"
  | "left";

export type Step =
  /** The link is looked at. */
  | "looking"
  | "entry"
  | "joining"
  | "inside"
  | "over";

export interface VisitState {
  step: Step;
  invitation: Invitation | null;
  pass: Pass | null;
  /** In `over`: how it ended. Else: what to do something about. */
  trouble: Trouble | null;
  /** The server's own sentence. */
  sentence: string | null;
  /** Inside, but the connection is being found again. */
  returning: boolean;
  muted: boolean;
  /** Nothing but listening: there is no microphone. */
  listening: boolean;
  microphone: "unknown" | "asking" | "open" | "refused";
  soundBlocked: boolean;
  /** The conference, as the server tells it. */
  room: RoomState;
}

export const BEGINNING: VisitState = {
  step: "looking",
  invitation: null,
  pass: null,
  trouble: null,
  sentence: null,
  returning: false,
  muted: false,
  listening: false,
  microphone: "unknown",
  soundBlocked: false,
  room: NO_ROOM,
};
