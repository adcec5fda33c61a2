/** Who may be called outside: the own country, others by a list, premium numbers. */
import { Stack, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId, type Form, type Values } from "../../ui";
import { CountriesField } from "./ChoiceFields";
import type { RightValues } from "./values";

export function RightsFields<T extends Values & RightValues>({ form }: { form: Form<T> }) {
  const { t } = useTranslation("outside");
  const toggle = (name: "national" | "mobile_phones" | "premium", hint?: string) => (
    <Switch
      id={fieldId(name)}
      label={t(`rights.${name}`)}
      description={hint}
      checked={form.values[name]}
      error={form.errors.get(name)}
      onChange={(event) => form.set(name, event.currentTarget.checked)}
    />
  );
  return (
    <Stack gap="lg">
      {toggle("national")}
      {toggle("mobile_phones")}
      <CountriesField
        name="countries"
        label={t("rights.countries")}
        hint={t("rights.countriesHint")}
        value={form.values.countries}
        error={form.errors.get("countries")}
        onChange={(value) => form.set("countries", value)}
      />
      {toggle("premium", t("rights.premiumHint"))}
    </Stack>
  );
}
