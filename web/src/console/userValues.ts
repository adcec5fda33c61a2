/** A user in a form, and what is sent of it. The sign-in is no part of the configuration: it acts at once. */
import type { Values } from "../ui";
import { nullable, wholeOrNull } from "./fields";
import type { User } from "./types";

export const ROLES = ["user", "conference_manager", "administrator"] as const;
/** Rights that may be granted beyond a role. */
export const RIGHTS = [
  "users",
  "conferences",
  "live",
  "live_conferences",
  "call_log",
  "recordings",
  "audit",
  "settings",
  "apply",
  "system",
] as const;

export interface UserValues extends Values {
  name: string;
  extension: string;
  email: string;
  language: string;
  /** "": no sign-in. */
  role: string;
  login: string;
  /** The sign-in of that name, which belongs to nobody, becomes this person's. */
  join: boolean;
  /** Rights beyond the role, with commas between. */
  extra_rights: string;
  call_waiting: boolean;
  ring_seconds: string;
}

const LOGIN_FIELDS = ["role", "login", "extra_rights"] as const;

export function userValues(user: User | null): UserValues {
  return {
    name: user?.name ?? "",
    extension: user?.extension ?? "",
    email: user?.email ?? "",
    language: user?.language ?? "",
    role: user ? (user.role ?? "") : "user",
    login: user?.login ?? "",
    join: false,
    extra_rights: [...(user?.extra_rights ?? [])].sort().join(","),
    call_waiting: user?.call_waiting ?? true,
    ring_seconds: user?.ring_seconds?.toString() ?? "",
  };
}

/** The body for the configuration: these fields only, without those of the sign-in. */
export function userBody(values: UserValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    name: values.name.trim(),
    extension: values.extension.trim(),
    email: nullable(values.email),
    language: nullable(values.language),
    call_waiting: values.call_waiting,
    ring_seconds: wholeOrNull(values.ring_seconds),
  };
  return Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
}

export type LoginAct =
  | { act: "none" }
  | { act: "remove" }
  | { act: "put"; body: { name: string; role: string; extra_rights: string[]; join: boolean } };

/** What has to be done to the sign-in after a save. */
export function loginAct(values: UserValues, changed: readonly string[], had: boolean): LoginAct {
  if (had && !LOGIN_FIELDS.some((name) => changed.includes(name))) return { act: "none" };
  if (values.role === "") return had ? { act: "remove" } : { act: "none" };
  const name = values.login.trim() || values.extension.trim();
  const extra = values.extra_rights === "" ? [] : values.extra_rights.split(",");
  return { act: "put", body: { name, role: values.role, extra_rights: extra, join: values.join } };
}
