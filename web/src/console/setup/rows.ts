/** The rows of first users: proposed extensions, what is worth saving. */
export interface Row {
  key: string;
  extension: string;
  name: string;
  email: string;
  /** Set once the user is saved. */
  id: string | null;
}

const FIRST = 201;
let last = 0;

/** The next free extension after those that are taken. */
export function nextExtension(taken: readonly string[]): string {
  const numbers = taken.map(Number).filter((value) => Number.isInteger(value) && value > 0);
  return String(numbers.length > 0 ? Math.max(...numbers) + 1 : FIRST);
}

export function emptyRow(taken: readonly string[]): Row {
  return { key: `row-${++last}-${Date.now()}`, extension: nextExtension(taken), name: "", email: "", id: null };
}

/** Rows with a name that are not saved yet. */
export function rowsToSave(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row.id === null && row.name.trim() !== "");
}
