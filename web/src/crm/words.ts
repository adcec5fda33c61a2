/** Names of stages, activities and applications in the reader's language. */
import { IconCheckbox, IconMail, IconPhone, IconUsers } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ActivityType, App, RecordContact, Stage } from "./types";

type Named = Pick<Stage, "key" | "name">;

export function stageName(t: TFunction<"records">, stage: Named): string {
  return stage.name || t(`stage.${stage.key}`, { defaultValue: stage.key });
}

export const typeIcons = {
  call: IconPhone,
  email: IconMail,
  meeting: IconUsers,
  todo: IconCheckbox,
} as const satisfies Record<ActivityType, unknown>;

/** Where somebody works; nothing when the contact is the company itself. */
export function companyOf(contact: Pick<RecordContact, "name" | "company">): string {
  return contact.name === contact.company ? "" : contact.company;
}

/** "Jane Miller, Miller & Co". */
export function contactName(contact: Pick<RecordContact, "name" | "company">): string {
  return [contact.name, companyOf(contact)].filter(Boolean).join(", ");
}

export const boardAddress = (app: App): string => `/records/${app}`;

export function recordAddress(record: { id: string; app: App }): string {
  return `${boardAddress(record.app)}/${encodeURIComponent(record.id)}`;
}
