/** One's own messages and greetings, from the server. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { usePhoneState, useRunningPhone } from "../../PhoneContext";

export interface Message {
  id: string;
  /** Empty: withheld. */
  caller_number: string;
  caller_name: string;
  /** Seconds since 1970. */
  at: number;
  seconds: number;
  /** Null: it is new. */
  heard_at: number | null;
  archived_at: number | null;
}

interface Page {
  messages: Message[];
  next: string | null;
  new: number;
  old: number;
}

export type GreetingKind = "unavailable" | "busy" | "name";
export const GREETINGS: readonly GreetingKind[] = ["unavailable", "busy", "name"];

export interface Mailbox {
  id: string;
  /** Of a box that is no person's. */
  name: string;
  new: number;
  old: number;
  full: boolean;
  has_pin: boolean;
  /** One's own phone is asked for the PIN, too. */
  ask_pin: boolean;
  greetings: { kind: GreetingKind; seconds: number; text: string }[];
}

const LOOK_MS = 60_000;
const MESSAGES = 30;
const KEY = ["phone", "voicemail"];

/** One's mailboxes, the own one first; none: an empty list. Asked for again when the server has counted anew. */
export function useMailboxes() {
  const { api } = useRunningPhone();
  const { voicemail } = usePhoneState();
  const client = useQueryClient();
  useEffect(() => {
    if (voicemail !== null) void client.invalidateQueries({ queryKey: KEY });
  }, [voicemail, client]);
  return useQuery({
    queryKey: [...KEY, "boxes"],
    refetchInterval: LOOK_MS,
    queryFn: ({ signal }) => api.request<Mailbox[]>("/api/phone/mailboxes", { signal }),
  });
}

export function useMessages(box: string, archived: boolean) {
  const { api } = useRunningPhone();
  return useInfiniteQuery({
    queryKey: [...KEY, "messages", box, archived],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => {
      const after = pageParam === "" ? "" : `&after=${encodeURIComponent(pageParam)}`;
      return api.request<Page>(`/api/phone/voicemails?mailbox=${encodeURIComponent(box)}&archived=${archived}&limit=${MESSAGES}${after}`, { signal });
    },
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

/** What becomes of a message: heard, archived; null deletes it. */
export function useMark(message: Message) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  const place = `/api/phone/voicemails/${encodeURIComponent(message.id)}`;
  return useMutation({
    mutationFn: (patch: { heard?: boolean; archived?: boolean } | null) =>
      patch === null ? api.request<unknown>(place, { method: "DELETE" }) : api.request<unknown>(place, { method: "PATCH", body: patch }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Another greeting: a sound, words to be spoken, or the standard one (null). */
export function useGreet(box: string, kind: GreetingKind) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  const place = `/api/phone/mailbox/greetings/${kind}`;
  const which = `?mailbox=${encodeURIComponent(box)}`;
  return useMutation({
    mutationFn: (greeting: Blob | string | null) => {
      if (greeting === null) return api.request<unknown>(place + which, { method: "DELETE" });
      if (typeof greeting === "string") return api.request<unknown>(`${place}/text${which}`, { method: "PUT", body: { text: greeting } });
      return api.request<unknown>(place + which, { method: "PUT", body: greeting, contentType: "audio/wav" });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** How the box is opened by phone: another PIN, or whether one's own phone is asked for it. */
export function useOpening(box: string) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  const which = `?mailbox=${encodeURIComponent(box)}`;
  return useMutation({
    mutationFn: (change: { pin: string } | { ask_pin: boolean }) =>
      "pin" in change
        ? api.request<unknown>(`/api/phone/mailbox/pin${which}`, { method: "PUT", body: change })
        : api.request<unknown>(`/api/phone/mailbox${which}`, { method: "PATCH", body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** The sound of a path as an address of this page: an element's own request could not say who asks. */
export function useSound(path: string | null): { address: string | null; failed: boolean } {
  const { api } = useRunningPhone();
  const [sound, setSound] = useState<{ path: string; address: string | null } | null>(null);
  useEffect(() => {
    if (path === null) return;
    let made: string | null = null;
    const abort = new AbortController();
    api
      .fetch(path, { signal: abort.signal })
      .then((answer) => answer.blob())
      .then((blob) => {
        if (abort.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setSound({ path, address: made });
      })
      .catch(() => {
        if (!abort.signal.aborted) setSound({ path, address: null });
      });
    return () => {
      abort.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [api, path]);
  const mine = sound?.path === path ? sound : null;
  return { address: mine?.address ?? null, failed: mine !== null && mine.address === null };
}
