/** What a transfer makes of a call, in words. */
import type { TFunction } from "i18next";
import type { Call, Transfer } from "../../engine/model";
import { callWord } from "../parts";

/** The one word, or few, for what a call is doing. */
export function stateWords(call: Call, t: TFunction<"phone">): string {
  const { transfer } = call;
  if (transfer?.state === "sending" && call.state !== "ended") return t("transfer.sending", { name: transfer.to });
  if (transfer?.state === "sending" || transfer?.state === "gone") return t("transfer.gone", { name: transfer.to });
  if (transfer?.state === "joining" || transfer?.state === "joined") return t("transfer.joining");
  return call.muted && call.state === "talking" ? t("call.muted") : t(callWord(call));
}

/** Why a call that was led to somebody is here again. */
export function backWords(transfer: Extract<Transfer, { state: "back" }>, t: TFunction<"phone">): string {
  const why = transfer.why === null ? t("transfer.notTaken", { name: transfer.to }) : t(`failure.${transfer.why}.what`, { number: transfer.to });
  return `${why}. ${t("transfer.isBack")}`;
}
