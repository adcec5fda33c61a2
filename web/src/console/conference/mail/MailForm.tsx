/** How mail leaves, and what links for guests begin with. */
import { NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId, FormSheet, toastDone, useForm } from "../../../ui";
import { digits } from "../../fields";
import { queryClient } from "../../queries";
import { api } from "../../session";
import type { MailServer } from "../types";
import { mailBody, mailValues, portFor, SECURITIES } from "./mailValues";

export function MailForm({ server, onClose }: { server: MailServer; onClose: () => void }) {
  const { t } = useTranslation("conference");
  const form = useForm("mail", mailValues(server));
  const { values } = form;
  const save = async () => {
    const good = await form.submit(async () => {
      const saved = await api.request<MailServer>("/api/mail", { method: "PUT", body: mailBody(values) });
      queryClient.setQueryData(["mail"], saved);
      toastDone(t("mail.saved"));
    });
    if (!good) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet title={t("mail.settings")} form={form} onSave={() => void save()} onClose={onClose}>
      <TextInput {...form.text("host")} label={t("mail.host")} description={t("mail.hostHint")} data-autofocus maxLength={255} autoComplete="off" />
      <NativeSelect
        id={fieldId("security")}
        label={t("mail.security")}
        value={values.security}
        error={form.errors.get("security")}
        data={SECURITIES.map((value) => ({ value, label: t(`mail.securities.${value}`) }))}
        onChange={(event) => {
          const security = event.currentTarget.value;
          form.set("security", security);
          form.set("port", portFor(security, values.port));
        }}
      />
      <TextInput {...digits(form, "port")} label={t("mail.port")} maxLength={5} />
      <TextInput
        {...form.text("username")}
        label={t("mail.username")}
        description={t("mail.usernameHint")}
        maxLength={254}
        autoComplete="off"
      />
      <PasswordInput
        {...form.text("password")}
        label={t("mail.password")}
        description={server.has_password ? t("mail.passwordKept") : undefined}
        maxLength={256}
        autoComplete="new-password"
      />
      <TextInput {...form.text("sender")} label={t("mail.from")} description={t("mail.fromHint")} type="email" maxLength={254} />
      <TextInput
        {...form.text("public_url")}
        label={t("mail.url")}
        description={t("mail.urlHint", { url: server.default_url })}
        placeholder={server.default_url}
        type="url"
        maxLength={300}
      />
    </FormSheet>
  );
}
