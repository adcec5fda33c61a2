/** A user in a form, and what is sent of it. The sign-in is no part of the configuration: it acts at once. */
import type { Values } from "../ui";
import { nullable, wholeOrNull } from "./fields";
import { rightsOf } from "./outside/groupValues";
import { LIMITS, RIGHT_FIELDS, rightValues, type RightValues, withPlus } from "./outside/values";
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
  "trunks",
  "numbers",
  "apply",
  "system",
] as const;

/** The fields under "Rights and limits". */
export const OUTSIDE = [...RIGHT_FIELDS, "concurrent_outside", ...LIMITS] as const;

export interface UserValues extends Values, RightValues {
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
  /** "yes" or "no". */
  voicemail: string;
  mobile: string;
  outgoing_number: string;
  concurrent_outside: string;
  calls_per_hour: string;
  calls_per_day: string;
  minutes_per_hour: string;
  minutes_per_day: string;
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
    voicemail: user?.voicemail ? "yes" : "no",
    mobile: user?.mobile ?? "",
    outgoing_number: user?.outgoing_number ?? "",
    ...rightValues(user?.rights),
    concurrent_outside: user?.concurrent_outside?.toString() ?? "",
    calls_per_hour: user?.calls_per_hour?.toString() ?? "",
    calls_per_day: user?.calls_per_day?.toString() ?? "",
    minutes_per_hour: user?.minutes_per_hour?.toString() ?? "",
    minutes_per_day: user?.minutes_per_day?.toString() ?? "",
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
    voicemail: values.voicemail === "yes",
    mobile: nullable(withPlus(values.mobile)),
    outgoing_number: nullable(values.outgoing_number),
    concurrent_outside: wholeOrNull(values.concurrent_outside),
    ...Object.fromEntries(LIMITS.map((name) => [name, wholeOrNull(values[name])])),
  };
  const chosen = Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
  return { ...chosen, ...rightsOf(values, names) };
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
