/** The calendar of calls and what else is planned: month and week, mine or everybody's; what is overdue stands on top. */
import { type Active, DndContext, type DragEndEvent, DragOverlay } from "@dnd-kit/core";
import { ActionIcon, Button, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCalendarPlus, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../console/session";
import { BusyLine, Failed, Page, toastFailed, useAddress } from "../ui";
import { ActivityChip } from "./ActivityChip";
import { ActivityForm } from "./ActivityForm";
import { dropped, spanOf, stepped, type View } from "./calendar";
import styles from "./Calendar.module.css";
import { acts, refreshRecords, useActivities, useRecordChanges, useToday } from "./data";
import { addDays, dayWords, isDay, weekOf } from "./days";
import { announcements, useDragging } from "./dragging";
import { Month } from "./Month";
import type { Activity } from "./types";
import { Week } from "./Week";

export default function CalendarPage() {
  const { t, i18n } = useTranslation("records");
  const address = useAddress();
  const today = useToday();
  const me = useWho().user?.id;
  useRecordChanges();
  const view: View = address.get("view") === "week" ? "week" : "month";
  const day = isDay(address.get("day")) ? address.get("day") : today;
  const everybody = me === undefined || address.get("who") === "all";
  const filter: Record<string, string> = {
    ...(everybody ? {} : { assigned_to: me }),
    ...(address.get("type") === "all" ? {} : { type: "call" }),
  };
  const shown = useActivities({ ...filter, ...spanOf(view, day), state: "all" });
  const late = useActivities({ ...filter, to: addDays(today, -1), state: "planned" });
  const activities = (shown.data ?? []).filter((one) => one.state !== "cancelled");
  const overdue = late.data ?? [];
  const all = [...activities, ...overdue];
  const edited = all.find((one) => one.id === address.get("activity"));
  const open = (activity: Activity) => address.set({ activity: activity.id }, true);
  const plan = (on: string) => address.set({ add: on }, true);
  const week = weekOf(day);
  const title =
    view === "month"
      ? dayWords(day, i18n.language, { month: "long", year: "numeric" })
      : new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).formatRange(
          new Date(week[0] ?? day),
          new Date(week[6] ?? day),
        );
  return (
    <Page
      wide
      title={t("console:menu.calendar")}
      about={t("calendar.about")}
      actions={
        <Button color="green" mih={44} leftSection={<IconCalendarPlus size={18} />} onClick={() => plan(today)}>
          {t("calendar.plan")}
        </Button>
      }
    >
      <BusyLine busy={shown.isPlaceholderData} />
      <Dragging>
        {overdue.length > 0 && <Overdue activities={overdue} everybody={everybody} onOpen={open} />}
        <Group justify="space-between" gap="sm">
          <Group gap={4}>
            <ActionIcon aria-label={t(`calendar.back.${view}`)} onClick={() => address.set({ day: stepped(view, day, -1) })}>
              <IconChevronLeft size={22} />
            </ActionIcon>
            <ActionIcon aria-label={t(`calendar.on.${view}`)} onClick={() => address.set({ day: stepped(view, day, 1) })}>
              <IconChevronRight size={22} />
            </ActionIcon>
            <Button variant="default" mih={44} onClick={() => address.set({ day: null })}>
              {t("calendar.today")}
            </Button>
            <Title order={2} ml="sm" aria-live="polite" className={styles.span}>
              {title}
            </Title>
          </Group>
          <Choices view={view} everybody={everybody} />
        </Group>
        {shown.error ? (
          <Failed error={shown.error} onRetry={() => void shown.refetch()} />
        ) : view === "month" ? (
          <Month {...{ day, today, activities, everybody }} onOpen={open} onPlan={plan} />
        ) : (
          <Week {...{ day, today, activities, everybody }} onOpen={open} onPlan={plan} />
        )}
        {shown.data && activities.length === 0 && <Text c="dimmed">{t("calendar.nothing")}</Text>}
      </Dragging>
      {edited && (
        <ActivityForm key={edited.id} activity={edited} whole onClose={() => address.set({ activity: null })} />
      )}
      {isDay(address.get("add")) && <ActivityForm day={address.get("add")} onClose={() => address.set({ add: null })} />}
    </Page>
  );
}

