/** Transfers as the call log has them: each segment is a record of its own, and all have one journey. */
import type { CallRecord } from "./types";

export interface Transfer {
  by: string;
  /** Seconds since 1970. */
  at: number;
  to: string;
}

type Segment = Pick<
  CallRecord,
  | "id"
  | "journey"
  | "started_at"
  | "ended_at"
  | "end_cause"
  | "dialled"
  | "caller_extension"
  | "caller_display"
  | "callee_extension"
  | "callee_display"
>;

/** The next segment begins when the former one ends; clocks are the server's own. */
const SLACK_SECONDS = 2;

/** Who led a call on, when, and to whom; null: nobody, or its next segment is not among the records. */
export function transferOf(call: Segment, records: readonly Segment[]): Transfer | null {
  const { ended_at: at } = call;
  if (call.end_cause !== "transferred" || at === null) return null;
  const next = records
    .filter((one) => one.id !== call.id && one.journey === call.journey && Math.abs(one.started_at - at) <= SLACK_SECONDS)
    .sort((one, other) => one.started_at - other.started_at)
    .at(-1);
  if (!next) return null;
  const stays = [next.caller_extension, next.callee_extension];
  const ends = [
    [call.caller_extension, call.caller_display],
    [call.callee_extension ?? call.dialled, call.callee_display],
  ] as const;
  const [number, name] = ends.find(([one]) => !stays.includes(one)) ?? ends[1];
  return { by: name || number || "", at, to: next.callee_display || next.callee_extension || next.dialled };
}
