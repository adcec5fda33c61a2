/** What the lists and a call open in place of the tabs. */
import type { RecordRef } from "../../records";
import type { DueCall } from "./activities";

/** Whom and what something is about. */
export interface About {
  name: string;
  number: string;
  /** In our own address book. */
  contact_id: string | null;
  record: RecordRef | null;
  /** Words to begin with. */
  summary: string;
  /** Call-ID of the running call that it is about. */
  call: string | null;
}

export type App = "crm" | "project" | "helpdesk";
export const APPS: readonly App[] = ["crm", "project", "helpdesk"];

export type ActivityScreenName = { name: "planned"; call: DueCall } | { name: "plan"; about: About } | { name: "create"; about: About; app: App };

export type OnScreen = (screen: ActivityScreenName | { name: "contact"; id: string | null; number: string }) => void;
