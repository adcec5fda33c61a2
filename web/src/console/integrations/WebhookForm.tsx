/** An address to be told, and of what. */
import { Button, Checkbox, Fieldset, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CopyField, fieldId, FormSheet, SideSheet, toastDone, useForm } from "../../ui";
import { api } from "../session";
import { eventKey, EVENTS, type NewWebhook, PLACE, type Webhook, webhookBody, WEBHOOKS, webhookValues } from "./webhooks";

interface Props {
  webhook: Webhook | null;
  onMade: (made: NewWebhook) => void;
  onClose: () => void;
}

export function WebhookForm({ webhook, onMade, onClose }: Props) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const form = useForm(`webhook.${webhook?.id ?? "new"}`, webhookValues(webhook), webhook?.version ?? null);
  const { values } = form;
  const save = async () => {
    const good = await form.submit(async () => {
      const body = webhookBody(values);
      if (webhook === null) onMade(await api.request<NewWebhook>(PLACE, { method: "POST", body }));
      else {
        await api.request<Webhook>(`${PLACE}/${webhook.id}`, { method: "PATCH", body, version: form.version ?? webhook.version });
        toastDone(t("webhooks.saved"));
      }
      await client.invalidateQueries({ queryKey: WEBHOOKS });
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  const none = EVENTS.every((event) => !values[event]);
  return (
    <FormSheet title={t(webhook === null ? "webhooks.add" : "webhooks.change")} form={form} onSave={() => void save()} onClose={onClose}>
      <Text c="dimmed">{t("webhooks.about")}</Text>
      <TextInput {...form.text("name")} label={t("webhooks.name")} maxLength={100} autoComplete="off" data-autofocus />
      <TextInput
        {...form.text("url")}
        label={t("webhooks.url")}
        description={t("webhooks.urlHint")}
        placeholder="https://example.com/hooks/switchroom"
        type="url"
        maxLength={2000}
        autoComplete="off"
      />
      <Fieldset legend={t("webhooks.events")}>
        <Stack gap="sm">
          {EVENTS.map((event) => (
            <Checkbox
              key={event}
              id={fieldId(event)}
              label={t(eventKey(event))}
              description={event}
              checked={values[event]}
              onChange={(change) => form.set(event, change.currentTarget.checked)}
            />
          ))}
          {none && (
            <Text size="sm" c="red" role="alert">
              {t("webhooks.noEvent")}
            </Text>
          )}
        </Stack>
      </Fieldset>
      <Switch
        id={fieldId("enabled")}
        label={t("webhooks.enabled")}
        checked={values.enabled}
        onChange={(event) => form.set("enabled", event.currentTarget.checked)}
      />
    </FormSheet>
  );
}

/** The secret, this once. */
export function WebhookSecret({ made, onClose }: { made: NewWebhook; onClose: () => void }) {
  const { t } = useTranslation("integrations");
  return (
    <SideSheet title={t("webhooks.secretTitle")} onClose={onClose} size={480}>
      <Stack gap="lg" p="lg">
        <Text>{t("webhooks.secretText", { name: made.name })}</Text>
        <CopyField label={t("webhooks.secret")} value={made.secret} secret />
        <div>
          <Button mih={44} onClick={onClose}>
            {t("webhooks.noted")}
          </Button>
        </div>
      </Stack>
    </SideSheet>
  );
}
