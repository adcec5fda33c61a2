/** Name of the system, language, country, time zone: guessed from the browser, to be confirmed. */
import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Failed, Loading, useForm, useSlow } from "../../ui";
import { countryOf } from "../countries";
import { chooseLanguage, isLanguage } from "../language";
import { refreshConfiguration, useSettings } from "../queries";
import { settingsBody, settingsValues } from "../SettingsForm";
import { api } from "../session";
import { SystemFields } from "../SystemFields";
import type { Settings } from "../types";

export function SystemStep({ onNext }: { onNext: () => void }) {
  const query = useSettings();
  if (query.error && !query.data) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  return query.data ? <Fields settings={query.data} onNext={onNext} /> : <Loading />;
}

function Fields({ settings, onNext }: { settings: Settings; onNext: () => void }) {
  const { t, i18n } = useTranslation("console");
  const untouched = settings.name === "Switchroom" && settings.time_zone.endsWith("UTC");
  const form = useForm("setup", {
    ...settingsValues(settings),
    ...(untouched && {
      country: countryOf(navigator.languages) ?? settings.country,
      language: i18n.language,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || settings.time_zone,
    }),
  });
  const slow = useSlow(form.saving);
  const save = async () => {
    const good = await form.submit(async () => {
      const body = settingsBody(form.values, ["name", "country", "language", "time_zone"]);
      await api.request("/api/settings", { method: "PATCH", body });
      refreshConfiguration();
    });
    if (!good) return;
    if (isLanguage(form.values.language) && form.values.language !== i18n.language) {
      await chooseLanguage(form.values.language, true);
    }
    onNext();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap="lg">
        {form.errors.has(null) && (
          <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />}>
            {form.errors.get(null)}
          </Alert>
        )}
        <SystemFields form={form} focus={{ autoFocus: true }} />
        <div>
          <Button type="submit" size="md" loading={slow}>
            {t("setup.next")}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
