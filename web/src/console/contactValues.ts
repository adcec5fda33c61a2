/** A contact in a form: its numbers as lines, "Work: +32 2 290 34 90". */
import type { Values } from "../ui";

export interface ContactNumber {
  label: string;
  e164: string;
  shown: string;
}

export interface Contact {
  id: string;
  name: string;
  company: string;
  email: string;
  note: string;
  numbers: ContactNumber[];
  version: string;
}

export interface ContactValues extends Values {
  name: string;
  company: string;
  numbers: string;
  email: string;
  note: string;
}

export function contactValues(contact: Contact | null): ContactValues {
  const lines = contact?.numbers.map(({ label, shown }) => (label ? `${label}: ${shown}` : shown)) ?? [];
  return {
    name: contact?.name ?? "",
    company: contact?.company ?? "",
    numbers: lines.join("\n"),
    email: contact?.email ?? "",
    note: contact?.note ?? "",
  };
}

/** Numbers of a text with one a line; what stands before a colon is the label. */
export function readNumbers(text: string): { label: string; number: string }[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const match = /^([^:]*[^:\d+(][^:]*):\s*(.+)$/.exec(line);
      return match ? { label: match[1]?.trim() ?? "", number: match[2] ?? "" } : { label: "", number: line };
    });
}

export function contactBody(values: ContactValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = { ...values, numbers: readNumbers(values.numbers) };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
