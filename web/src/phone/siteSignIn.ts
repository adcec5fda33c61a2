/** Signing in by what the page's own server states: no form, and again before the session is over. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiClient, ApiError } from "../api/client";

/** Gives a statement that the page's server signed just now. */
export type Statement = () => Promise<string>;

/** Why nobody is signed in: the server refused, or it (or the page's own) can't be reached. */
export type SiteTrouble = "refused" | "unreachable" | null;

interface SiteSession {
  token: string;
  expires_at: number;
}

interface SiteSignIn {
  trouble: SiteTrouble;
  /** Try now, or after so many milliseconds. */
  again: (wait?: number) => void;
}

const RETRY_MS = [2000, 5000, 15_000, 60_000];
/** However long a session lasts: clocks may differ. */
const SOONEST_MS = 60_000;

/** Milliseconds until the next statement: a third of what is left, so that two may fail. */
export function renewIn(expiresAt: number, now: number): number {
  return Math.max(SOONEST_MS, (expiresAt * 1000 - now) / 3);
}

/**
 * @param statement Null: the page signs nobody in.
 * @param known The token of before, if it is still known: with it the session goes on.
 * @param take Told the token each time.
 */
export function useSiteSignIn(server: string, statement: Statement | null, known: () => string | null, take: (token: string) => void): SiteSignIn {
  const [trouble, setTrouble] = useState<SiteTrouble>(null);
  const [attempt, setAttempt] = useState({ wait: 0 });
  const now = useRef({ known, take });
  useEffect(() => {
    now.current = { known, take };
  });
  const failures = useRef(0);
  useEffect(() => {
    if (!statement) return;
    let gone = false;
    let timer = 0;
    const later = (milliseconds: number): void => {
      timer = window.setTimeout(() => void bring(), milliseconds);
    };
    const bring = async (): Promise<void> => {
      try {
        const body = { statement: await statement() };
        const api = new ApiClient(server, { kind: "bearer", token: now.current.known() ?? "" });
        const session = await api.request<SiteSession>("/api/session/site", { method: "POST", body });
        if (gone) return;
        failures.current = 0;
        setTrouble(null);
        now.current.take(session.token);
        later(renewIn(session.expires_at, Date.now()));
      } catch (error) {
        if (gone) return;
        setTrouble(error instanceof ApiError && error.status === 401 ? "refused" : "unreachable");
        later(RETRY_MS[Math.min(failures.current++, RETRY_MS.length - 1)] ?? SOONEST_MS);
      }
    };
    later(attempt.wait);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [server, statement, attempt]);
  const again = useCallback((wait = 0) => {
    failures.current = 0;
    setAttempt({ wait });
  }, []);
  return { trouble, again };
}
