/** What callers of a team's mailbox hear: recorded here, from a file, spoken by the system, or the standard words. Acts at once. */
import { Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconMessage2, IconMicrophone, IconPlayerStop, IconTrash, IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRecorder } from "../../phone/views/voicemail/recorder";
import { duration, toastDone, toastFailed } from "../../ui";
import { isMusic, upload } from "../music/upload";
import { api } from "../session";
import type { Mailbox } from "./types";

interface Greeting {
  kind: string;
  seconds: number;
  /** What is spoken; empty: it was recorded. */
  text: string;
  changed_at: number;
}

async function openMicrophone() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  return { stream, close: () => stream.getTracks().forEach((track) => track.stop()) };
}

export function BoxGreeting({ box }: { box: Mailbox }) {
  const { t } = useTranslation("outside");
  const client = useQueryClient();
  const place = `/api/mailboxes/${encodeURIComponent(box.id)}/greetings`;
  const mine = `${place}/unavailable`;
  const queryKey = ["greetings", box.id];
  const all = useQuery({ queryKey, queryFn: ({ signal }) => api.request<Greeting[]>(place, { signal }) }).data;
  const made = all?.find((one) => one.kind === "unavailable");
  const [saving, setSaving] = useState(false);
  const [text, setText] = useState<string | null>(null);
  const act = async (work: () => Promise<unknown>) => {
    setSaving(true);
    try {
      await work();
      setText(null);
      await client.invalidateQueries({ queryKey });
      toastDone(t("voicemails.greetingSaved"));
    } catch (error) {
      toastFailed(error);
    } finally {
      setSaving(false);
    }
  };
  const recorder = useRecorder(openMicrophone, (sound) =>
    void act(() => api.request(mine, { method: "PUT", body: sound, contentType: "audio/wav" })),
  );
  const take = (file: File | null) => {
    if (file && !isMusic(file)) toastFailed(t("music.refused"));
    else if (file) void act(() => upload(mine, file, () => undefined));
  };
  const busy = saving || recorder.busy;
  const kept = made && (made.text || t("phone:voicemail.recorded", { time: duration(Math.round(made.seconds)) }));
  const now = all && (kept ?? t("phone:voicemail.standard"));
  return (
    <Stack gap="xs" role="group" aria-label={t("voicemails.greeting")}>
      <Text component="h3" fw={600} m={0}>
        {t("voicemails.greeting")}
      </Text>
      <Text size="sm" c="dimmed" role="status" style={{ overflowWrap: "anywhere" }}>
        {recorder.recording ? t("phone:voicemail.recording") : busy ? t("phone:voicemail.saving") : now}
      </Text>
      {recorder.failure && (
        <Text size="sm" c="red" role="alert">
          {t(`phone:failure.${recorder.failure.id}.what`)}
        </Text>
      )}
      {recorder.unreadable && (
        <Text size="sm" c="red" role="alert">
          {t("phone:voicemail.greetingFailed")}
        </Text>
      )}
      {made && !recorder.recording && (
        <audio
          controls
          preload="none"
          src={`${mine}/audio?at=${made.changed_at}`}
          aria-label={t("phone:voicemail.playGreeting")}
          style={{ width: "100%" }}
        />
      )}
      {text === null ? (
        <Group gap="sm">
          <Button
            variant="default"
            mih={44}
            disabled={busy}
            leftSection={recorder.recording ? <IconPlayerStop size={18} /> : <IconMicrophone size={18} />}
            onClick={recorder.recording ? recorder.stop : recorder.start}
          >
            {t(recorder.recording ? "phone:voicemail.stop" : "phone:voicemail.record")}
          </Button>
          {!recorder.recording && (
            <>
              <Button variant="default" mih={44} disabled={busy} leftSection={<IconMessage2 size={18} />} onClick={() => setText(made?.text ?? "")}>
                {t("phone:voicemail.speak")}
              </Button>
              <FileButton onChange={take} accept=".wav,.mp3,audio/wav,audio/mpeg">
                {(props) => (
                  <Button {...props} variant="default" mih={44} disabled={busy} leftSection={<IconUpload size={18} />}>
                    {t("voicemails.greetingUpload")}
                  </Button>
                )}
              </FileButton>
              {made && (
                <Button
                  variant="subtle"
                  color="red"
                  mih={44}
                  disabled={busy}
                  leftSection={<IconTrash size={18} />}
                  onClick={() => void act(() => api.request(mine, { method: "DELETE" }))}
                >
                  {t("phone:voicemail.toStandard")}
                </Button>
              )}
            </>
          )}
        </Group>
      ) : (
        <>
          <Textarea
            aria-label={t("phone:voicemail.words")}
            placeholder={t("phone:voicemail.words")}
            maxLength={1000}
            rows={3}
            autoFocus
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group gap="sm">
            <Button
              variant="default"
              mih={44}
              disabled={busy || text.trim() === ""}
              onClick={() => void act(() => api.request(`${mine}/text`, { method: "PUT", body: { text: text.trim() } }))}
            >
              {t("phone:voicemail.speak")}
            </Button>
            <Button variant="subtle" mih={44} disabled={busy} onClick={() => setText(null)}>
              {t("common:action.cancel")}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
