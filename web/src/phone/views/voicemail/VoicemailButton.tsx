/** How many new messages wait, on every screen of the phone; nothing without a mailbox. */
import { IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMailbox } from "./voicemails";

export function VoicemailButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation("phone");
  const { data: box } = useMailbox();
  if (!box) return null;
  const words = box.new > 0 ? t("voicemail.new", { count: box.new }) : t("voicemail.title");
  return (
    <button type="button" className="swp-icon swp-mailbox" aria-label={words} title={words} onClick={onOpen}>
      <IconMail size={20} aria-hidden />
      {box.new > 0 && <b aria-hidden>{box.new > 99 ? "99+" : box.new}</b>}
    </button>
  );
}
