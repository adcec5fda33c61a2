/** One recording: what it is of, its player, and how it is deleted. */
import { Anchor, Button, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ShortTime, StateBadge } from "../../ui";
import { Player } from "./Player";
import styles from "./player.module.css";
import { endWords, recordingName } from "./recordingWords";
import type { Recording } from "./types";

interface Props {
  recording: Recording;
  /** In a meeting's own list its conference need not be named. */
  inMeeting?: boolean;
  onDelete?: (recording: Recording) => void;
}

export function RecordingItem({ recording, inMeeting = false, onDelete }: Props) {
  const { t } = useTranslation("conference");
  const name = recordingName(t, recording);
  const title: ReactNode = inMeeting ? (
    name
  ) : (
    <>
      <Anchor component={Link} href={`/meetings/${encodeURIComponent(recording.meeting)}`} inherit c="inherit">
        {recording.conference}
      </Anchor>
      {recording.participant && ` · ${recording.participant}`}
    </>
  );
  const end = endWords(t, recording);
  return (
    <li className={styles.item} aria-label={inMeeting ? name : `${recording.conference} ${name}`}>
      <div className={styles.head}>
        <div>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed">
            <ShortTime time={recording.started_at} /> ·{" "}
            {recording.started_by ? t("recordings.by", { who: recording.started_by }) : t("recordings.always")}
            {end && recording.ended_at !== null && ` · ${end}`}
          </Text>
        </div>
        {recording.ended_at === null ? (
          <StateBadge state="recording" />
        ) : (
          onDelete && (
            <Button
              variant="subtle"
              color="red"
              mih={40}
              leftSection={<IconTrash size={18} />}
              aria-label={t("recordings.deleteWhat", { name: `${recording.conference} ${name}` })}
              onClick={() => onDelete(recording)}
            >
              {t("console:action.delete")}
            </Button>
          )
        )}
      </div>
      {recording.ended_at !== null && <Player recording={recording} />}
    </li>
  );
}
