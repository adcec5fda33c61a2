/** Somebody in the address book. It acts at once: contacts are no part of the configuration. */
import { Button, Group, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { fieldId, FormSheet, toastDone, useForm } from "../ui";
import { ConflictNotice, conflictOf, useConflict } from "./conflict";
import { type Contact, contactBody, contactValues } from "./contactValues";
import { queryClient } from "./queries";
import { api } from "./session";

interface Props {
  contact?: Contact;
  /** What a new one may be called. */
  name?: string;
  /** Told of the contact as the server has it. */
  onSaved?: (contact: Contact) => void;
  onClose: () => void;
}

export function ContactForm({ contact, name = "", onSaved, onClose }: Props) {
  const { t } = useTranslation("console");
  const values = contactValues(contact ?? null);
  const form = useForm(`contact.${contact?.id ?? "new"}`, contact ? values : { ...values, name }, contact?.version ?? null);
  const conflict = useConflict(form);
  const [known, setKnown] = useState(false);
  const save = async (even: boolean) => {
    const good = await form.submit(
      async () => {
        const names = contact ? form.changed : Object.keys(form.values);
        if (contact && names.length === 0) return;
        const saved = await api.request<Contact>(contact ? `/api/contacts/${contact.id}` : "/api/contacts", {
          method: contact ? "PATCH" : "POST",
          body: { ...contactBody(form.values, names), ...(even ? { even_if_known: true } : {}) },
          ...(contact && form.version !== null ? { version: form.version } : {}),
        });
        onSaved?.(saved);
        toastDone(t("contacts.saved", { name: form.values.name || form.values.company }));
      },
      (error) => {
        setKnown(error instanceof ApiError && error.errorId === "duplicate");
        const found = conflictOf(error, contactValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    void queryClient.invalidateQueries({ queryKey: ["contacts"] });
    onClose();
  };
  return (
    <FormSheet
      title={contact ? contact.name || contact.company : t("contacts.newTitle")}
      form={form}
      onSave={() => void save(false)}
      onClose={onClose}
      notice={
        <>
          <ConflictNotice form={form} state={conflict} show={(_, value) => String(value)} />
          {known && (
            <Group>
              <Button variant="default" mih={44} onClick={() => void save(true)}>
                {t("contacts.saveStill")}
              </Button>
            </Group>
          )}
        </>
      }
    >
      <TextInput {...form.text("name")} label={t("field.name")} data-autofocus autoComplete="off" />
      <TextInput {...form.text("company")} label={t("field.company")} autoComplete="off" />
      <Textarea
        {...form.text("numbers")}
        id={fieldId("numbers")}
        label={t("field.numbers")}
        description={t("contacts.numbersHint")}
        placeholder={t("contacts.numbersExample")}
        autosize
        minRows={2}
      />
      <TextInput {...form.text("email")} label={t("field.email")} type="email" autoComplete="off" />
      <Textarea {...form.text("note")} label={t("field.note")} autosize minRows={2} />
    </FormSheet>
  );
}
