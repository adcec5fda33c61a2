/** The question before a recording is deleted, and its deletion. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDelete, shortTime, toastDone } from "../../ui";
import { queryClient } from "../queries";
import { api } from "../session";
import { recordingName } from "./recordingWords";
import type { Recording } from "./types";

export function useDeleteRecording(): { ask: (recording: Recording) => void; question: ReactNode } {
  const { t, i18n } = useTranslation("conference");
  const [asked, setAsked] = useState<Recording | null>(null);
  const remove = async (recording: Recording) => {
    await api.request(`/api/recordings/${encodeURIComponent(recording.id)}`, { method: "DELETE" });
    void queryClient.invalidateQueries({ queryKey: ["recordings"] });
    void queryClient.invalidateQueries({ queryKey: ["meeting"] });
    toastDone(t("recordings.deleted"));
  };
  const question = asked && (
    <ConfirmDelete
      title={t("recordings.deleteTitle", { name: `${asked.conference} · ${recordingName(t, asked)}` })}
      action={t("console:action.delete")}
      onConfirm={() => remove(asked)}
      onClose={() => setAsked(null)}
    >
      {t("recordings.deleteText", { when: shortTime(asked.started_at, i18n.language) })}
    </ConfirmDelete>
  );
  return { ask: setAsked, question };
}
