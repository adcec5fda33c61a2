/** The conference as a guest sees it: the lobby, the wait, then who is here and who talks; mute, hand, leave. */
import { IconCrown, IconHandOff, IconHandStop, IconMicrophone, IconMicrophoneOff, IconPhoneOff, IconPlayerRecordFilled } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { noteOf, type Room, type RoomParticipant, seated } from "../api/room";
import { Level } from "../phone/views/parts";
import { TalkingAvatar } from "../phone/views/TalkingAvatar";
import type { Guest } from "./browser";
import { useVoiceLevel } from "./Entry";
import type { Pass, VisitState } from "./model";
import type { RoomPort } from "./ports";
import { Strip } from "./parts";

interface InsideProps {
  guest: Guest;
  state: VisitState;
  pass: Pass;
}

export function Inside({ guest, state, pass }: InsideProps) {
  const { t } = useTranslation("guest");
  const { room: watched } = guest.visit;
  const { room, you } = state.room;
  const me = room?.participants.find((one) => one.id === you) ?? null;
  useWakeLock();
  return (
    <section className="swg-room" aria-label={pass.conference}>
      <div className="swg-room-head">
        <h1>{pass.conference}</h1>
        {room?.recording && (
          <span className="swg-recording">
            <IconPlayerRecordFilled size={16} aria-hidden /> {t("recording")}
          </span>
        )}
      </div>
      <Notices guest={guest} state={state} me={me} />
      <div className="swg-body">
        {me?.in_lobby ? (
          <Quiet title={t("inLobby")} hint={t("inLobbyHint")} />
        ) : me?.waiting ? (
          <Quiet title={t("waiting")} hint={t("waitingHint")} />
        ) : room && watched && me ? (
          <People watched={watched} room={room} you={you} />
        ) : (
          <p className="swg-hint">{t("connecting")}</p>
        )}
      </div>
      <OwnLevel guest={guest} state={state} />
      <Acts guest={guest} state={state} pass={pass} me={me} />
      <Said state={state} pass={pass} me={me} />
    </section>
  );
}

/** What one has to know now. */
function Notices({ guest, state, me }: { guest: Guest; state: VisitState; me: RoomParticipant | null }) {
  const { t } = useTranslation("guest");
  const { visit } = guest;
  const by = me?.muted_by;
  return (
    <>
      {state.returning ? (
        <Strip urgent>{t("returning")}</Strip>
      ) : (
        state.room.connection === "lost" && (
          <div className="swg-late">
            <Strip>{t("lost")}</Strip>
          </div>
        )
      )}
      {state.listening && (
        <Strip act={t("useMicrophone")} onAct={() => void visit.openMicrophone()}>
          {t("listening")}
        </Strip>
      )}
      {me?.unmute_requested_by && state.muted ? (
        <Strip urgent act={t("unmute")} onAct={() => visit.mute(false)}>
          {t("asked", { by: me.unmute_requested_by })}
        </Strip>
      ) : (
        by && by !== "self" && <Strip>{t("mutedYou", { by })}</Strip>
      )}
    </>
  );
}

function Quiet({ title, hint }: { title: string; hint: string }) {
  return (
    <div className="swg-quiet" role="status">
      <h2>{title}</h2>
      <p>{hint}</p>
      <i className="swg-busy" aria-hidden />
    </div>
  );
}

function People({ watched, room, you }: { watched: RoomPort; room: Room; you: string | null }) {
  const { t } = useTranslation("guest");
  const { inside } = seated(room, watched);
  return (
    <>
      <p className="swg-hint">{inside.length === 1 ? t("alone") : t("here", { count: inside.length })}</p>
      <ul className="swg-people" aria-label={t("people")}>
        {inside.map((one) => (
          <Person key={one.id} one={one} watched={watched} mine={one.id === you} />
        ))}
      </ul>
    </>
  );
}

function Person({ one, watched, mine }: { one: RoomParticipant; watched: RoomPort; mine: boolean }) {
  const { t } = useTranslation("guest");
  const read = useCallback(() => watched.level(one.id), [watched, one.id]);
  const note = noteOf(one);
  const name = one.name || one.extension;
  return (
    <li>
      <TalkingAvatar name={name} size={40} read={read} />
      <span>
        <strong>{mine ? t("you", { name }) : name}</strong>
        {note && <small>{t(`person.${note.word}`, { by: note.by ?? "" })}</small>}
      </span>
      {one.administrator && <IconCrown size={20} role="img" aria-label={t("moderator")} />}
      {one.away ? null : one.hand_raised_at !== null ? <IconHandStop size={20} aria-hidden /> : one.muted_by !== null && <IconMicrophoneOff size={20} aria-hidden />}
    </li>
  );
}

function OwnLevel({ guest, state }: { guest: Guest; state: VisitState }) {
  const { t } = useTranslation("guest");
  const read = useVoiceLevel(guest, state);
  if (state.listening) return null;
  return (
    <div className="swg-own">
      <Level read={read} label={t("level")} />
    </div>
  );
}

function Acts({ guest, state, pass, me }: InsideProps & { me: RoomParticipant | null }) {
  const { t } = useTranslation("guest");
  const { visit } = guest;
  const orders = useMemo(() => guest.orders(pass), [guest, pass]);
  const up = me?.hand_raised_at != null;
  return (
    <div className="swg-acts">
      <button type="button" aria-pressed={state.muted} disabled={state.listening} onClick={() => visit.mute(!state.muted)}>
        {state.muted ? <IconMicrophoneOff aria-hidden /> : <IconMicrophone aria-hidden />}
        {t(state.muted ? "unmute" : "mute")}
      </button>
      <button
        type="button"
        aria-pressed={up}
        disabled={!me || me.in_lobby}
        onClick={() => me && void orders.participant(me.id, up ? "lower-hand" : "raise-hand").catch(() => undefined)}
      >
        {up ? <IconHandOff aria-hidden /> : <IconHandStop aria-hidden />}
        {t(up ? "lowerHand" : "raiseHand")}
      </button>
      <button type="button" className="swg-red" onClick={() => visit.leave()}>
        <IconPhoneOff aria-hidden />
        {t("leave")}
      </button>
    </div>
  );
}

/** Said to a screen reader as it changes. */
function Said({ state, pass, me }: { state: VisitState; pass: Pass; me: RoomParticipant | null }) {
  const { t } = useTranslation("guest");
  const inside = me !== null && !me.in_lobby && !me.waiting;
  const hand = me?.hand_raised_at != null;
  return (
    <div className="swg-hidden" role="status" aria-live="polite">
      <p>{inside && t("say.inside", { conference: pass.conference })}</p>
      <p>{inside && (state.muted ? t("say.muted") : t("say.open"))}</p>
      <p>{hand && t("say.handUp")}</p>
    </div>
  );
}

/** A phone's screen stays on while one is in a conference. */
function useWakeLock(): void {
  useEffect(() => {
    let held: WakeLockSentinel | null = null;
    let gone = false;
    const hold = (): void => {
      if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
      navigator.wakeLock.request("screen").then(
        (lock) => {
          if (gone) void lock.release();
          else held = lock;
        },
        () => undefined,
      );
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", hold);
      void held?.release();
    };
  }, []);
}
