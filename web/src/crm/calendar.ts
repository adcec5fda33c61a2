/** Activities laid out on days and hours. */
import { addDays, addMonths, monthOf, weekOf } from "./days";
import type { Activity } from "./types";

export type View = "month" | "week";

/** By time, those of any time first; then as they were made. */
export function inOrder(activities: readonly Activity[]): Activity[] {
  return activities.toSorted(
    (one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : one.created_at - other.created_at),
  );
}

export function byDay(activities: readonly Activity[]): Map<string, Activity[]> {
  const days = new Map<string, Activity[]>();
  for (const activity of inOrder(activities)) {
    const those = days.get(activity.due);
    if (those) those.push(activity);
    else days.set(activity.due, [activity]);
  }
  return days;
}

/** The hours a week shows: the working day, and whatever lies outside it. */
export function hoursOf(activities: readonly Activity[]): number[] {
  const hours = activities.filter((one) => one.time !== "").map((one) => Number(one.time.slice(0, 2)));
  const [first, last] = [Math.min(8, ...hours), Math.max(18, ...hours)];
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

/** First and last day that a view shows. */
export function spanOf(view: View, day: string): { from: string; to: string } {
  const days = view === "week" ? weekOf(day) : monthOf(day).flat();
  return { from: days[0] ?? day, to: days.at(-1) ?? day };
}

/** The day a view goes on from, forward or back. */
export function stepped(view: View, day: string, step: 1 | -1): string {
  return view === "week" ? addDays(day, 7 * step) : addMonths(day, step);
}

/** Where something may be dropped: a day, or an hour of it ("" any time). */
export const placeId = (day: string, hour?: number | ""): string => (hour === undefined ? day : `${day} ${hour}`);

/** What a drop changes; null: nothing. */
export function dropped(activity: Activity, place: string): { due?: string; time?: string } | null {
  const [day = "", hour] = place.split(" ");
  const change: { due?: string; time?: string } = {};
  if (day !== activity.due) change.due = day;
  if (hour === "" && activity.time !== "") change.time = "";
  else if (hour && Number(hour) !== Number(activity.time.slice(0, 2) || -1)) {
    change.time = `${hour.padStart(2, "0")}:${activity.time.slice(3) || "00"}`;
  }
  return Object.keys(change).length > 0 ? change : null;
}
