/** The running call: who, how long, how good, and what can be done; the second call as a card above it. */
import {
  IconArrowsExchange,
  IconArrowsJoin2,
  IconArrowsLeftRight,
  IconDialpad,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhone,
  IconPhoneOff,
  IconPhonePlus,
  IconPlayerPause,
  IconPlayerPlay,
  IconVolume,
} from "@tabler/icons-react";
import { Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { asking, background, duration, established, live, movable, ringingHere } from "../engine/calls";
import type { Call } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { CallAbout } from "./activities/lazy";
import type { OnScreen } from "./activities/screens";
import { ConferencePanel } from "./conference/ConferencePanel";
import { MergedTalk } from "./conference/MergedTalk";
import { Refusal } from "./conference/Refusal";
import { isMerged } from "./conference/RoomSync";
import { useOrders } from "./conference/useOrders";
import { ComeBack, Consultation } from "./moving/Consultation";
import { stateWords } from "./moving/words";
import { Pad } from "./Pad";
import { Avatar, callerOf, callWord, clockOf, Level, QualityWord, Timer, Tool } from "./parts";
import { AskingMicrophone, Problem } from "./problems";

interface CallScreenProps {
  call: Call;
  onAdd: () => void;
  onAudio: () => void;
  onScreen: OnScreen;
}

export function CallScreen({ call, onAdd, onAudio, onScreen }: CallScreenProps) {
  const { t } = useTranslation("phone");
  const { calls } = usePhoneState();
  const [keysOpen, setKeys] = useState(false);
  const keys = keysOpen && established(call);
  const waiting = ringingHere(calls);
  const behind = background(calls);
  const name = callerOf(call, t);
  const conference = established(call) ? call.conference : null;
  const other = behind && behind.id !== call.id && (conference === null || behind.conference !== conference) ? behind : null;
  const cards = (
    <>
      <AskingMicrophone />
      {waiting && <WaitingCard call={waiting} />}
      {other && <BehindCard call={other} />}
      <ComeBack call={call} />
    </>
  );
  if (conference !== null && !keys) {
    const Panel = isMerged(conference) ? MergedTalk : ConferencePanel;
    return (
      <section className="swp-call swp-call-conference" data-state={call.state} aria-label={t("callWith", { name })}>
        {cards}
        <Panel call={call} conference={conference} onKeys={() => setKeys(true)} onAdd={onAdd} onAudio={onAudio} second={other !== null} />
      </section>
    );
  }
  return (
    <section className="swp-call" data-state={call.state} aria-label={t("callWith", { name })}>
      {cards}
      <div className="swp-caller" data-small={keys || behind !== null || waiting !== null || undefined}>
        <Avatar name={name} size={keys || behind || waiting ? 48 : 88} />
        <h2>{name}</h2>
        {call.name && <p className="swp-number">{call.shown}</p>}
        <p className="swp-facts">
          <span className="swp-word">{stateWords(call, t)}</span>
          {call.answeredAt !== null && (live(call) ? <Timer call={call} /> : <span className="swp-timer">{clockOf(duration(call, call.endedAt ?? 0))}</span>)}
        </p>
        {established(call) && !keys && <Sound call={call} />}
      </div>
      {live(call) ? (
        <>
          {!keys && (
            <Suspense>
              <CallAbout call={call} onScreen={onScreen} />
            </Suspense>
          )}
          {keys && <Keys call={call} />}
          <Acts call={call} keys={keys} onKeys={() => setKeys(!keys)} onAdd={onAdd} onAudio={onAudio} other={other} />
        </>
      ) : (
        <Ended call={call} />
      )}
    </section>
  );
}

function Sound({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { audio } = useRunningPhone();
  const read = useCallback(() => audio.level(call.id), [audio, call.id]);
  return (
    <p className="swp-sound">
      <Level read={read} label={t("call.level")} />
      <QualityWord quality={call.quality} />
    </p>
  );
}

function Keys({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  return (
    <div className="swp-keys">
      <output aria-label={t("call.sent")}>{call.digits.slice(-18) || " "}</output>
      <Pad onKey={(key) => void engine.do({ do: "digits", call: call.id, digits: key })} small />
    </div>
  );
}

function Acts(props: { call: Call; keys: boolean; other: Call | null; onKeys: () => void; onAdd: () => void; onAudio: () => void }) {
  const { call, keys, other, onKeys, onAdd, onAudio } = props;
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { setMoving } = usePhone();
  const consulting = asking(usePhoneState().calls) !== null;
  const merging = useMerge(call, other);
  const on = established(call);
  const notYet = on ? null : t("call.notYet");
  const heldNow = call.state === "held";
  return (
    <div className="swp-acts">
      <Refusal ordered={merging.ordered} />
      {!keys && <Consultation />}
      <div className="swp-tools">
        <Tool
          icon={call.muted ? <IconMicrophoneOff aria-hidden /> : <IconMicrophone aria-hidden />}
          label={t(call.muted ? "call.unmute" : "call.mute")}
          shortcut="M"
          pressed={call.muted}
          disabled={notYet}
          onClick={() => void engine.do({ do: "mute", call: call.id, on: !call.muted })}
        />
        <Tool icon={<IconDialpad aria-hidden />} label={t("call.keypad")} pressed={keys} disabled={notYet} onClick={onKeys} />
        {consulting && merging.can ? (
          <Tool icon={<IconArrowsJoin2 aria-hidden />} label={t("merge.merge")} onClick={merging.merge} />
        ) : (
          <Tool
            icon={heldNow ? <IconPlayerPlay aria-hidden /> : <IconPlayerPause aria-hidden />}
            label={t(heldNow ? "call.resume" : "call.hold")}
            shortcut="H"
            pressed={heldNow}
            disabled={notYet}
            onClick={() => void engine.do({ do: "hold", call: call.id, on: !heldNow })}
          />
        )}
        {!keys && !consulting && (
          <>
            <Tool
              icon={<IconArrowsLeftRight aria-hidden />}
              label={t("call.transfer")}
              shortcut="T"
              disabled={movable(call) ? null : t("call.notYet")}
              onClick={() => setMoving(call.id)}
            />
            {merging.can ? (
              <Tool icon={<IconArrowsJoin2 aria-hidden />} label={t("merge.merge")} onClick={merging.merge} />
            ) : (
              <Tool
                icon={<IconPhonePlus aria-hidden />}
                label={t("call.add")}
                disabled={other ? t("failure.two-calls-already.what") : notYet}
                onClick={onAdd}
              />
            )}
            <Tool icon={<IconVolume aria-hidden />} label={t("call.audio")} onClick={onAudio} />
          </>
        )}
      </div>
      <button type="button" className="swp-round swp-red" onClick={() => void engine.do({ do: "hang-up", call: call.id })}>
        <IconPhoneOff size={26} aria-hidden />
        <span>{t("call.hangUp")}</span>
      </button>
    </div>
  );
}

/** D1-06: two calls with people become one talk; a talk that was merged before takes another one in. */
function useMerge(call: Call, other: Call | null) {
  const { api } = useRunningPhone();
  const ordered = useOrders();
  const name = (one: Call): string | null => (one.conference === null ? one.dialog : isMerged(one.conference) ? one.conference : null);
  const both = other && established(call) && established(other) ? [name(other), name(call)] : [];
  const calls = both.filter((one) => one !== null);
  const merge = (): void => void ordered.order(() => api.request("/api/phone/calls/merge", { method: "POST", body: { calls } }));
  return { can: calls.length === 2, merge, ordered };
}

function Ended({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const dismiss = (): void => void engine.do({ do: "dismiss", call: call.id });
  const problem = call.ending?.failure;
  return (
    <div className="swp-acts">
      {problem && <Problem failure={problem} />}
      <button type="button" className="swp-plain" onClick={dismiss}>
        {t("dismiss")}
      </button>
    </div>
  );
}

/** The other of two calls. */
function BehindCard({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const name = callerOf(call, t);
  return (
    <div className="swp-card">
      <Avatar name={name} size={36} />
      <span>
        <strong>{name}</strong>
        <small>
          {t(callWord(call))} {call.answeredAt !== null && <Timer call={call} />}
        </small>
      </span>
      <button type="button" className="swp-chip" onClick={() => void engine.do({ do: "swap" })}>
        <IconArrowsExchange size={18} aria-hidden />
        {t("call.swap")}
      </button>
    </div>
  );
}

/** Somebody else calls meanwhile. */
function WaitingCard({ call }: { call: Call }) {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const name = callerOf(call, t);
  return (
    <div className="swp-card swp-waiting" role="alert">
      <Avatar name={name} size={36} />
      <span>
        <strong>{name}</strong>
        <small>{t("call.waiting")}</small>
      </span>
      <button
        type="button"
        className="swp-mini swp-red"
        aria-label={t("call.rejectName", { name })}
        title={t("call.reject")}
        onClick={() => void engine.do({ do: "reject", call: call.id })}
      >
        <IconPhoneOff size={20} aria-hidden />
      </button>
      <button
        type="button"
        className="swp-mini swp-green"
        aria-label={t("call.holdAndAnswer", { name })}
        title={t("call.holdAndAnswer", { name })}
        onClick={() => void engine.do({ do: "answer", call: call.id })}
      >
        <IconPhone size={20} aria-hidden />
      </button>
    </div>
  );
}
