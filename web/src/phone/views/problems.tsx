/** What failed, and what to do about it. */
import { IconAlertTriangle, IconBell, IconBrowserShare, IconMicrophone, IconVolumeOff, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../engine/model";
import { usePhone, usePhoneState, useRunningPhone } from "../PhoneContext";
import { useNotificationPermission } from "./notify-permission";

export function Problem({ failure, onDismiss }: { failure: Failure; onDismiss?: () => void }) {
  const { t, i18n } = useTranslation("phone");
  const { signIn } = usePhone();
  const { engine } = useRunningPhone();
  const key = `failure.${failure.id}`;
  const words = i18n.exists(`phone:${key}.do`) ? t(`${key}.do`, failure.values) : "";
  const retry = failure.retry?.do === "sign-in" ? signIn : failure.retry ? () => void engine.do(failure.retry ?? { do: "try-again" }) : null;
  return (
    <div className="swp-problem" role="alert">
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <strong>{t(`${key}.what`, failure.values)}</strong>
        {words && <p>{words}</p>}
        {failure.id === "number-refused" && failure.sentence && i18n.language === "en" && <p>{failure.sentence}</p>}
        {retry && (
          <button type="button" className="swp-link" onClick={retry}>
            {t(retryWord(failure))}
          </button>
        )}
      </div>
      {onDismiss && (
        <button type="button" className="swp-icon" aria-label={t("dismiss")} title={t("dismiss")} onClick={onDismiss}>
          <IconX size={18} aria-hidden />
        </button>
      )}
    </div>
  );
}

/** What stands between the phone and its server, or between this tab and the phone. */
export function LinkProblem() {
  const { t } = useTranslation("phone");
  const { engine } = useRunningPhone();
  const { link, role, microphone, failure } = usePhoneState();
  if (link.state === "stopped") return <Problem failure={link.failure} />;
  if (link.state === "connecting" && link.failure) return <Problem failure={link.failure} />;
  if (microphone === "refused" && !failure) return <Problem failure={{ id: "microphone-refused", values: {}, sentence: null, retry: null }} />;
  if (role.kind === "mirror") {
    return (
      <div className="swp-strip">
        <IconBrowserShare size={18} aria-hidden />
        <span>{t("mirror.is")}</span>
        <button type="button" className="swp-link" onClick={() => engine.claim()}>
          {t("mirror.take")}
        </button>
      </div>
    );
  }
  return null;
}

const LATER = "switchroom.notify.later";

/** Once, when the phone works: may it tell of calls while another window is in front? */
export function AskNotifications() {
  const { t } = useTranslation("phone");
  const [permission, ask] = useNotificationPermission();
  const { link, role } = usePhoneState();
  const [later, setLater] = useState(() => localStorage.getItem(LATER) !== null);
  if (permission !== "default" || later || link.state !== "registered" || role.kind !== "owner") return null;
  return (
    <div className="swp-strip swp-strip-tall">
      <IconBell size={18} aria-hidden />
      <span>
        {t("notify.why")}
        <span className="swp-strip-acts">
          <button type="button" className="swp-link" onClick={ask}>
            {t("notify.allow")}
          </button>
          <button
            type="button"
            className="swp-link"
            onClick={() => {
              localStorage.setItem(LATER, "1");
              setLater(true);
            }}
          >
            {t("notify.later")}
          </button>
        </span>
      </span>
    </div>
  );
}

/** The browser asks for the microphone: where to look. */
export function AskingMicrophone() {
  const { t } = useTranslation("phone");
  const { microphone } = usePhoneState();
  if (microphone !== "asking") return null;
  return (
    <div className="swp-strip">
      <IconMicrophone size={18} aria-hidden />
      <span>{t("asking")}</span>
    </div>
  );
}

/** The ring can not be heard; one click makes it heard. */
export function SoundBlocked() {
  const { t } = useTranslation("phone");
  const { audio } = useRunningPhone();
  const { soundBlocked } = usePhoneState();
  if (!soundBlocked) return null;
  return (
    <div className="swp-strip" role="alert">
      <IconVolumeOff size={18} aria-hidden />
      <span>{t("soundBlocked")}</span>
      <button type="button" className="swp-link" onClick={() => audio.unlock()}>
        {t("enableSound")}
      </button>
    </div>
  );
}

function retryWord({ id, retry }: Failure): string {
  if (retry?.do === "sign-in") return "signInAgain";
  return retry?.do === "dial" && !id.startsWith("microphone") ? "callAgain" : "tryAgain";
}
