/** What was not done, and why. */
import { IconAlertTriangle, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Ordered } from "./useOrders";

export function Refusal({ ordered }: { ordered: Ordered }) {
  const { t, i18n } = useTranslation("phone");
  const { refusal, forget } = ordered;
  if (!refusal) return null;
  const key = `room.refusal.${refusal.id}`;
  const known = i18n.exists(`phone:${key}`);
  return (
    <div className="swp-problem" role="alert">
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <strong>{known ? t(key) : t("room.refusal.other")}</strong>
        {!known && <p>{refusal.sentence}</p>}
      </div>
      <button type="button" className="swp-icon" aria-label={t("dismiss")} title={t("dismiss")} onClick={forget}>
        <IconX size={18} aria-hidden />
      </button>
    </div>
  );
}
