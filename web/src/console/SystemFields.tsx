/** Name of the system, language, country, time zone: asked at the first start, and changed in the settings. */
import { NativeSelect, Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n";
import { fieldId, type Form, type Values } from "../ui";
import { countryOptions, timeZones } from "./countries";
import { LANGUAGE_NAMES } from "./language";

export interface SystemValues extends Values {
  name: string;
  language: string;
  country: string;
  time_zone: string;
}

interface Props<T extends SystemValues> {
  form: Form<T>;
  /** How the first field asks for the focus: a sheet does it by a mark, a page by `autoFocus`. */
  focus: { autoFocus: true } | { "data-autofocus": true };
}

export function SystemFields<T extends SystemValues>({ form, focus }: Props<T>) {
  const { t, i18n } = useTranslation("console");
  const choose = (name: "country" | "time_zone", value: string | null) => {
    if (value) form.set(name, value);
  };
  return (
    <>
      <TextInput {...form.text("name")} label={t("field.system_name")} description={t("system.nameHint")} maxLength={80} {...focus} />
      <NativeSelect
        id={fieldId("language")}
        label={t("field.language")}
        description={t("system.languageHint")}
        value={form.values.language}
        error={form.errors.get("language")}
        data={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
        onChange={(event) => form.set("language", event.currentTarget.value)}
      />
      <Select
        id={fieldId("country")}
        label={t("field.country")}
        description={t("system.countryHint")}
        data={countryOptions(i18n.language)}
        searchable
        allowDeselect={false}
        value={form.values.country}
        error={form.errors.get("country")}
        onChange={(value) => choose("country", value)}
      />
      <Select
        id={fieldId("time_zone")}
        label={t("field.time_zone")}
        description={t("system.zoneHint")}
        data={timeZones(form.values.time_zone)}
        searchable
        allowDeselect={false}
        limit={200}
        value={form.values.time_zone}
        error={form.errors.get("time_zone")}
        onChange={(value) => choose("time_zone", value)}
      />
    </>
  );
}
