/** What a visit needs of the world. */
import type { RoomState } from "../api/room";
import type { AudioPort, Clock, MediaPort, NetworkPort, SipPort } from "../phone/engine/ports";
import type { Invitation, Pass, Renewal } from "./model";

/** The server's door. Throws ApiError. */
export interface DoorPort {
  look(): Promise<Invitation>;
  join(name: string, code: string | null): Promise<Pass>;
  renew(pass: Pass): Promise<Renewal>;
  leave(pass: Pass): Promise<void>;
}

/** The conference as the guest sees it. */
export interface RoomPort {
  readonly state: RoomState;
  /** How loud somebody speaks now, 0 to 100. */
  level(participant: string): number;
  /** When somebody spoke last. */
  spoke(participant: string): number;
  subscribe(listener: () => void): () => void;
  start(): void;
  stop(): void;
  nudge(changed: boolean): void;
  mute(participant: string, on: boolean): Promise<unknown>;
}

/** What is kept in this tab over a reload. */
export interface KeepPort {
  load(): Pass | null;
  save(pass: Pass | null): void;
}

export interface VisitPorts {
  clock: Clock;
  door: DoorPort;
  sip: (pass: Pass) => SipPort;
  room: (pass: Pass) => RoomPort;
  media: MediaPort;
  audio: Pick<AudioPort, "onBlocked" | "unlock">;
  network: NetworkPort;
  keep: KeepPort;
}
