/** A conference in a form, and what is sent of it. */
import type { Values } from "../../ui";
import { nullable, wholeOrNull } from "../fields";
import type { Conference } from "../types";

export const RECORDING = ["off", "on_request", "always"] as const;
export const NAMES = ["none", "recorded", "spoken"] as const;

export interface ConferenceValues extends Values {
  name: string;
  extension: string;
  access_code: string;
  administrator: string;
  wait_for_administrator: boolean;
  dial_in_id: string;
  lobby: boolean;
  links_skip_code: boolean;
  administrator_code: string;
  end_when_administrator_leaves: boolean;
  confirm_invitees: boolean;
  language: string;
  names: string;
  announce_count: boolean;
  tones: boolean;
  tones_always: boolean;
  noise_suppression: boolean;
  recording: string;
  record_participants: boolean;
  max_participants: string;
  max_minutes: string;
  lone_minutes: string;
}

/** An hour alone in a conference is long: what a new one begins with. */
const LONE_MINUTES = "60";

export function conferenceValues(room: Conference | null): ConferenceValues {
  return {
    name: room?.name ?? "",
    extension: room?.extension ?? "",
    access_code: room?.access_code ?? "",
    administrator: room?.administrator ?? "",
    wait_for_administrator: room?.wait_for_administrator ?? false,
    dial_in_id: room?.dial_in_id ?? "",
    lobby: room?.lobby ?? false,
    links_skip_code: room?.links_skip_code ?? false,
    administrator_code: room?.administrator_code ?? "",
    end_when_administrator_leaves: room?.end_when_administrator_leaves ?? false,
    confirm_invitees: room?.confirm_invitees ?? false,
    language: room?.language ?? "",
    names: room?.names ?? "none",
    announce_count: room?.announce_count ?? false,
    tones: room?.tones ?? true,
    tones_always: room?.tones_always ?? false,
    noise_suppression: room?.noise_suppression ?? false,
    recording: room?.recording ?? "on_request",
    record_participants: room?.record_participants ?? false,
    max_participants: room?.max_participants?.toString() ?? "",
    max_minutes: room?.max_minutes?.toString() ?? "",
    lone_minutes: room ? (room.lone_minutes?.toString() ?? "") : LONE_MINUTES,
  };
}

/** The body of a request: these fields only, empty ones as null. */
export function conferenceBody(values: ConferenceValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...values,
    name: values.name.trim(),
    extension: nullable(values.extension),
    access_code: nullable(values.access_code),
    administrator: nullable(values.administrator),
    dial_in_id: nullable(values.dial_in_id),
    administrator_code: nullable(values.administrator_code),
    language: nullable(values.language),
    max_participants: wholeOrNull(values.max_participants),
    max_minutes: wholeOrNull(values.max_minutes),
    lone_minutes: wholeOrNull(values.lone_minutes),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

/** What a new conference sends: an empty limit is left out where the server knows a better one than "none". */
export function newConferenceBody(values: ConferenceValues): Record<string, unknown> {
  const served = values.dial_in_id.trim() !== "" && values.max_participants.trim() === "";
  return conferenceBody(values, Object.keys(values).filter((name) => !served || name !== "max_participants"));
}
