/** A call that is in a conference: who is there and who talks, one's own mute and hand, and what a moderator does. */
import {
  IconDots,
  IconHandOff,
  IconHandStop,
  IconLock,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconPlayerRecordFilled,
  IconUserPlus,
} from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomParticipant } from "../../../api/room";
import { type RoomHere, useRoom } from "../../../api/useRoom";
import type { Call } from "../../engine/model";
import { useRunningPhone } from "../../PhoneContext";
import { callerOf, Timer, Tool } from "../parts";
import { Invite } from "./Invite";
import { More } from "./More";
import { People } from "./People";
import { Refusal } from "./Refusal";
import { useParticipant } from "./RoomSync";
import { type Ordered, useOrders } from "./useOrders";

export interface PanelProps {
  call: Call;
  onKeys: () => void;
  onAdd: () => void;
  onAudio: () => void;
  /** There is another call already. */
  second: boolean;
}

/** What all parts of the panel need. */
export interface Inside {
  call: Call;
  here: RoomHere;
  me: RoomParticipant | null;
  ordered: Ordered;
}

export function ConferencePanel(props: PanelProps & { conference: string }) {
  const { call, conference, onKeys, onAdd, onAudio, second } = props;
  const { t } = useTranslation("phone");
  const { api } = useRunningPhone();
  const here = useRoom(api, conference);
  const me = useParticipant(call, here.state);
  const ordered = useOrders();
  const [view, setView] = useState<"people" | "invite" | "more">("people");
  const inside: Inside = { call, here, me, ordered };
  const back = (): void => setView("people");
  return (
    <div className="swp-conference">
      <Head inside={inside} />
      <Notices inside={inside} />
      <Refusal ordered={ordered} />
      {view === "people" && <People inside={inside} />}
      {view === "invite" && <Invite inside={inside} onBack={back} />}
      {view === "more" && <More inside={inside} onBack={back} onKeys={onKeys} onAdd={onAdd} onAudio={onAudio} second={second} />}
      <div className="swp-acts swp-conference-acts">
        <div className="swp-tools swp-tools-four">
          <Mute inside={inside} />
          <Hand inside={inside} />
          <Tool icon={<IconUserPlus aria-hidden />} label={t("room.invite")} pressed={view === "invite"} onClick={() => setView(view === "invite" ? "people" : "invite")} />
          <Tool icon={<IconDots aria-hidden />} label={t("room.more")} pressed={view === "more"} onClick={() => setView(view === "more" ? "people" : "more")} />
        </div>
        <Leave call={call} />
      </div>
    </div>
  );
}

function Head({ inside }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const { call, here, me } = inside;
  const { room } = here.state;
  const count = room?.participants.filter((one) => !one.in_lobby).length ?? 0;
  const word = call.returning
    ? t("room.returning")
    : me?.in_lobby
      ? t("room.inLobby")
      : me?.waiting
        ? t("room.waiting")
        : call.state === "held"
          ? t("call.state.held")
          : count > 0
            ? t("room.count", { count })
            : t("call.state.talking");
  return (
    <div className="swp-conference-head">
      <div>
        <h2>{room?.name ?? callerOf(call, t)}</h2>
        <p>
          <span className="swp-word">{word}</span> {call.answeredAt !== null && <Timer call={call} />}
        </p>
      </div>
      {room?.recording && (
        <span className="swp-flag" data-flag="recording">
          <IconPlayerRecordFilled size={16} aria-hidden /> {t("room.recording")}
        </span>
      )}
      {room?.locked && (
        <span className="swp-flag">
          <IconLock size={16} aria-hidden /> {t("room.locked")}
        </span>
      )}
    </div>
  );
}

function Notices({ inside }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { call, me } = inside;
  if (call.returning) {
    return (
      <p className="swp-strip" role="alert">
        {t("room.returningLong")}
      </p>
    );
  }
  if (me?.unmute_requested_by && call.muted) {
    return (
      <div className="swp-strip" role="alert">
        <span>{t("room.asked", { by: me.unmute_requested_by })}</span>
        <button type="button" className="swp-link" onClick={() => void engine.do({ do: "mute", call: call.id, on: false })}>
          {t("call.unmute")}
        </button>
      </div>
    );
  }
  if (me?.muted_by && me.muted_by !== "self") {
    return (
      <p className="swp-strip" role="status">
        {t(me.muted_firmly ? "room.mutedFirmly" : "room.mutedYou", { by: me.muted_by })}
      </p>
    );
  }
  return null;
}

function Mute({ inside: { call, me } }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const firm = me?.muted_firmly && call.muted ? t("room.mutedFirmly", { by: me.muted_by ?? "" }) : null;
  return (
    <Tool
      icon={call.muted ? <IconMicrophoneOff aria-hidden /> : <IconMicrophone aria-hidden />}
      label={t(call.muted ? "call.unmute" : "call.mute")}
      shortcut="M"
      pressed={call.muted}
      disabled={firm}
      onClick={() => void engine.do({ do: "mute", call: call.id, on: !call.muted })}
    />
  );
}

function Hand({ inside: { here, me, ordered } }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const up = me?.hand_raised_at != null;
  const may = here.state.may.has("raise-hand") || up;
  return (
    <Tool
      icon={up ? <IconHandOff aria-hidden /> : <IconHandStop aria-hidden />}
      label={t(up ? "room.lowerHand" : "room.raiseHand")}
      pressed={up}
      disabled={me && may ? null : t("room.notYet")}
      onClick={() => me && void ordered.order(() => here.orders?.participant(me.id, up ? "lower-hand" : "raise-hand"))}
    />
  );
}

function Leave({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  return (
    <button type="button" className="swp-leave" onClick={() => void engine.do({ do: "hang-up", call: call.id })}>
      <IconPhoneOff size={22} aria-hidden />
      <span>{t("room.leave")}</span>
    </button>
  );
}
