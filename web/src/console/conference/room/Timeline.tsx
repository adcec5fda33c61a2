/** What happened in the meeting, the newest first. */
import { Text } from "@mantine/core";
import { IconDoor, IconDoorEnter, IconDoorExit, IconHandStop, IconLock, IconLockOpen } from "@tabler/icons-react";
import { IconMicrophone, IconMicrophoneOff, IconPhoneCalling, IconPhoneX, IconPlayerRecordFilled } from "@tabler/icons-react";
import { IconPlayerStop, IconSparkles, IconUser, IconUserStar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Card, exactTime } from "../../../ui";
import styles from "./room.module.css";
import type { EventKind, TimelineEvent } from "./timeline";

const ICONS: Record<EventKind, typeof IconDoor> = {
  began: IconSparkles,
  joined: IconDoorEnter,
  left: IconDoorExit,
  lobby: IconDoor,
  muted: IconMicrophoneOff,
  unmuted: IconMicrophone,
  hand: IconHandStop,
  handDown: IconHandStop,
  administrator: IconUserStar,
  participant: IconUser,
  locked: IconLock,
  unlocked: IconLockOpen,
  recording: IconPlayerRecordFilled,
  recorded: IconPlayerStop,
  invited: IconPhoneCalling,
  refused: IconPhoneX,
  failed: IconPhoneX,
  cancelled: IconPhoneX,
};

export function Timeline({ events }: { events: readonly TimelineEvent[] }) {
  const { t, i18n } = useTranslation("conference");
  const clock = new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" });
  return (
    <Card title={t("room.timeline")}>
      <div role="log" aria-label={t("room.timeline")} className={styles.scroll}>
        <ol className={styles.timeline}>
          {events.map((event) => {
            const Icon = ICONS[event.kind];
            return (
              <li key={event.key}>
                <time dateTime={new Date(event.at * 1000).toISOString()} title={exactTime(event.at, i18n.language)}>
                  {clock.format(event.at * 1000)}
                </time>
                <Icon size={18} aria-hidden />
                <Text component="span">
                  {t(event.by ? `event.${event.kind}By` : `event.${event.kind}`, { name: event.name, by: event.by })}
                </Text>
              </li>
            );
          })}
        </ol>
      </div>
    </Card>
  );
}
