/** What the engine needs of the world. The adapters implement it for a browser, the tests with fakes. */
import type { Command, Place, Presence, Quality, Resolved, SharedState, TakeOver } from "./model";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Run once after so many milliseconds; the result cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

export interface SipCredentials {
  username: string;
  password: string;
  realm: string;
  /** Seconds since 1970. */
  expires_at: number;
  /** TURN servers with credentials as short-lived as these. */
  ice_servers?: { urls: string[]; username?: string | null; credential?: string | null }[];
}

/** An opened microphone. The engine only passes it on and closes it. */
export interface Microphone {
  readonly stream: MediaStream;
  close(): void;
}

export type SipEvent =
  | { type: "connected" }
  | { type: "disconnected" }
  | { type: "registered" }
  | { type: "registration-failed"; status: number | null; sentence: string | null }
  | { type: "incoming"; id: string; dialog: string; number: string; name: string | null }
  | { type: "sent"; id: string; dialog: string }
  /** `sound`: what is heard meanwhile, a ringing tone or words, comes from the other side. */
  | { type: "progress"; id: string; sound: boolean }
  | { type: "answered"; id: string }
  | SipEnded
  | { type: "held-by-them"; id: string; on: boolean }
  /** No sound comes through (ICE failed), or it came back. */
  | { type: "media"; id: string; flows: boolean };

export interface SipEnded {
  type: "ended";
  id: string;
  by: "us" | "them" | "system";
  status: number | null;
  sentence: string | null;
  elsewhere: boolean;
  /** The server's own name for why. */
  because?: string | null;
  /** It ended because the server goes away or lost it: nobody meant it to end. */
  lost?: boolean;
}

export interface SipPort {
  listen(listener: (event: SipEvent) => void): void;
  /** Load the code, so that a later start is quick. */
  prepare(): Promise<void>;
  start(credentials: SipCredentials): void;
  /** New credentials of the same user name. */
  renew(credentials: SipCredentials): void;
  /** Unregister and close. */
  stop(): void;
  /** Register again now. */
  register(): void;
  /** The network may have changed: look whether the connection is alive, open it at once if it is not. */
  nudge(changed: boolean): void;
  call(id: string, to: string, microphone: Microphone, replaces: TakeOver | null): void;
  answer(id: string, microphone: Microphone): void;
  /** @param status SIP status of the refusal: 603 refused, 486 busy. */
  reject(id: string, status: 486 | 603): void;
  hangUp(id: string): void;
  mute(id: string, on: boolean): void;
  hold(id: string, on: boolean): void;
  digits(id: string, digits: string): void;
  restartIce(id: string): void;
  useMicrophone(id: string, microphone: Microphone): void;
  quality(id: string): Promise<Quality | null>;
  /** Packets that came from the server so far, of any kind; null when nothing is known. */
  heard(id: string): Promise<number | null>;
}

export type TabsEvent =
  | { type: "open" }
  | { type: "closed" }
  | { type: "owner"; you: boolean; tabs: number; takeOver: readonly TakeOver[] }
  | { type: "state"; state: SharedState }
  | { type: "command"; command: Command }
  | { type: "presence"; presence: Readonly<Record<string, Presence>> }
  | { type: "places"; places: readonly Place[] }
  | { type: "voicemail"; count: { new: number; old: number } }
  | { type: "signed-out" }
  | { type: "refused"; errorId: string; sentence: string };

export interface TabsPort {
  listen(listener: (event: TabsEvent) => void): void;
  start(): void;
  stop(): void;
  nudge(changed: boolean): void;
  /** Ask to be the owner. */
  claim(): void;
  state(state: SharedState): void;
  command(command: Command): void;
  visible(visible: boolean): void;
}

export interface MediaPort {
  /** What this page can do at all. */
  page(): { secure: boolean; webrtc: boolean; microphone: boolean };
  /** Opens the chosen microphone. Throws what getUserMedia throws. */
  open(): Promise<Microphone>;
  /** A stream of silence, to keep a call when there is no microphone. */
  silence(): Microphone;
  /** Whether the person has been asked; "unknown" where the browser does not say. */
  permission(): Promise<"granted" | "prompt" | "denied" | "unknown">;
}

export interface AudioPort {
  /** Play this sound until told otherwise. Calls back when the browser blocks or unblocks sound. */
  ring(kind: "ring" | "knock" | "ringback" | "none"): void;
  onBlocked(listener: (blocked: boolean) => void): void;
  /** A person clicked: sound may be started. */
  unlock(): void;
}

/** The server's phone API, as far as the engine needs it. Throws ApiError. */
export interface DirectoryPort {
  credentials(): Promise<SipCredentials>;
  resolve(text: string): Promise<Resolved>;
}

/** The server joins calls of this person with others (api/phone/calls). By Call-IDs of their dialogs. Throws ApiError. */
export interface MovingPort {
  /** Lead the far side of a call to a number. */
  transfer(dialog: string, to: string): Promise<void>;
  /** Join the far sides of two calls. */
  complete(dialog: string, other: string): Promise<void>;
}

/** What the browser tells of the network and the page. */
export interface NetworkPort {
  /** `changed`: the network is another one or came back; else the page woke or was looked at. */
  onNudge(listener: (changed: boolean) => void): void;
  onVisible(listener: (visible: boolean) => void): void;
  stop(): void;
}

/** Remembered in this tab over a reload. */
export interface MemoryPort {
  load(): SharedState | null;
  save(state: SharedState): void;
}

export interface Ports {
  clock: Clock;
  sip: SipPort;
  tabs: TabsPort;
  media: MediaPort;
  audio: AudioPort;
  directory: DirectoryPort;
  moving: MovingPort;
  network: NetworkPort;
  memory: MemoryPort;
  /** A new id. */
  id(): string;
}
