/** Contacts and records of customers as the phone meets them, ours and those of other systems, and how one is opened. */

/** Which record of which system. */
export interface RecordRef {
  /** "own", or the id of a connector. */
  source: string;
  /** crm, project, helpdesk. */
  app: string;
  id: string;
}

export interface FoundRecord extends RecordRef {
  title: string;
  stage: string;
  /** A path of our console, or an address of the other system; empty: it can't be shown. */
  url: string;
}

export interface FoundContact {
  /** "own", "users" for a colleague, or the id of a connector. */
  source: string;
  id: string;
  name: string;
  company: string;
  email: string;
  url: string;
}

/** Who has a number, and what is open with them. */
export interface Match {
  contact: FoundContact | null;
  records: FoundRecord[];
}

/** What somebody wants to see: a record, a person ("contacts"), or the calendar. */
export interface Opened {
  source: string;
  app: string;
  id: string;
  title: string;
  url: string;
}

export const CALENDAR: Opened = { source: "own", app: "calendar", id: "", title: "", url: "/calendar" };

/** Where a person gives the key of another system. */
export const ACCOUNT: Opened = { source: "own", app: "account", id: "", title: "", url: "/account" };

export function opensContact(contact: FoundContact): Opened {
  return { source: contact.source, app: "contacts", id: contact.id, title: contact.name || contact.company, url: contact.url };
}

export function opensRecord({ source, app, id, title, url }: FoundRecord): Opened {
  return { source, app, id, title, url };
}

/** Where a browser shows it; null: nowhere, or the other system gave an address that is none of the web. */
export function addressOf(url: string, server: string): string | null {
  if (url === "") return null;
  try {
    const address = new URL(url, server || window.location.origin);
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : null;
  } catch {
    return null;
  }
}

export function sameRecord(one: RecordRef | null, other: RecordRef | null): boolean {
  return one === other || (one !== null && other !== null && keyOf(one) === keyOf(other));
}

/** One word for a record, or for a call of the list. */
export function keyOf(one: { source: string; app?: string; id: string }): string {
  return [one.source, one.app ?? "", one.id].join("/");
}
