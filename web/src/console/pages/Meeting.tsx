/** The minutes of one meeting: who was there, who talked, who was invited, what was recorded. */
import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconArrowLeft, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "wouter";
import { Card, duration, Elapsed, Failed, isState, Loading, Page, RelativeTime, ShortTime, StateBadge, useNow } from "../../ui";
import { MeetingPicture } from "../conference/meeting/MeetingPicture";
import { People } from "../conference/meeting/People";
import { pictureOf } from "../conference/meeting/picture";
import invite from "../conference/invite.module.css";
import player from "../conference/player.module.css";
import { RecordingItem } from "../conference/RecordingItem";
import type { Invited, WholeMeeting } from "../conference/types";
import { useDeleteRecording } from "../conference/useDeleteRecording";
import { api, useWho } from "../session";

const CALM = 5000;

export default function Meeting() {
  const { meeting: id = "" } = useParams();
  const { t } = useTranslation("conference");
  const { data, error, refetch } = useQuery({
    queryKey: ["meeting", decodeURIComponent(id)],
    queryFn: ({ signal }) => api.request<WholeMeeting>(`/api/meetings/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data?.ended_at === null ? CALM : false),
  });
  if (data) return <Minutes meeting={data} />;
  return (
    <Page title={t("console:menu.meeting")}>
      {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />}
    </Page>
  );
}

function Minutes({ meeting }: { meeting: WholeMeeting }) {
  const { t } = useTranslation("conference");
  const may = useWho().may("recordings");
  const now = useNow(10);
  const picture = useMemo(() => pictureOf(meeting, now), [meeting, now]);
  const { ask, question } = useDeleteRecording();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Page
      title={meeting.name}
      about={<About meeting={meeting} />}
      actions={
        <>
          <Button component={Link} href="/meetings" variant="subtle" color="gray" mih={44} leftSection={<IconArrowLeft size={18} />}>
            {t("meeting.all")}
          </Button>
          <Button
            component="a"
            href={`/api/meetings/${encodeURIComponent(meeting.id)}/minutes.csv?zone=${encodeURIComponent(zone)}`}
            download
            variant="default"
            mih={44}
            leftSection={<IconDownload size={18} />}
          >
            CSV
          </Button>
        </>
      }
    >
      <MeetingPicture picture={picture} name={meeting.name} />
      <People meeting={meeting} />
      {meeting.tapes.length > 0 && (
        <Card title={t("console:menu.recordings")}>
          {meeting.may_listen ? (
            <ul className={player.list}>
              {meeting.tapes.map((recording) => (
                <RecordingItem key={recording.id} recording={recording} inMeeting {...(may && { onDelete: ask })} />
              ))}
            </ul>
          ) : (
            <Text c="dimmed">{t("meeting.mayNotListen", { count: meeting.recordings })}</Text>
          )}
        </Card>
      )}
      {meeting.invitations.length > 0 && (
        <Card title={t("invite.list")}>
          <ul className={invite.list}>
            {meeting.invitations.map((one) => (
              <InvitedItem key={one.id} invited={one} />
            ))}
          </ul>
        </Card>
      )}
      {question}
    </Page>
  );
}

function About({ meeting }: { meeting: WholeMeeting }) {
  const { t } = useTranslation("conference");
  return (
    <Group gap="sm" component="span">
      <ShortTime time={meeting.started_at} />
      <span>{meeting.ended_at === null ? <Elapsed since={meeting.started_at} /> : duration(meeting.ended_at - meeting.started_at)}</span>
      <span>{t("console:live.inside", { count: meeting.people })}</span>
      <span>{t("meeting.talk", { time: duration(meeting.talk_seconds) })}</span>
      {meeting.ended_at === null && (
        <Anchor component={Link} href={`/live/${encodeURIComponent(meeting.conference_id)}`}>
          <StateBadge state="running" />
        </Anchor>
      )}
    </Group>
  );
}

function InvitedItem({ invited }: { invited: Invited }) {
  const { t } = useTranslation("conference");
  const why = t(`console:cause.${invited.reason}`, { defaultValue: "" });
  return (
    <li className={invite.invitation}>
      <div className={invite.who}>
        <Text fw={600}>{invited.name || invited.number}</Text>
        <Text size="sm" c="dimmed">
          {invited.name && invited.name !== invited.number && `${invited.number} · `}
          {t("meeting.invitedBy", { who: invited.invited_by })} <RelativeTime time={invited.at} />
          {why && ` · ${why}`}
        </Text>
      </div>
      {isState(invited.state) && <StateBadge state={invited.state} />}
    </li>
  );
}
