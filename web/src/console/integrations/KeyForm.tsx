/** Giving one's own API key, and where one gets it. */
import { Anchor, List, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FormSheet, toastDone, useForm } from "../../ui";
import { api } from "../session";
import { MY_CONNECTORS, type MyConnector } from "./connectors";
import { KeyFields, useKey } from "./KeyFields";

export function KeyForm({ connector, onClose }: { connector: MyConnector; onClose: () => void }) {
  const { t } = useTranslation("integrations");
  const client = useQueryClient();
  const form = useForm(`connector-key.${connector.id}`, { login: connector.login ?? "", key: "" });
  const key = useKey();
  const save = async () => {
    const good = await form.submit(async () => {
      const body = { login: form.values.login.trim(), key: key.value.trim() };
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
      <KeyFields login={form.text("login")} secret={{ ...form.text("key"), ...key }} hint={t("mine.loginHint")} autoFocus />
    </FormSheet>
  );
}
