/** What is needed less often: keypad, hold, another call, sound; and for who runs the conference: mute all, lock, record, end. */
import {
  IconChevronLeft,
  IconDialpad,
  IconLock,
  IconLockOpen,
  IconMicrophoneOff,
  IconPhonePlus,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerRecord,
  IconPlayerStop,
  IconSquareRoundedX,
  IconVolume,
  IconWaveSine,
} from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRunningPhone } from "../../PhoneContext";
import type { Inside, PanelProps } from "./ConferencePanel";

type MoreProps = Omit<PanelProps, "call"> & { inside: Inside; onBack: () => void };

export function More({ inside, onBack, onKeys, onAdd, onAudio, second }: MoreProps) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { call } = inside;
  const held = call.state === "held";
  return (
    <section className="swp-sheet" aria-label={t("room.more")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t("room.more")}</h2>
      </div>
      <div className="swp-more">
        <Running inside={inside} onDone={onBack} />
        <Act icon={<IconDialpad aria-hidden />} onClick={onKeys}>
          {t("call.keypad")}
        </Act>
        <Act icon={held ? <IconPlayerPlay aria-hidden /> : <IconPlayerPause aria-hidden />} onClick={() => void engine.do({ do: "hold", call: call.id, on: !held })}>
          {t(held ? "call.resume" : "call.hold")}
        </Act>
        <Act icon={<IconPhonePlus aria-hidden />} onClick={onAdd} disabled={second}>
          {t("call.add")}
        </Act>
        <Act icon={<IconVolume aria-hidden />} onClick={onAudio}>
          {t("menu.audio")}
        </Act>
        <EndForAll inside={inside} />
      </div>
    </section>
  );
}

/** What only who runs the conference may do. */
function Running({ inside, onDone }: { inside: Inside; onDone: () => void }) {
  const { t } = useTranslation("phone");
  const { here, ordered } = inside;
  const { may, room } = here.state;
  if (!room) return null;
  const { orders } = here;
  return (
    <>
      {may.has("mute-all") && (
        <Act icon={<IconMicrophoneOff aria-hidden />} onClick={() => void ordered.order(() => orders?.room("mute-all")).then((done) => done && onDone())}>
          {t("room.muteAll")}
        </Act>
      )}
      {may.has("lock") && (
        <Act icon={room.locked ? <IconLockOpen aria-hidden /> : <IconLock aria-hidden />} onClick={() => void ordered.order(() => orders?.room(room.locked ? "unlock" : "lock"))}>
          {t(room.locked ? "room.unlock" : "room.lock")}
        </Act>
      )}
      {may.has("record") && (
        <Act
          icon={room.recording ? <IconPlayerStop aria-hidden /> : <IconPlayerRecord aria-hidden />}
          onClick={() => void ordered.order(() => orders?.room("record", { on: room.recording === null }))}
        >
          {t(room.recording ? "room.stopRecording" : "room.record")}
        </Act>
      )}
      {may.has("noise") && (
        <Act icon={<IconWaveSine aria-hidden />} pressed={room.noise_suppression} onClick={() => void ordered.order(() => orders?.room("noise", { on: !room.noise_suppression }))}>
          {t("room.noise")}
        </Act>
      )}
    </>
  );
}

/** Asked twice: it ends the conference of everybody. */
function EndForAll({ inside }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const { here, ordered } = inside;
  const [sure, setSure] = useState(false);
  if (!here.state.may.has("end")) return null;
  return (
    <button
      type="button"
      className="swp-more-act swp-text-red"
      onClick={() => {
        if (sure) void ordered.order(() => here.orders?.room("end"));
        setSure(!sure);
      }}
    >
      <IconSquareRoundedX aria-hidden />
      <span>{t(sure ? "room.reallyEnd" : "room.end", { name: here.state.room?.name })}</span>
    </button>
  );
}

interface ActProps {
  icon: ReactNode;
  children: ReactNode;
  onClick: () => void;
  pressed?: boolean;
  disabled?: boolean;
}

function Act({ icon, children, onClick, pressed, disabled }: ActProps) {
  return (
    <button type="button" className="swp-more-act" aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      {icon}
      <span>{children}</span>
    </button>
  );
}
