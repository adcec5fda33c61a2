/** What changed on the server, told over the tabs' channel (WS /api/phone/tabs) to whatever shows it, in console and phone. */
import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
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

/**
 * Ask these queries again, since something changed just now. An answer that is on its way may be older than the change: it is
 * shown when it comes, and asked for once more. (Cancelled instead, it might never come where changes are quicker than answers.)
 */
export function askAgain(client: QueryClient, ...keys: readonly QueryKey[]): void {
  for (const queryKey of keys) {
    const ask = () => client.invalidateQueries({ queryKey }, { cancelRefetch: false });
    const old = client.isFetching({ queryKey }) > 0;
    // Who is asked already is not asked twice: this waits for the answer.
    void ask().then(() => (old ? ask() : undefined));
  }
}

/** These queries are asked again whenever the server says that such things changed. */
export function useServerChanges(what: Changing, ...keys: readonly QueryKey[]): void {
  const client = useQueryClient();
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => onChanged(what, () => askAgain(client, ...latest.current)), [client, what]);
}
