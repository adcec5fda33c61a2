/** Setting the conference server up (S3-02): its extension, then the first room. */
import { Alert, Button, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { type Form, useForm, useSlow } from "../../../ui";
import { digits } from "../../fields";
import { refreshConfiguration } from "../../queries";
import { api } from "../../session";
import { afterSave } from "./applied";
import { RoomFields } from "./RoomFields";
import { ROOM_FIELDS, roomBody, roomValues, type RoomValues } from "./serverValues";
import styles from "./server.module.css";
import type { SavedServer } from "./types";

interface SetUpValues extends RoomValues {
  extension: string;
}

export function SetUp({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation("conference");
  const form = useForm<SetUpValues>("conference-server.setup", { extension: "", ...roomValues(null) });
  const [step, setStep] = useState<"extension" | "room">("extension");
  const save = async () => {
    const { values } = form;
    const good = await form.submit(
      async () => {
        const body = { extension: values.extension.trim(), room: roomBody(values, ROOM_FIELDS) };
        const saved = await api.request<SavedServer>("/api/conference-server", { method: "POST", body });
        afterSave(saved, t(saved.applied ? "server.ready" : "server.readyLater", { name: values.name.trim() }));
      },
      (error) => {
        // A refusal of the extension stands beside its field, on the step before.
        if (concerns(error, "extension")) setStep("extension");
        return false;
      },
    );
    if (good) leave();
  };
  const leave = () => {
    form.forget();
    refreshConfiguration();
    onLeave();
  };
  return step === "extension" ? (
    <Step {...{ form }} title={t("server.extensionTitle")} number={1} action={t("server.next")} onSubmit={() => setStep("room")} onLeave={leave}>
      <TextInput
        {...digits(form, "extension")}
        label={t("server.extension")}
        description={t("server.extensionHint")}
        maxLength={8}
        autoFocus
      />
    </Step>
  ) : (
    <Step
      {...{ form }}
      title={t("server.firstTitle")}
      number={2}
      action={t("common:action.save")}
      onSubmit={() => void save()}
      onBack={() => setStep("extension")}
      onLeave={leave}
    >
      <RoomFields form={form} focus={{ autoFocus: true }} />
    </Step>
  );
}

function concerns(error: unknown, field: string): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.field === field || error.problems.some((problem) => problem.path.split("/").at(-1) === field);
}

interface StepProps {
  form: Form<SetUpValues>;
  title: string;
  number: number;
  action: string;
  onSubmit: () => void;
  onBack?: () => void;
  onLeave: () => void;
  children: ReactNode;
}

function Step({ form, title, number, action, onSubmit, onBack, onLeave, children }: StepProps) {
  const { t } = useTranslation("conference");
  const slow = useSlow(form.saving);
  const general = form.errors.get(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Paper component="form" noValidate className={styles.step} aria-label={title} onSubmit={submit}>
      <div>
        <Text size="sm" c="dimmed">
          {t("server.step", { number, last: 2 })}
        </Text>
        <Title order={2}>{title}</Title>
      </div>
      {general !== undefined && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />} role="alert">
          {general}
        </Alert>
      )}
      <Stack gap="lg">{children}</Stack>
      <Group gap="sm">
        <Button type="submit" mih={44} loading={slow}>
          {action}
        </Button>
        {onBack && (
          <Button variant="default" mih={44} onClick={onBack}>
            {t("console:setup.back")}
          </Button>
        )}
        <Button variant="subtle" color="gray" mih={44} onClick={onLeave}>
          {t("common:action.cancel")}
        </Button>
      </Group>
    </Paper>
  );
}
