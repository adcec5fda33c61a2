/** Who is in the conference, who waits to be let in, and what a moderator does with each. */
import { IconCrown, IconDotsVertical, IconHandOff, IconHandStop, IconMicrophone, IconMicrophoneOff, IconUserMinus } from "@tabler/icons-react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { noteOf, type ParticipantAct, type RoomParticipant, seated } from "../../../api/room";
import { Empty, Menu, MenuItem } from "../parts";
import { TalkingAvatar } from "../TalkingAvatar";
import type { Inside } from "./ConferencePanel";

/** Everybody who is inside may do so to himself; to others only who runs the conference. */
export function runs({ here }: Inside): boolean {
  return here.state.may.has("mute-all");
}

export function People({ inside }: { inside: Inside }) {
  const { t } = useTranslation("phone");
  const { here, me } = inside;
  const { room, connection } = here.state;
  if (!room || !here.watch) {
    const words = connection === "lost" ? t("room.lost") : t("loading");
    return (
      <div className="swp-people">
        <p className="swp-note" role="status">
          {words} …
        </p>
      </div>
    );
  }
  if (me?.in_lobby || me?.waiting) return <Waits lobby={me.in_lobby} />;
  const { lobby, inside: people } = seated(room, here.watch);
  return (
    <div className="swp-people">
      {lobby.length > 0 && runs(inside) && <Lobby inside={inside} lobby={lobby} />}
      <ul className="swp-list" aria-label={t("room.people")}>
        {people.map((one) => (
          <Person key={one.id} one={one} inside={inside} />
        ))}
      </ul>
    </div>
  );
}

function Waits({ lobby }: { lobby: boolean }) {
  const { t } = useTranslation("phone");
  return (
    <div className="swp-people" role="status">
      <Empty icon={<IconCrown aria-hidden />} title={t(lobby ? "room.inLobby" : "room.waiting")}>
        {t(lobby ? "room.inLobbyHint" : "room.waitingHint")}
      </Empty>
    </div>
  );
}

function Lobby({ inside, lobby }: { inside: Inside; lobby: readonly RoomParticipant[] }) {
  const { t } = useTranslation("phone");
  const { here, ordered } = inside;
  return (
    <section className="swp-lobby" aria-label={t("room.lobby")}>
      <h3 role="status">{t("room.lobbyCount", { count: lobby.length })}</h3>
      <ul>
        {lobby.map((one) => (
          <li key={one.id}>
            <strong>{nameOf(one)}</strong>
            <button
              type="button"
              className="swp-text swp-text-red"
              aria-label={t("room.refuseName", { name: nameOf(one) })}
              onClick={() => void ordered.order(() => here.orders?.participant(one.id, "refuse"))}
            >
              {t("room.refuse")}
            </button>
            <button
              type="button"
              className="swp-text swp-text-green"
              aria-label={t("room.admitName", { name: nameOf(one) })}
              onClick={() => void ordered.order(() => here.orders?.participant(one.id, "admit"))}
            >
              {t("room.admit")}
            </button>
          </li>
        ))}
      </ul>
      {lobby.length > 1 && (
        <button type="button" className="swp-link" onClick={() => void ordered.order(() => here.orders?.room("admit-all"))}>
          {t("room.admitAll")}
        </button>
      )}
    </section>
  );
}

function nameOf(one: RoomParticipant): string {
  return one.name || one.extension;
}

function Person({ one, inside }: { one: RoomParticipant; inside: Inside }) {
  const { t } = useTranslation("phone");
  const { here, me } = inside;
  const { watch } = here;
  const read = useCallback(() => watch?.level(one.id) ?? 0, [watch, one.id]);
  const note = noteOf(one);
  const mine = one.id === me?.id;
  const name = nameOf(one);
  return (
    <li className="swp-row swp-person">
      <TalkingAvatar name={name} size={36} read={read} />
      <span className="swp-person-name">
        <strong title={name}>{mine ? t("room.you", { name }) : name}</strong>
        {note && <small>{t(`room.person.${note.word}`, { by: note.by ?? "" })}</small>}
      </span>
      {one.administrator && <IconCrown size={18} role="img" aria-label={t("room.moderator")} />}
      {one.away ? null : one.hand_raised_at !== null ? <IconHandStop size={18} aria-hidden className="swp-hand" /> : one.muted_by !== null && <IconMicrophoneOff size={18} aria-hidden />}
      {runs(inside) && !mine && <PersonActs one={one} inside={inside} />}
    </li>
  );
}

function PersonActs({ one, inside }: { one: RoomParticipant; inside: Inside }) {
  const { t } = useTranslation("phone");
  const { here, ordered } = inside;
  const name = nameOf(one);
  const act = (what: ParticipantAct, values?: object) => () => void ordered.order(() => here.orders?.participant(one.id, what, values));
  return (
    <Menu label={t("room.actsOn", { name })} icon={<IconDotsVertical size={20} aria-hidden />}>
      {one.muted_by === null ? (
        <MenuItem icon={<IconMicrophoneOff size={20} aria-hidden />} onClick={act("mute")}>
          {t("room.muteThis")}
        </MenuItem>
      ) : (
        <MenuItem icon={<IconMicrophone size={20} aria-hidden />} onClick={act("request-unmute")}>
          {t("room.askToSpeak")}
        </MenuItem>
      )}
      {one.hand_raised_at !== null && (
        <MenuItem icon={<IconHandOff size={20} aria-hidden />} onClick={act("lower-hand")}>
          {t("room.lowerHand")}
        </MenuItem>
      )}
      <MenuItem icon={<IconCrown size={20} aria-hidden />} onClick={act("hand-over", { administrator: !one.administrator })}>
        {t(one.administrator ? "room.takeBack" : "room.handOver")}
      </MenuItem>
      <MenuItem icon={<IconUserMinus size={20} aria-hidden />} onClick={act("remove")}>
        {t("room.remove")}
      </MenuItem>
    </Menu>
  );
}
