/** Somebody calls (S2-06 to S2-08). Red on the left, green on the right, as far apart as the screen allows. */
import { IconPhone, IconPhoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Call } from "../engine/model";
import { useRunningPhone } from "../PhoneContext";
import { Suspense } from "react";
import { CallAbout } from "./activities/lazy";
import type { OnScreen } from "./activities/screens";
import { ComeBack } from "./moving/Consultation";
import { Avatar, callerOf } from "./parts";
import { AskingMicrophone, SoundBlocked } from "./problems";

export function IncomingScreen({ call, onScreen }: { call: Call; onScreen: OnScreen }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const name = callerOf(call, t);
  return (
    <section className="swp-incoming" aria-label={t("say.incoming", { name })}>
      <SoundBlocked />
      <AskingMicrophone />
      <ComeBack call={call} />
      <div className="swp-caller">
        <p className="swp-eyebrow">{t("call.state.incoming")}</p>
        <span className="swp-pulse">
          <Avatar name={name} size={96} />
        </span>
        <h2>{name}</h2>
        {call.name && call.shown !== "" && <p className="swp-number">{call.shown}</p>}
      </div>
      <Suspense>
        <CallAbout call={call} onScreen={onScreen} />
      </Suspense>
      <div className="swp-choice">
        <button type="button" className="swp-round swp-red" onClick={() => void engine.do({ do: "reject", call: call.id })}>
          <IconPhoneOff size={28} aria-hidden />
          <span>{t("call.reject")}</span>
        </button>
        <button type="button" className="swp-round swp-green" onClick={() => void engine.do({ do: "answer", call: call.id })}>
          <IconPhone size={28} aria-hidden />
          <span>{t("call.answer")}</span>
        </button>
      </div>
    </section>
  );
}
