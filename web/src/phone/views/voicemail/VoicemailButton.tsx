/** How many new messages wait, on every screen of the phone; nothing without a mailbox. */
import { IconMail } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useMailboxes } from "./voicemails";

export function VoicemailButton({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation("phone");
  const { data: boxes } = useMailboxes();
  if (!boxes?.length) return null;
  const fresh = boxes.reduce((sum, box) => sum + box.new, 0);
  const words = fresh > 0 ? t("voicemail.new", { count: fresh }) : t("voicemail.title");
  return (
    <button type="button" className="swp-icon swp-mailbox" aria-label={words} title={words} onClick={onOpen}>
      <IconMail size={20} aria-hidden />
      {fresh > 0 && <b aria-hidden>{fresh > 99 ? "99+" : fresh}</b>}
    </button>
  );
}
