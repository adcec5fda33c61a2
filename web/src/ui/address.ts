/** Filters and open sheets live in the address bar: they survive a reload and can be sent to somebody. */
import { useCallback } from "react";
import { useSearchParams } from "wouter";

export interface Address {
  get: (name: string) => string;
  /** Set or (with an empty value) take away; `push` makes it a step of the browser's history. */
  set: (changes: Record<string, string | null>, push?: boolean) => void;
  text: string;
}

export function useAddress(): Address {
  const [parameters, setParameters] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | null>, push = false) => {
      setParameters(
        (now) => {
          const next = new URLSearchParams(now);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { replace: !push },
      );
    },
    [setParameters],
  );
  return { get: (name) => parameters.get(name) ?? "", set, text: parameters.toString() };
}
