/** A record in a form. */
import { useEffect } from "react";
import { keepMine } from "../console/conflict";
import type { Form, Values } from "../ui";
import type { CustomerRecord } from "./types";

export interface RecordValues extends Values {
  title: string;
  contact: string;
  owner: string;
  description: string;
}

export function recordValues(record: CustomerRecord | null, owner = ""): RecordValues {
  return {
    title: record?.title ?? "",
    contact: record?.contact?.id ?? "",
    owner: record ? (record.owner ?? "") : owner,
    description: record?.description ?? "",
  };
}

export function recordBody(values: RecordValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, [string, unknown]> = {
    title: ["title", values.title.trim()],
    contact: ["contact_id", values.contact || null],
    owner: ["owner", values.owner || null],
    description: ["description", values.description],
  };
  return Object.fromEntries(names.flatMap((name) => (all[name] ? [all[name]] : [])));
}

/**
 * The entry changed while it is shown: what was not touched here follows at once. Where both sides changed the same
 * field nothing moves; saving asks which is to stay.
 */
export function useFollow<T extends Values>(form: Form<T>, theirs: T, version: string): void {
  useEffect(() => {
    if (form.saving || form.version === version) return;
    if (form.changed.some((name) => theirs[name] !== form.base[name])) return;
    form.rebase(theirs, version, keepMine(theirs, form.values, form.changed));
  }, [form, theirs, version]);
}
