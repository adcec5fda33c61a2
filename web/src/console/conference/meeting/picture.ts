/** A meeting as a picture: a line a person, from when to when. */
import type { Attendance, WholeMeeting } from "../types";

export interface Span {
  from: number;
  to: number;
  /** In the room itself, or before its door. */
  inside: boolean;
}

export interface Row {
  key: string;
  name: string;
  administrator: boolean;
  guest: boolean;
  spans: Span[];
  /** In the room, and talking: seconds. */
  seconds: number;
  talk: number;
}

export interface Picture {
  from: number;
  to: number;
  rows: Row[];
  recorded: { from: number; to: number }[];
}

/** Who came twice is one person. */
export function personKey(one: Attendance): string {
  return one.user_id ?? one.guest ?? `${one.extension} ${one.name}`;
}

function spansOf(one: Attendance, now: number): Span[] {
  const end = one.left_at ?? now;
  const entered = one.entered_at ?? end;
  const spans: Span[] = [];
  if (entered - one.joined_at >= 1) spans.push({ from: one.joined_at, to: entered, inside: false });
  if (one.entered_at !== null) spans.push({ from: entered, to: Math.max(entered, end), inside: true });
  return spans;
}

export function pictureOf(meeting: WholeMeeting, now: number): Picture {
  const rows = new Map<string, Row>();
  for (const one of meeting.attendances) {
    const key = personKey(one);
    const row = rows.get(key) ?? {
      key,
      name: one.name || one.extension,
      administrator: false,
      guest: one.guest !== null,
      spans: [],
      seconds: 0,
      talk: 0,
    };
    row.administrator ||= one.administrator;
    row.spans.push(...spansOf(one, now));
    row.seconds += one.entered_at === null ? 0 : (one.seconds ?? now - one.entered_at);
    row.talk += one.talk_seconds;
    rows.set(key, row);
  }
  const to = meeting.ended_at ?? now;
  const recorded = meeting.tapes
    .filter((tape) => tape.attendance === null)
    .map((tape) => ({ from: tape.started_at, to: tape.ended_at ?? now }));
  return { from: meeting.started_at, to: Math.max(to, meeting.started_at + 1), rows: [...rows.values()], recorded };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Round moments between two, at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const step = STEPS.find((one) => (to - from) / one <= Math.max(1, most)) ?? Math.ceil((to - from) / most);
  // Round on the reader's clock: zones differ by whole quarters of an hour.
  const shift = new Date(from * 1000).getTimezoneOffset() * 60;
  const first = Math.ceil((from - shift) / step) * step + shift;
  const found = [];
  for (let at = first; at <= to; at += step) found.push(at);
  return found;
}
