/** After a save on the conference server's pages. */
import i18next from "i18next";
import { sentenceFor, toastDone, toastFailed } from "../../../ui";
import { notePending } from "../../live";
import { refreshConfiguration } from "../../queries";
import type { Applied } from "./types";

/** Lists are asked anew, the pending changes counted; `said` tells what was done. */
export function afterSave(saved: Applied, said?: string): void {
  notePending(saved.pending);
  refreshConfiguration();
  if (said !== undefined) toastDone(said);
  const [problem] = saved.problems ?? [];
  if (problem) toastFailed(sentenceFor(i18next, problem));
}
