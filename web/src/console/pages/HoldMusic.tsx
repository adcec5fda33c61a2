/** "Hold music": what callers hear who wait; upload, listen, choose the system's and each conference's (B8-05). */
import { Alert, Button, FileButton, Group, NativeSelect, Paper, Progress, Stack, Text } from "@mantine/core";
import { IconMusic, IconTrash, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Card, ConfirmDelete, duration, errorText, Failed, Loading, Page, StateBadge, toastDone, toastFailed } from "../../ui";
import { notePending } from "../live";
import { isMusic, upload } from "../music/upload";
import { queryClient, refreshConfiguration, useConferences, useList, useSettings } from "../queries";
import { api, useWho } from "../session";
import type { Pending } from "../types";

interface Music {
  id: string;
  name: string;
  seconds: number;
}

/** What plays music: the settings, and conferences. */
interface Plays {
  hold_music: string | null;
  version: string;
  pending: boolean;
}

const PLACE = "/api/hold-music";

export default function HoldMusic() {
  const { t, i18n } = useTranslation("outside");
  const who = useWho();
  const pieces = useList<Music[]>("hold-music", PLACE, true);
  const settings = useSettings().data as Plays | undefined;
  const rooms = useConferences(who.may("conferences")).data as (Plays & { id: string; name: string })[] | undefined;
  const [deleting, setDeleting] = useState<Music | null>(null);
  const choose = async (path: string, entry: Plays, music: string) => {
    try {
      const body = { hold_music: music || null };
      notePending((await api.request<{ pending: Pending }>(path, { method: "PATCH", body, version: entry.version })).pending);
      toastDone(t("music.chosen"));
    } catch (error) {
      toastFailed(errorText(i18n, error));
    }
    refreshConfiguration();
  };
  const remove = async (music: Music) => {
    await api.request<unknown>(`${PLACE}/${encodeURIComponent(music.id)}`, { method: "DELETE" });
    await queryClient.invalidateQueries({ queryKey: ["hold-music"] });
    toastDone(t("music.deleted", { name: music.name }));
  };
  if (pieces.error && !pieces.data) return <Failed error={pieces.error} onRetry={() => void pieces.refetch()} />;
  if (!pieces.data || !settings) return <Loading />;
  const list = pieces.data;
  const options = (first: string) => [{ value: "", label: first }, ...list.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <Page title={t("console:menu.holdMusic")} about={t("music.about")}>
      <Stack gap="md">
        <Card title={t("music.played")} actions={settings.pending && <StateBadge state="pending" plain />}>
          <NativeSelect
            label={t("music.system")}
            description={t("music.systemHint")}
            value={settings.hold_music ?? ""}
            data={options(t("music.delivered"))}
            onChange={(event) => void choose("/api/settings", settings, event.currentTarget.value)}
          />
          {rooms?.map((room) => (
            <NativeSelect
              key={room.id}
              mt="sm"
              label={t("music.ofConference", { name: room.name })}
              value={room.hold_music ?? ""}
              data={options(t("music.asSystem"))}
              onChange={(event) => void choose(`/api/conferences/${encodeURIComponent(room.id)}`, room, event.currentTarget.value)}
            />
          ))}
        </Card>
        <Card title={t("music.pieces")}>
          <Upload />
          {list.length === 0 && (
            <Text c="dimmed" mt="md">
              {t("music.none")}
            </Text>
          )}
          <Stack component="ul" gap="xs" mt="md" p={0} m={0} aria-label={t("music.pieces")} style={{ listStyle: "none" }}>
            {list.map((music) => (
              <Paper component="li" key={music.id} withBorder p="sm">
                <Group justify="space-between" wrap="wrap" gap="sm">
                  <div>
                    <Text fw={600}>{music.name}</Text>
                    <Text size="sm" c="dimmed">
                      {duration(music.seconds)}
                    </Text>
                  </div>
                  <audio controls preload="none" src={`${PLACE}/${encodeURIComponent(music.id)}/audio`} aria-label={t("music.listen", { name: music.name })} />
                  <Button
                    variant="subtle"
                    color="red"
                    mih={44}
                    leftSection={<IconTrash size={18} />}
                    aria-label={t("music.deleteWhat", { name: music.name })}
                    onClick={() => setDeleting(music)}
                  >
                    {t("console:action.delete")}
                  </Button>
                </Group>
              </Paper>
            ))}
          </Stack>
        </Card>
      </Stack>
      {deleting && (
        <ConfirmDelete
          title={t("entry.deleteTitle", { name: deleting.name })}
          action={t("console:action.delete")}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(null)}
        >
          {t("music.deleteText")}
        </ConfirmDelete>
      )}
    </Page>
  );
}

/** How a file is doing: being sent, taken, or refused. */
type Sending = { name: string; share: number } | { name: string; refused: string } | { name: string; taken: true };

function Upload() {
  const { t, i18n } = useTranslation("outside");
  const [sending, setSending] = useState<Sending | null>(null);
  const busy = sending !== null && "share" in sending;
  const send = async (file: File | null) => {
    if (!file) return;
    const name = file.name;
    if (!isMusic(file)) {
      setSending({ name, refused: t("music.refused") });
      return;
    }
    setSending({ name, share: 0 });
    try {
      const title = name.replace(/\.\w+$/, "").slice(0, 200);
      await upload(`${PLACE}?name=${encodeURIComponent(title)}`, file, (share) => setSending({ name, share }));
      setSending({ name, taken: true });
      await queryClient.invalidateQueries({ queryKey: ["hold-music"] });
    } catch (error) {
      setSending({ name, refused: errorText(i18n, error) });
    }
  };
  return (
    <Stack gap="sm">
      <FileButton onChange={(file) => void send(file)} accept=".wav,.mp3,audio/wav,audio/mpeg">
        {(props) => (
          <Button {...props} color="green" mih={44} w="fit-content" disabled={busy} leftSection={<IconUpload size={18} />}>
            {t("music.upload")}
          </Button>
        )}
      </FileButton>
      <Text size="sm" c="dimmed">
        {t("music.uploadHint")}
      </Text>
      {sending && "share" in sending && (
        <div>
          <Text size="sm" mb={4}>
            {t(sending.share < 1 ? "music.sending" : "music.converting", { name: sending.name })}
          </Text>
          <Progress value={sending.share * 100} aria-label={t("music.sending", { name: sending.name })} />
        </div>
      )}
      {sending && !busy && (
        <Alert
          role="alert"
          color={"refused" in sending ? "red" : "green"}
          icon={<IconMusic size={20} />}
          title={t("refused" in sending ? "music.notTaken" : "music.taken", { name: sending.name })}
          withCloseButton
          closeButtonLabel={t("common:action.close")}
          onClose={() => setSending(null)}
        >
          {"refused" in sending ? sending.refused : t("music.takenHint")}
        </Alert>
      )}
    </Stack>
  );
}
