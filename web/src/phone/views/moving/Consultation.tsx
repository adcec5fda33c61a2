/** Somebody is asked whether he takes a call that waits: complete the transfer, or go back (C3-05). */
import { IconArrowBackUp, IconArrowsLeftRight, IconCircleArrowLeft } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { asking, established, joinable, live, movable } from "../../engine/calls";
import type { Call } from "../../engine/model";
import { usePhoneState, useRunningPhone } from "../../PhoneContext";
import { callerOf } from "../parts";
import { backWords } from "./words";

export function Consultation() {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { calls } = usePhoneState();
  const asked = asking(calls);
  const waiting = asked && calls.find((call) => call.id !== asked.id && established(call));
  if (!asked || !waiting) return null;
  const name = callerOf(asked, t);
  const ready = joinable(asked) && movable(waiting);
  return (
    <div className="swp-consult" role="group" aria-label={t("transfer.asking", { name, other: callerOf(waiting, t) })}>
      <p>{t(established(asked) ? "transfer.askingNow" : "transfer.asking", { name, other: callerOf(waiting, t) })}</p>
      <div className="swp-moving-acts">
        <button
          type="button"
          className="swp-text swp-text-green"
          disabled={!ready}
          title={t("transfer.completeHint")}
          onClick={() => void engine.do({ do: "complete-transfer" })}
        >
          <IconArrowsLeftRight size={18} aria-hidden />
          {t("transfer.complete")}
        </button>
        <button type="button" className="swp-text" title={t("transfer.cancelHint", { name: callerOf(waiting, t) })} onClick={() => void engine.do({ do: "cancel-transfer" })}>
          <IconArrowBackUp size={18} aria-hidden />
          {t("cancel")}
        </button>
      </div>
    </div>
  );
}

/** The call was led to somebody, and is here again. */
export function ComeBack({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  if (call.transfer?.state !== "back" || !live(call)) return null;
  return (
    <div className="swp-strip" role="status">
      <IconCircleArrowLeft size={18} aria-hidden />
      <span>{backWords(call.transfer, t)}</span>
    </div>
  );
}
