/** The language of announcements; empty: the system's. */
import { NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n";
import { fieldId, type Form, type Values } from "../../ui";
import { LANGUAGE_NAMES } from "../language";

export function LanguageField<T extends Values & { language: string }>({ form, hint }: { form: Form<T>; hint?: string }) {
  const { t } = useTranslation("outside");
  return (
    <NativeSelect
      id={fieldId("language")}
      label={t("console:conferences.language")}
      description={hint}
      value={form.values.language}
      error={form.errors.get("language")}
      data={[
        { value: "", label: t("console:language.system") },
        ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
      ]}
      onChange={(event) => form.set("language", event.currentTarget.value)}
    />
  );
}
