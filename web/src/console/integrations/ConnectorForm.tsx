/** Where an Odoo is, and a test of it before anything is kept. */
import { Alert, Button, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldId, FormSheet, Loading, sentenceFor, StateBadge, toastDone, useForm } from "../../ui";
import checks from "../CheckList.module.css";
import { More } from "../fields";
import { api } from "../session";
import { type Connector, connectorBody, CONNECTORS, type ConnectorStep, type ConnectorTest, connectorValues } from "./connectors";
import { KeyFields, useKey } from "./KeyFields";

const BADGES = { ok: "ok", failed: "problem", missing: "warning", skipped: "offline" } as const;

interface Props {
  connector: Connector | null;
  id: string;
  onClose: () => void;
}

export function ConnectorForm({ connector, id, onClose }: Props) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const form = useForm(`connector.${connector?.id ?? "new"}`, connectorValues(connector));
  const [result, setResult] = useState<ConnectorTest | null>(null);
  const [busy, setBusy] = useState(false);
  const found = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (result !== null) found.current?.scrollIntoView({ block: "start" });
  }, [result]);
  const key = useKey();
  const { values } = form;
  const moved = connector !== null && connector.people > 0 && (form.changed.includes("url") || form.changed.includes("database"));

  const save = async () => {
    const good = await form.submit(async () => {
      await api.request(`/api/connectors/${id}`, { method: "PUT", body: connectorBody(values) });
      await client.invalidateQueries({ queryKey: CONNECTORS });
      toastDone(t("odoo.saved"));
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  const test = async () => {
    setBusy(true);
    setResult(null);
    await form.submit(async () => {
      const body = { ...connectorBody(values), login: values.login.trim(), key: key.value.trim() };
      setResult(await api.request<ConnectorTest>(`/api/connectors/${id}/test`, { method: "POST", body }));
    });
    setBusy(false);
  };
  return (
    <FormSheet
      title={t(connector === null ? "odoo.add" : "odoo.settings")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      more={
        <Button variant="default" leftSection={<IconPlugConnected size={18} />} disabled={busy} onClick={() => void test()}>
          {t("odoo.test")}
        </Button>
      }
    >
      <Text c="dimmed">{t("odoo.about")}</Text>
      <TextInput
        {...form.text("url")}
        label={t("odoo.url")}
        description={t("odoo.urlHint")}
        placeholder="https://odoo.example.com"
        type="url"
        maxLength={300}
        autoComplete="off"
        data-autofocus
      />
      <TextInput {...form.text("database")} label={t("odoo.database")} description={t("odoo.databaseHint")} maxLength={64} autoComplete="off" />
      <TextInput {...form.text("name")} label={t("odoo.name")} description={t("odoo.nameHint")} maxLength={100} autoComplete="off" />
      <Switch
        id={fieldId("enabled")}
        label={t("odoo.enabled")}
        checked={values.enabled}
        onChange={(event) => form.set("enabled", event.currentTarget.checked)}
      />
      {moved && (
        <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
          {t("odoo.moved", { count: connector.people })}
        </Alert>
      )}
      <More label={t("odoo.more")} names={["ca"]} errors={form.errors}>
        <Textarea
          {...form.text("ca")}
          label={t("odoo.ca")}
          description={t("odoo.caHint")}
          autosize
          minRows={3}
          maxRows={8}
          maxLength={20_000}
          placeholder="-----BEGIN CERTIFICATE-----"
        />
      </More>
      <More label={t("odoo.tryKey")} names={["login", "key"]} errors={form.errors}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {t("odoo.tryKeyHint")}
          </Text>
          <KeyFields login={form.text("login")} secret={{ ...form.text("key"), ...key }} />
        </Stack>
      </More>
      <div aria-live="polite" ref={found}>
        {busy && <Loading />}
        {result && (
          <Stack gap="sm">
            <Text fw={600}>{t(result.works ? "odoo.works" : "odoo.worksNot", { version: result.version ?? "" })}</Text>
            <Steps steps={result.steps} />
          </Stack>
        )}
      </div>
    </FormSheet>
  );
}

function Steps({ steps }: { steps: ConnectorStep[] }) {
  const { t, i18n } = useTranslation("integrations");
  return (
    <ol className={checks.checks} aria-label={t("odoo.steps")}>
      {steps.map((step) => (
        <li key={step.step} data-step={step.step} data-state={step.state}>
          <StateBadge state={BADGES[step.state]} label={t(`odoo.state.${step.state}`)} />
          <div>
            <Text fw={600}>{t(`odoo.step.${step.step}`)}</Text>
            {step.error_id !== null && (
              <Text size="sm">{sentenceFor(i18n, { error_id: step.error_id, message: step.message ?? "" })}</Text>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
