/** Days of a calendar as text, 2026-11-21: they sort and compare as text does, and are in no time zone. */

const DAY_MS = 86_400_000;

const utc = (day: string): Date => new Date(`${day}T00:00:00Z`);
const iso = (date: Date): string => date.toISOString().slice(0, 10);

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(utc(text).getTime()) && iso(utc(text)) === text;
}

/** The day it is in a time zone; without one in the reader's own. */
export function dayIn(zone: string | null | undefined, seconds: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    ...(zone ? { timeZone: zone } : {}),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(seconds * 1000);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

export function addDays(day: string, count: number): string {
  return iso(new Date(utc(day).getTime() + count * DAY_MS));
}

export function addMonths(day: string, count: number): string {
  const date = utc(day);
  return iso(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count, 1)));
}

export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS);
}

/** The first day of the week: 1 is Monday, 7 Sunday, as the reader's browser has it. */
export function firstWeekday(tag = navigator.language): number {
  try {
    const locale = new Intl.Locale(tag) as Intl.Locale & { getWeekInfo?: () => { firstDay: number } };
    return locale.getWeekInfo?.().firstDay ?? 1;
  } catch {
    return 1;
  }
}

/** The seven days of the week that a day is in. */
export function weekOf(day: string, first = firstWeekday()): string[] {
  const back = (utc(day).getUTCDay() - first + 7) % 7;
  return Array.from({ length: 7 }, (_, place) => addDays(day, place - back));
}

/** The whole weeks that a day's month lies in. */
export function monthOf(day: string, first = firstWeekday()): string[][] {
  const month = day.slice(0, 7);
  const weeks: string[][] = [];
  for (let week = weekOf(`${month}-01`, first); week.some((one) => one.startsWith(month)); ) {
    weeks.push(week);
    week = weekOf(addDays(week[6] ?? day, 1), first);
  }
  return weeks;
}

/** A day as the reader's language writes it. */
export function dayWords(day: string, language: string, form: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language, { ...form, timeZone: "UTC" }).format(utc(day));
}

/** "today", "in 3 days", "2 days ago"; further away the date. */
export function dueWords(day: string, today: string, language: string): string {
  const away = daysBetween(today, day);
  if (Math.abs(away) < 7) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(away, "day");
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" as const };
  return dayWords(day, language, { day: "numeric", month: "short", ...year });
}

/** 09:30 as the reader's language writes it. */
export function timeWords(time: string, language: string): string {
  const date = new Date(`2000-01-01T${time}:00Z`);
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(date);
}
