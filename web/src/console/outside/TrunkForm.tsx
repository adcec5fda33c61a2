/** A trunk: the line to a provider. What most need stands first, dialects and limits under "More". */
import { Button, Group, NativeSelect, PasswordInput, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldId, toastFailed } from "../../ui";
import { api } from "../session";
import { CountriesField } from "./ChoiceFields";
import type { FormProps } from "./EntryPage";
import { EntrySheet } from "./EntrySheet";
import { TrunkMore } from "./TrunkMore";
import { askCountries, TRANSPORTS, TRUNK_KINDS, trunkBody, trunkValues } from "./trunkValues";
import type { Trunk } from "./types";
import { useEntryForm } from "./useEntryForm";

export function TrunkForm({ entry, onClose, focusField, country }: FormProps<Trunk> & { country: string | null }) {
  const { t } = useTranslation("outside");
  const [secret, setSecret] = useState("");
  const edit = useEntryForm({
    path: "/api/trunks",
    part: "trunk",
    entry,
    toValues: (trunk: Trunk | null) => trunkValues(trunk, country),
    toBody: trunkBody,
    check: askCountries,
    said: (saved) => t("entry.saved", { name: saved.name }),
    after: async (saved) => {
      const trunk = saved ?? entry;
      if (trunk && secret !== "") await saveSecret(trunk, secret);
    },
    onClose,
  });
  const { form } = edit;
  const { values } = form;
  const show = (name: string, value: string) => {
    if (name === "kind" || name === "transport" || name === "where") return t(`trunks.${name}s.${value}`);
    return value;
  };
  return (
    <EntrySheet
      title={entry ? t("trunks.editTitle", { name: entry.name }) : t("trunks.newTitle")}
      edit={edit}
      onClose={onClose}
      focusField={focusField}
      show={show}
    >
      <TextInput
        {...form.text("name")}
        label={t("console:field.name")}
        description={t("trunks.nameHint")}
        maxLength={80}
        autoComplete="off"
        data-autofocus
      />
      <NativeSelect
        id={fieldId("kind")}
        label={t("trunks.kind")}
        value={values.kind}
        error={form.errors.get("kind")}
        data={TRUNK_KINDS.map((value) => ({ value, label: t(`trunks.kinds.${value}`) }))}
        onChange={(event) => form.set("kind", event.currentTarget.value)}
      />
      <TextInput
        {...form.text("host")}
        label={t("console:field.host")}
        description={t("trunks.hostHint")}
        placeholder="sip.provider.example"
        maxLength={253}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <NativeSelect
        id={fieldId("transport")}
        label={t("console:field.transport")}
        description={t("trunks.transportHint")}
        value={values.transport}
        error={form.errors.get("transport")}
        data={TRANSPORTS.map((value) => ({ value, label: t(`trunks.transports.${value}`) }))}
        onChange={(event) => form.set("transport", event.currentTarget.value)}
      />
      {values.transport === "tls" && (
        <Switch
          id={fieldId("srtp")}
          label={t("console:field.srtp")}
          description={t("trunks.srtpHint")}
          checked={values.srtp}
          error={form.errors.get("srtp")}
          onChange={(event) => form.set("srtp", event.currentTarget.checked)}
        />
      )}
      <TextInput
        {...form.text("username")}
        label={t("console:field.username")}
        description={t(values.kind === "registration" ? "trunks.usernameHint" : "trunks.onlyIfAsked")}
        maxLength={128}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
      <SecretField kept={entry?.has_secret ?? false} value={secret} onChange={setSecret} />
      {values.kind === "address" && (
        <Textarea
          {...form.text("addresses")}
          label={t("console:field.addresses")}
          description={t("trunks.addressesHint")}
          placeholder="198.51.100.0/24"
          rows={3}
        />
      )}
      <NativeSelect
        id={fieldId("where")}
        label={t("trunks.where")}
        description={t("trunks.whereHint")}
        value={values.where}
        data={["these", "all"].map((value) => ({ value, label: t(`trunks.wheres.${value}`) }))}
        onChange={(event) => form.set("where", event.currentTarget.value)}
      />
      {values.where === "these" && (
        <CountriesField
          name="countries"
          label={t("trunks.countries")}
          value={values.countries}
          error={form.errors.get("countries")}
          onChange={(value) => form.set("countries", value)}
        />
      )}
      <Switch
        id={fieldId("enabled")}
        label={t("console:field.enabled")}
        checked={values.enabled}
        onChange={(event) => form.set("enabled", event.currentTarget.checked)}
      />
      <TrunkMore form={form} />
    </EntrySheet>
  );
}

/** Acts at once, is shown to nobody, and waits for no "Apply changes". A refusal is told; the trunk stays saved. */
async function saveSecret(trunk: Trunk, secret: string): Promise<void> {
  try {
    await api.request(`/api/trunks/${encodeURIComponent(trunk.id)}/secret`, { method: "PUT", body: { secret } });
  } catch (error) {
    toastFailed(error);
  }
}

/** The password is only ever written: what is kept is never shown. */
function SecretField({ kept, value, onChange }: { kept: boolean; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("outside");
  const [changing, setChanging] = useState(!kept);
  if (!changing) {
    return (
      <div>
        <Text fw={550}>{t("trunks.password")}</Text>
        <Group gap="md">
          <Text c="dimmed">{t("trunks.passwordKept")}</Text>
          <Button variant="default" mih={44} onClick={() => setChanging(true)}>
            {t("trunks.passwordChange")}
          </Button>
        </Group>
      </div>
    );
  }
  return (
    <PasswordInput
      id={fieldId("secret")}
      label={t("trunks.password")}
      description={t("trunks.passwordHint")}
      autoComplete="new-password"
      maxLength={128}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
