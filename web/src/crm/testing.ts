/** Records and activities for tests. */
import type { Activity, Board, CustomerRecord, Entry, RecordContact, Stage } from "./types";

export const TODAY = "2026-11-22";

export const JANE: RecordContact = {
  id: "jane",
  name: "Jane Miller",
  company: "Miller & Co",
  email: "jane@miller.example",
  numbers: [{ label: "work", e164: "+12125550147", shown: "+1 212-555-0147" }],
};

export function record(id: string, values: Partial<CustomerRecord> = {}): CustomerRecord {
  return {
    id,
    app: "crm",
    number: 7,
    title: `Record ${id}`,
    stage_id: "new",
    position: 1,
    contact: JANE,
    owner: "anna",
    owner_name: "Anna Weber",
    description: "",
    next_call: null,
    created_at: 1,
    changed_at: 1,
    version: "1",
    ...values,
  };
}

export const STAGES: Stage[] = [
  { id: "new", app: "crm", key: "new", name: "", position: 0, closing: false },
  { id: "won", app: "crm", key: "won", name: "", position: 1, closing: true },
];

export function board(records: CustomerRecord[]): Board {
  const counts = Object.fromEntries(STAGES.map(({ id }) => [id, records.filter((one) => one.stage_id === id).length]));
  return { stages: STAGES, records, counts };
}

export function activity(id: string, values: Partial<Activity> = {}): Activity {
  return {
    id,
    type: "call",
    due: TODAY,
    time: "",
    summary: "Ask about the offer",
    note: "",
    assigned_to: "anna",
    assigned_name: "Anna Weber",
    record: { id: "a", app: "crm", title: "Record a" },
    contact: JANE,
    created_by: "anna",
    created_name: "Anna Weber",
    created_at: 1,
    changed_at: 1,
    state: "planned",
    done_at: null,
    feedback: "",
    outcome: "",
    overdue: false,
    version: "v1",
    ...values,
  };
}

export function entry(id: string, values: Partial<Entry>): Entry {
  return { id, at: 1_790_000_000, kind: "message", author: "anna", author_name: "Anna Weber", text: "", data: {}, ...values };
}
