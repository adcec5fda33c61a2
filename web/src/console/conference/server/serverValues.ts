/** The conference server and its rooms in forms, and what is sent of them. */
import type { Values } from "../../../ui";
import { nullable, wholeOrNull } from "../../fields";
import type { Conference, ConferenceServer } from "../../types";

export interface RoomValues extends Values {
  name: string;
  dial_in_id: string;
  /** "Participant PIN": the access code. */
  access_code: string;
}

export function roomValues(room: Conference | null): RoomValues {
  return { name: room?.name ?? "", dial_in_id: room?.dial_in_id ?? "", access_code: room?.access_code ?? "" };
}

export function roomBody(values: RoomValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    name: values.name.trim(),
    dial_in_id: values.dial_in_id.trim(),
    access_code: nullable(values.access_code),
  };
  return Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
}

export const ROOM_FIELDS = ["name", "dial_in_id", "access_code"] as const;

export interface ServerValues extends Values {
  extension: string;
  max_rooms: string;
  max_participants: string;
  language: string;
}

export function serverValues(server: ConferenceServer): ServerValues {
  return {
    extension: server.extension,
    max_rooms: String(server.max_rooms),
    max_participants: String(server.max_participants),
    language: server.language ?? "",
  };
}

export function serverBody(values: ServerValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    extension: values.extension.trim(),
    max_rooms: wholeOrNull(values.max_rooms),
    max_participants: wholeOrNull(values.max_participants),
    language: nullable(values.language),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

/** The rooms of the server, by their conference ID. */
export function roomsOf(conferences: readonly Conference[]): Conference[] {
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return conferences
    .filter((room) => room.dial_in_id !== null)
    .sort((one, other) => compare(one.dial_in_id ?? "", other.dial_in_id ?? ""));
}
