/** An incoming number: first where its callers are led (S1-12), then when, in which language, by which trunk. */
import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { DestinationField } from "./DestinationField";
import type { FormProps } from "./EntryPage";
import { EntrySheet } from "./EntrySheet";
import { HoursField } from "./HoursField";
import { LanguageField } from "./LanguageField";
import { numberBody, numberValues } from "./numberValues";
import { useTrunks } from "./queries";
import type { IncomingNumber } from "./types";
import { useDestinations } from "./useDestinations";
import { useEntryForm } from "./useEntryForm";
import { KINDS, OTHERWISE, readDestination } from "./values";

export function NumberForm({ entry, onClose, focusField }: FormProps<IncomingNumber>) {
  const { t } = useTranslation("outside");
  const destinations = useDestinations();
  const trunks = useTrunks().data ?? [];
  const edit = useEntryForm({
    path: "/api/numbers",
    part: "number",
    entry,
    toValues: numberValues,
    toBody: numberBody,
    said: (saved: IncomingNumber) => t("entry.saved", { name: saved.shown }),
    onClose,
  });
  const { form } = edit;
  const { values } = form;
  const number = (
    <TextInput
      {...form.text("e164")}
      label={t("numbers.number")}
      description={t("numbers.numberHint")}
      type="tel"
      maxLength={40}
      autoComplete="off"
      data-autofocus={entry === null || undefined}
    />
  );
  const show = (name: string, value: string) => {
    if (name === "destination" || name === "otherwise") return destinations.words(readDestination(value));
    if (name === "trunk") return trunks.find((trunk) => trunk.id === value)?.name ?? "";
    return value;
  };
  return (
    <EntrySheet
      title={entry ? t("numbers.editTitle", { number: entry.shown }) : t("numbers.newTitle")}
      edit={edit}
      onClose={onClose}
      focusField={focusField}
      show={show}
    >
      {entry === null && number}
      <DestinationField
        name="destination"
        label={t("numbers.destination")}
        kinds={KINDS}
        value={values.destination}
        error={form.errors.get("destination")}
        destinations={destinations}
        autoFocus={entry !== null}
        onChange={(value) => form.set("destination", value)}
      />
      <HoursField
        name="schedule"
        label={t("numbers.schedule")}
        hint={t("numbers.scheduleHint")}
        add={t("numbers.addHours")}
        value={values.schedule}
        error={form.errors.get("schedule")}
        onChange={(value) => form.set("schedule", value)}
      />
      {values.schedule !== "" && (
        <DestinationField
          name="otherwise"
          label={t("numbers.otherwise")}
          kinds={OTHERWISE}
          value={values.otherwise}
          error={form.errors.get("otherwise")}
          destinations={destinations}
          onChange={(value) => form.set("otherwise", value)}
        />
      )}
      <LanguageField form={form} hint={t("numbers.languageHint")} />
      <NativeSelect
        id={fieldId("trunk")}
        label={t("numbers.trunk")}
        description={t("numbers.trunkHint")}
        value={values.trunk}
        error={form.errors.get("trunk")}
        data={[{ value: "", label: t("numbers.anyTrunk") }, ...trunks.map((trunk) => ({ value: trunk.id, label: trunk.name }))]}
        onChange={(event) => form.set("trunk", event.currentTarget.value)}
      />
      <TextInput {...form.text("label")} label={t("numbers.label")} description={t("numbers.labelHint")} maxLength={80} />
      {entry !== null && number}
    </EntrySheet>
  );
}
