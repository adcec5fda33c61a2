/** Ring groups, user groups and mailboxes in forms, and what is sent of them. */
import type { Values } from "../../ui";
import { nullable } from "../fields";
import type { Mailbox, RingGroup, UserGroup } from "./types";
import { chosen, destinationText, listText, readDestination, readList, RIGHT_FIELDS, rightBody, rightValues, type RightValues } from "./values";

export interface RingGroupValues extends Values {
  extension: string;
  name: string;
  members: string;
  /** "yes": one after the other. */
  in_turn: string;
  ring_seconds: string;
  otherwise: string;
}

export function ringGroupValues(group: RingGroup | null): RingGroupValues {
  return {
    extension: group?.extension ?? "",
    name: group?.name ?? "",
    members: listText(group?.members ?? []),
    in_turn: group?.in_turn ? "yes" : "no",
    ring_seconds: String(group?.ring_seconds ?? 20),
    otherwise: destinationText(group?.otherwise ?? null) || "hang-up:",
  };
}

export function ringGroupBody(values: RingGroupValues, names: readonly string[]): Record<string, unknown> {
  const otherwise = readDestination(values.otherwise);
  return chosen(
    {
      extension: values.extension.trim(),
      name: values.name.trim(),
      members: readList(values.members),
      in_turn: values.in_turn === "yes",
      ring_seconds: Number(values.ring_seconds),
      otherwise: otherwise?.kind === "hang-up" ? null : otherwise,
    },
    names,
  );
}

export interface GroupValues extends Values, RightValues {
  name: string;
  members: string;
  pickup: boolean;
}

export function groupValues(group: UserGroup | null): GroupValues {
  return {
    name: group?.name ?? "",
    members: listText(group?.members ?? []),
    pickup: group?.pickup ?? false,
    ...rightValues(group?.rights),
  };
}

export function groupBody(values: GroupValues, names: readonly string[]): Record<string, unknown> {
  const all = { name: values.name.trim(), members: readList(values.members), pickup: values.pickup };
  return { ...chosen(all, names), ...rightsOf(values, names) };
}

/** Who may be called is one field of the API: sent whole when any part of it is. */
export function rightsOf(values: RightValues, names: readonly string[]): Record<string, unknown> {
  return RIGHT_FIELDS.some((name) => names.includes(name)) ? { rights: rightBody(values) } : {};
}

export const AFTER_MAIL = ["keep", "heard", "delete"] as const;

export interface MailboxValues extends Values {
  name: string;
  extension: string;
  /** Who reads it; empty: nobody. */
  user: string;
  email: string;
  attach: boolean;
  after_mail: string;
  language: string;
}

/** The box that a user has by his own id; a team's box may have a reader as well. */
export function isUsers(box: Mailbox): boolean {
  return box.user === box.id;
}

export function mailboxValues(box: Mailbox | null): MailboxValues {
  return {
    name: box?.name ?? "",
    extension: box?.extension ?? "",
    user: box?.user ?? "",
    email: box?.email ?? "",
    attach: box?.attach ?? true,
    after_mail: box?.after_mail ?? "keep",
    language: box?.language ?? "",
  };
}

export function mailboxBody(values: MailboxValues, names: readonly string[]): Record<string, unknown> {
  return chosen(
    {
      name: values.name.trim(),
      extension: nullable(values.extension),
      user: nullable(values.user),
      email: nullable(values.email),
      attach: values.attach,
      after_mail: values.after_mail,
      language: nullable(values.language),
    },
    names,
  );
}
