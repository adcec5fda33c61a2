/** Recordings of conferences: listen, keep, delete. */
import { Paper } from "@mantine/core";
import { IconMicrophone } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty, Failed, Loading, Page, useAddress } from "../../ui";
import { RecordingItem } from "../conference/RecordingItem";
import type { Recording } from "../conference/types";
import { useDeleteRecording } from "../conference/useDeleteRecording";
import player from "../conference/player.module.css";
import { asking, Choice, Days } from "../Filters";
import { Pager } from "../Pager";
import { useConferences } from "../queries";
import { api, useWho } from "../session";
import filters from "../Filters.module.css";

interface Answer {
  recordings: Recording[];
  next: string | null;
}

export default function Recordings() {
  const { t } = useTranslation("conference");
  const who = useWho();
  const address = useAddress();
  const { ask, question } = useDeleteRecording();
  const rooms = useConferences(who.may("conferences")).data;
  const asked = asking(address.get, ["conference", "to", "after"], 20);
  if (!address.get("apart")) asked.set("whole", "true");
  const answer = useQuery({
    queryKey: ["recordings", asked.toString()],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.request<Answer>(`/api/recordings?${asked}`, { signal }),
  });
  return (
    <Page title={t("console:menu.recordings")} about={t("recordings.about")}>
      <search className={filters.filters}>
        <Days address={address} from={asked.get("from") ?? ""} />
        {rooms && (
          <Choice
            address={address}
            name="conference"
            label={t("console:search.conference")}
            all={t("console:filter.all")}
            options={rooms.map((room) => ({ value: room.id, label: room.name }))}
          />
        )}
        <Choice
          address={address}
          name="apart"
          label={t("recordings.what")}
          all={t("recordings.together")}
          options={[{ value: "1", label: t("recordings.alsoApart") }]}
        />
      </search>
      {answer.error ? (
        <Failed error={answer.error} onRetry={() => void answer.refetch()} />
      ) : answer.data === undefined ? (
        <Loading />
      ) : (
        <Paper>
          {answer.data.recordings.length === 0 ? (
            <Empty icon={IconMicrophone} title={t("recordings.none")}>
              {t("recordings.noneText")}
            </Empty>
          ) : (
            <ul className={player.list} data-page aria-label={t("console:menu.recordings")}>
              {answer.data.recordings.map((recording) => (
                <RecordingItem key={recording.id} recording={recording} {...(who.may("recordings") && { onDelete: ask })} />
              ))}
            </ul>
          )}
        </Paper>
      )}
      <Pager next={answer.data?.next} />
      {question}
    </Page>
  );
}
