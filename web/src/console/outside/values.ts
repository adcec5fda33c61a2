/** What forms keep of lists, destinations and times: texts, as a form's values are. */
import type { CallRights, Destination, Hours } from "./types";

/** The kinds an incoming number may lead to, in the order of "Destination type for voice call". */
export const KINDS = [
  "not-configured",
  "extension",
  "conference",
  "conference-server",
  "ring-group",
  "voicemail",
  "hang-up",
] as const;
/** Where a call goes when nobody takes it. */
export const OTHERWISE = ["extension", "conference", "conference-server", "ring-group", "voicemail", "hang-up"] as const;
/** Where a user's calls may be forwarded to. */
export const FORWARDS = ["extension", "number", "ring-group", "voicemail"] as const;

const ALONE = new Set(["", "not-configured", "conference-server", "hang-up"]);

/** Whether a kind asks for a second field. */
export function hasTarget(kind: string): boolean {
  return !ALONE.has(kind);
}

/** "conference:board"; "" is nothing at all. */
export function destinationText(destination: Destination | null): string {
  return destination ? `${destination.kind}:${destination.target}` : "";
}

export function readDestination(text: string): Destination | null {
  if (text === "") return null;
  const colon = text.indexOf(":");
  return { kind: text.slice(0, colon), target: text.slice(colon + 1).trim() };
}

export function listText(list: readonly string[]): string {
  return list.join(",");
}

export function readList(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter(Boolean);
}

export function hoursText(schedule: readonly Hours[]): string {
  return schedule.length === 0 ? "" : JSON.stringify(schedule);
}

export function readHours(text: string): Hours[] {
  return text === "" ? [] : (JSON.parse(text) as Hours[]);
}

export const OFFICE_HOURS: Hours = { days: [0, 1, 2, 3, 4], begins: "08:00", ends: "18:00" };

/** Days that follow one another stand together: [[0, 4], [6, 6]]. */
export function dayRanges(days: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const day of [...days].sort((one, other) => one - other)) {
    const last = found.at(-1);
    if (last && last[1] === day - 1) last[1] = day;
    else found.push([day, day]);
  }
  return found;
}

/** The name of a day, 0 being Monday. */
export function dayName(day: number, language: string, width: "short" | "long" = "short"): string {
  // The 5th of January 1970 was a Monday.
  const name = new Intl.DateTimeFormat(language, { weekday: width, timeZone: "UTC" }).format((day + 4) * 86_400_000);
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/** "Mon–Fri 08:00–18:00". */
export function hoursWords(hours: Hours, language: string): string {
  const days = dayRanges(hours.days).map(([first, last]) =>
    first === last ? dayName(first, language) : `${dayName(first, language)}–${dayName(last, language)}`,
  );
  return `${days.join(", ")} ${hours.begins}–${hours.ends}`;
}

/** The four parts of who may be called, as fields of a form. */
export interface RightValues {
  national: boolean;
  mobile_phones: boolean;
  countries: string;
  premium: boolean;
}

export const RIGHT_FIELDS = ["national", "mobile_phones", "countries", "premium"] as const;

/** What nobody has to grant: the own country but for premium numbers. */
const USUAL: CallRights = { national: true, mobile: true, countries: [], premium: false };

export function rightValues(rights: CallRights = USUAL): RightValues {
  return {
    national: rights.national,
    mobile_phones: rights.mobile,
    countries: listText(rights.countries),
    premium: rights.premium,
  };
}

export function rightBody(values: RightValues): CallRights {
  return {
    national: values.national,
    mobile: values.mobile_phones,
    countries: readList(values.countries),
    premium: values.premium,
  };
}

export const LIMITS = ["calls_per_hour", "calls_per_day", "minutes_per_hour", "minutes_per_day"] as const;

/** Only the fields that are named. */
export function chosen(all: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
}

/** A number as it was typed: with two leading zeros it is one of another country. */
export function withPlus(text: string): string {
  return text.replace(/[\s().-]/g, "").replace(/^00/, "+");
}

/** The settings of calls outside, in the order of their form. */
export const OUTSIDE_FIELDS = [
  "default_number",
  "outgoing_rules",
  "rules_override_users",
  "concurrent_outside",
  ...LIMITS,
  "new_country_asks",
  "night",
  "night_countries",
  "emergency_callback",
  "emergency_notice",
] as const;