function Choices({ view, everybody }: { view: View; everybody: boolean }) {
  const { t } = useTranslation("records");
  const address = useAddress();
  const mine = useWho().user !== null;
  return (
    <Group gap="sm">
      {mine && (
        <SegmentedControl
          aria-label={t("calendar.whose")}
          size="md"
          value={everybody ? "all" : ""}
          data={[
            { value: "", label: t("calendar.mine") },
            { value: "all", label: t("console:filter.everybody") },
          ]}
          onChange={(who) => address.set({ who })}
        />
      )}
      <SegmentedControl
        aria-label={t("field.type")}
        size="md"
        value={address.get("type") === "all" ? "all" : ""}
        data={[
          { value: "", label: t("calendar.calls") },
          { value: "all", label: t("calendar.everything") },
        ]}
        onChange={(type) => address.set({ type })}
      />
      <SegmentedControl
        aria-label={t("view.label")}
        size="md"
        value={view}
        data={[
          { value: "month", label: t("calendar.month") },
          { value: "week", label: t("calendar.week") },
        ]}
        onChange={(next) => address.set({ view: next === "week" ? "week" : null }, true)}
      />
    </Group>
  );
}

const dragging = (active: Active): Activity | undefined => active.data.current?.["activity"] as Activity | undefined;

/** Activities can be taken to another day or hour. */
function Dragging({ children }: { children: React.ReactNode }) {
  const { t, i18n } = useTranslation("records");
  const client = useQueryClient();
  const { begin, properties } = useDragging();
  const [dragged, setDragged] = useState<Activity | null>(null);
  const drop = async ({ active, over }: DragEndEvent) => {
    setDragged(null);
    const moved = dragging(active);
    const change = moved && over ? dropped(moved, String(over.id)) : null;
    if (!moved || !change) return;
    client.setQueriesData<Activity[]>({ queryKey: ["activities"] }, (now) =>
      now?.map((one) => (one.id === moved.id ? { ...one, ...change } : one)),
    );
    try {
      await acts.replan(moved.id, change, moved.version);
    } catch (error) {
      toastFailed(error);
    }
    refreshRecords(client);
  };
  const said = announcements(
    (what, values) => t(`drag.${what}`, values),
    (active) => dragging(active)?.summary ?? "",
    (place) => dayWords(place.split(" ")[0] ?? place, i18n.language, { dateStyle: "full" }),
  );
  return (
    <DndContext
      {...properties}
      accessibility={{ announcements: said, screenReaderInstructions: { draggable: t("drag.instructions") } }}
      onDragStart={(event) => {
        begin(event);
        setDragged(dragging(event.active) ?? null);
      }}
      onDragEnd={(event) => void drop(event)}
      onDragCancel={() => setDragged(null)}
    >
      {children}
      <DragOverlay dropAnimation={null}>{dragged && <ActivityChip activity={dragged} lifted />}</DragOverlay>
    </DndContext>
  );
}

interface OverdueProps {
  activities: readonly Activity[];
  everybody: boolean;
  onOpen: (activity: Activity) => void;
}

/** What should have been done before today: dragged to a day it is planned anew. */
function Overdue({ activities, everybody, onOpen }: OverdueProps) {
  const { t } = useTranslation("records");
  return (
    <section className={styles.overdue} aria-label={t("due.overdue")}>
      <b>
        <IconAlertTriangle size={18} aria-hidden /> {t("calendar.overdue", { count: activities.length })}
      </b>
      <div className={styles.chips}>
        {activities.map((activity) => (
          <ActivityChip key={activity.id} activity={activity} dated everybody={everybody} onOpen={onOpen} />
        ))}
      </div>
    </section>
  );
}
