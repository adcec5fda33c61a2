/** A voicemail box: whom it tells of messages, and what becomes of them (B7). */
import { NativeSelect, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldId } from "../../ui";
import { digits } from "../fields";
import { usePeople } from "../people";
import { useBoxAccess } from "./BoxAccess";
import type { FormProps } from "./EntryPage";
import { EntrySheet } from "./EntrySheet";
import { AFTER_MAIL, isUsers, mailboxBody, mailboxValues } from "./groupValues";
import { LanguageField } from "./LanguageField";
import type { Mailbox } from "./types";
import { useEntryForm } from "./useEntryForm";

export function MailboxForm({ entry, onClose, focusField }: FormProps<Mailbox>) {
  const { t } = useTranslation("outside");
  const access = useBoxAccess(entry);
  const edit = useEntryForm({
    path: "/api/mailboxes",
    part: "mailbox",
    entry,
    toValues: mailboxValues,
    toBody: mailboxBody,
    said: (saved: Mailbox) => t("entry.saved", { name: saved.name }),
    after: async (saved) => {
      const box = saved ?? entry;
      if (box) await access.save(box);
    },
    onClose,
  });
  const { form } = edit;
  const people = usePeople();
  const ofUser = entry !== null && isUsers(entry);
  return (
    <EntrySheet
      title={entry ? t("voicemails.editTitle", { name: entry.name }) : t("voicemails.newTitle")}
      edit={edit}
      onClose={onClose}
      focusField={focusField}
      show={(name, value) => (name === "after_mail" ? t(`voicemails.after.${value}`) : value)}
    >
      {!ofUser && (
        <>
          <TextInput {...form.text("name")} label={t("console:field.name")} maxLength={80} autoComplete="off" data-autofocus />
          <TextInput
            {...digits(form, "extension")}
            label={t("console:field.extension")}
            description={t("voicemails.extensionHint")}
            maxLength={8}
          />
          <NativeSelect
            id={fieldId("user")}
            label={t("voicemails.reader")}
            description={t("voicemails.readerHint")}
            value={form.values.user}
            error={form.errors.get("user")}
            data={[{ value: "", label: t("voicemails.nobody") }, ...(people ?? []).map(({ id, label }) => ({ value: id, label }))]}
            onChange={(event) => form.set("user", event.currentTarget.value)}
          />
        </>
      )}
      <TextInput
        {...form.text("email")}
        label={t("console:field.email")}
        description={t(ofUser ? "voicemails.emailOfUser" : "voicemails.emailHint")}
        type="email"
        autoComplete="off"
        data-autofocus={ofUser || undefined}
      />
      <Switch
        id={fieldId("attach")}
        label={t("console:field.attach")}
        checked={form.values.attach}
        onChange={(event) => form.set("attach", event.currentTarget.checked)}
      />
      <NativeSelect
        id={fieldId("after_mail")}
        label={t("console:field.after_mail")}
        value={form.values.after_mail}
        error={form.errors.get("after_mail")}
        data={AFTER_MAIL.map((value) => ({ value, label: t(`voicemails.after.${value}`) }))}
        onChange={(event) => form.set("after_mail", event.currentTarget.value)}
      />
      <LanguageField form={form} hint={t("voicemails.languageHint")} />
      {!ofUser && access.fields}
    </EntrySheet>
  );
}
