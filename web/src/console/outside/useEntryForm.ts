/** What all forms of the world outside do alike: a draft that is kept, a save, two who edit the same. */
import { toastDone, useForm, type Form, type Values } from "../../ui";
import { conflictOf, useConflict } from "../conflict";
import { notePending } from "../live";
import { refreshConfiguration } from "../queries";
import { api } from "../session";
import type { Pending } from "../types";
import type { Entry } from "./types";

interface Options<T extends Values, E extends Entry> {
  /** Where entries of this kind are, e.g. "/api/trunks". */
  path: string;
  /** What the answer calls it, e.g. "trunk". */
  part: string;
  entry: E | null;
  toValues: (entry: E | null) => T;
  /** The body with the fields that are named. */
  toBody: (values: T, names: readonly string[]) => Record<string, unknown>;
  /** Throws a refusal before anything is sent. */
  check?: (values: T) => void;
  said: (saved: E) => string;
  /** What else is to be done, with the entry as it was saved; null: nothing of it was changed. */
  after?: (saved: E | null) => Promise<void>;
  onClose: () => void;
}

export interface EntryForm<T extends Values> {
  form: Form<T>;
  conflict: ReturnType<typeof useConflict<T>>;
  save: () => Promise<void>;
}

export function useEntryForm<T extends Values, E extends Entry>(options: Options<T, E>): EntryForm<T> {
  const { path, part, entry, toValues, toBody, check, said, after, onClose } = options;
  const form = useForm(`${part}.${entry?.id ?? "new"}`, toValues(entry), entry?.version ?? null);
  const conflict = useConflict(form);
  const save = async () => {
    const good = await form.submit(
      async () => {
        check?.(form.values);
        const body = toBody(form.values, entry ? form.changed : Object.keys(form.values));
        let saved: E | null = null;
        if (!entry || form.changed.length > 0) {
          const answer = await api.request<Record<string, E> & { pending: Pending }>(
            entry ? `${path}/${encodeURIComponent(entry.id)}` : path,
            {
              method: entry ? "PATCH" : "POST",
              body,
              ...(entry && form.version !== null ? { version: form.version } : {}),
            },
          );
          notePending(answer.pending);
          saved = answer[part] ?? null;
        }
        await after?.(saved);
        refreshConfiguration();
        if (saved) toastDone(said(saved));
      },
      (error) => {
        const found = conflictOf(error, (theirs: E) => toValues(theirs));
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    onClose();
  };
  return { form, conflict, save };
}
