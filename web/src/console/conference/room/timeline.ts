/** What happened in a meeting: from its minutes, from what the room tells, and who comes and goes while one looks. */
import type { Happening, Room, RoomParticipant } from "../../../api/room";
import type { WholeMeeting } from "../types";

export type EventKind =
  | "began"
  | "joined"
  | "left"
  | "lobby"
  | Happening["what"]
  | "invited"
  | "refused"
  | "failed"
  | "cancelled";

export interface TimelineEvent {
  key: string;
  at: number;
  kind: EventKind;
  name: string;
  /** Who did it; empty: the person himself. */
  by: string;
}

const MOST = 200;

export function nameOf(person: { name: string; extension: string }): string {
  return person.name || person.extension;
}

function event(kind: EventKind, id: string, at: number, name: string, by = ""): TimelineEvent {
  return { key: `${kind} ${id}`, at, kind, name, by };
}

/** What the room as it is tells of its past. */
export function eventsOf(room: Room): TimelineEvent[] {
  const found: TimelineEvent[] = [];
  if (room.started_at !== null) found.push(event("began", room.meeting_id ?? "", room.started_at, room.name));
  for (const person of room.participants) {
    found.push(event(person.in_lobby || person.waiting ? "lobby" : "joined", person.id, person.joined_at, nameOf(person)));
  }
  for (const one of room.happened ?? []) found.push(event(one.what, `${one.at} ${one.name}`, one.at, one.name, one.by));
  for (const one of room.invitations) {
    const name = one.name || one.number;
    if (one.state === "joined") continue;
    const kind = one.state === "refused" || one.state === "failed" || one.state === "cancelled" ? one.state : "invited";
    found.push(event(kind, one.id, one.at, name));
  }
  return found;
}

/** Who was there before this page was opened. */
export function eventsOfMinutes(meeting: WholeMeeting): TimelineEvent[] {
  return meeting.attendances.flatMap((one) => {
    const kind = one.entered_at === null ? "lobby" : "joined";
    const came = event(kind, one.id, one.entered_at ?? one.joined_at, nameOf(one));
    return one.left_at === null ? [came] : [came, event("left", one.id, one.left_at, nameOf(one))];
  });
}

/** Who came and went between two looks. */
export function eventsBetween(before: Room, after: Room, now: number): TimelineEvent[] {
  const found: TimelineEvent[] = [];
  const were = new Map(before.participants.map((one) => [one.id, one]));
  const are = new Map(after.participants.map((one) => [one.id, one]));
  for (const person of after.participants) {
    if (outside(were.get(person.id)) && !outside(person)) found.push(event("joined", person.id, now, nameOf(person)));
  }
  for (const person of before.participants) {
    if (!are.has(person.id)) found.push(event("left", person.id, now, nameOf(person)));
  }
  return found;
}

/** Waits, for the administrator or in the lobby. */
function outside(person: RoomParticipant | undefined): boolean {
  return person !== undefined && (person.in_lobby || person.waiting);
}

/** Both together, each once, the newest first. */
export function merged(known: readonly TimelineEvent[], more: readonly TimelineEvent[]): TimelineEvent[] {
  const all = new Map(known.map((one) => [one.key, one]));
  for (const one of more) if (!all.has(one.key)) all.set(one.key, one);
  return [...all.values()].sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1)).slice(0, MOST);
}
