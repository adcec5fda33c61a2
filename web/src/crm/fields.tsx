/** Fields that records and activities share: the contact with search and "new contact", and people of the house. */
import { NativeSelect, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ContactForm } from "../console/ContactForm";
import type { Contact } from "../console/contactValues";
import { api } from "../console/session";
import { fieldId, type Form, type Values } from "../ui";
import { useOwners } from "./data";
import { contactName } from "./words";

const MOST = 8;
const CALM = 150;
const NEW = "+";

interface FieldProps<T extends Values> {
  form: Form<T>;
  name: keyof T & string;
  label: string;
}

/** Somebody of the address book, found by name, company or number; or somebody new. */
export function ContactField<T extends Values>({ form, name, label }: FieldProps<T>) {
  const { t } = useTranslation("records");
  const chosen = String(form.values[name]);
  const [text, setText] = useState("");
  const [adding, setAdding] = useState<string | null>(null);
  const [asked] = useDebouncedValue(text.trim(), CALM);
  const one = useQuery({
    queryKey: ["contacts", "one", chosen],
    enabled: chosen !== "",
    queryFn: ({ signal }) => api.request<Contact>(`/api/contacts/${encodeURIComponent(chosen)}`, { signal }),
  }).data;
  const shown = one ? contactName(one) : "";
  const searching = asked !== shown;
  const found = useQuery({
    queryKey: ["contacts", "choice", searching ? asked : ""],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request<{ contacts: Contact[] }>(
        `/api/contacts?limit=${MOST}&q=${encodeURIComponent(searching ? asked : "")}`,
        { signal },
      ),
  }).data?.contacts;
  const offered = [...new Map([...(one ? [one] : []), ...(found ?? [])].map((each) => [each.id, each])).values()];
  const fresh = searching ? asked : "";
  return (
    <>
      <Select
        id={fieldId(name)}
        label={label}
        placeholder={t("contact.search")}
        error={form.errors.get(name)}
        searchable
        clearable
        clearButtonProps={{ "aria-label": t("contact.clear") }}
        // The server searches.
        filter={({ options }) => options}
        data={[
          ...offered.map((each) => ({ value: each.id, label: contactName(each) })),
          { value: NEW, label: fresh ? t("contact.addNamed", { name: fresh }) : t("contact.add") },
        ]}
        value={chosen === "" || !one ? null : chosen}
        searchValue={text}
        onSearchChange={setText}
        onChange={(value) => {
          if (value === NEW) setAdding(fresh);
          else form.set(name, (value ?? "") as T[typeof name]);
        }}
      />
      {adding !== null && (
        <ContactForm
          name={adding}
          onSaved={(contact) => form.set(name, contact.id as T[typeof name])}
          onClose={() => setAdding(null)}
        />
      )}
    </>
  );
}

/** Somebody of the house. */
export function OwnerField<T extends Values>({ form, name, label, nobody }: FieldProps<T> & { nobody?: string }) {
  const { t } = useTranslation("records");
  const owners = useOwners().data ?? [];
  const chosen = String(form.values[name]);
  const known = chosen === "" || owners.some(({ id }) => id === chosen);
  return (
    <NativeSelect
      {...form.text(name)}
      label={label}
      data={[
        ...(nobody !== undefined || chosen === "" ? [{ value: "", label: nobody ?? "" }] : []),
        ...(known ? [] : [{ value: chosen, label: t("field.gone") }]),
        ...owners.map((owner) => ({ value: owner.id, label: `${owner.name} (${owner.extension})` })),
      ]}
    />
  );
}
