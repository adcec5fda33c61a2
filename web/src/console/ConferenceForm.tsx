/** "New conference": the five fields of S1-03 in their order, anything more below under "More". */
import { NativeSelect, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId, type Form, FormSheet, toastDone, useForm, type Values } from "../ui";
import { ConflictNotice, conflictOf, useConflict } from "./conflict";
import { digits, More, nullable, wholeOrNull } from "./fields";
import { LANGUAGE_NAMES } from "./language";
import { LANGUAGES } from "../i18n";
import { notePending } from "./live";
import type { PersonOption } from "./people";
import { refreshConfiguration } from "./queries";
import { api } from "./session";
import type { Conference, Pending } from "./types";

export interface ConferenceValues extends Values {
  name: string;
  extension: string;
  access_code: string;
  administrator: string;
  wait_for_administrator: boolean;
  administrator_code: string;
  end_when_administrator_leaves: boolean;
  tones: boolean;
  max_participants: string;
  language: string;
}

export function conferenceValues(room: Conference | null): ConferenceValues {
  return {
    name: room?.name ?? "",
    extension: room?.extension ?? "",
    access_code: room?.access_code ?? "",
    administrator: room?.administrator ?? "",
    wait_for_administrator: room?.wait_for_administrator ?? false,
    administrator_code: room?.administrator_code ?? "",
    end_when_administrator_leaves: room?.end_when_administrator_leaves ?? false,
    tones: room?.tones ?? true,
    max_participants: room?.max_participants?.toString() ?? "",
    language: room?.language ?? "",
  };
}

/** The body of a request: these fields only, empty ones as null. */
export function conferenceBody(values: ConferenceValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...values,
    name: values.name.trim(),
    extension: values.extension.trim(),
    access_code: nullable(values.access_code),
    administrator: nullable(values.administrator),
    administrator_code: nullable(values.administrator_code),
    max_participants: wholeOrNull(values.max_participants),
    language: nullable(values.language),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

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
        const names = room ? form.changed : Object.keys(values);
        if (room && names.length === 0) return;
        const saved = await api.request<Saved>(room ? `/api/conferences/${room.id}` : "/api/conferences", {
          method: room ? "PATCH" : "POST",
          body: conferenceBody(values, names),
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

function MoreFields({ form }: { form: Form<ConferenceValues> }) {
  const { t } = useTranslation("console");
  const { values } = form;
  return (
    <More
      label={t("form.more")}
      errors={form.errors}
      names={["administrator_code", "end_when_administrator_leaves", "tones", "max_participants", "language"]}
    >
      <Stack gap="lg">
        <TextInput
          {...digits(form, "administrator_code")}
          label={t("field.administrator_code")}
          description={t("conferences.administratorCodeHint")}
          maxLength={10}
        />
        <Switch
          id={fieldId("end_when_administrator_leaves")}
          label={t("field.end_when_administrator_leaves")}
          error={form.errors.get("end_when_administrator_leaves")}
          checked={values.end_when_administrator_leaves}
          onChange={(event) => form.set("end_when_administrator_leaves", event.currentTarget.checked)}
        />
        <Switch
          id={fieldId("tones")}
          label={t("field.tones")}
          checked={values.tones}
          onChange={(event) => form.set("tones", event.currentTarget.checked)}
        />
        <TextInput
          {...digits(form, "max_participants")}
          label={t("field.max_participants")}
          description={t("conferences.mostHint")}
          maxLength={5}
        />
        <NativeSelect
          id={fieldId("language")}
          label={t("conferences.language")}
          value={values.language}
          error={form.errors.get("language")}
          data={[
            { value: "", label: t("language.system") },
            ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
          ]}
          onChange={(event) => form.set("language", event.currentTarget.value)}
        />
      </Stack>
    </More>
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
  return value ?? "";
}
