/** The address book: to look through, to call from, to fill from a file. */
import { Anchor, Button, FileButton, Group, Menu, Paper, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconAddressBook, IconDownload, IconGitMerge, IconPlus, IconSearch, IconUpload } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Callable } from "../../phone";
import { type Column, ConfirmDelete, Empty, Failed, numberLabel, Page, Rows, toastDone, useAddress } from "../../ui";
import { ContactForm } from "../ContactForm";
import type { Contact } from "../contactValues";
import { Duplicates } from "../contacts/Duplicates";
import { ImportDialog } from "../contacts/ImportDialog";
import { Pager } from "../Pager";
import { queryClient } from "../queries";
import { RowActions } from "../RowActions";
import { api } from "../session";

const CALM = 300;

export default function Contacts() {
  const { t } = useTranslation("console");
  const address = useAddress();
  const [text, setText] = useState(address.get("q"));
  const [deleting, setDeleting] = useState<Contact | null>(null);
  const [file, setFile] = useState<File | null>(null);
  const look = useDebouncedCallback((q: string) => address.set({ q, after: null }), CALM);
  const asked = new URLSearchParams({ limit: "50", q: address.get("q") });
  if (address.get("after")) asked.set("after", address.get("after"));
  const answer = useQuery({
    queryKey: ["contacts", asked.toString()],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request<{ contacts: Contact[]; next: string | null }>(`/api/contacts?${asked}`, { signal }),
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["contacts"] });

  const remove = async (contact: Contact) => {
    await api.request(`/api/contacts/${contact.id}`, { method: "DELETE" });
    await refresh();
    toastDone(t("contacts.deleted", { name: contact.name || contact.company }));
  };

  const columns: Column<Contact>[] = [
    {
      key: "name",
      label: t("field.name"),
      render: (contact) => <b style={{ fontWeight: 600 }}>{contact.name || contact.company}</b>,
    },
    { key: "company", label: t("field.company"), render: (contact) => (contact.name ? contact.company : "") },
    {
      key: "numbers",
      label: t("field.numbers"),
      render: (contact) => (
        <Stack gap={2}>
          {contact.numbers.map((item) => (
            <span key={item.e164 + item.label}>
              <Callable number={item.e164}>{item.shown}</Callable>
              {item.label && (
                <Text span c="dimmed" size="sm">
                  {" "}
                  {numberLabel(t, item.label)}
                </Text>
              )}
            </span>
          ))}
        </Stack>
      ),
    },
    {
      key: "email",
      label: t("field.email"),
      render: (contact) =>
        contact.email && (
          <Anchor href={`mailto:${contact.email}`} inherit c="inherit">
            {contact.email}
          </Anchor>
        ),
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (contact) => (
        <RowActions
          name={contact.name || contact.company}
          onEdit={() => address.set({ edit: contact.id }, true)}
          onDelete={() => setDeleting(contact)}
        />
      ),
    },
  ];
  const close = () => address.set({ edit: null, add: null, duplicates: null });
  const contacts = answer.data?.contacts;
  const edited = useEdited(contacts, address.get("edit"));
  const add = (
    <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => address.set({ add: "1" }, true)}>
      {t("contacts.add")}
    </Button>
  );
  return (
    <Page title={t("menu.contacts")} about={t("contacts.about")}>
      <Group gap="md">
        {add}
        <TextInput
          style={{ flex: "1 1 280px", maxWidth: 400 }}
          placeholder={t("contacts.search")}
          aria-label={t("contacts.search")}
          leftSection={<IconSearch size={18} />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            look(event.currentTarget.value);
          }}
        />
        <FileButton onChange={setFile} accept=".csv,.vcf,.vcard,text/csv,text/vcard">
          {(props) => (
            <Button {...props} variant="subtle" color="gray" mih={44} leftSection={<IconUpload size={18} />}>
              {t("contacts.import")}
            </Button>
          )}
        </FileButton>
        <Menu>
          <Menu.Target>
            <Button variant="subtle" color="gray" mih={44} leftSection={<IconDownload size={18} />}>
              {t("contacts.export")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href="/api/contacts/export?format=csv" download>
              CSV
            </Menu.Item>
            <Menu.Item component="a" href="/api/contacts/export?format=vcard" download>
              vCard
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        <Button
          variant="subtle"
          color="gray"
          mih={44}
          leftSection={<IconGitMerge size={18} />}
          onClick={() => address.set({ duplicates: "1" }, true)}
        >
          {t("contacts.findDuplicates")}
        </Button>
      </Group>
      {answer.error ? (
        <Failed error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <Paper style={{ overflow: "hidden" }}>
          {contacts?.length === 0 ? (
            <Empty icon={IconAddressBook} title={t(asked.get("q") ? "common:table.noMatch" : "contacts.empty")}>
              {t(asked.get("q") ? "common:table.noMatchHint" : "contacts.emptyText")}
            </Empty>
          ) : (
            <Rows label={t("menu.contacts")} rows={contacts} columns={columns} rowKey={(contact) => contact.id} />
          )}
        </Paper>
      )}
      <Pager next={answer.data?.next} />
      {file && <ImportDialog key={`${file.name} ${file.lastModified}`} file={file} onClose={() => setFile(null)} />}
      {address.get("duplicates") && <Duplicates onClose={close} />}
      {address.get("add") && <ContactForm key="new" onClose={close} />}
      {edited && <ContactForm key={edited.id} contact={edited} onClose={close} />}
      {deleting && (
        <ConfirmDelete
          title={t("contacts.deleteTitle", { name: deleting.name || deleting.company })}
          action={t("action.delete")}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(null)}
        >
          {t("contacts.deleteText")}
        </ConfirmDelete>
      )}
    </Page>
  );
}

/** Whose form is open: one of the list, or anybody by a link. */
function useEdited(contacts: readonly Contact[] | undefined, id: string): Contact | undefined {
  const listed = contacts?.find((contact) => contact.id === id);
  const asked = useQuery({
    queryKey: ["contacts", "one", id],
    gcTime: 0,
    enabled: id !== "" && contacts !== undefined && listed === undefined,
    queryFn: ({ signal }) => api.request<Contact>(`/api/contacts/${id}`, { signal }),
  });
  return id === "" ? undefined : (listed ?? asked.data);
}
