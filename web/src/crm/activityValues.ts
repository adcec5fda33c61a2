/** An activity in a form. */
import type { Values } from "../ui";
import type { Activity } from "./types";

export interface ActivityValues extends Values {
  type: string;
  due: string;
  time: string;
  summary: string;
  assigned_to: string;
  contact: string;
  note: string;
}

/** Of an activity; a new one is a call of today, mine. */
export function activityValues(activity: Activity | null, today = "", me = ""): ActivityValues {
  return {
    type: activity?.type ?? "call",
    due: activity?.due ?? today,
    time: activity?.time ?? "",
    summary: activity?.summary ?? "",
    assigned_to: activity?.assigned_to ?? me,
    contact: activity?.contact?.id ?? "",
    note: activity?.note ?? "",
  };
}

export function activityBody(values: ActivityValues, names: readonly string[]): Record<string, unknown> {
  const { contact, ...rest } = values;
  const all: Record<string, unknown> = { ...rest, contact: contact || null };
  return Object.fromEntries(names.map((name) => [name === "contact" ? "contact_id" : name, all[name]]));
}
