/** The settings of the conference server: extension, limits, language. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../../i18n";
import { fieldId, FormSheet, useForm } from "../../../ui";
import { ConflictNotice, conflictOf, useConflict } from "../../conflict";
import { digits } from "../../fields";
import { LANGUAGE_NAMES } from "../../language";
import { api } from "../../session";
import type { ConferenceServer } from "../../types";
import { afterSave } from "./applied";
import { serverBody, serverValues } from "./serverValues";
import type { SavedServer } from "./types";

interface Props {
  server: ConferenceServer;
  onClose: () => void;
  focusField: string | null;
}

export function ServerForm({ server, onClose, focusField }: Props) {
  const { t } = useTranslation("conference");
  const form = useForm("conference-server", serverValues(server), server.version);
  const conflict = useConflict(form);
  const save = async () => {
    const good = await form.submit(
      async () => {
        if (form.changed.length === 0) return;
        const saved = await api.request<SavedServer>("/api/conference-server", {
          method: "PATCH",
          body: serverBody(form.values, form.changed),
          ...(form.version !== null ? { version: form.version } : {}),
        });
        afterSave(saved, t(saved.applied ? "server.settingsSaved" : "server.settingsSavedLater"));
      },
      (error) => {
        const found = conflictOf(error, serverValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    onClose();
  };
  const shown = (name: string, value: string | boolean) =>
    name === "language" && value ? t(`console:language.${String(value)}`) : String(value);
  return (
    <FormSheet
      title={t("server.settings")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      focusField={focusField}
      notice={<ConflictNotice form={form} state={conflict} show={shown} />}
    >
      <TextInput
        {...digits(form, "extension")}
        label={t("server.extension")}
        description={t("server.extensionHint")}
        maxLength={8}
        data-autofocus
      />
      <TextInput {...digits(form, "max_rooms")} label={t("server.maxRooms")} description={t("server.maxRoomsHint")} maxLength={5} />
      <TextInput
        {...digits(form, "max_participants")}
        label={t("server.maxPeople")}
        description={t("server.maxPeopleHint")}
        maxLength={5}
      />
      <NativeSelect
        id={fieldId("language")}
        label={t("console:conferences.language")}
        description={t("server.languageHint")}
        value={form.values.language}
        error={form.errors.get("language")}
        data={[
          { value: "", label: t("console:language.system") },
          ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
        ]}
        onChange={(event) => form.set("language", event.currentTarget.value)}
      />
    </FormSheet>
  );
}
