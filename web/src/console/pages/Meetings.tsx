/** The meetings that were held, and those that are: their minutes. */
import { Anchor, Paper, Text } from "@mantine/core";
import { IconClipboardList, IconMicrophone } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, duration, Empty, Failed, number, Page, Rows, ShortTime, StateBadge, useAddress } from "../../ui";
import type { Meeting } from "../conference/types";
import { asking, Choice, Filters } from "../Filters";
import { Pager } from "../Pager";
import { useConferences } from "../queries";
import { api, useWho } from "../session";

interface Answer {
  meetings: Meeting[];
  next: string | null;
}

const CALM = 15_000;

export default function Meetings() {
  const { t, i18n } = useTranslation("conference");
  const who = useWho();
  const address = useAddress();
  const all = who.may("conferences") || who.may("live_conferences");
  const rooms = useConferences(who.may("conferences")).data;
  const asked = asking(address.get, ["conference", "to", "q", "after"], 50);
  const answer = useQuery({
    queryKey: ["meetings", asked.toString()],
    placeholderData: keepPreviousData,
    refetchInterval: CALM,
    queryFn: ({ signal }) => api.request<Answer>(`/api/meetings?${asked}`, { signal }),
  });
  const columns: Column<Meeting>[] = [
    {
      key: "name",
      label: t("console:search.conference"),
      render: (meeting) => (
        <Anchor component={Link} href={`/meetings/${encodeURIComponent(meeting.id)}`} fw={600} c="inherit">
          {meeting.name}
        </Anchor>
      ),
    },
    { key: "start", label: t("console:log.when"), render: (meeting) => <ShortTime time={meeting.started_at} /> },
    {
      key: "length",
      label: t("console:live.duration"),
      end: true,
      render: (meeting) =>
        meeting.ended_at === null ? <StateBadge state="running" /> : duration(meeting.ended_at - meeting.started_at),
    },
    { key: "people", label: t("meeting.people"), end: true, render: (meeting) => number(meeting.people, i18n.language) },
    { key: "talk", label: t("meeting.talked"), end: true, render: (meeting) => duration(meeting.talk_seconds) },
    {
      key: "recordings",
      label: t("console:menu.recordings"),
      render: (meeting) =>
        meeting.recordings === 0 ? (
          <Text c="dimmed">–</Text>
        ) : (
          <span style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
            <IconMicrophone size={18} aria-hidden /> {number(meeting.recordings, i18n.language)}
          </span>
        ),
    },
  ];
  return (
    <Page title={t("console:menu.meetings")} about={t(all ? "meeting.about" : "meeting.aboutOwn")}>
      <Filters address={address} from={asked.get("from") ?? ""}>
        {rooms && (
          <Choice
            address={address}
            name="conference"
            label={t("console:search.conference")}
            all={t("console:filter.all")}
            options={rooms.map((room) => ({ value: room.id, label: room.name }))}
          />
        )}
      </Filters>
      {answer.error ? (
        <Failed error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Paper style={{ overflow: "hidden" }}>
          {answer.data?.meetings.length === 0 ? (
            <Empty icon={IconClipboardList} title={t("meeting.none")}>
              {t(all ? "meeting.noneText" : "meeting.noneTextOwn")}
            </Empty>
          ) : (
            <Rows label={t("console:menu.meetings")} rows={answer.data?.meetings} columns={columns} rowKey={(meeting) => meeting.id} />
          )}
        </Paper>
      )}
      <Pager next={answer.data?.next} />
    </Page>
  );
}
