/** Who was in a meeting: from when to when, how long, how much of it talking. */
import { Paper, Text } from "@mantine/core";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { type Column, duration, Rows, StateBadge, useNow } from "../../../ui";
import type { Attendance, WholeMeeting } from "../types";
import styles from "./meeting.module.css";

export function People({ meeting }: { meeting: WholeMeeting }) {
  const { t, i18n } = useTranslation("conference");
  const now = useNow(10);
  const clock = new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" });
  const most = Math.max(1, ...meeting.attendances.map((one) => one.talk_seconds));
  const columns: Column<Attendance>[] = [
    {
      key: "name",
      label: t("meeting.who"),
      render: (one) => (
        <div>
          <b style={{ fontWeight: 600 }}>{one.name || one.extension}</b>
          {one.extension && one.extension !== one.name && (
            <Text span size="sm" c="dimmed">
              {" "}
              {one.extension}
            </Text>
          )}
          {one.administrator && (
            <div>
              <StateBadge state="administrator" plain />
            </div>
          )}
        </div>
      ),
    },
    { key: "entrance", label: t("meeting.entrance"), render: (one) => t(`entrance.${one.entrance}`) },
    { key: "from", label: t("meeting.from"), render: (one) => clock.format(one.joined_at * 1000) },
    {
      key: "to",
      label: t("meeting.to"),
      render: (one) =>
        one.left_at === null ? (
          <StateBadge state="in_conference" label={t("meeting.there")} />
        ) : (
          <span title={t(`console:cause.${one.reason}`, { defaultValue: "" })}>{clock.format(one.left_at * 1000)}</span>
        ),
    },
    {
      key: "waited",
      label: t("meeting.waited"),
      end: true,
      render: (one) => (one.waited_seconds !== null && one.waited_seconds >= 1 ? duration(one.waited_seconds) : <Text c="dimmed">–</Text>),
    },
    {
      key: "inside",
      label: t("meeting.inside"),
      end: true,
      render: (one) => duration(one.entered_at === null ? 0 : (one.seconds ?? now - one.entered_at)),
    },
    {
      key: "talk",
      label: t("meeting.talked"),
      render: (one) => (
        <div className={styles.share}>
          <span>{duration(one.talk_seconds)}</span>
          <span style={{ "--part": `${(one.talk_seconds / most) * 100}%` } as CSSProperties} aria-hidden />
        </div>
      ),
    },
  ];
  return (
    <Paper style={{ overflow: "hidden" }}>
      <Rows label={t("meeting.people")} rows={meeting.attendances} columns={columns} rowKey={(one) => one.id} />
    </Paper>
  );
}
