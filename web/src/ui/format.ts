/** Dates, times and numbers as the reader's language writes them (Intl). Times are seconds since the epoch. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "5 minutes ago", "in 2 days"; under a minute "now". */
export function relativeTime(time: number, now: number, language: string): string {
  const seconds = time - now;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(0, "second");
}

/** Date and time to the second. */
export function exactTime(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" }).format(time * 1000);
}

/** Date and time, short: for lists. */
export function shortTime(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(time * 1000);
}

export function dayOf(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "long" }).format(time * 1000);
}

/** 0:42, 12:05, 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function number(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** Midnight of a day typed as 2026-11-21, in the reader's own time zone; null when it is no day. */
export function dayStart(day: string, plusDays = 0): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + plusDays);
  return Number.isNaN(date.getTime()) ? null : date.getTime() / 1000;
}

/** The name of a country (ISO 3166) or language in the reader's language. */
export function nameOf(type: "region" | "language", code: string, language: string): string {
  try {
    const name = new Intl.DisplayNames([language], { type }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return code;
  }
}
