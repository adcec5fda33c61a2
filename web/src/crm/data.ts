/** What the pages of records ask the server for, and what becomes old when the server says that something changed. */
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { queryClient } from "../console/queries";
import { api, useWho } from "../console/session";
import { askAgain, useServerChanges } from "../phone/changes";
import { useNow } from "../ui";
import { dayIn } from "./days";
import type { Activity, App, Board, CustomerRecord, EntryPage, Owner, RecordPage, Stage } from "./types";

const ENTRIES = 30;
const CALM = 10_000;

const SHOWN = [["records"], ["record"], ["activities"], ["phone", "activities"]];

/** Ask again for what shows records or activities. */
export function refreshRecords(client: QueryClient = queryClient): void {
  askAgain(client, ...SHOWN);
}

/** Whatever others do is shown without reloading. */
export function useRecordChanges(): void {
  useServerChanges("records", ...SHOWN);
  useServerChanges("activities", ...SHOWN);
  useServerChanges("contacts", ...SHOWN);
}

/** Who has no phone is told nothing by its channel: asked now and then. */
function useCalm(): number | false {
  return useWho().user === null ? CALM : false;
}

const path = (id: string): string => encodeURIComponent(id);

export const boardKey = (app: App, asked: string) => ["records", app, "board", asked] as const;

/** @param asked "&q=...&owner=...": which of its records */
export function useBoard(app: App, asked: string) {
  return useQuery({
    queryKey: boardKey(app, asked),
    refetchInterval: useCalm(),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<Board>(`/api/records/board?app=${app}${asked}`, { signal }),
  });
}

export function useRecordList(app: App, asked: URLSearchParams) {
  return useQuery({
    queryKey: ["records", app, "list", asked.toString()],
    refetchInterval: useCalm(),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<RecordPage>(`/api/records?app=${app}&${asked}`, { signal }),
  });
}

export function useStages(app: App) {
  return useQuery({
    queryKey: ["records", app, "stages"],
    queryFn: ({ signal }) => api.request<Stage[]>(`/api/records/stages?app=${app}`, { signal }),
  });
}

export function useRecord(id: string) {
  return useQuery({
    queryKey: ["record", id],
    refetchInterval: useCalm(),
    queryFn: ({ signal }) => api.request<CustomerRecord>(`/api/records/${path(id)}`, { signal }),
  });
}

export function useEntries(id: string) {
  return useInfiniteQuery({
    queryKey: ["record", id, "entries"],
    refetchInterval: useCalm(),
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => {
      const after = pageParam === "" ? "" : `&after=${encodeURIComponent(pageParam)}`;
      return api.request<EntryPage>(`/api/records/${path(id)}/entries?limit=${ENTRIES}${after}`, { signal });
    },
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function useActivities(asked: Record<string, string>) {
  const text = new URLSearchParams(asked).toString();
  return useQuery({
    queryKey: ["activities", text],
    refetchInterval: useCalm(),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<Activity[]>(`/api/activities?${text}`, { signal }),
  });
}

/** Everybody whom a record or an activity can be given to. */
export function useOwners() {
  return useQuery({
    queryKey: ["record-owners"],
    queryFn: ({ signal }) => api.request<Owner[]>("/api/records/people", { signal }),
  });
}

/** The day it is for me, told anew at midnight. */
export function useToday(): string {
  return dayIn(useWho().time_zone, useNow(30));
}

export const acts = {
  add: (body: object) => api.request<CustomerRecord>("/api/records", { method: "POST", body }),
  change: (id: string, body: object, version: string | null) =>
    api.request<CustomerRecord>(`/api/records/${path(id)}`, {
      method: "PATCH",
      body,
      ...(version !== null ? { version } : {}),
    }),
  remove: (id: string) => api.request<undefined>(`/api/records/${path(id)}`, { method: "DELETE" }),
  move: (id: string, stage: string, before: string | null) =>
    api.request<CustomerRecord>(`/api/records/${path(id)}/move`, { method: "POST", body: { stage_id: stage, before } }),
  say: (id: string, text: string) =>
    api.request(`/api/records/${path(id)}/messages`, { method: "POST", body: { text } }),
  /** The green icon: my call, today (S2-10). */
  queueCall: (id: string) => api.request<Activity>(`/api/records/${path(id)}/call`, { method: "POST" }),
  /** The red icon with the minus. */
  unqueueCall: (id: string) => api.request<undefined>(`/api/records/${path(id)}/call`, { method: "DELETE" }),
  plan: (body: object) => api.request<Activity>("/api/activities", { method: "POST", body }),
  replan: (id: string, body: object, version: string | null) =>
    api.request<Activity>(`/api/activities/${path(id)}`, {
      method: "PATCH",
      body,
      ...(version !== null ? { version } : {}),
    }),
  done: (id: string, feedback: string, outcome: string) =>
    api.request(`/api/activities/${path(id)}/done`, { method: "POST", body: { feedback, outcome } }),
  cancel: (id: string) => api.request<undefined>(`/api/activities/${path(id)}`, { method: "DELETE" }),
};
