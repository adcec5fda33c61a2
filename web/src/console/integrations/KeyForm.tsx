/** Giving one's own API key, and where one gets it. */
import { Anchor, List, PasswordInput, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormSheet, toastDone, useForm } from "../../ui";
import { api } from "../session";
import { MY_CONNECTORS, type MyConnector } from "./connectors";

export function KeyForm({ connector, onClose }: { connector: MyConnector; onClose: () => void }) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const form = useForm(`connector-key.${connector.id}`, { login: connector.login ?? "", key: "" });
  // Not in the form: its values outlive a reload, which a key must not.
  const [key, setKey] = useState("");
  const save = async () => {
    const good = await form.submit(async () => {
      const body = { login: form.values.login.trim(), key: key.trim() };
      await api.request(`/api/phone/connectors/${connector.id}/key`, { method: "PUT", body });
      toastDone(t("mine.saved", { name: connector.name }));
      await client.invalidateQueries({ queryKey: MY_CONNECTORS });
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet title={t("mine.title", { name: connector.name })} form={form} saveLabel={t("mine.save")} onSave={() => void save()} onClose={onClose}>
      <Text c="dimmed">{t("mine.what", { name: connector.name })}</Text>
      <List type="ordered" spacing="xs">
        <List.Item>
          <Anchor href={connector.url} target="_blank" rel="noreferrer">
            {t("mine.where1", { name: connector.name })}
          </Anchor>
        </List.Item>
        <List.Item>{t("mine.where2")}</List.Item>
        <List.Item>{t("mine.where3")}</List.Item>
      </List>
      <TextInput {...form.text("login")} label={t("odoo.login")} description={t("mine.loginHint")} maxLength={200} autoComplete="off" data-autofocus />
      <PasswordInput
        {...form.text("key")}
        value={key}
        onChange={(event) => setKey(event.currentTarget.value)}
        label={t("odoo.key")}
        maxLength={256}
        autoComplete="new-password"
      />
    </FormSheet>
  );
}
