/** One record: its form, the numbers that call, its stage, and the chatter beside it. */
import { Anchor, Button, Paper, Text, Textarea, TextInput } from "@mantine/core";
import { IconArrowLeft, IconExternalLink, IconMail, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useParams } from "wouter";
import { ConflictNotice, conflictOf, useConflict } from "../console/conflict";
import type { Contact } from "../console/contactValues";
import { Callable } from "../phone";
import { ConfirmDelete, Failed, FormBody, Loading, numberLabel, Page, RelativeTime, toastDone, toastFailed, useForm } from "../ui";
import { CallIcons } from "./CallIcons";
import { Chatter } from "./Chatter";
import { acts, refreshRecords, useOwners, useRecord, useRecordChanges, useStages } from "./data";
import { ContactField, OwnerField } from "./fields";
import styles from "./Record.module.css";
import { recordBody, recordValues, useFollow } from "./recordValues";
import type { CustomerRecord, RecordContact } from "./types";
import { boardAddress, contactName, stageName } from "./words";

export default function RecordPage() {
  const { record: id = "" } = useParams();
  const { t } = useTranslation("records");
  useRecordChanges();
  const { data, error, refetch } = useRecord(decodeURIComponent(id));
  if (data && !error) return <Whole key={data.id} record={data} />;
  return (
    <Page title={data?.title ?? t("console:menu.record")}>
      {error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />}
    </Page>
  );
}

function Whole({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const [, go] = useLocation();
  const [deleting, setDeleting] = useState(false);
  const remove = async () => {
    await acts.remove(record.id);
    toastDone(t("deleted", { title: record.title }));
    go(boardAddress(record.app));
    refreshRecords();
  };
  return (
    <Page
      wide
      title={record.title}
      about={
        <>
          {t(`one.${record.app}`)} #{record.number} · {t("changed")} <RelativeTime time={record.changed_at} />
        </>
      }
      actions={
        <>
          <Button
            component={Link}
            href={boardAddress(record.app)}
            variant="subtle"
            color="gray"
            mih={44}
            leftSection={<IconArrowLeft size={18} />}
          >
            {t(`console:menu.${record.app}`)}
          </Button>
          <CallIcons record={record} />
          <Button
            variant="subtle"
            color="red"
            mih={44}
            leftSection={<IconTrash size={18} />}
            onClick={() => setDeleting(true)}
          >
            {t("console:action.delete")}
          </Button>
        </>
      }
    >
      <StageBar record={record} />
      <div className={styles.columns}>
        <RecordForm record={record} />
        <Chatter record={record} />
      </div>
      {deleting && (
        <ConfirmDelete
          title={t("deleteTitle", { title: record.title })}
          action={t("console:action.delete")}
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          {t("deleteText")}
        </ConfirmDelete>
      )}
    </Page>
  );
}

/** Where it stands; pressing another stage moves it there at once. */
function StageBar({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const stages = useStages(record.app).data ?? [];
  const at = stages.findIndex((stage) => stage.id === record.stage_id);
  const move = async (stage: string) => {
    try {
      client.setQueryData(["record", record.id], await acts.move(record.id, stage, null));
    } catch (error) {
      toastFailed(error);
    }
    refreshRecords(client);
  };
  return (
    <div role="group" aria-label={t("field.stage")} className={styles.stages}>
      {stages.map((stage, place) => (
        <button
          key={stage.id}
          type="button"
          aria-pressed={place === at}
          data-before={place < at || undefined}
          onClick={() => place !== at && void move(stage.id)}
        >
          {stageName(t, stage)}
        </button>
      ))}
    </div>
  );
}

function RecordForm({ record }: { record: CustomerRecord }) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const owners = useOwners().data;
  const values = useMemo(() => recordValues(record), [record]);
  const form = useForm(`record.${record.id}`, values, record.version);
  const conflict = useConflict(form);
  useFollow(form, values, record.version);
  const save = async () => {
    if (form.changed.length === 0) return;
    await form.submit(
      async () => {
        const saved = await acts.change(record.id, recordBody(form.values, form.changed), form.version);
        client.setQueryData(["record", record.id], saved);
        form.rebase(recordValues(saved), saved.version, recordValues(saved));
        toastDone(t("saved", { title: saved.title }));
        refreshRecords(client);
      },
      (error) => {
        const found = conflictOf<typeof values, CustomerRecord>(error, recordValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
  };
  const show = (name: string, value: string | boolean): string => {
    if (name === "owner") return owners?.find((owner) => owner.id === value)?.name ?? "";
    if (name !== "contact" || value === "") return String(value);
    const known = client.getQueryData<Contact>(["contacts", "one", value]) ?? record.contact;
    return known?.id === value ? contactName(known) : "…";
  };
  return (
    <Paper component="section" aria-label={t("form")} className={styles.form}>
      <FormBody
        form={form}
        onSave={() => void save()}
        onClose={() => form.rebase(form.base, form.version, form.base)}
        notice={
          <ConflictNotice form={form} state={conflict} show={show} label={(name) => t(`field.${name}`)} />
        }
      >
        <TextInput {...form.text("title")} label={t("field.title")} autoComplete="off" maxLength={200} />
        <div>
          <ContactField form={form} name="contact" label={t("field.contact")} />
          {record.contact && record.contact.id === form.values.contact && <Reach contact={record.contact} />}
        </div>
        <OwnerField form={form} name="owner" label={t("field.owner")} nobody={t("field.nobody")} />
        <Textarea {...form.text("description")} label={t("field.description")} autosize minRows={4} maxRows={20} />
      </FormBody>
    </Paper>
  );
}

/** How a contact is reached: numbers that call, e-mail, the card itself. */
export function Reach({ contact }: { contact: RecordContact }) {
  const { t } = useTranslation("records");
  return (
    <ul className={styles.reach}>
      {contact.numbers.map((number) => (
        <li key={number.e164 + number.label}>
          <Callable number={number.e164}>{number.shown}</Callable>
          {number.label && (
            <Text span c="dimmed" size="sm">
              {numberLabel(t, number.label)}
            </Text>
          )}
        </li>
      ))}
      {contact.email && (
        <li>
          <IconMail size={16} aria-hidden />
          <Anchor href={`mailto:${contact.email}`} inherit>
            {contact.email}
          </Anchor>
        </li>
      )}
      <li>
        <IconExternalLink size={16} aria-hidden />
        <Anchor component={Link} href={`/contacts?edit=${encodeURIComponent(contact.id)}`} inherit>
          {t("contact.open")}
        </Anchor>
      </li>
    </ul>
  );
}
