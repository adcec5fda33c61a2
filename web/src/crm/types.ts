/** What the API gives of records, their chatter and activities. Times are seconds since the epoch, days as 2026-11-21. */

export const APPS = ["crm", "project", "helpdesk"] as const;
export type App = (typeof APPS)[number];

export interface Stage {
  id: string;
  app: App;
  /** Of one that was delivered: it has a name in every language. */
  key: string;
  /** What somebody named it; empty: by its key. */
  name: string;
  position: number;
  /** Records in it are over. */
  closing: boolean;
}

export interface RecordContact {
  id: string;
  /** The company's where it is nobody in person. */
  name: string;
  company: string;
  email: string;
  numbers: { label: string; e164: string; shown: string; then?: string }[];
}

export interface NextCall {
  id: string;
  due: string;
  /** Else of a colleague, where I have none. */
  mine: boolean;
  /** Whose it is; empty: no user any more. */
  assigned_name: string;
  overdue: boolean;
}

/** An opportunity, a task or a ticket. */
export interface CustomerRecord {
  id: string;
  app: App;
  number: number;
  title: string;
  stage_id: string;
  position: number;
  contact: RecordContact | null;
  owner: string | null;
  /** Empty with an owner: no user any more. */
  owner_name: string | null;
  description: string;
  next_call: NextCall | null;
  created_at: number;
  changed_at: number;
  version: string;
}

export interface Board {
  stages: Stage[];
  records: CustomerRecord[];
  counts: Record<string, number>;
}

export interface RecordPage {
  records: CustomerRecord[];
  next: string | null;
}

export interface Entry {
  id: string;
  at: number;
  kind: "message" | "call" | "activity" | "change";
  author: string | null;
  author_name: string;
  text: string;
  data: Record<string, unknown>;
}

export interface EntryPage {
  entries: Entry[];
  next: string | null;
}

export const TYPES = ["call", "email", "meeting", "todo"] as const;
export type ActivityType = (typeof TYPES)[number];

export const OUTCOMES = ["reached", "no_answer", "busy", "voicemail", "wrong_number"] as const;

export interface Activity {
  id: string;
  type: ActivityType;
  due: string;
  /** HH:MM of that day; empty: any time. */
  time: string;
  summary: string;
  note: string;
  assigned_to: string;
  /** Empty: no user any more. */
  assigned_name: string;
  record: { id: string; app: App; title: string } | null;
  contact: RecordContact | null;
  created_by: string | null;
  created_name: string | null;
  created_at: number;
  changed_at: number;
  state: "planned" | "done" | "cancelled";
  done_at: number | null;
  feedback: string;
  outcome: string;
  overdue: boolean;
  version: string;
}

/** Who can own a record or be given an activity. */
export interface Owner {
  id: string;
  name: string;
  extension: string;
}
