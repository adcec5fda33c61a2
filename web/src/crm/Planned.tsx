/** What is planned on a record, each with its call, done, edit, cancel. */
import { ActionIcon, Text } from "@mantine/core";
import { IconCheck, IconPencil, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Callable } from "../phone";
import { ActivityForm } from "./ActivityForm";
import { CancelActivity, DoneForm } from "./closing";
import { DueTime } from "./DueTime";
import styles from "./Record.module.css";
import type { Activity } from "./types";

type Opened = { how: "edit" | "done" | "cancel"; id: string };

export function Planned({ activities }: { activities: readonly Activity[] }) {
  const { t } = useTranslation("records");
  const [opened, setOpened] = useState<Opened | null>(null);
  const activity = activities.find((one) => one.id === opened?.id);
  const close = () => setOpened(null);
  if (activities.length === 0) return null;
  return (
    <>
      <ul className={styles.planned} aria-label={t("activity.planned")}>
        {activities.map((one) => (
          <PlannedItem key={one.id} activity={one} onOpen={(how) => setOpened({ how, id: one.id })} />
        ))}
      </ul>
      {activity && opened?.how === "edit" && <ActivityForm key={activity.id} activity={activity} onClose={close} />}
      {activity && opened?.how === "done" && <DoneForm key={activity.id} activity={activity} onClose={close} />}
      {activity && opened?.how === "cancel" && <CancelActivity activity={activity} onClose={close} />}
    </>
  );
}

function PlannedItem({ activity, onOpen }: { activity: Activity; onOpen: (how: Opened["how"]) => void }) {
  const { t } = useTranslation("records");
  const { summary, type, contact } = activity;
  const name = summary || t(`type.${type}`);
  const number = type === "call" ? contact?.numbers[0] : undefined;
  return (
    <li>
      <div className={styles.plannedText}>
        <b>{name}</b>
        <span className={styles.plannedFacts}>
          <DueTime due={activity.due} time={activity.time} type={type} overdue={activity.overdue} />
          <Text span size="sm" c="dimmed">
            {activity.assigned_name || t("field.gone")}
          </Text>
          {number && <Callable number={number.e164}>{number.shown}</Callable>}
        </span>
        {activity.note && <div className={styles.text}>{activity.note}</div>}
      </div>
      <span className={styles.plannedActs}>
        <ActionIcon
          color="green"
          title={t("activity.markDone")}
          aria-label={t("activity.doneWhat", { name })}
          onClick={() => onOpen("done")}
        >
          <IconCheck size={20} />
        </ActionIcon>
        <ActionIcon title={t("console:action.edit")} aria-label={t("activity.editWhat", { name })} onClick={() => onOpen("edit")}>
          <IconPencil size={20} />
        </ActionIcon>
        <ActionIcon title={t("activity.cancel")} aria-label={t("activity.cancelWhat", { name })} onClick={() => onOpen("cancel")}>
          <IconX size={20} />
        </ActionIcon>
      </span>
    </li>
  );
}
