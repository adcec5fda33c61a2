/** Every state has one icon, one word, one colour, wherever it is shown. */
import { IconAlertTriangle, IconBan, IconCheck, IconCircleDashed, IconCircleFilled } from "@tabler/icons-react";
import { IconDeviceMobileOff, IconHourglass, IconInfoCircle, IconKey } from "@tabler/icons-react";
import { IconMicrophoneOff, IconPhone, IconPhoneCalling, IconPhoneOff, IconPhoneX } from "@tabler/icons-react";
import { IconDoor, IconHandStop, IconLock, IconPlayerRecordFilled } from "@tabler/icons-react";
import { IconPlayerPause, IconUserStar, IconUsers, IconVolume, IconX } from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import styles from "./StateBadge.module.css";

type Tone = "good" | "wait" | "bad" | "info" | "quiet";

const STATES = {
  registered: ["good", IconCircleFilled],
  offline: ["quiet", IconCircleDashed],
  available: ["good", IconCircleFilled],
  pending: ["wait", IconCircleFilled],
  calling: ["info", IconPhoneCalling],
  invited: ["info", IconPhoneCalling],
  ringing: ["info", IconPhoneCalling],
  talking: ["good", IconPhone],
  in_call: ["good", IconPhone],
  on_hold: ["wait", IconPlayerPause],
  entering_code: ["wait", IconKey],
  leaving_message: ["info", IconVolume],
  in_mailbox: ["info", IconVolume],
  parked: ["wait", IconPlayerPause],
  waiting: ["wait", IconHourglass],
  in_conference: ["good", IconUsers],
  echo: ["info", IconVolume],
  refusing: ["bad", IconBan],
  ending: ["quiet", IconPhoneOff],
  speaking: ["good", IconVolume],
  muted: ["wait", IconMicrophoneOff],
  administrator: ["info", IconUserStar],
  revoked: ["quiet", IconDeviceMobileOff],
  ok: ["good", IconCheck],
  warning: ["wait", IconAlertTriangle],
  problem: ["bad", IconX],
  answered: ["good", IconCheck],
  missed: ["bad", IconPhoneX],
  refused: ["bad", IconBan],
  failed: ["bad", IconX],
  running: ["info", IconPhone],
  away: ["wait", IconCircleDashed],
  joined: ["good", IconCheck],
  cancelled: ["quiet", IconX],
  in_lobby: ["wait", IconDoor],
  hand_raised: ["info", IconHandStop],
  locked: ["wait", IconLock],
  recording: ["bad", IconPlayerRecordFilled],
  note: ["info", IconInfoCircle],
} as const satisfies Record<string, readonly [Tone, ComponentType<{ size?: number }>]>;

export type State = keyof typeof STATES;

export function isState(name: string): name is State {
  return name in STATES;
}

interface Props {
  state: State;
  /** Said instead of the state's own word. */
  label?: string;
  /** Without a background: for dense lists. */
  plain?: boolean;
}

export function StateBadge({ state, label, plain = false }: Props) {
  const { t } = useTranslation("common");
  const [tone, Icon] = STATES[state];
  return (
    <span className={styles.badge} data-tone={tone} data-plain={plain || undefined}>
      <Icon size={Icon === IconCircleFilled ? 10 : 15} aria-hidden />
      <span>{label ?? t(`state.${state}`)}</span>
    </span>
  );
}
