/** The phone's icon, upper right on every page (S2-01). */
import { IconPhone, IconPhoneCall, IconPhoneOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { live, ringingHere } from "./engine/calls";
import { usePhone, usePhoneState } from "./PhoneContext";

/** @param always It can be pressed though there is no phone yet. */
export function PhoneButton({ always = false }: { always?: boolean }) {
  const { t } = useTranslation("phone");
  const { phone, missing, open, setOpen } = usePhone();
  const { link, calls } = usePhoneState();
  const ringing = ringingHere(calls) !== null;
  const busy = calls.some(live);
  const up = link.state === "registered";
  const state = ringing ? "ringing" : busy ? "busy" : up ? "ready" : "away";
  const reason = missing === "no-user" ? t("missing.noUser") : t(`status.${ringing ? "ringing" : busy ? "in_call" : up ? "available" : "connecting"}`);
  const Icon = busy ? IconPhoneCall : up || missing === "loading" ? IconPhone : IconPhoneOff;
  return (
    <button
      type="button"
      className="swp-launcher"
      data-state={state}
      data-open={open || undefined}
      aria-expanded={open}
      aria-label={`${t("phone")}: ${reason}`}
      title={reason}
      disabled={!phone && !always}
      onClick={() => setOpen(!open)}
    >
      <Icon size={22} aria-hidden />
      <i aria-hidden />
    </button>
  );
}
