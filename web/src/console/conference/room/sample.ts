/** Somebody in a conference, for tests. */
import type { RoomParticipant } from "../../../api/room";

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
