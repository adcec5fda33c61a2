/** The system's settings. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FormSheet, toastDone, useForm } from "../ui";
import { ConflictNotice, conflictOf, useConflict } from "./conflict";
import { digits, wholeOrNull } from "./fields";
import { notePending } from "./live";
import { refreshConfiguration } from "./queries";
import { api } from "./session";
import { SystemFields, type SystemValues } from "./SystemFields";
import type { Pending, Settings } from "./types";

export interface SettingsValues extends SystemValues {
  ring_seconds: string;
  max_call_seconds: string;
  /** Empty: for ever. */
  recording_days: string;
  first_orbit: string;
  orbits: string;
  parked_seconds: string;
}

export function settingsValues(settings: Settings): SettingsValues {
  return {
    name: settings.name,
    country: settings.country,
    language: settings.language,
    time_zone: settings.time_zone,
    ring_seconds: String(settings.ring_seconds),
    max_call_seconds: String(settings.max_call_seconds),
    recording_days: settings.recording_days?.toString() ?? "",
    first_orbit: settings.first_orbit,
    orbits: String(settings.orbits),
    parked_seconds: String(settings.parked_seconds),
  };
}

export function settingsBody(values: SettingsValues, names: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    ...values,
    name: values.name.trim(),
    ring_seconds: wholeOrNull(values.ring_seconds),
    max_call_seconds: wholeOrNull(values.max_call_seconds),
    recording_days: wholeOrNull(values.recording_days),
    orbits: wholeOrNull(values.orbits),
    parked_seconds: wholeOrNull(values.parked_seconds),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

interface Props {
  settings: Settings;
  onClose: () => void;
  focusField: string | null;
}

export function SettingsForm({ settings, onClose, focusField }: Props) {
  const { t } = useTranslation("console");
  const form = useForm("settings", settingsValues(settings), settings.version);
  const conflict = useConflict(form);
  const save = async () => {
    const good = await form.submit(
      async () => {
        if (form.changed.length === 0) return;
        const saved = await api.request<{ pending: Pending }>("/api/settings", {
          method: "PATCH",
          body: settingsBody(form.values, form.changed),
          ...(form.version !== null ? { version: form.version } : {}),
        });
        notePending(saved.pending);
        refreshConfiguration();
        toastDone(t("system.saved"));
      },
      (error) => {
        const found = conflictOf(error, settingsValues);
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
      title={t("system.settings")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      focusField={focusField}
      notice={<ConflictNotice form={form} state={conflict} show={(_, value) => String(value)} />}
    >
      <SystemFields form={form} focus={{ "data-autofocus": true }} />
      <TextInput {...digits(form, "ring_seconds")} label={t("field.ring_seconds")} description={t("system.ringHint")} maxLength={3} />
      <TextInput
        {...digits(form, "max_call_seconds")}
        label={t("field.max_call_seconds")}
        description={t("system.longestHint")}
        maxLength={6}
      />
      <TextInput
        {...digits(form, "recording_days")}
        label={t("field.recording_days")}
        description={t("system.recordingsHint")}
        maxLength={4}
      />
      <TextInput {...digits(form, "first_orbit")} label={t("field.first_orbit")} description={t("system.orbitHint")} maxLength={8} />
      <TextInput {...digits(form, "orbits")} label={t("field.orbits")} description={t("system.orbitsHint")} maxLength={2} />
      <TextInput
        {...digits(form, "parked_seconds")}
        label={t("field.parked_seconds")}
        description={t("system.parkedHint")}
        maxLength={4}
      />
    </FormSheet>
  );
}
