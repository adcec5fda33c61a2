/** What keeps this phone from ringing, on its first screen: a switch for quiet, and a word on forwardings. */
import { IconBell, IconBellOff, IconPhoneOutgoing } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useDestinationName } from "./destination";
import { useForwardings } from "./forwardings";

export function DoNotDisturb() {
  const { t } = useTranslation("phone");
  const { set, change } = useForwardings();
  if (!set) return null;
  const on = set.do_not_disturb;
  return (
    <button
      type="button"
      role="switch"
      className="swp-icon swp-quiet"
      aria-checked={on}
      aria-label={t("dnd.long")}
      title={t(on ? "dnd.on" : "dnd.off")}
      onClick={() => change({ do_not_disturb: !on })}
    >
      {on ? <IconBellOff size={20} aria-hidden /> : <IconBell size={20} aria-hidden />}
    </button>
  );
}

/** Nobody wonders why his phone is silent. */
export function WhyQuiet({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation("phone");
  const { set, change, error } = useForwardings();
  const nameOf = useDestinationName();
  if (!set) return null;
  const { always, follow_me, follow_me_on, do_not_disturb } = set;
  const followed = follow_me_on && follow_me[0] ? nameOf(follow_me[0].destination) : null;
  if (!do_not_disturb && !always && followed === null && !error) return null;
  const words = error
    ? t("forwarding.notSaved")
    : do_not_disturb
      ? t("dnd.on")
      : always
        ? t("forwarding.leads", { name: nameOf(always) })
        : t("forwarding.follows", { name: followed });
  return (
    <div className="swp-strip" role="status">
      {do_not_disturb ? <IconBellOff size={18} aria-hidden /> : <IconPhoneOutgoing size={18} aria-hidden />}
      <span>{words}</span>
      <button type="button" className="swp-link" onClick={do_not_disturb ? () => change({ do_not_disturb: false }) : onOpen}>
        {t(do_not_disturb ? "dnd.end" : "forwarding.change")}
      </button>
    </div>
  );
}
