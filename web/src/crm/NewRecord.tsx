/** A new opportunity, task or ticket. */
import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useWho } from "../console/session";
import { FormSheet, toastDone, useForm } from "../ui";
import { acts, refreshRecords, useStages } from "./data";
import { ContactField, OwnerField } from "./fields";
import { recordBody, recordValues } from "./recordValues";
import type { App } from "./types";
import { recordAddress, stageName } from "./words";

export function NewRecord({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation("records");
  const [, go] = useLocation();
  const stages = useStages(app).data ?? [];
  const form = useForm(`record.new.${app}`, { ...recordValues(null, useWho().user?.id), stage: "" });
  const save = async () => {
    const good = await form.submit(async () => {
      const { stage, ...values } = form.values;
      const body = { app, ...recordBody(values, Object.keys(values)), ...(stage ? { stage_id: stage } : {}) };
      const record = await acts.add(body);
      toastDone(t("saved", { title: record.title }));
      go(recordAddress(record));
    });
    if (!good) return;
    form.forget();
    refreshRecords();
  };
  return (
    <FormSheet title={t(`new.${app}`)} form={form} onSave={() => void save()} onClose={onClose}>
      <TextInput {...form.text("title")} label={t("field.title")} data-autofocus autoComplete="off" maxLength={200} />
      <ContactField form={form} name="contact" label={t("field.contact")} />
      <OwnerField form={form} name="owner" label={t("field.owner")} nobody={t("field.nobody")} />
      <NativeSelect
        {...form.text("stage")}
        label={t("field.stage")}
        data={stages.map((stage, place) => ({ value: place === 0 ? "" : stage.id, label: stageName(t, stage) }))}
      />
      <Textarea {...form.text("description")} label={t("field.description")} autosize minRows={4} />
    </FormSheet>
  );
}
