/** The calls that are due today, who is on the line, and what is written about a call: from and to the server. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type ApiClient, ApiError } from "../../../api/client";
import { type Draft, type NextCall, OUTCOMES, plainNumber } from "../../after";
import { askAgain, useServerChanges } from "../../changes";
import { usePhone, useRunningPhone } from "../../PhoneContext";
import type { FoundContact, FoundRecord, Match, RecordRef } from "../../records";

export interface DueCall {
  source: string;
  id: string;
  /** A day: 2026-03-14. */
  due: string;
  /** HH:MM, or empty: any time. */
  time: string;
  summary: string;
  note: string;
  name: string;
  company: string;
  email: string;
  numbers: { label: string; e164: string; shown: string; then?: string }[];
  /** In the address book of its source. */
  contact_id: string | null;
  contact_url: string;
  record: FoundRecord | null;
  /** Somebody else is about to call them, or does. */
  called_by: { name: string; since: number } | null;
}

export interface Source {
  id: string;
  name: string;
  problem: { error_id: string; message: string } | null;
  /** When its list was had, seconds since 1970. */
  as_of: number | null;
  /** Changes that are not written there yet. */
  waiting: number;
}

export interface DueCalls {
  today: string;
  time_zone: string;
  /** When the next day begins for this person, seconds since 1970. */
  next_day_at: number;
  calls: DueCall[];
  overdue: number;
  sources: Source[];
}

/** An activity as a call's note names it. */
export interface PlannedCall extends NextCall {
  source: string;
  id: string;
  note: string;
  record: FoundRecord | null;
}

export interface CallNote {
  call_id: string;
  number: string;
  name: string;
  contact: FoundContact | null;
  record: FoundRecord | null;
  records: FoundRecord[];
  note: string;
  outcome: string;
  activity: PlannedCall | null;
  seconds: number | null;
}

export interface Change extends NextCall {
  note: string;
  /** A user's id; null: stays. */
  assigned_to: string | null;
}

const ACTIVITIES = ["phone", "activities"];
const MATCHES = ["phone", "match"];
/** What the pages of records show. */
const RECORDS = [["activities"], ["records"], ["record"]];
/** Other systems say nothing by themselves: they are asked. */
const LOOK_MS = 30_000;
/** A computer that slept through midnight is noticed within this time. */
const MIDNIGHT_MS = 15_000;

/** Today's calls of this person. */
export function useDueCalls() {
  const { api } = useRunningPhone();
  return useQuery({
    queryKey: ACTIVITIES,
    queryFn: ({ signal }) => api.request<DueCalls>("/api/phone/activities", { signal }),
    refetchInterval: ({ state }) => (state.data?.sources.some((source) => source.id !== "own") ? LOOK_MS : false),
    refetchOnWindowFocus: true,
    refetchOnReconnect: true,
  });
}

/** Keeps them today's: asked again when something changed, when the day does, and after sleep. Once on a page. */
export function useFollowActivities(): void {
  const client = useQueryClient();
  const nextDay = useDueCalls().data?.next_day_at;
  useServerChanges("activities", ACTIVITIES);
  useServerChanges("records", MATCHES);
  useServerChanges("contacts", MATCHES);
  useEffect(() => {
    if (nextDay === undefined) return;
    // A timer of hours stands still while the computer sleeps: the clock is looked at instead.
    const timer = window.setInterval(() => {
      if (Date.now() >= nextDay * 1000) void client.invalidateQueries({ queryKey: ACTIVITIES });
    }, MIDNIGHT_MS);
    return () => window.clearInterval(timer);
  }, [nextDay, client]);
}

/** The first planned call of today to one of whose numbers this is. */
export function plannedFor(calls: readonly DueCall[] | undefined, number: string): DueCall | null {
  const wanted = plainNumber(number);
  return calls?.find((call) => call.numbers.some(({ e164 }) => e164 === wanted)) ?? null;
}

/** Whom a number belongs to, and their open records; asked for numbers outside only. */
export function useMatch(number: string) {
  const { api } = useRunningPhone();
  const wanted = plainNumber(number);
  return useQuery({
    queryKey: ["phone", "match", wanted],
    enabled: wanted.startsWith("+"),
    staleTime: 10_000,
    queryFn: ({ signal }) => api.request<Match>(`/api/phone/match?number=${encodeURIComponent(wanted)}`, { signal }),
  });
}

/** What the server has on a call of this person. */
export function useCallNote(call: string) {
  const { api } = useRunningPhone();
  return useQuery({
    queryKey: ["phone", "note", call],
    gcTime: 60_000,
    retry: 2,
    retryDelay: 700,
    queryFn: ({ signal }) => api.request<CallNote>(noteOf(call), { signal }),
  });
}

const noteOf = (call: string): string => `/api/phone/calls/${encodeURIComponent(call)}/note`;
const pathOf = ({ source, id }: { source: string; id: string }): string => `/api/phone/activities/${encodeURIComponent(source)}/${encodeURIComponent(id)}`;

/** A colleague calls them now. */
export interface BeingCalled {
  /** Null: it is not known who. */
  who: string | null;
}

