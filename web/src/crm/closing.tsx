/** The two ways an activity ends: done, with what came of it, or taken off the plan. */
import { NativeSelect, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ConfirmDelete, FormSheet, toastDone, useForm } from "../ui";
import { acts, refreshRecords } from "./data";
import { type Activity, OUTCOMES } from "./types";

interface Props {
  activity: Activity;
  onClose: () => void;
}

const useName = ({ summary, type }: Activity): string => {
  const { t } = useTranslation("records");
  return summary || t(`type.${type}`);
};

export function DoneForm({ activity, onClose }: Props) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const name = useName(activity);
  const form = useForm(`done.${activity.id}`, { outcome: "", feedback: "" });
  const save = async () => {
    const good = await form.submit(async () => {
      await acts.done(activity.id, form.values.feedback.trim(), form.values.outcome);
      toastDone(t("activity.isDone", { name }));
    });
    if (!good) return;
    form.forget();
    refreshRecords(client);
    onClose();
  };
  return (
    <FormSheet
      title={t("activity.doneWhat", { name })}
      form={form}
      saveLabel={t("activity.markDone")}
      onSave={() => void save()}
      onClose={onClose}
    >
      {activity.type === "call" && (
        <NativeSelect
          {...form.text("outcome")}
          label={t("field.outcome")}
          data={[
            { value: "", label: t("field.noOutcome") },
            ...OUTCOMES.map((outcome) => ({ value: outcome, label: t(`outcome.${outcome}`) })),
          ]}
        />
      )}
      <Textarea
        {...form.text("feedback")}
        label={t("field.feedback")}
        description={activity.record ? t("activity.feedbackHint") : undefined}
        autosize
        minRows={4}
        maxLength={4000}
      />
    </FormSheet>
  );
}

export function CancelActivity({ activity, onClose }: Props) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const name = useName(activity);
  return (
    <ConfirmDelete
      title={t("activity.cancelTitle", { name })}
      action={t("activity.remove")}
      onConfirm={async () => {
        await acts.cancel(activity.id);
        refreshRecords(client);
        toastDone(t("activity.cancelled", { name }));
      }}
      onClose={onClose}
    >
      {t("activity.cancelText")}
    </ConfirmDelete>
  );
}
