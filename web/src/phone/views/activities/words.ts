/** Words of records and calls that several views say. */
import type { TFunction } from "i18next";

/** What a record of this application is called: an opportunity, a task, a ticket. */
export function appWord(app: string, t: TFunction<"phone">): string {
  return app === "crm" || app === "project" || app === "helpdesk" ? t(`about.app.${app}`) : t("about.app.other");
}

/** A message that is prepared: to whom, and about what. */
export function mailTo(email: string, subject: string): string {
  return `mailto:${encodeURIComponent(email).replaceAll("%40", "@")}${subject === "" ? "" : `?subject=${encodeURIComponent(subject)}`}`;
}
