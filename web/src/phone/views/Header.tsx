/** Who one is, what state the phone is in, and what can be set. */
import {
  IconBell,
  IconBrowserShare,
  IconChevronDown,
  IconEar,
  IconLogout,
  IconMicrophone,
  IconMinus,
  IconPhoneOutgoing,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { live, ringingHere } from "../engine/calls";
import type { PhoneState } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { DoNotDisturb } from "./forwarding/DoNotDisturb";
import { useNotificationPermission } from "./notify-permission";
import { Menu, MenuItem } from "./parts";
import { VoicemailButton } from "./voicemail/VoicemailButton";

interface HeaderProps {
  onAudio: () => void;
  onForwarding: () => void;
  onVoicemail: () => void;
  onClose?: () => void;
}

/** The one word and colour of the phone's state. */
export function statusOf(state: PhoneState): "ringing" | "in_call" | "available" | "connecting" | "offline" {
  if (ringingHere(state.calls)) return "ringing";
  if (state.calls.some(live)) return "in_call";
  switch (state.link.state) {
    case "registered":
      return "available";
    case "connecting":
      return state.link.failure ? "offline" : "connecting";
    case "off":
    case "stopped":
      return "offline";
  }
}

export function Header({ onAudio, onForwarding, onVoicemail, onClose }: HeaderProps) {
  const { t } = useTranslation("phone");
  const { call, signOut } = usePhone();
  const { engine, info } = useRunningPhone();
  const state = usePhoneState();
  const status = statusOf(state);
  const [permission, ask] = useNotificationPermission();
  return (
    <header className="swp-header">
      <Menu
        label={t("menu.label")}
        icon={<IconChevronDown size={16} aria-hidden />}
        wide={
          <>
            <i className="swp-dot" data-presence={status} aria-hidden />
            <span>{t(`status.${status}`)}</span>
          </>
        }
      >
        <MenuItem icon={<IconMicrophone size={18} aria-hidden />} onClick={onAudio}>
          {t("menu.audio")}
        </MenuItem>
        <MenuItem icon={<IconPhoneOutgoing size={18} aria-hidden />} onClick={onForwarding}>
          {t("menu.forwarding")}
        </MenuItem>
        <MenuItem icon={<IconEar size={18} aria-hidden />} onClick={() => call(info.echo)}>
          {t("menu.echo", { number: info.echo })}
        </MenuItem>
        {permission === "default" && (
          <MenuItem icon={<IconBell size={18} aria-hidden />} onClick={ask}>
            {t("menu.notify")}
          </MenuItem>
        )}
        {state.role.kind === "mirror" && (
          <MenuItem icon={<IconBrowserShare size={18} aria-hidden />} onClick={() => engine.claim()}>
            {t("mirror.take")}
          </MenuItem>
        )}
        {signOut && (
          <MenuItem icon={<IconLogout size={18} aria-hidden />} onClick={signOut}>
            {t("menu.signOut")}
          </MenuItem>
        )}
        <p className="swp-menu-note">{t("noTab")}</p>
      </Menu>
      <span className="swp-own" title={t("ownExtension", { name: info.user.name })}>
        <span className="swp-hidden">{t("ownExtension", { name: info.user.name })}</span>
        {info.user.extension}
      </span>
      <VoicemailButton onOpen={onVoicemail} />
      <DoNotDisturb />
      {onClose && (
        <button type="button" className="swp-icon" onClick={onClose} aria-label={t("minimise")} title={t("minimise")}>
          <IconMinus size={20} aria-hidden />
        </button>
      )}
    </header>
  );
}
