/** What a refusal says to people: translated by its `error_id`, else the server's own sentence. */
import type { i18n } from "i18next";
import { ApiError } from "../api/client";

interface Told {
  error_id: string;
  message: string;
  values?: Record<string, string> | [string, string][] | null;
}

/** The sentence for an error id; the server's English one when there is none, or when a value of it is missing. */
export function sentenceFor(language: i18n, told: Told): string {
  const key = `common:error.${told.error_id}`;
  if (!language.exists(key)) return told.message;
  const values = Array.isArray(told.values) ? Object.fromEntries(told.values) : (told.values ?? {});
  const text: string = language.t(key, values);
  return text.includes("{{") ? told.message : text;
}

/** What to show for anything that was thrown. */
export function errorText(language: i18n, error: unknown): string {
  if (error instanceof ApiError) {
    const body = error.body as { values?: Record<string, string> } | null;
    return sentenceFor(language, {
      error_id: error.errorId,
      message: error.message || language.t("common:error.unexpected"),
      values: body?.values ?? null,
    });
  }
  return language.t("common:error.unexpected");
}

/** Field errors of a refused form, by field name; `null` holds what belongs to no field. */
export function fieldErrors(language: i18n, error: unknown, known: readonly string[]): Map<string | null, string> {
  const found = new Map<string | null, string>();
  if (!(error instanceof ApiError)) return new Map([[null, errorText(language, error)]]);
  for (const problem of error.problems) {
    // The last part that is a field: of `no_answer/1/seconds` the list.
    const place = problem.path.split("/").findLast((part) => known.includes(part)) ?? null;
    if (!found.has(place)) found.set(place, sentenceFor(language, problem));
  }
  if (found.size === 0) {
    const place = error.field !== null && known.includes(error.field) ? error.field : null;
    found.set(place, errorText(language, error));
  }
  return found;
}
