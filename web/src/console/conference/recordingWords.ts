/** What a recording is called. */
import type { TFunction } from "i18next";
import type { Recording } from "./types";

export function recordingName(t: TFunction<"conference">, recording: Recording): string {
  return recording.participant || t("conference:recordings.everybody");
}

/** How it ended, where that is worth saying. */
export function endWords(t: TFunction<"conference">, recording: Recording): string {
  if (recording.ended_at === null) return t("conference:recordings.running");
  const told = ["disk", "crash", "media_failed"];
  return told.includes(recording.reason) ? t(`conference:recordings.end.${recording.reason}`) : "";
}
