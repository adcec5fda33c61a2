/** A month of whole weeks; on a phone's screen a list of the days on which something is planned. */
import { useDroppable } from "@dnd-kit/core";
import { ActionIcon } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ActivityChip } from "./ActivityChip";
import { byDay, placeId } from "./calendar";
import styles from "./Calendar.module.css";
import { dayWords, monthOf } from "./days";
import type { Activity } from "./types";

/** Shown of a day; the week has them all. */
const MOST = 4;

export interface ViewProps {
  day: string;
  today: string;
  activities: readonly Activity[];
  everybody: boolean;
  onOpen: (activity: Activity) => void;
  onPlan: (day: string) => void;
}

export function Month({ day, activities, ...rest }: ViewProps) {
  const { i18n } = useTranslation("records");
  const weeks = monthOf(day);
  const days = byDay(activities);
  return (
    <div className={styles.month}>
      {weeks[0]?.map((one) => (
        <span key={one} className={styles.weekday}>
          {dayWords(one, i18n.language, { weekday: "short" })}
        </span>
      ))}
      {weeks.flat().map((one) => (
        <Day
          key={one}
          {...rest}
          day={one}
          activities={days.get(one) ?? []}
          outside={one.slice(0, 7) !== day.slice(0, 7)}
        />
      ))}
    </div>
  );
}

function Day({ day, today, activities, everybody, outside, onOpen, onPlan }: ViewProps & { outside: boolean }) {
  const { t, i18n } = useTranslation("records");
  const { setNodeRef, isOver } = useDroppable({ id: placeId(day) });
  const whole = dayWords(day, i18n.language, { dateStyle: "full" });
  const more = activities.length - MOST;
  return (
    <section
      ref={setNodeRef}
      aria-label={whole}
      className={styles.day}
      data-today={day === today || undefined}
      data-outside={outside || undefined}
      data-over={isOver || undefined}
      data-empty={activities.length === 0 || undefined}
    >
      <div className={styles.dayHead}>
        <span className={styles.dayNumber} aria-current={day === today ? "date" : undefined}>
          <span className={styles.dayLong}>{dayWords(day, i18n.language, { weekday: "long", day: "numeric", month: "long" })}</span>
          <span className={styles.dayShort}>{Number(day.slice(8))}</span>
        </span>
        <ActionIcon
          className={styles.plan}
          size={32}
          aria-label={t("calendar.planOn", { day: whole })}
          title={t("calendar.plan")}
          onClick={() => onPlan(day)}
        >
          <IconPlus size={16} />
        </ActionIcon>
      </div>
      {activities.slice(0, more === 1 ? MOST + 1 : MOST).map((activity) => (
        <ActivityChip key={activity.id} activity={activity} everybody={everybody} onOpen={onOpen} />
      ))}
      {more > 1 && (
        <Link href={`/calendar?view=week&day=${day}`} className={styles.more}>
          {t("calendar.more", { count: more })}
        </Link>
      )}
    </section>
  );
}
