/** How long a guest's link is good for. */

export const PERIODS = ["hour", "day", "week", "month", "never"] as const;
export type Period = (typeof PERIODS)[number];

const SECONDS: Record<Exclude<Period, "never">, number> = {
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  month: 30 * 86_400,
};

/** When a link made now ends; null: never. */
export function expiryOf(period: string, now: number): number | null {
  const seconds = SECONDS[period as keyof typeof SECONDS];
  return seconds === undefined ? null : Math.floor(now + seconds);
}
