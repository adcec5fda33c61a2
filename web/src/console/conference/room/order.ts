/** In which order people stand: raised hands, then who spoke last; nobody moves while somebody reaches for a button. */
import type { Room, RoomParticipant, RoomWatch } from "../../../api/room";
import { seated } from "../../../api/room";

/** The order shown before, without who has left and with who has come at its end. */
export function keptOrder(before: readonly string[], present: readonly string[]): string[] {
  const there = new Set(present);
  const kept = before.filter((id) => there.has(id));
  const known = new Set(kept);
  return [...kept, ...present.filter((id) => !known.has(id))];
}

export function placed(room: Room, watch: Pick<RoomWatch, "spoke">, before: readonly string[] | null) {
  const { lobby, inside } = seated(room, watch);
  if (before === null) return { lobby, inside };
  const byId = new Map(inside.map((one) => [one.id, one]));
  const order = keptOrder(before, inside.map(({ id }) => id));
  return { lobby, inside: order.map((id) => byId.get(id)).filter((one): one is RoomParticipant => one !== undefined) };
}
