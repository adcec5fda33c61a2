/** A recording's shape as a path, and places in it. */

/** As many bars as are wanted, each the loudest of its part, 0 to 100. */
export function bars(peaks: readonly number[], count: number): number[] {
  if (peaks.length === 0) return [];
  const wanted = Math.min(count, peaks.length);
  return Array.from({ length: wanted }, (_, place) => {
    const from = Math.floor((place * peaks.length) / wanted);
    const to = Math.max(from + 1, Math.floor(((place + 1) * peaks.length) / wanted));
    return Math.max(...peaks.slice(from, to));
  });
}

/** One upright line a bar, on a field of `bars.length` by 100 with its middle at 50. */
export function waveformPath(heights: readonly number[]): string {
  return heights
    .map((height, place) => {
      const half = Math.max(1, (height * 48) / 100);
      return `M${place + 0.5} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`;
    })
    .join("");
}

/** Seconds for a place in the picture (0 to 1), within what there is. */
export function secondsAt(place: number, seconds: number): number {
  return Math.min(seconds, Math.max(0, place * seconds));
}
