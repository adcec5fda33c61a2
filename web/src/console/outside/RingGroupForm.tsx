/** A ring group: one extension that rings many people, together or in turn (D2-04). */
import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { digits } from "../fields";
import { PeopleField } from "./ChoiceFields";
import { DestinationField } from "./DestinationField";
import type { FormProps } from "./EntryPage";
import { EntrySheet } from "./EntrySheet";
import { ringGroupBody, ringGroupValues } from "./groupValues";
import { SecondsField } from "./SecondsField";
import type { RingGroup } from "./types";
import { useDestinations } from "./useDestinations";
import { useEntryForm } from "./useEntryForm";
import { usePeopleNames } from "./usePeopleNames";
import { OTHERWISE, readDestination, readList } from "./values";

const [LEAST, MOST] = [5, 60];

export function RingGroupForm({ entry, onClose, focusField }: FormProps<RingGroup>) {
  const { t } = useTranslation("outside");
  const destinations = useDestinations();
  const names = usePeopleNames();
  const edit = useEntryForm({
    path: "/api/ring-groups",
    part: "ring_group",
    entry,
    toValues: ringGroupValues,
    toBody: ringGroupBody,
    said: (saved: RingGroup) => t("entry.saved", { name: saved.name }),
    onClose,
  });
  const { form } = edit;
  const { values } = form;
  const show = (name: string, value: string) => {
    if (name === "members") return names(readList(value));
    if (name === "otherwise") return destinations.words(readDestination(value));
    if (name === "in_turn") return t(`ringGroups.inTurn.${value}`);
    return value;
  };
  return (
    <EntrySheet
      title={entry ? t("ringGroups.editTitle", { name: entry.name }) : t("ringGroups.newTitle")}
      edit={edit}
      onClose={onClose}
      focusField={focusField}
      show={show}
    >
      <TextInput
        {...digits(form, "extension")}
        label={t("console:field.extension")}
        description={t("console:users.extensionHint")}
        maxLength={8}
        data-autofocus
      />
      <TextInput {...form.text("name")} label={t("console:field.name")} maxLength={80} autoComplete="off" />
      <PeopleField
        name="members"
        label={t("console:field.members")}
        hint={t(values.in_turn === "yes" ? "ringGroups.membersInTurn" : "ringGroups.membersTogether")}
        value={values.members}
        error={form.errors.get("members")}
        onChange={(value) => form.set("members", value)}
      />
      <NativeSelect
        id={fieldId("in_turn")}
        label={t("ringGroups.how")}
        value={values.in_turn}
        error={form.errors.get("in_turn")}
        data={["no", "yes"].map((value) => ({ value, label: t(`ringGroups.inTurn.${value}`) }))}
        onChange={(event) => form.set("in_turn", event.currentTarget.value)}
      />
      <SecondsField
        name="ring_seconds"
        label={t(values.in_turn === "yes" ? "ringGroups.secondsEach" : "ringGroups.secondsAll")}
        value={Number(values.ring_seconds)}
        least={LEAST}
        most={MOST}
        error={form.errors.get("ring_seconds")}
        onChange={(seconds) => form.set("ring_seconds", String(seconds))}
      />
      <DestinationField
        name="otherwise"
        label={t("ringGroups.otherwise")}
        kinds={OTHERWISE}
        value={values.otherwise}
        error={form.errors.get("otherwise")}
        destinations={destinations}
        onChange={(value) => form.set("otherwise", value)}
      />
    </EntrySheet>
  );
}
