/** Moments: relative, with the exact one on hover and for screen readers; running durations. */
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { duration, exactTime, relativeTime, shortTime } from "./format";

const listeners = new Set<() => void>();
let second = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    second = Math.floor(Date.now() / 1000);
    for (const told of listeners) told();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The time now, seconds since the epoch, told every `step` seconds. */
export function useNow(step = 1): number {
  const now = () => {
    if (!timer) second = Math.floor(Date.now() / 1000);
    return Math.floor(second / step) * step;
  };
  return useSyncExternalStore(subscribe, now, now);
}

export function RelativeTime({ time }: { time: number }) {
  const { i18n } = useTranslation();
  const now = useNow(10);
  const exact = exactTime(time, i18n.language);
  return (
    <time dateTime={new Date(time * 1000).toISOString()} title={exact} aria-label={exact}>
      {relativeTime(time, now, i18n.language)}
    </time>
  );
}

export function ShortTime({ time }: { time: number }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={new Date(time * 1000).toISOString()} title={exactTime(time, i18n.language)}>
      {shortTime(time, i18n.language)}
    </time>
  );
}

/** How long something has lasted that began at `since`. */
export function Elapsed({ since }: { since: number }) {
  return <span>{duration(useNow() - since)}</span>;
}
