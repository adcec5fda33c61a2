/** Who is invited by mail: read from what was typed, kept as text in a form. */
import type { Values } from "../../ui";
import type { Appointment, Attendee } from "./types";

const MAIL = /^[^\s@<>",;]+@[^\s@<>",;]+$/;

/** "Anna Weber <anna@example.com>" or an address alone; null when there is none. */
export function readAttendee(text: string): Attendee | null {
  const [, name = "", within = ""] = /^(.*?)<([^<>]*)>\s*$/.exec(text.trim()) ?? [];
  const email = (within || text).trim();
  if (!MAIL.test(email)) return null;
  return { name: name.trim().replace(/^"|"$/g, ""), email, language: null };
}

/** The list with one more, each address once. */
export function withAttendee(list: readonly Attendee[], added: Attendee): Attendee[] {
  const same = (one: Attendee) => one.email.toLowerCase() === added.email.toLowerCase();
  return [...list.filter((one) => !same(one)), added];
}

export interface AppointmentValues extends Values {
  title: string;
  /** 2026-11-21T14:00, on the clock of the zone. */
  starts_at: string;
  minutes: string;
  time_zone: string;
  note: string;
  /** JSON: what a form keeps is text. */
  attendees: string;
}

const HOUR = "60";

/** The next full hour of the reader's clock. */
export function nextHour(now: Date): string {
  const next = new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() + 1);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${next.getFullYear()}-${two(next.getMonth() + 1)}-${two(next.getDate())}T${two(next.getHours())}:00`;
}

export function appointmentValues(appointment: Appointment | null, name: string, zone: string, now = new Date()): AppointmentValues {
  return {
    title: appointment?.title ?? name,
    starts_at: appointment?.starts_at.slice(0, 16) ?? nextHour(now),
    minutes: appointment?.minutes.toString() ?? HOUR,
    time_zone: appointment?.time_zone ?? zone,
    note: appointment?.note ?? "",
    attendees: JSON.stringify(
      (appointment?.attendees ?? []).map((one) => ({ name: one.name, email: one.email, language: one.language })),
    ),
  };
}

export function attendeesOf(values: AppointmentValues): Attendee[] {
  return JSON.parse(values.attendees) as Attendee[];
}

export function appointmentBody(values: AppointmentValues): Record<string, unknown> {
  return {
    title: values.title.trim(),
    starts_at: values.starts_at,
    minutes: Number(values.minutes),
    time_zone: values.time_zone,
    note: values.note.trim(),
    attendees: attendeesOf(values),
  };
}
