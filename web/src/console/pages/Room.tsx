/** One conference as it runs: who is in it, who waits, and everything a moderator may do. */
import { Alert, Anchor, Group, Paper, Text } from "@mantine/core";
import { IconClipboardList, IconLock, IconPlugConnectedX, IconUserMinus, IconUsersGroup } from "@tabler/icons-react";
import { type FocusEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "wouter";
import type { ParticipantAct, Room as RoomNow, RoomAct, RoomParticipant } from "../../api/room";
import { type RoomHere, useRoom } from "../../api/useRoom";
import { Callable } from "../../phone";
import { Card, ConfirmDelete, Elapsed, Empty, Loading, Page, StateBadge, toastDone, toastFailed, useNow } from "../../ui";
import { InvitationList } from "../conference/InvitationList";
import { InviteDialog } from "../conference/InviteDialog";
import { Lobby } from "../conference/room/Lobby";
import { Nobody } from "../conference/room/Nobody";
import { placed } from "../conference/room/order";
import { PersonTile } from "../conference/room/PersonTile";
import { RoomHead } from "../conference/room/RoomHead";
import { nameOf } from "../conference/room/timeline";
import { Timeline } from "../conference/room/Timeline";
import { useLevels } from "../conference/room/useLevels";
import { useTimeline } from "../conference/room/useTimeline";
import { VolumeDialog } from "../conference/room/VolumeDialog";
import styles from "../conference/room/room.module.css";
import { api, useWho } from "../session";

export default function Room() {
  const { conference = "" } = useParams();
  const id = decodeURIComponent(conference);
  const here = useRoom(api, id);
  const { t } = useTranslation("conference");
  const { state } = here;
  if (state.connection === "over") {
    return (
      <Page title={t("console:menu.room")}>
        <Paper>
          <Empty icon={IconLock} title={t("room.notYours")}>
            {t("room.notYoursText")}
          </Empty>
        </Paper>
      </Page>
    );
  }
  if (state.connection === "connecting") return <Loading />;
  if (state.room === null) return <Nobody conference={id} />;
  return <RoomOpen here={here} room={state.room} />;
}

/** What is asked or set before it is done. */
type Asked = { what: "remove" | "volume"; person: RoomParticipant } | { what: "end" } | { what: "invite" };

function RoomOpen({ here, room }: { here: RoomHere; room: RoomNow }) {
  const { t } = useTranslation("conference");
  const { state, watch, orders } = here;
  const { may, you } = state;
  const who = useWho();
  const [asked, setAsked] = useState<Asked | null>(null);
  const events = useTimeline(room);
  const close = () => setAsked(null);
  const moderator = may.has("remove");
  const { lobby, inside, grid, hold } = useOrder(here, room);
  useLevels(watch, grid);

  const order = async (doing: Promise<unknown> | undefined) => {
    try {
      await doing;
    } catch (error) {
      toastFailed(error);
    }
  };
  const act = (person: RoomParticipant, what: ParticipantAct, values?: object) => void order(orders?.participant(person.id, what, values));
  const actOnRoom = (what: RoomAct, values?: object) => void order(orders?.room(what, values));
  const remove = async (person: RoomParticipant) => {
    await orders?.participant(person.id, "remove");
    toastDone(t("console:live.removed", { name: nameOf(person) }));
  };
  const minutes = moderator || who.may("conferences");
  return (
    <Page title={room.name} about={<About room={room} />}>
      {state.connection === "lost" && (
        <Alert color="amber" icon={<IconPlugConnectedX size={18} />} role="status">
          {t("console:live.lost")}
        </Alert>
      )}
      <div className={styles.head}>
        <RoomHead
          room={room}
          inside={you !== null}
          may={may}
          invites={moderator || you !== null}
          onInvite={() => setAsked({ what: "invite" })}
          onAct={actOnRoom}
          onEnd={() => setAsked({ what: "end" })}
        />
      </div>
      {lobby.length > 0 && <Lobby people={lobby} may={may} onAct={act} onAdmitAll={() => actOnRoom("admit-all")} />}
      <section ref={grid} aria-label={t("room.people")} {...hold}>
        <ul className={styles.people}>
          {inside.map((person) => (
            <PersonTile
              key={person.id}
              person={person}
              you={person.id === you}
              moderator={moderator}
              may={may}
              onAct={(what, values) => act(person, what, values)}
              onVolume={() => setAsked({ what: "volume", person })}
              onRemove={() => setAsked({ what: "remove", person })}
            />
          ))}
        </ul>
      </section>
      <div className={styles.below}>
        <Timeline events={events} />
        {room.invitations.length > 0 && orders && (
          <Card title={t("invite.list")}>
            <InvitationList invitations={room.invitations} orders={orders} />
          </Card>
        )}
      </div>
      {minutes && room.meeting_id && (
        <Anchor component={Link} href={`/meetings/${encodeURIComponent(room.meeting_id)}`}>
          <Group gap={8} component="span">
            <IconClipboardList size={18} aria-hidden />
            {t("room.minutes")}
          </Group>
        </Anchor>
      )}
      <p className={styles.unseen} role="status">
        {lobby.length > 0 && t("room.lobbyCount", { count: lobby.length })}
      </p>
      {asked?.what === "invite" && <InviteDialog room={{ id: room.conference_id, name: room.name }} onClose={close} />}
      {asked?.what === "volume" && (
        <VolumeDialog
          person={asked.person}
          hearsOnly={!moderator}
          onChange={(values) => act(asked.person, "volume", values)}
          onClose={close}
        />
      )}
      {asked?.what === "remove" && (
        <ConfirmDelete
          title={t("console:live.removeTitle", { name: nameOf(asked.person) })}
          action={t("console:live.remove")}
          icon={<IconUserMinus size={18} />}
          onConfirm={() => remove(asked.person)}
          onClose={close}
        >
          {t("console:live.removeText", { name: nameOf(asked.person), room: room.name })}
        </ConfirmDelete>
      )}
      {asked?.what === "end" && (
        <ConfirmDelete
          title={t("room.endTitle", { name: room.name })}
          action={t("room.end")}
          icon={<IconUsersGroup size={18} />}
          onConfirm={async () => {
            await orders?.room("end");
          }}
          onClose={close}
        >
          {t("room.endText", { count: inside.length })}
        </ConfirmDelete>
      )}
    </Page>
  );
}

/** Who spoke last stands first; nobody moves under the pointer or the focus. */
function useOrder({ watch }: RoomHere, room: RoomNow) {
  const grid = useRef<HTMLElement>(null);
  const [frozen, setFrozen] = useState<readonly string[] | null>(null);
  useNow(2);
  const people = placed(room, watch ?? { spoke: () => 0 }, frozen);
  const freeze = () => setFrozen((now) => now ?? people.inside.map(({ id }) => id));
  const within = (element: Element | null) => grid.current?.contains(element) ?? false;
  // Who came by keyboard stays there; a button that was clicked need not hold everybody in place.
  const keyed = (element: Element | null) => element?.matches(":focus-visible") ?? false;
  const hold = {
    onPointerEnter: freeze,
    onPointerLeave: () => (within(document.activeElement) && keyed(document.activeElement)) || setFrozen(null),
    onFocus: freeze,
    onBlur: (event: FocusEvent) => within(event.relatedTarget) || setFrozen(null),
  };
  return { ...people, grid, hold };
}

function About({ room }: { room: RoomNow }) {
  const { t } = useTranslation("conference");
  const people = room.participants.filter((person) => !person.in_lobby).length;
  return (
    <Group gap="sm" component="span">
      {room.extension && (
        <span>
          <Callable number={room.extension} />
        </span>
      )}
      <span>{t("console:live.inside", { count: people })}</span>
      {room.started_at !== null && (
        <span>
          <Elapsed since={room.started_at} />
        </span>
      )}
      {room.waiting_for_administrator && <StateBadge state="waiting" />}
      {room.locked && <StateBadge state="locked" />}
      {room.recording && (
        <span>
          <StateBadge state="recording" />{" "}
          <Text span size="sm">
            <Elapsed since={room.recording.since} />
            {room.recording.each && ` · ${t("room.eachApart")}`}
          </Text>
        </span>
      )}
    </Group>
  );
}
