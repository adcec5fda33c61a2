/** What is said, planned and done on a record: planned activities on top, then everything, newest first. */
import { Button, Group, Paper, Textarea, Title } from "@mantine/core";
import { IconClock, IconMessage, IconSend } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Empty, Failed, Loading, useForm } from "../ui";
import { ActivityForm } from "./ActivityForm";
import { acts, refreshRecords, useActivities, useEntries } from "./data";
import { EntryItem } from "./EntryItem";
import { Planned } from "./Planned";
import styles from "./Record.module.css";
import type { CustomerRecord } from "./types";

export function Chatter({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const [planning, setPlanning] = useState(false);
  const planned = useActivities({ record: record.id, state: "planned" });
  return (
    <Paper component="section" aria-label={t("chatter.title")} className={styles.chatter}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("chatter.title")}</Title>
        <Button variant="default" mih={44} leftSection={<IconClock size={18} />} onClick={() => setPlanning(true)}>
          {t("activity.activities")}
        </Button>
      </Group>
      {planned.error ? (
        <Failed error={planned.error} onRetry={() => void planned.refetch()} />
      ) : (
        <Planned activities={planned.data ?? []} />
      )}
      <Say record={record} />
      <Entries record={record} />
      {planning && <ActivityForm record={record} onClose={() => setPlanning(false)} />}
    </Paper>
  );
}

function Say({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const form = useForm(`message.${record.id}`, { text: "" });
  const send = async () => {
    const text = form.values.text.trim();
    if (text === "") return;
    const good = await form.submit(async () => {
      await acts.say(record.id, text);
    });
    if (!good) return;
    form.set("text", "");
    refreshRecords(client);
  };
  return (
    <form
      className={styles.say}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Textarea
        {...form.text("text")}
        error={form.errors.get("text") ?? form.errors.get(null)}
        aria-label={t("chatter.message")}
        placeholder={t("chatter.placeholder")}
        autosize
        minRows={2}
        maxRows={12}
        maxLength={4000}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <Button type="submit" variant="default" mih={44} leftSection={<IconSend size={18} />}>
        {t("chatter.send")}
      </Button>
    </form>
  );
}

function Entries({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useEntries(record.id);
  if (!data) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />;
  const entries = data.pages.flatMap((page) => page.entries);
  if (entries.length === 0) {
    return (
      <Empty icon={IconMessage} title={t("chatter.empty")}>
        {t("chatter.emptyText")}
      </Empty>
    );
  }
  return (
    <>
      <ol className={styles.plain} aria-label={t("chatter.entries")}>
        {entries.map((entry) => (
          <EntryItem key={entry.id} entry={entry} />
        ))}
      </ol>
      {hasNextPage && (
        <Group justify="center" mt="sm">
          <Button variant="default" mih={44} loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("console:pager.older")}
          </Button>
        </Group>
      )}
    </>
  );
}
