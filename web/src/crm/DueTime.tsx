/** When something is due: an icon of what it is, the day in words, in red and with a word when it is too late; whose it is, if not mine. */
import { VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../phone/views/parts";
import styles from "./Board.module.css";
import { useToday } from "./data";
import { dayWords, dueWords, timeWords } from "./days";
import type { ActivityType, NextCall } from "./types";
import { typeIcons } from "./words";

interface Props {
  due: string;
  type: ActivityType;
  time?: string;
  overdue: boolean;
  /** Whose it is, where that is a colleague: shown by his initials. */
  colleague?: string;
}

/** The next call on a record: mine, or else a colleague's, so that nobody calls the same customer a second time. */
export function NextCallTime({ call }: { call: NextCall }) {
  const { t } = useTranslation("records");
  const colleague = call.mine ? "" : call.assigned_name || t("field.gone");
  return <DueTime due={call.due} type="call" overdue={call.overdue} colleague={colleague} />;
}

export function DueTime({ due, type, time = "", overdue, colleague = "" }: Props) {
  const { t, i18n } = useTranslation("records");
  const today = useToday();
  const Icon = overdue ? IconAlertTriangle : typeIcons[type];
  const exact = [overdue && t("due.overdue"), dayWords(due, i18n.language, { dateStyle: "full" })].filter(Boolean).join(", ");
  return (
    <time
      dateTime={time ? `${due}T${time}` : due}
      title={colleague ? t("call.colleagueWhen", { who: colleague, when: exact }) : exact}
      className={styles.due}
      data-when={colleague ? "colleague" : overdue ? "overdue" : due === today ? "today" : undefined}
    >
      <Icon size={15} aria-hidden />
      {colleague && (
        <>
          <Avatar name={colleague} size={22} />
          <VisuallyHidden>{t("call.colleague", { who: colleague })} </VisuallyHidden>
        </>
      )}
      {overdue && <VisuallyHidden>{t("due.overdue")} </VisuallyHidden>}
      {dueWords(due, today, i18n.language)}
      {time && ` ${timeWords(time, i18n.language)}`}
    </time>
  );
}
