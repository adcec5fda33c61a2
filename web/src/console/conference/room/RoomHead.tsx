/** What is done to the whole room. */
import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { IconDotsVertical, IconLock, IconLockOpen, IconMicrophoneOff, IconMoodSmile, IconPhoneOff } from "@tabler/icons-react";
import { IconPlayerRecord, IconPlayerStop, IconSpeakerphone, IconUserPlus, IconUsers, IconVolumeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Room, RoomAct } from "../../../api/room";

interface Props {
  room: Room;
  /** Is inside: a roll call is told to him. */
  inside: boolean;
  may: ReadonlySet<string>;
  /** Who is inside, or runs it, may call others in. */
  invites: boolean;
  onInvite: () => void;
  onAct: (act: RoomAct, values?: object) => void;
  onEnd: () => void;
}

export function RoomHead({ room, inside, may, invites, onInvite, onAct, onEnd }: Props) {
  const { t } = useTranslation("conference");
  return (
    <Group gap="sm" role="group" aria-label={t("room.tools")}>
      {invites && (
        <Button color="green" mih={44} leftSection={<IconUserPlus size={18} />} onClick={onInvite}>
          {t("invite.invite")}
        </Button>
      )}
      {may.has("mute-all") && (
        <Button variant="default" mih={44} leftSection={<IconMicrophoneOff size={18} />} onClick={() => onAct("mute-all")}>
          {t("room.muteAll")}
        </Button>
      )}
      {may.has("lock") && (
        <Button
          variant="default"
          mih={44}
          leftSection={room.locked ? <IconLockOpen size={18} /> : <IconLock size={18} />}
          onClick={() => onAct(room.locked ? "unlock" : "lock")}
        >
          {t(room.locked ? "room.unlock" : "room.lock")}
        </Button>
      )}
      {may.has("record") && (
        <Button
          variant="default"
          mih={44}
          leftSection={room.recording ? <IconPlayerStop size={18} /> : <IconPlayerRecord size={18} />}
          onClick={() => onAct("record", { on: room.recording === null })}
        >
          {t(room.recording ? "room.stopRecording" : "room.record")}
        </Button>
      )}
      <More room={room} inside={inside} may={may} onAct={onAct} />
      {may.has("end") && (
        <Button variant="subtle" color="red" mih={44} ml={{ base: 0, sm: "lg" }} leftSection={<IconPhoneOff size={18} />} onClick={onEnd}>
          {t("room.end")}
        </Button>
      )}
    </Group>
  );
}

function More({ room, inside, may, onAct }: Pick<Props, "room" | "inside" | "may" | "onAct">) {
  const { t } = useTranslation("conference");
  const apart = may.has("record");
  const each = room.recording?.each ?? false;
  if (!apart && !["mute-all", "noise", "roll-call"].some((act) => may.has(act))) return null;
  return (
    <Menu position="bottom-start" withinPortal shadow="md">
      <Menu.Target>
        <ActionIcon aria-label={t("room.moreTools")} title={t("row.moreShort")}>
          <IconDotsVertical size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {may.has("mute-all") && (
          <Menu.Item mih={44} leftSection={<IconMicrophoneOff size={18} />} onClick={() => onAct("mute-all", { firm: true })}>
            {t("room.muteAllFirmly")}
          </Menu.Item>
        )}
        {apart && (
          <Menu.Item mih={44} leftSection={<IconUsers size={18} />} onClick={() => onAct("record", { on: true, each: !each })}>
            {t(each ? "room.stopEach" : room.recording ? "room.recordEachToo" : "room.recordEach")}
          </Menu.Item>
        )}
        {may.has("noise") && (
          <Menu.Item
            mih={44}
            leftSection={room.noise_suppression ? <IconVolumeOff size={18} /> : <IconMoodSmile size={18} />}
            onClick={() => onAct("noise", { on: !room.noise_suppression })}
          >
            {t(room.noise_suppression ? "room.noiseOffAll" : "room.noiseOnAll")}
          </Menu.Item>
        )}
        {may.has("roll-call") && inside && (
          <Menu.Item mih={44} leftSection={<IconSpeakerphone size={18} />} onClick={() => onAct("roll-call")}>
            {t("room.rollCall")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
