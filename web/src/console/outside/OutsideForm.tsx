/** Settings of calls outside: the number that is shown, limits, the night, emergency calls (B9). */
import { Checkbox, Stack, Switch, Textarea, TextInput, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { fieldId, FormSheet, toastDone, useForm } from "../../ui";
import { ConflictNotice, conflictOf, useConflict } from "../conflict";
import { digits } from "../fields";
import { notePending } from "../live";
import { refreshConfiguration } from "../queries";
import { api } from "../session";
import type { Pending, Settings } from "../types";
import { CountriesField } from "./ChoiceFields";
import { HoursField } from "./HoursField";
import { LimitFields } from "./LimitFields";
import { NumberSelect } from "./NumberSelect";
import { outsideBody, outsideValues } from "./outsideValues";
import { RulesField } from "./RulesField";

interface Props {
  settings: Settings;
  onClose: () => void;
  focusField: string | null;
}

export function OutsideForm({ settings, onClose, focusField }: Props) {
  const { t } = useTranslation("outside");
  const form = useForm("settings.outside", outsideValues(settings), settings.version);
  const conflict = useConflict(form);
  const { values } = form;
  const save = async () => {
    const good = await form.submit(
      async () => {
        if (form.changed.length === 0) return;
        const saved = await api.request<{ pending: Pending }>("/api/settings", {
          method: "PATCH",
          body: outsideBody(values, form.changed),
          ...(form.version !== null ? { version: form.version } : {}),
        });
        notePending(saved.pending);
        refreshConfiguration();
        toastDone(t("console:system.saved"));
      },
      (error) => {
        const found = conflictOf(error, outsideValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    onClose();
  };
  const words = (value: string | boolean) =>
    typeof value === "boolean" ? t(value ? "console:change.yes" : "console:change.no") : value;
  return (
    <FormSheet
      title={t("settings.title")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      focusField={focusField}
      notice={<ConflictNotice form={form} state={conflict} show={(_, value) => words(value)} />}
    >
      <Part title={t("settings.shown")}>
        <NumberSelect
          name="default_number"
          label={t("console:field.default_number")}
          hint={t("settings.defaultHint")}
          nothing={t("settings.noNumber")}
          value={values.default_number}
          error={form.errors.get("default_number")}
          autoFocus
          onChange={(value) => form.set("default_number", value)}
        />
        <RulesField
          value={values.outgoing_rules}
          error={form.errors.get("outgoing_rules")}
          onChange={(value) => form.set("outgoing_rules", value)}
        />
        <Checkbox
          id={fieldId("rules_override_users")}
          label={t("console:field.rules_override_users")}
          checked={values.rules_override_users}
          onChange={(event) => form.set("rules_override_users", event.currentTarget.checked)}
        />
      </Part>
      <Part title={t("settings.limits")}>
        <TextInput
          {...digits(form, "concurrent_outside")}
          label={t("console:field.concurrent_outside")}
          description={t("settings.eachHint")}
          maxLength={4}
        />
        <LimitFields form={form} hint={t("settings.limitHint")} />
        <Switch
          id={fieldId("new_country_asks")}
          label={t("console:field.new_country_asks")}
          description={t("settings.newCountryHint")}
          checked={values.new_country_asks}
          onChange={(event) => form.set("new_country_asks", event.currentTarget.checked)}
        />
      </Part>
      <Part title={t("settings.atNight")}>
        <HoursField
          name="night"
          label={t("console:field.night")}
          hint={t("settings.nightHint")}
          add={t("settings.addNight")}
          begin={NIGHT}
          most={1}
          value={values.night}
          error={form.errors.get("night")}
          onChange={(value) => form.set("night", value)}
        />
        {values.night !== "" && (
          <CountriesField
            name="night_countries"
            label={t("console:field.night_countries")}
            hint={t("settings.nightCountriesHint")}
            value={values.night_countries}
            error={form.errors.get("night_countries")}
            onChange={(value) => form.set("night_countries", value)}
          />
        )}
      </Part>
      <Part title={t("settings.emergency")}>
        <NumberSelect
          name="emergency_callback"
          label={t("console:field.emergency_callback")}
          hint={t("settings.callbackHint")}
          nothing={t("settings.noCallback")}
          value={values.emergency_callback}
          error={form.errors.get("emergency_callback")}
          onChange={(value) => form.set("emergency_callback", value)}
        />
        <Textarea
          {...form.text("emergency_notice")}
          label={t("console:field.emergency_notice")}
          description={t("settings.noticeHint")}
          placeholder="reception@company.example"
          rows={3}
        />
      </Part>
    </FormSheet>
  );
}

const NIGHT = { days: [0, 1, 2, 3, 4, 5, 6], begins: "20:00", ends: "07:00" };

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack component="section" gap="md" aria-label={title}>
      <Title order={3} fz="md">
        {title}
      </Title>
      {children}
    </Stack>
  );
}
