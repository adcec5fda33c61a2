/** Calls that were merged into one talk: who is in it, Split, hang up on all (D1-06, C3-04). */
import { IconArrowsSplit2, IconMicrophone, IconMicrophoneOff, IconPhoneOff, IconPhonePlus, IconVolume } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useRoom } from "../../../api/useRoom";
import { established } from "../../engine/calls";
import type { Call } from "../../engine/model";
import { usePhoneState, useRunningPhone } from "../../PhoneContext";
import { callerOf, Timer, Tool } from "../parts";
import type { PanelProps } from "./ConferencePanel";
import { Refusal } from "./Refusal";
import { useOrders } from "./useOrders";
import { TalkingAvatar } from "../TalkingAvatar";

export function MergedTalk({ call, conference, onAdd, onAudio, second }: PanelProps & { conference: string }) {
  const { t } = useTranslation("phone");
  const { api, engine } = useRunningPhone();
  const { calls } = usePhoneState();
  const here = useRoom(api, conference);
  const ordered = useOrders();
  const own = calls.filter((one) => one.conference === conference && established(one));
  const split = async (): Promise<void> => {
    // Both are on hold then: one chooses whom to go on with.
    for (const one of own) await engine.do({ do: "hold", call: one.id, on: true });
    await ordered.order(() => api.request(`/api/phone/calls/${encodeURIComponent(conference)}/split`, { method: "POST" }));
  };
  const mute = (on: boolean): void => own.forEach((one) => void engine.do({ do: "mute", call: one.id, on }));
  return (
    <div className="swp-conference">
      <div className="swp-conference-head">
        <div>
          <h2>{t("merge.title")}</h2>
          <p>
            <span className="swp-word">{t("room.count", { count: own.length + 1 })}</span> <Timer call={call} />
          </p>
        </div>
      </div>
      <Refusal ordered={ordered} />
      <ul className="swp-list swp-people" aria-label={t("room.people")}>
        {own.map((one) => (
          <MergedPerson key={one.id} call={one} level={() => here.watch?.level(farOf(one, here.state.room?.participants)) ?? 0} />
        ))}
      </ul>
      <div className="swp-acts swp-conference-acts">
        <div className="swp-tools swp-tools-four">
          <Tool
            icon={call.muted ? <IconMicrophoneOff aria-hidden /> : <IconMicrophone aria-hidden />}
            label={t(call.muted ? "call.unmute" : "call.mute")}
            shortcut="M"
            pressed={call.muted}
            onClick={() => mute(!call.muted)}
          />
          <Tool icon={<IconArrowsSplit2 aria-hidden />} label={t("merge.split")} onClick={() => void split()} />
          <Tool icon={<IconPhonePlus aria-hidden />} label={t("call.add")} disabled={second ? t("failure.two-calls-already.what") : null} onClick={onAdd} />
          <Tool icon={<IconVolume aria-hidden />} label={t("call.audio")} onClick={onAudio} />
        </div>
        <button type="button" className="swp-leave" onClick={() => own.forEach((one) => void engine.do({ do: "hang-up", call: one.id }))}>
          <IconPhoneOff size={22} aria-hidden />
          <span>{t("call.hangUp")}</span>
        </button>
      </div>
    </div>
  );
}

/** The other side of a call among the participants of the talk. */
function farOf(call: Call, participants: readonly { id: string; extension: string; name: string }[] = []): string {
  return participants.find((one) => one.extension === call.number)?.id ?? "";
}

function MergedPerson({ call, level }: { call: Call; level: () => number }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const name = callerOf(call, t);
  return (
    <li className="swp-row swp-person">
      <TalkingAvatar name={name} size={36} read={level} />
      <span className="swp-person-name">
        <strong>{name}</strong>
        {call.name && <small>{call.shown}</small>}
      </span>
      <button type="button" className="swp-icon" aria-label={t("merge.hangUpOn", { name })} title={t("merge.hangUpOn", { name })} onClick={() => void engine.do({ do: "hang-up", call: call.id })}>
        <IconPhoneOff size={18} aria-hidden />
      </button>
    </li>
  );
}