/** Calls somebody of the list, and says so to those who might call them too. What is wrong with the list is no reason not to call. */
export function useCallPlanned() {
  const { api, engine } = useRunningPhone();
  const { setOpen } = usePhone();
  const client = useQueryClient();
  return async (call: DueCall, number: DueCall["numbers"][number], evenIf: boolean): Promise<BeingCalled | null> => {
    try {
      await api.request(`${pathOf(call)}/call`, { method: "POST", body: { number: number.e164, even_if: evenIf } });
    } catch (error) {
      if (error instanceof ApiError && error.errorId === "being-called") {
        await client.refetchQueries({ queryKey: ACTIVITIES });
        const now = client.getQueryData<DueCalls>(ACTIVITIES)?.calls.find((one) => one.source === call.source && one.id === call.id);
        return { who: now?.called_by?.name ?? null };
      }
    }
    setOpen(true);
    const { e164, shown, then = "" } = number;
    void engine.do({ do: "dial", target: { dial: e164, shown, then, name: call.name || call.company || null } });
    return null;
  };
}

export interface NewPlan extends NextCall {
  record: RecordRef | null;
  contact_id: string | null;
  note: string;
}

/** What can be done with a planned call; each makes the list new. */
export function useActs() {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  const onSettled = (): void => askAgain(client, ACTIVITIES, MATCHES, ...RECORDS);
  const done = useMutation({
    mutationFn: ({ call, feedback }: { call: DueCall; feedback: string }) => api.request(`${pathOf(call)}/done`, { method: "POST", body: { feedback, outcome: "" } }),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ call, to }: { call: DueCall; to: Change }) => api.request(pathOf(call), { method: "PATCH", body: to }),
    onSettled,
  });
  const cancel = useMutation({ mutationFn: (call: DueCall) => api.request(pathOf(call), { method: "DELETE" }), onSettled });
  const plan = useMutation({ mutationFn: (body: NewPlan) => api.request("/api/phone/activities", { method: "POST", body }), onSettled });
  const create = useMutation({
    mutationFn: async ({ call, ...body }: { call: string | null; app: string; title: string; contact_id: string | null; number: string; name: string }) => {
      const record = await api.request<FoundRecord>("/api/phone/records", { method: "POST", body });
      if (call !== null) {
        const { note, outcome } = await api.request<CallNote>(noteOf(call));
        await api.request(noteOf(call), { method: "PUT", body: { record: refOf(record), note, outcome } });
      }
      return record;
    },
    onSettled,
  });
  return { done, change, cancel, plan, create };
}

/** Writes down what became of a call: the note on its record, the planned call done, the next one planned. Done again after a failure, it does what is missing. */
export function useWriteDown() {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ call, draft, planned, contact }: { call: string; draft: Draft; planned: PlannedCall | null; contact: FoundContact | null }) => {
      const { outcome, next } = draft;
      const record = draft.record === undefined ? (await api.request<CallNote>(noteOf(call))).record : draft.record;
      await api.request(noteOf(call), { method: "PUT", body: { record: record && refOf(record), note: draft.note, outcome } });
      if (planned && draft.done && (await markDone(api, planned, { ...draft, record }))) return;
      if (next) {
        const contact_id = contact?.source === "own" ? contact.id : null;
        await api.request("/api/phone/activities", { method: "POST", body: { record: record && refOf(record), contact_id, ...next, note: "" } });
      }
    },
    onSettled: () => askAgain(client, ACTIVITIES, ["phone", "note"], ...RECORDS),
  });
}

/** With the next one planned. False: it was done or cancelled meanwhile, so that nothing follows it. */
async function markDone(api: ApiClient, planned: PlannedCall, { record, note, outcome, next }: Draft): Promise<boolean> {
  // On a record the note stands in the call's own entry.
  const feedback = record ? "" : note;
  try {
    await api.request(`${pathOf(planned)}/done`, { method: "POST", body: { feedback, outcome, ...(next && { next }) } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

function refOf({ source, app, id }: RecordRef): RecordRef {
  return { source, app, id };
}

/** What the panel begins with: what the server has, and how it ended where that is plain. */
export function firstDraft(note: CallNote | undefined, planned: PlannedCall | null, answered: boolean): Draft {
  const [only, ...more] = note?.records ?? [];
  const record = note?.record ?? planned?.record ?? (more.length === 0 ? (only ?? null) : null);
  const known = OUTCOMES.find((outcome) => outcome === note?.outcome);
  return { record: note || planned ? record && refOf(record) : undefined, note: note?.note ?? "", outcome: known ?? (answered ? "" : "no_answer"), done: false, next: null };
}

/** So many days after a day. */
export function daysAfter(day: string, count: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** A day as people say it. */
export function dayWords(day: string, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

/** The calls that come after one in the list; after one that is not in it, all of them. */
export function following(calls: readonly DueCall[], call: { source: string; id: string } | null): DueCall[] {
  const at = call ? calls.findIndex((one) => one.source === call.source && one.id === call.id) : -1;
  return calls.slice(at + 1).filter((one) => one.numbers.length > 0);
}
