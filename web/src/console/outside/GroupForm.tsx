/** A group of users: who is in it, whom they may call, whether they pick up each other's calls (B5). */
import { Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { PeopleField } from "./ChoiceFields";
import type { FormProps } from "./EntryPage";
import { EntrySheet } from "./EntrySheet";
import { groupBody, groupValues } from "./groupValues";
import { RightsFields } from "./RightsFields";
import type { UserGroup } from "./types";
import { useEntryForm } from "./useEntryForm";
import { usePeopleNames } from "./usePeopleNames";
import { readList } from "./values";

export function GroupForm({ entry, onClose, focusField }: FormProps<UserGroup>) {
  const { t } = useTranslation("outside");
  const names = usePeopleNames();
  const edit = useEntryForm({
    path: "/api/groups",
    part: "group",
    entry,
    toValues: groupValues,
    toBody: groupBody,
    said: (saved: UserGroup) => t("entry.saved", { name: saved.name }),
    onClose,
  });
  const { form } = edit;
  return (
    <EntrySheet
      title={entry ? t("groups.editTitle", { name: entry.name }) : t("groups.newTitle")}
      edit={edit}
      onClose={onClose}
      focusField={focusField}
      show={(name, value) => (name === "members" ? names(readList(value)) : value)}
    >
      <TextInput {...form.text("name")} label={t("console:field.name")} maxLength={80} autoComplete="off" data-autofocus />
      <PeopleField
        name="members"
        label={t("console:field.members")}
        hint={t("groups.membersHint")}
        value={form.values.members}
        error={form.errors.get("members")}
        onChange={(value) => form.set("members", value)}
      />
      <Switch
        id={fieldId("pickup")}
        label={t("console:field.pickup")}
        description={t("groups.pickupHint")}
        checked={form.values.pickup}
        onChange={(event) => form.set("pickup", event.currentTarget.checked)}
      />
      <Stack component="section" gap="md" aria-label={t("groups.rights")}>
        <div>
          <Title order={3} fz="md">
            {t("groups.rights")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("groups.rightsHint")}
          </Text>
        </div>
        <RightsFields form={form} />
      </Stack>
    </EntrySheet>
  );
}
