/** Somebody in the address book: new, changed, or removed. */
import { Button, TextInput } from "@mantine/core";
import { IconChevronLeft, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { type ContactFields, useContact, useDeleteContact, useSaveContact } from "../data";
import { ListFailed, ListLoading } from "./lists";

interface ContactFormProps {
  /** Null: a new one. */
  id: string | null;
  number: string;
  onBack: () => void;
}

export function ContactForm({ id, number, onBack }: ContactFormProps) {
  const { t } = useTranslation("phone");
  const known = useContact(id);
  const blank: ContactFields = { name: "", company: "", email: "", note: "", numbers: [{ label: "", number }] };
  const fields = id === null ? blank : known.data?.fields;
  return (
    <section className="swp-sheet" aria-label={t(id === null ? "contact.add" : "contact.edit")}>
      <div className="swp-sheet-head">
        <button type="button" className="swp-icon" aria-label={t("back")} title={t("back")} onClick={onBack}>
          <IconChevronLeft size={22} aria-hidden />
        </button>
        <h2>{t(id === null ? "contact.add" : "contact.edit")}</h2>
      </div>
      {fields ? (
        <Fields key={id ?? "new"} id={id} version={known.data?.version} initial={fields} onBack={onBack} />
      ) : known.isError ? (
        <ListFailed onAgain={() => void known.refetch()} />
      ) : (
        <ListLoading />
      )}
    </section>
  );
}

function Fields(props: { id: string | null; version: string | undefined; initial: ContactFields; onBack: () => void }) {
  const { id, version, initial, onBack } = props;
  const { t } = useTranslation("phone");
  const [fields, setFields] = useState(initial);
  const [sure, setSure] = useState(false);
  const save = useSaveContact(id, version);
  const remove = useDeleteContact(id);
  const set = (patch: Partial<ContactFields>): void => setFields((now) => ({ ...now, ...patch }));
  const setNumber = (at: number, patch: { label?: string; number?: string }): void =>
    set({ numbers: fields.numbers.map((entry, index) => (index === at ? { ...entry, ...patch } : entry)) });
  const errors = errorsOf(save.error);
  const other = save.error && Object.keys(errors).length === 0 ? save.error : remove.error;
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const numbers = fields.numbers.filter((entry) => entry.number.trim() !== "");
    setFields({ ...fields, numbers: numbers.length > 0 ? numbers : [{ label: "", number: "" }] });
    save.mutate({ ...fields, numbers }, { onSuccess: onBack });
  };
  return (
    <form className="swp-form" onSubmit={submit} noValidate>
      <TextInput label={t("contact.name")} value={fields.name} autoFocus error={errors.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput label={t("contact.company")} value={fields.company} error={errors.company} onChange={(event) => set({ company: event.currentTarget.value })} />
      {fields.numbers.map((entry, at) => (
        <div className="swp-pair" key={at}>
          <TextInput
            label={t("contact.number")}
            value={entry.number}
            inputMode="tel"
            error={errors[`numbers/${at}`] ?? errors[`numbers/${at}/number`]}
            onChange={(event) => setNumber(at, { number: event.currentTarget.value })}
          />
          <TextInput
            label={t("contact.label")}
            placeholder={t("contact.labelHint")}
            value={entry.label}
            onChange={(event) => setNumber(at, { label: event.currentTarget.value })}
          />
        </div>
      ))}
      <Button variant="subtle" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => set({ numbers: [...fields.numbers, { label: "", number: "" }] })}>
        {t("contact.moreNumbers")}
      </Button>
      <TextInput label={t("contact.email")} type="email" value={fields.email} error={errors.email} onChange={(event) => set({ email: event.currentTarget.value })} />
      {other && (
        <p className="swp-error" role="alert">
          {other instanceof ApiError ? other.message : t("listFailed")}
        </p>
      )}
      <div className="swp-form-acts">
        {id !== null && (
          <Button color="red" variant={sure ? "filled" : "subtle"} leftSection={<IconTrash size={18} aria-hidden />} loading={remove.isPending} onClick={() => (sure ? remove.mutate(undefined, { onSuccess: onBack }) : setSure(true))}>
            {sure ? t("contact.reallyDelete", { name: initial.name || initial.company }) : t("contact.delete")}
          </Button>
        )}
        <span />
        <Button variant="default" onClick={sure ? () => setSure(false) : onBack}>
          {t("cancel")}
        </Button>
        {!sure && (
          <Button type="submit" loading={save.isPending}>
            {t("save")}
          </Button>
        )}
      </div>
    </form>
  );
}

function errorsOf(error: Error | null): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const found = Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
  if (error.field !== null) found[error.field] ??= error.message;
  return found;
}
