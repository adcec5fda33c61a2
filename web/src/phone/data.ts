/** What the phone's lists show, from the server. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Presence } from "./engine/model";
import { usePhoneState, useRunningPhone } from "./PhoneContext";

export interface Person {
  kind: "user" | "contact";
  id: string;
  name: string;
  company: string | null;
  email: string | null;
  extension: string | null;
  numbers: { label: string; e164: string; shown: string }[];
  presence: Presence | null;
}

/** Every way to call somebody. */
export function waysOf(person: Person): { dial: string; shown: string }[] {
  const own = person.extension === null ? [] : [{ dial: person.extension, shown: person.extension }];
  return [...own, ...person.numbers.map(({ e164, shown }) => ({ dial: e164, shown }))];
}

export interface RecentCall {
  id: string;
  direction: "in" | "out";
  state: "answered" | "missed" | "refused" | "failed";
  name: string | null;
  number: string;
  shown: string;
  dial: string | null;
  /** Seconds since 1970. */
  started_at: number;
  seconds: number;
}

interface RecentPage {
  calls: RecentCall[];
  next: string | null;
}

export interface ContactNumber {
  label: string;
  number: string;
}

export interface ContactFields {
  name: string;
  company: string;
  email: string;
  note: string;
  numbers: ContactNumber[];
}

interface ContactView {
  id: string;
  name: string;
  company: string | null;
  email: string | null;
  note?: string | null;
  version?: string;
  numbers: { label: string; number?: string; e164?: string; shown?: string }[];
}

export interface ImportResult {
  added: number;
  changed: number;
  skipped: { line: number; error_id: string; reason: string }[];
}

const PEOPLE = 200;
const RECENT = 30;

export function useDebounced<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), milliseconds);
    return () => window.clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** Users and contacts that match; all of them for "". What presence is now comes over the tabs' channel. */
export function usePeople(query: string) {
  const { api } = useRunningPhone();
  const { presence } = usePhoneState();
  const asked = useDebounced(query.trim(), 120);
  const found = useQuery({
    queryKey: ["phone", "people", asked],
    queryFn: ({ signal }) => api.request<Person[]>(`/api/phone/people?q=${encodeURIComponent(asked)}&limit=${PEOPLE}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const people = found.data?.map((person) =>
    person.kind === "user" ? { ...person, presence: presence[person.id] ?? person.presence } : person,
  );
  return { ...found, people, settled: asked === query.trim() && !found.isPlaceholderData };
}

/** Somebody in the address book of a connected system. */
export interface PersonElsewhere extends Person {
  source: string;
  source_name: string;
  url: string;
}

/** Contacts that connected systems find; nobody waits for them. */
export function usePeopleElsewhere(query: string) {
  const { api } = useRunningPhone();
  const asked = useDebounced(query.trim(), 300);
  const found = useQuery({
    queryKey: ["phone", "people", "elsewhere", asked],
    enabled: asked.length > 1,
    queryFn: ({ signal }) => api.request<PersonElsewhere[]>(`/api/phone/people/elsewhere?q=${encodeURIComponent(asked)}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
  return asked.length > 1 ? (found.data ?? []) : [];
}

export function useRecent() {
  const { api } = useRunningPhone();
  const { calls } = usePhoneState();
  const client = useQueryClient();
  const over = calls.filter((call) => call.state === "ended").length;
  useEffect(() => {
    // The record of a call is written a moment after its end.
    const timer = window.setTimeout(() => void client.invalidateQueries({ queryKey: ["phone", "recent"] }), 400);
    return () => window.clearTimeout(timer);
  }, [over, client]);
  return useInfiniteQuery({
    queryKey: ["phone", "recent"],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => {
      const after = pageParam === "" ? "" : `&after=${encodeURIComponent(pageParam)}`;
      return api.request<RecentPage>(`/api/phone/recent?limit=${RECENT}${after}`, { signal });
    },
    getNextPageParam: (last) => last.next ?? undefined,
  });
}

export function useContact(id: string | null) {
  const { api } = useRunningPhone();
  return useQuery({
    queryKey: ["phone", "contact", id],
    enabled: id !== null,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const view = await api.request<ContactView>(`/api/contacts/${id ?? ""}`, { signal });
      const numbers = view.numbers.map(({ label, number, shown, e164 }) => ({ label, number: shown ?? number ?? e164 ?? "" }));
      const fields: ContactFields = {
        name: view.name,
        company: view.company ?? "",
        email: view.email ?? "",
        note: view.note ?? "",
        numbers,
      };
      return { fields, version: view.version };
    },
  });
}

export function useSaveContact(id: string | null, version: string | undefined) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (fields: ContactFields) =>
      id === null
        ? api.request("/api/contacts", { method: "POST", body: fields })
        : api.request(`/api/contacts/${id}`, { method: "PATCH", body: fields, ...(version && { version }) }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["phone"] }),
  });
}

export function useDeleteContact(id: string | null) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.request(`/api/contacts/${id ?? ""}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["phone"] }),
  });
}

/** An import, or (`preview`) what it would do. */
export function useImportContacts(preview: boolean) {
  const { api } = useRunningPhone();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => {
      const vcard = /\.(vcf|vcard)$/i.test(file.name) || /vcard/i.test(file.type);
      const contentType = vcard ? "text/vcard" : "text/csv";
      return api.request<ImportResult>(`/api/contacts/import${preview ? "?preview=true" : ""}`, { method: "POST", body: file, contentType });
    },
    onSuccess: () => (preview ? undefined : client.invalidateQueries({ queryKey: ["phone", "people"] })),
  });
}

/** Save the address book as a file. */
export function useExportContacts() {
  const { api } = useRunningPhone();
  return useMutation({
    mutationFn: async (format: "csv" | "vcard") => {
      const answer = await api.fetch(`/api/contacts/export?format=${format}`);
      const address = URL.createObjectURL(await answer.blob());
      const link = document.createElement("a");
      link.href = address;
      link.download = format === "csv" ? "contacts.csv" : "contacts.vcf";
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
    },
  });
}
