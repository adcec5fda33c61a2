/** The running call on every other page: who, how long, and what one needs at once. */
import { IconMicrophone, IconMicrophoneOff, IconPhone, IconPhoneOff, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { established, foreground, ringingHere } from "./engine/calls";
import type { Call } from "./engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "./PhoneContext";
import { callerOf, callWord, Timer } from "./views/parts";

export function CallBar() {
  const { phone, open } = usePhone();
  const { calls } = usePhoneState();
  const call = ringingHere(calls) ?? foreground(calls);
  if (!phone || !call || open) return null;
  return <Bar call={call} />;
}

function Bar({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { setOpen } = usePhone();
  const { engine } = useRunningPhone();
  const on = established(call);
  const incoming = call.state === "incoming";
  return (
    <section className="swp-bar" aria-label={t("bar")}>
      <button type="button" className="swp-bar-who" onClick={() => setOpen(true)} title={t("openPhone")}>
        <strong>{callerOf(call, t)}</strong>
        <span>{t(callWord(call))}</span>
        {call.answeredAt !== null && <Timer call={call} />}
      </button>
      {on && (
        <>
          <button
            type="button"
            className="swp-tool"
            aria-pressed={call.muted}
            onClick={() => void engine.do({ do: "mute", call: call.id, on: !call.muted })}
          >
            {call.muted ? <IconMicrophoneOff aria-hidden /> : <IconMicrophone aria-hidden />}
            <span>{t(call.muted ? "call.unmute" : "call.mute")}</span>
          </button>
          <button
            type="button"
            className="swp-tool"
            aria-pressed={call.state === "held"}
            onClick={() => void engine.do({ do: "hold", call: call.id, on: call.state !== "held" })}
          >
            {call.state === "held" ? <IconPlayerPlay aria-hidden /> : <IconPlayerPause aria-hidden />}
            <span>{t(call.state === "held" ? "call.resume" : "call.hold")}</span>
          </button>
        </>
      )}
      <span className="swp-bar-gap" />
      <button
        type="button"
        className="swp-round swp-red"
        onClick={() => void engine.do({ do: incoming ? "reject" : "hang-up", call: call.id })}
      >
        <IconPhoneOff aria-hidden />
        <span>{t(incoming ? "call.reject" : "call.hangUp")}</span>
      </button>
      {incoming && (
        <button type="button" className="swp-round swp-green" onClick={() => void engine.do({ do: "answer", call: call.id })}>
          <IconPhone aria-hidden />
          <span>{t("call.answer")}</span>
        </button>
      )}
    </section>
  );
}
