/** A conference and who is in it, for tests. */
import type { Room, RoomParticipant } from "../room";

export function person(id: string, patch: Partial<RoomParticipant> = {}): RoomParticipant {
  return {
    id,
    extension: "201",
    name: id,
    joined_at: 100,
    administrator: false,
    waiting: false,
    on_hold: false,
    talking: false,
    user_id: null,
    device: "phone",
    entrance: "extension",
    in_lobby: false,
    muted_by: null,
    unmute_requested_by: null,
    hand_raised_at: null,
    hears_db: 0,
    says_db: 0,
    noise_suppression: false,
    mos: null,
    ...patch,
  };
}

export function room(participants: RoomParticipant[] = [], patch: Partial<Room> = {}): Room {
  return {
    conference_id: "board",
    name: "Board",
    extension: "8002",
    state: "open",
    waiting_for_administrator: false,
    locked: false,
    lobby: false,
    recording: null,
    meeting_id: "m",
    started_at: 90,
    noise_suppression: false,
    participants,
    invitations: [],
    ...patch,
  };
}
