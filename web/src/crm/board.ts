/** The board as a value: what is in which column, and what it is like after a card was put elsewhere. */
import type { Board, CustomerRecord, Stage } from "./types";

export interface Place {
  stage: string;
  /** The card it lands above; null: below all. */
  before: string | null;
}

export function inStage(records: readonly CustomerRecord[], stage: string): CustomerRecord[] {
  return records.filter((record) => record.stage_id === stage);
}

/** The board with one record put elsewhere. */
export function moved(board: Board, id: string, place: Place): Board {
  const record = board.records.find((one) => one.id === id);
  if (!record || place.before === id) return board;
  const rest = board.records.filter((one) => one.id !== id);
  const at = place.before === null ? rest.length : rest.findIndex((one) => one.id === place.before);
  const records = rest.toSpliced(at < 0 ? rest.length : at, 0, { ...record, stage_id: place.stage });
  const counts = { ...board.counts };
  counts[record.stage_id] = (counts[record.stage_id] ?? 1) - 1;
  counts[place.stage] = (counts[place.stage] ?? 0) + 1;
  return { ...board, records, counts };
}

/** Where a card lands that is held over another one: above it, or below. */
export function beside(column: readonly CustomerRecord[], over: string, below: boolean, dragged: string): string | null {
  const others = column.filter((record) => record.id !== dragged);
  const at = others.findIndex((record) => record.id === over);
  if (at < 0) return null;
  return others[below ? at + 1 : at]?.id ?? null;
}

/** Whether a record would stand where it stands already. */
export function staysPut(records: readonly CustomerRecord[], id: string, place: Place): boolean {
  const record = records.find((one) => one.id === id);
  if (record?.stage_id !== place.stage) return false;
  const column = inStage(records, place.stage);
  return place.before === id || place.before === (column[column.indexOf(record) + 1]?.id ?? null);
}

/** A stage's position changed by one step. */
export function shifted(stages: readonly Stage[], id: string, step: number): Stage[] {
  const at = stages.findIndex((stage) => stage.id === id);
  const stage = stages[at];
  const to = at + step;
  if (!stage || to < 0 || to >= stages.length) return [...stages];
  return stages.toSpliced(at, 1).toSpliced(to, 0, stage);
}
