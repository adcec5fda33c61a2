/** Who is signed in, what he may do, and the one API client of the page. */
import { type QueryClient, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { ApiClient, ApiError } from "../api/client";
import type { Session } from "./types";

export const api = new ApiClient();

/** Null: nobody is signed in. */
export const sessionQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: ["session"],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Session | null> => {
      api.onSignedOut = () => changeSession(client, null);
      try {
        const session = await api.request<Session>("/api/session", { signal });
        api.credentials = { kind: "cookie", csrf: session.csrf };
        return session;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });

export function useSessionQuery() {
  return useQuery(sessionQuery(useQueryClient()));
}

/** Somebody signed in, or out: nothing of whoever was here before is kept. */
export function changeSession(client: QueryClient, session: Session | null): void {
  api.credentials = { kind: "cookie", csrf: session?.csrf ?? null };
  // The session's own query stays: the page is watching it.
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" && query.queryKey[0] !== "welcome" });
  client.setQueryData(["session"], session);
}

export interface Who extends Session {
  may(right: string): boolean;
}

const Current = createContext<Who | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  const who = useMemo(() => ({ ...session, may: (right: string) => session.rights.includes(right) }), [session]);
  return <Current value={who}>{children}</Current>;
}

export function useWho(): Who {
  const who = useContext(Current);
  if (!who) throw new Error("no session");
  return who;
}
