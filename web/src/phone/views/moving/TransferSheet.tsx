/** S2-15, S2-17, C3-05: whom the call goes to: an extension, a contact or a full number; at once, or after asking. */
import { IconArrowsJoin2, IconChevronLeft, IconParking, IconPhoneOff } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { background, movable } from "../../engine/calls";
import type { Call } from "../../engine/model";
import { usePhoneState, useRunningPhone } from "../../PhoneContext";
import { callerOf } from "../parts";
import { useChoice } from "./choice";
import { ChoiceField } from "./ChoiceField";

const OFFERED = 40;
/** The code that leads a call to a free orbit (D2-07); its number is spoken. */
const PARK = "*85";

export function TransferSheet({ call, onBack }: { call: Call; onBack: () => void }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { calls } = usePhoneState();
  const choice = useChoice(OFFERED, true, (offer) => offer.dial === call.number);
  const [unreachable, setUnreachable] = useState(false);
  const name = callerOf(call, t);
  const other = background(calls);
  const joinable = other && other.id !== call.id && movable(other) ? other : null;
  const go = async (act: "transfer" | "ask-first"): Promise<void> => {
    setUnreachable(false);
    try {
      const reached = await choice.reach();
      if (!reached) return;
      onBack();
      await engine.do({ do: act, call: call.id, target: reached.target });
    } catch {
      setUnreachable(true);
    }
  };
  const park = (): void => {
    onBack();
    void engine.do({ do: "transfer", call: call.id, target: { dial: PARK, shown: PARK, name: t("transfer.parked") } });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void go("transfer");
  };
  const empty = choice.text.trim() === "";
  return (
    <section className="swp-sheet" aria-label={t("transfer.title", { name })}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("transfer.title", { name })}</h2>
        <button type="button" className="swp-chip swp-park" title={t("transfer.parkHint")} onClick={park}>
          <IconParking size={18} aria-hidden />
          {t("transfer.park")}
        </button>
      </div>
      <form className="swp-moving" onSubmit={submit}>
        <ChoiceField choice={choice} label={t("transfer.field")} hint={t("transfer.hint")} autoFocus>
          <div className="swp-moving-acts">
            <button type="submit" className="swp-text swp-text-green" disabled={empty} title={t("transfer.nowHint")}>
              {t("call.transfer")}
            </button>
            <button
              type="button"
              className="swp-text"
              disabled={empty || other !== null}
              title={other ? t("failure.two-calls-already.what") : t("transfer.askHint")}
              onClick={() => void go("ask-first")}
            >
              {t("transfer.askFirst")}
            </button>
          </div>
          {unreachable && (
            <p className="swp-hint" data-refused role="alert">
              {t("failure.server-unreachable.what")}
            </p>
          )}
          {joinable && (
            <button
              type="button"
              className="swp-text swp-moving-join"
              onClick={() => {
                onBack();
                void engine.do({ do: "complete-transfer" });
              }}
            >
              <IconArrowsJoin2 size={18} aria-hidden />
              {t("transfer.connectWith", { name: callerOf(joinable, t) })}
            </button>
          )}
        </ChoiceField>
      </form>
      <button type="button" className="swp-leave swp-moving-leave" onClick={() => void engine.do({ do: "hang-up", call: call.id })}>
        <IconPhoneOff size={22} aria-hidden />
        <span>{t("call.hangUp")}</span>
      </button>
    </section>
  );
}
