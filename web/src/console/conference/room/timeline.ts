/** What happened in a meeting: from its minutes as far as they go, and from what changes while one looks. */
import type { Room, RoomParticipant } from "../../../api/room";
import type { WholeMeeting } from "../types";

export type EventKind =
  | "began"
  | "joined"
  | "left"
  | "lobby"
  | "muted"
  | "unmuted"
  | "hand"
  | "handDown"
  | "administrator"
  | "locked"
  | "unlocked"
  | "recording"
  | "recorded"
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
    if (person.hand_raised_at !== null) found.push(event("hand", `${person.id} ${person.hand_raised_at}`, person.hand_raised_at, nameOf(person)));
  }
  if (room.recording) found.push(event("recording", String(room.recording.since), room.recording.since, ""));
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

/** What has changed between two looks. */
export function eventsBetween(before: Room, after: Room, now: number): TimelineEvent[] {
  const found: TimelineEvent[] = [];
  const were = new Map(before.participants.map((one) => [one.id, one]));
  const are = new Map(after.participants.map((one) => [one.id, one]));
  for (const person of after.participants) found.push(...changesOf(were.get(person.id), person, now));
  for (const person of before.participants) {
    if (!are.has(person.id)) found.push(event("left", person.id, now, nameOf(person)));
  }
  if (before.locked !== after.locked) found.push(event(after.locked ? "locked" : "unlocked", String(now), now, ""));
  if (before.recording && !after.recording) found.push(event("recorded", String(now), now, ""));
  return found;
}

function changesOf(was: RoomParticipant | undefined, is: RoomParticipant, now: number): TimelineEvent[] {
  if (!was) return [];
  const found: TimelineEvent[] = [];
  const [id, name] = [`${is.id} ${now}`, nameOf(is)];
  if ((was.in_lobby || was.waiting) && !is.in_lobby && !is.waiting) found.push(event("joined", is.id, now, name));
  if (was.muted_by === null && is.muted_by !== null) {
    found.push(event("muted", id, now, name, is.muted_by === "self" ? "" : is.muted_by));
  }
  if (was.muted_by !== null && is.muted_by === null) found.push(event("unmuted", id, now, name));
  if (was.hand_raised_at !== null && is.hand_raised_at === null) found.push(event("handDown", id, now, name));
  if (!was.administrator && is.administrator) found.push(event("administrator", id, now, name));
  return found;
}

/** Both together, each once, the newest first. */
export function merged(known: readonly TimelineEvent[], more: readonly TimelineEvent[]): TimelineEvent[] {
  const all = new Map(known.map((one) => [one.key, one]));
  for (const one of more) if (!all.has(one.key)) all.set(one.key, one);
  return [...all.values()].sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1)).slice(0, MOST);
}
