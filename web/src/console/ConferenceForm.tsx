/** "New conference": the five fields of S1-03 in their order, anything more below under "More". */
import { NativeSelect, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId, FormSheet, toastDone, useForm } from "../ui";
import { MoreFields } from "./conference/MoreFields";
import { conferenceBody, conferenceValues, newConferenceBody } from "./conference/values";
import { ConflictNotice, conflictOf, useConflict } from "./conflict";
import { digits } from "./fields";
import { notePending } from "./live";
import type { PersonOption } from "./people";
import { refreshConfiguration } from "./queries";
import { api } from "./session";
import type { Conference, Pending } from "./types";

interface Props {
  room?: Conference;
  people: PersonOption[] | undefined;
  onClose: () => void;
  focusField?: string | null;
}

interface Saved {
  conference: Conference;
  pending: Pending;
}

export function ConferenceForm({ room, people, onClose, focusField = null }: Props) {
  const { t } = useTranslation("console");
  const form = useForm(`conference.${room?.id ?? "new"}`, conferenceValues(room ?? null), room?.version ?? null);
  const conflict = useConflict(form);
  const { values } = form;

  const save = async () => {
    const good = await form.submit(
      async () => {
        if (room && form.changed.length === 0) return;
        const saved = await api.request<Saved>(room ? `/api/conferences/${room.id}` : "/api/conferences", {
          method: room ? "PATCH" : "POST",
          body: room ? conferenceBody(values, form.changed) : newConferenceBody(values),
          ...(room && form.version !== null ? { version: form.version } : {}),
        });
        notePending(saved.pending);
        refreshConfiguration();
        toastDone(t("conferences.saved", { name: saved.conference.name }));
      },
      (error) => {
        const found = conflictOf(error, conferenceValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet
      title={room ? t("conferences.editTitle", { name: room.name }) : t("conferences.newTitle")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      focusField={focusField}
      notice={<ConflictNotice form={form} state={conflict} show={(name, value) => shown(t, people, name, value)} />}
    >
      <TextInput {...form.text("name")} label={t("field.name")} data-autofocus maxLength={80} autoComplete="off" />
      <TextInput
        {...digits(form, "extension")}
        label={t("field.internal_extension")}
        description={t("conferences.extensionHint")}
        maxLength={8}
      />
      <TextInput
        {...digits(form, "access_code")}
        label={t("field.access_code")}
        description={t("conferences.codeHint")}
        maxLength={10}
      />
      <Select
        id={fieldId("administrator")}
        label={t("field.administrator_extension")}
        description={t("conferences.administratorHint")}
        placeholder={t("conferences.nobody")}
        data={people?.map((person) => ({ value: person.id, label: person.label })) ?? []}
        searchable
        clearable
        limit={100}
        nothingFoundMessage={t("conferences.noUser")}
        value={values.administrator || null}
        error={form.errors.get("administrator")}
        onChange={(value) => form.set("administrator", value ?? "")}
      />
      <NativeSelect
        id={fieldId("wait_for_administrator")}
        label={t("field.wait_for_administrator")}
        description={t("conferences.waitHint")}
        data={[
          { value: "no", label: t("change.no") },
          { value: "yes", label: t("change.yes") },
        ]}
        value={values.wait_for_administrator ? "yes" : "no"}
        error={form.errors.get("wait_for_administrator")}
        onChange={(event) => form.set("wait_for_administrator", event.currentTarget.value === "yes")}
      />
      <MoreFields form={form} />
    </FormSheet>
  );
}

function shown(
  t: (key: string) => string,
  people: PersonOption[] | undefined,
  name: string,
  value: string | boolean | undefined,
): string {
  if (typeof value === "boolean") return t(value ? "change.yes" : "change.no");
  if (name === "administrator") return people?.find((person) => person.id === value)?.label ?? "";
  if (name === "language" && value) return t(`language.${value}`);
  if ((name === "recording" || name === "names") && value) return t(`${name}.${value}`);
  return value ?? "";
}
