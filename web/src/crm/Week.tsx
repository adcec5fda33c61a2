/** A week with its hours; what is for any time of a day stands above them. On a phone's screen the days one below the other. */
import { useDroppable } from "@dnd-kit/core";
import { ActionIcon } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ActivityChip } from "./ActivityChip";
import { byDay, hoursOf, placeId } from "./calendar";
import styles from "./Calendar.module.css";
import { dayWords, timeWords, weekOf } from "./days";
import type { ViewProps } from "./Month";
import type { Activity } from "./types";

const ANY = "";

export function Week({ day, today, activities, everybody, onOpen, onPlan }: ViewProps) {
  const { t, i18n } = useTranslation("records");
  const small = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const days = weekOf(day);
  const planned = byDay(activities);
  const at = (one: string, hour: number | "") =>
    (planned.get(one) ?? []).filter((each) => (hour === ANY ? each.time === "" : Number(each.time.slice(0, 2)) === hour && each.time !== ""));
  const head = (one: string) => (
    <span className={styles.weekHead} data-today={one === today || undefined} aria-current={one === today ? "date" : undefined}>
      {dayWords(one, i18n.language, small ? { weekday: "long", day: "numeric", month: "long" } : { weekday: "short", day: "numeric" })}
      <ActionIcon
        className={styles.plan}
        size={32}
        title={t("calendar.plan")}
        aria-label={t("calendar.planOn", { day: dayWords(one, i18n.language, { dateStyle: "full" }) })}
        onClick={() => onPlan(one)}
      >
        <IconPlus size={16} />
      </ActionIcon>
    </span>
  );
  const chips = (those: readonly Activity[]) =>
    those.map((activity) => <ActivityChip key={activity.id} activity={activity} everybody={everybody} onOpen={onOpen} />);
  if (small) {
    return (
      <div className={styles.agenda}>
        {days.map((one) => (
          <Slot key={one} id={placeId(one)} label={dayWords(one, i18n.language, { dateStyle: "full" })}>
            {head(one)}
            {chips(planned.get(one) ?? [])}
          </Slot>
        ))}
      </div>
    );
  }
  const rows: (number | "")[] = [ANY, ...hoursOf(activities)];
  return (
    <div className={styles.week}>
      <span />
      {days.map((one) => (
        <div key={one}>{head(one)}</div>
      ))}
      {rows.map((hour) => (
        <div key={hour} className={styles.hourRow}>
          <span className={styles.hour}>
            {hour === ANY ? t("calendar.anyTime") : timeWords(`${String(hour).padStart(2, "0")}:00`, i18n.language)}
          </span>
          {days.map((one) => (
            <Slot
              key={one}
              id={placeId(one, hour)}
              label={`${dayWords(one, i18n.language, { dateStyle: "full" })} ${hour === ANY ? t("calendar.anyTime") : `${hour}:00`}`}
              today={one === today}
            >
              {chips(at(one, hour))}
            </Slot>
          ))}
        </div>
      ))}
    </div>
  );
}

/** A day, or an hour of one. */
function Slot({ id, label, today = false, children }: { id: string; label: string; today?: boolean; children: React.ReactNode }) {
  const { setNodeRef, isOver } = useDroppable({ id });
  return (
    <div ref={setNodeRef} role="group" aria-label={label} className={styles.slot} data-over={isOver || undefined} data-today={today || undefined}>
      {children}
    </div>
  );
}
