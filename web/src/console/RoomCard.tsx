/** A conference with somebody in it: who talks, who waits, and how one is taken out. */
import { ActionIcon, Anchor, Avatar, Button, Group, Paper, Text, Title, Tooltip } from "@mantine/core";
import { IconArrowRight, IconUserMinus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ConfirmDelete, Elapsed, StateBadge, toastDone } from "../ui";
import { Callable } from "../phone";
import styles from "./RoomCard.module.css";
import { api, useWho } from "./session";
import type { Participant, Room } from "./types";

/** Who waits first, then who talks, then who came first. */
export function inOrder(people: readonly Participant[]): Participant[] {
  const rank = (person: Participant): number => (person.waiting ? 0 : person.talking ? 1 : 2);
  return [...people].sort((one, other) => rank(one) - rank(other) || one.joined_at - other.joined_at);
}

export function RoomCard({ room }: { room: Room }) {
  const { t } = useTranslation("console");
  const may = useWho().may("conferences");
  const [removing, setRemoving] = useState<Participant | null>(null);
  const name = (person: Participant) => person.name || person.extension;
  const remove = async (person: Participant) => {
    const path = `/api/rooms/${encodeURIComponent(room.conference_id)}/participants/${encodeURIComponent(person.id)}`;
    await api.request(path, { method: "DELETE" });
    toastDone(t("live.removed", { name: name(person) }));
  };
  return (
    <Paper component="section" p="lg" aria-label={room.name}>
      <Group justify="space-between" mb="md">
        <div>
          <Title order={2}>
            {may ? (
              <Anchor component={Link} href={`/conferences?edit=${room.conference_id}`} inherit c="inherit">
                {room.name}
              </Anchor>
            ) : (
              room.name
            )}
          </Title>
          <Text size="sm" c="dimmed">
            {room.extension && (
              <>
                <Callable number={room.extension} /> ·{" "}
              </>
            )}
            {t("live.inside", { count: room.participants.length })}
          </Text>
        </div>
        <Group gap="md">
          {room.waiting_for_administrator && <StateBadge state="waiting" label={t("live.waitingForAdministrator")} />}
          {room.recording && <StateBadge state="recording" />}
          {room.locked && <StateBadge state="locked" />}
          <Button
            component={Link}
            href={`/live/${encodeURIComponent(room.conference_id)}`}
            variant="default"
            mih={44}
            rightSection={<IconArrowRight size={18} />}
          >
            {t("conference:row.open")}
          </Button>
        </Group>
      </Group>
      <ul className={styles.people}>
        {inOrder(room.participants).map((person) => (
          <li key={person.id} className={styles.person} data-talking={person.talking || undefined}>
            <Avatar name={name(person)} color="accent" size={40} className={styles.avatar} />
            <div className={styles.words}>
              <Text fw={600} truncate>
                {name(person)}
              </Text>
              <Text size="sm" c="dimmed" component="div">
                {person.extension} · <Elapsed since={person.joined_at} />
              </Text>
              <div className={styles.states}>
                {person.administrator && <StateBadge state="administrator" plain />}
                {person.waiting && !person.in_lobby && <StateBadge state="waiting" plain />}
                {person.on_hold && <StateBadge state="on_hold" plain />}
                {person.in_lobby && <StateBadge state="in_lobby" plain />}
                {person.muted_by && <StateBadge state="muted" plain />}
                {person.hand_raised_at && <StateBadge state="hand_raised" plain />}
                {person.talking && <StateBadge state="speaking" plain />}
              </div>
            </div>
            <Tooltip label={t("live.remove")}>
              <ActionIcon color="red" onClick={() => setRemoving(person)} aria-label={t("live.removeWhat", { name: name(person) })}>
                <IconUserMinus size={20} />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      {removing && (
        <ConfirmDelete
          title={t("live.removeTitle", { name: name(removing) })}
          action={t("live.remove")}
          icon={<IconUserMinus size={18} />}
          onConfirm={() => remove(removing)}
          onClose={() => setRemoving(null)}
        >
          {t("live.removeText", { name: name(removing), room: room.name })}
        </ConfirmDelete>
      )}
    </Paper>
  );
}
