/** One person of a live room: who, since when, how he is heard, and what may be done. */
import { ActionIcon, Avatar, Menu, Text, Tooltip } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconAntennaBars2, IconAntennaBars4, IconAntennaBars5, IconDotsVertical, IconHandOff, IconHandStop } from "@tabler/icons-react";
import { IconMicrophone, IconMicrophoneOff, IconMoodSmile, IconMessageQuestion, IconUserMinus, IconUserStar } from "@tabler/icons-react";
import { IconDeviceLaptop, IconPhone, IconUserOff, IconVolumeOff, IconWorld } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ParticipantAct, RoomParticipant } from "../../../api/room";
import { Elapsed, StateBadge } from "../../../ui";
import styles from "./room.module.css";
import { nameOf } from "./timeline";

const DEVICES = { browser: IconDeviceLaptop, phone: IconPhone, guest: IconWorld };
const BARS = { good: IconAntennaBars5, fair: IconAntennaBars4, poor: IconAntennaBars2 };
const GOOD = 4;
const FAIR = 3.5;

interface Props {
  person: RoomParticipant;
  you: boolean;
  /** May moderate others. */
  moderator: boolean;
  may: ReadonlySet<string>;
  onAct: (act: ParticipantAct, values?: object) => void;
  onVolume: () => void;
  onRemove: () => void;
}

export function PersonTile(props: Props) {
  const { person, you } = props;
  const { t } = useTranslation("conference");
  const Device = DEVICES[person.device];
  return (
    <li className={styles.person} aria-label={nameOf(person)} data-talking={person.talking || undefined}>
      <span className={styles.ring} data-level-of={person.id}>
        <Avatar name={nameOf(person)} color="accent" size={48} />
      </span>
      <div className={styles.words}>
        <Text fw={600} truncate>
          {nameOf(person)}
          {you && (
            <Text span c="dimmed" fw={400}>
              {" "}
              {t("room.you")}
            </Text>
          )}
        </Text>
        <Text size="sm" c="dimmed" component="div" className={styles.facts}>
          <span role="img" aria-label={t(`device.${person.device}`)} title={t(`device.${person.device}`)}>
            <Device size={15} />
          </span>
          {person.extension && person.extension !== person.name && <span>{person.extension}</span>}
          <Elapsed since={person.joined_at} />
          <Quality mos={person.mos} />
        </Text>
        <States person={person} />
      </div>
      <Buttons {...props} />
    </li>
  );
}

function Quality({ mos }: { mos: number | null }) {
  const { t } = useTranslation("conference");
  if (mos === null) return null;
  const word = mos >= GOOD ? "good" : mos >= FAIR ? "fair" : "poor";
  const Bars = BARS[word];
  return (
    <span title={`${t(`room.quality.${word}`)}: ${t("room.mos", { mos: mos.toFixed(1) })}`} data-quality={word} className={styles.quality}>
      <Bars size={16} aria-hidden />
      <span className={word === "good" ? styles.unseen : undefined}>{t(`room.quality.${word}`)}</span>
    </span>
  );
}

function States({ person }: { person: RoomParticipant }) {
  const { t } = useTranslation("conference");
  const by = person.muted_by;
  return (
    <div className={styles.states}>
      {person.hand_raised_at !== null && <StateBadge state="hand_raised" plain />}
      {person.administrator && <StateBadge state="administrator" plain />}
      {person.waiting && <StateBadge state="waiting" plain />}
      {person.on_hold && <StateBadge state="on_hold" plain />}
      {person.away && <StateBadge state="away" plain />}
      {by !== null && <StateBadge state="muted" plain {...(by !== "self" && { label: t("room.mutedBy", { name: by }) })} />}
      {person.unmute_requested_by !== null && by !== null && (
        <StateBadge state="note" plain label={t("room.asked")} />
      )}
      {person.talking && by === null && <StateBadge state="speaking" plain />}
    </div>
  );
}

function Buttons({ person, you, moderator, may, onAct, onVolume, onRemove }: Props) {
  const { t } = useTranslation("conference");
  const name = nameOf(person);
  const can = (act: ParticipantAct) => may.has(act) && (you || moderator);
  const muted = person.muted_by !== null;
  const more = can("volume") || can("noise") || (moderator && !you);
  return (
    <div className={styles.buttons}>
      {!muted && can("mute") && (
        <Act label={t("room.muteWho", { name })} icon={<IconMicrophoneOff size={20} />} onClick={() => onAct("mute")} />
      )}
      {muted && you && can("unmute") && (
        <Act label={t("room.unmuteSelf")} icon={<IconMicrophone size={20} />} onClick={() => onAct("unmute")} />
      )}
      {muted && !you && can("request-unmute") && (
        <Act label={t("room.askWho", { name })} icon={<IconMessageQuestion size={20} />} onClick={() => onAct("request-unmute")} />
      )}
      {person.hand_raised_at !== null && can("lower-hand") && (
        <Act label={t("room.lowerWho", { name })} icon={<IconHandOff size={20} />} onClick={() => onAct("lower-hand")} />
      )}
      {more && (
        <Menu position="bottom-end" withinPortal shadow="md">
          <Menu.Target>
            <ActionIcon aria-label={t("room.moreWho", { name })} title={t("row.moreShort")}>
              <IconDotsVertical size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {person.hand_raised_at === null && you && can("raise-hand") && (
              <Menu.Item mih={44} leftSection={<IconHandStop size={18} />} onClick={() => onAct("raise-hand")}>
                {t("room.raise")}
              </Menu.Item>
            )}
            {can("volume") && (
              <Menu.Item mih={44} leftSection={<IconAdjustmentsHorizontal size={18} />} onClick={onVolume}>
                {t("room.volume")}
              </Menu.Item>
            )}
            {can("noise") && (
              <Menu.Item
                mih={44}
                leftSection={person.noise_suppression ? <IconVolumeOff size={18} /> : <IconMoodSmile size={18} />}
                onClick={() => onAct("noise", { on: !person.noise_suppression })}
              >
                {t(person.noise_suppression ? "room.noiseOff" : "room.noiseOn")}
              </Menu.Item>
            )}
            {moderator && !you && !muted && (
              <Menu.Item mih={44} leftSection={<IconMicrophoneOff size={18} />} onClick={() => onAct("mute", { firm: true })}>
                {t("room.muteFirmly")}
              </Menu.Item>
            )}
            {moderator && may.has("hand-over") && (
              <Menu.Item
                mih={44}
                leftSection={person.administrator ? <IconUserOff size={18} /> : <IconUserStar size={18} />}
                onClick={() => onAct("hand-over", { administrator: !person.administrator })}
              >
                {t(person.administrator ? "room.takeBack" : "room.handOver")}
              </Menu.Item>
            )}
            {moderator && !you && may.has("remove") && (
              <>
                <Menu.Divider />
                <Menu.Item mih={44} c="var(--sw-bad)" leftSection={<IconUserMinus size={18} />} onClick={onRemove}>
                  {t("console:live.remove")}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function Act({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
