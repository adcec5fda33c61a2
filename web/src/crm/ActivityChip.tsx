/** An activity in the calendar: a button that opens it, and that is dragged to another day. */
import { useDraggable } from "@dnd-kit/core";
import { VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import styles from "./Calendar.module.css";
import { useToday } from "./data";
import { dueWords, timeWords } from "./days";
import type { Activity } from "./types";
import { typeIcons } from "./words";

interface Props {
  activity: Activity;
  /** With its day, where it does not stand on it. */
  dated?: boolean;
  /** With whose it is. */
  everybody?: boolean;
  onOpen?: (activity: Activity) => void;
  /** Being dragged. */
  lifted?: boolean;
}

export function ActivityChip({ activity, dated = false, everybody = false, onOpen, lifted = false }: Props) {
  const { t, i18n } = useTranslation("records");
  const today = useToday();
  const done = activity.state === "done";
  const { listeners, setNodeRef, isDragging, attributes } = useDraggable({
    // The same one may stand on its day too.
    id: `${lifted ? "lifted" : dated ? "dated" : "day"} ${activity.id}`,
    disabled: done || lifted,
    data: { activity },
  });
  const Icon = done ? IconCheck : activity.overdue ? IconAlertTriangle : typeIcons[activity.type];
  const who = activity.contact?.name || activity.record?.title;
  const { summary } = activity;
  const words = [
    dated ? dueWords(activity.due, today, i18n.language) : "",
    activity.time && timeWords(activity.time, i18n.language),
  ].filter(Boolean);
  return (
    <button
      ref={setNodeRef}
      type="button"
      className={styles.chip}
      data-state={done ? "done" : activity.overdue ? "overdue" : undefined}
      data-dragged={isDragging || undefined}
      data-lifted={lifted || undefined}
      title={[summary, activity.record?.title, activity.assigned_name].filter(Boolean).join(" · ")}
      aria-describedby={done ? undefined : attributes["aria-describedby"]}
      {...listeners}
      onKeyDown={(event) => {
        // Enter opens; the space bar takes it up.
        if (event.key !== "Enter" || isDragging) listeners?.["onKeyDown"]?.(event);
      }}
      onClick={() => onOpen?.(activity)}
    >
      <Icon size={15} aria-hidden />
      <span>
        {activity.overdue && <VisuallyHidden>{t("due.overdue")} </VisuallyHidden>}
        {done && <VisuallyHidden>{t("activity.done")} </VisuallyHidden>}
        {words.length > 0 && <b>{words.join(" ")} </b>}
        {who ? `${who}${summary && `: ${summary}`}` : summary || t(`type.${activity.type}`)}
      </span>
      {everybody && <i>{activity.assigned_name || t("field.gone")}</i>}
    </button>
  );
}
