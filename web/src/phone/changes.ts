/** What changed on the server, told over the tabs' channel (WS /api/phone/tabs) to whatever shows it, in console and phone. */
import { useEffect, useRef } from "react";

export type Changing = "activities" | "records" | "contacts" | "webhooks";

const listeners = new Map<Changing, Set<() => void>>();

/** The server says that what is shown of this is old. */
export function tellChanged(what: Changing): void {
  for (const listener of [...(listeners.get(what) ?? [])]) listener();
}

/** Anything may have changed: the channel was closed for a while. */
export function tellAllChanged(): void {
  for (const what of listeners.keys()) tellChanged(what);
}

/** Be told until the result is called. */
export function onChanged(what: Changing, listener: () => void): () => void {
  const those = listeners.get(what) ?? new Set();
  listeners.set(what, those.add(listener));
  return () => void those.delete(listener);
}

/** Run this whenever the server says that such things changed; most ask their query again. */
export function useServerChanges(what: Changing, callback: () => void): void {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => onChanged(what, () => latest.current()), [what]);
}
