/** When something is due: an icon of what it is, the day in words, in red and with a word when it is too late. */
import { VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./Board.module.css";
import { useToday } from "./data";
import { dayWords, dueWords, timeWords } from "./days";
import type { ActivityType } from "./types";
import { typeIcons } from "./words";

interface Props {
  due: string;
  type: ActivityType;
  time?: string;
  overdue: boolean;
}

export function DueTime({ due, type, time = "", overdue }: Props) {
  const { t, i18n } = useTranslation("records");
  const today = useToday();
  const Icon = overdue ? IconAlertTriangle : typeIcons[type];
  const exact = dayWords(due, i18n.language, { dateStyle: "full" });
  return (
    <time
      dateTime={time ? `${due}T${time}` : due}
      title={overdue ? `${t("due.overdue")}, ${exact}` : exact}
      className={styles.due}
      data-when={overdue ? "overdue" : due === today ? "today" : undefined}
    >
      <Icon size={15} aria-hidden />
      {overdue && <VisuallyHidden>{t("due.overdue")} </VisuallyHidden>}
      {dueWords(due, today, i18n.language)}
      {time && ` ${timeWords(time, i18n.language)}`}
    </time>
  );
}
