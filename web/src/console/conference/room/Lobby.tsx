/** Who waits at the door, above everything else. */
import { Avatar, Button, Group, Paper, Text, Title } from "@mantine/core";
import { IconCheck, IconDoor, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ParticipantAct, RoomParticipant } from "../../../api/room";
import { Elapsed } from "../../../ui";
import styles from "./room.module.css";
import { nameOf } from "./timeline";

interface Props {
  people: readonly RoomParticipant[];
  may: ReadonlySet<string>;
  onAct: (person: RoomParticipant, act: ParticipantAct) => void;
  onAdmitAll: () => void;
}

export function Lobby({ people, may, onAct, onAdmitAll }: Props) {
  const { t } = useTranslation("conference");
  return (
    <Paper component="section" className={styles.lobby} aria-label={t("room.lobby")}>
      <Group justify="space-between" mb="xs">
        <Title order={2} className={styles.lobbyTitle}>
          <IconDoor size={20} aria-hidden />
          {t("room.lobbyCount", { count: people.length })}
        </Title>
        {people.length > 1 && may.has("admit-all") && (
          <Button variant="default" mih={44} leftSection={<IconCheck size={18} />} onClick={onAdmitAll}>
            {t("room.admitAll")}
          </Button>
        )}
      </Group>
      <ul className={styles.waiting}>
        {people.map((person) => (
          <li key={person.id}>
            <Avatar name={nameOf(person)} color="accent" size={36} />
            <div className={styles.words}>
              <Text fw={600}>{nameOf(person)}</Text>
              <Text size="sm" c="dimmed">
                {person.extension && `${person.extension} · `}
                <Elapsed since={person.joined_at} />
              </Text>
            </div>
            {may.has("refuse") && (
              <Button
                variant="subtle"
                color="red"
                mih={44}
                leftSection={<IconX size={18} />}
                aria-label={t("room.refuseWho", { name: nameOf(person) })}
                onClick={() => onAct(person, "refuse")}
              >
                {t("room.refuse")}
              </Button>
            )}
            {may.has("admit") && (
              <Button
                color="green"
                mih={44}
                leftSection={<IconCheck size={18} />}
                aria-label={t("room.admitWho", { name: nameOf(person) })}
                onClick={() => onAct(person, "admit")}
              >
                {t("room.admit")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Paper>
  );
}
