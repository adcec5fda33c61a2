/** Users: list, add, edit, delete; their phones and sign-ins. */
import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconDeviceLandlinePhone, IconPlus, IconUsers } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, ConfirmDelete, DataTable, Empty, Failed, Page, StateBadge, toastDone, useAddress } from "../../ui";
import { CredentialsDialog } from "../CredentialsCard";
import { notePending, useLive } from "../live";
import { useNumbers } from "../outside/queries";
import { PhonesSheet } from "../PhonesSheet";
import { Callable } from "../../phone";
import { refreshConfiguration, useUsers } from "../queries";
import { RowActions } from "../RowActions";
import { api } from "../session";
import type { Pending, User } from "../types";
import { type Credentials, UserForm } from "../UserForm";

export default function Users() {
  const { t } = useTranslation("console");
  const address = useAddress();
  const query = useUsers();
  const live = useLive();
  const [deleting, setDeleting] = useState<User | null>(null);
  const [credentials, setCredentials] = useState<Credentials | null>(null);
  const numbers = useNumbers(query.data?.some((user) => user.outgoing_number !== null) ?? false).data;
  const shownOf = useMemo(() => new Map(numbers?.map(({ id, shown }) => [id, shown])), [numbers]);
  const outgoing = ({ outgoing_number: id }: User) => (id ? (shownOf.get(id) ?? "") : t("users.outgoingDefault"));
  const reachable = new Set(live.registrations?.map((registration) => registration.user_id));

  const columns: Column<User>[] = [
    {
      key: "extension",
      label: t("field.extension"),
      value: (user) => user.extension,
      render: (user) => (user.pending ? user.extension : <Callable number={user.extension} />),
    },
    {
      key: "name",
      label: t("field.name"),
      value: (user) => user.name,
      render: (user) => (
        <Stack gap={2} align="flex-start">
          <Anchor component={Link} href={`/users?edit=${user.id}`} fw={600} c="inherit">
            {user.name}
          </Anchor>
          {user.email && (
            <Anchor href={`mailto:${user.email}`} size="sm" c="dimmed">
              {user.email}
            </Anchor>
          )}
          {user.pending && <StateBadge state="pending" plain />}
        </Stack>
      ),
    },
    { key: "email", label: t("field.email"), value: (user) => user.email, render: () => null, within: true },
    {
      key: "voicemail",
      label: t("field.voicemail"),
      value: (user) => t(user.voicemail ? "change.yes" : "change.no"),
      render: (user) => <Text c={user.voicemail ? "inherit" : "dimmed"}>{t(user.voicemail ? "change.yes" : "change.no")}</Text>,
    },
    {
      key: "outgoing_number",
      label: t("field.outgoing_number"),
      value: outgoing,
      render: (user) => <Text c={user.outgoing_number ? "inherit" : "dimmed"}>{outgoing(user)}</Text>,
    },
    {
      key: "role",
      label: t("field.role"),
      value: (user) => t(`role.${user.role ?? "none"}`),
      render: (user) => <Text c={user.role ? "inherit" : "dimmed"}>{t(`role.${user.role ?? "none"}`)}</Text>,
    },
    {
      key: "phones",
      label: t("users.phones"),
      value: (user) => (reachable.has(user.id) ? 1 : 0),
      render: (user) => (
        <Button
          variant="subtle"
          color="gray"
          px={8}
          mih={40}
          onClick={() => address.set({ phones: user.id }, true)}
          aria-label={t("users.phonesOf", { name: user.name })}
          leftSection={<IconDeviceLandlinePhone size={18} />}
        >
          <StateBadge state={reachable.has(user.id) ? "registered" : "offline"} plain />
        </Button>
      ),
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (user) => (
        <RowActions
          name={user.name}
          onEdit={() => address.set({ edit: user.id }, true)}
          onDelete={() => setDeleting(user)}
        />
      ),
    },
  ];

  const remove = async (user: User) => {
    notePending(await api.request<Pending>(`/api/users/${user.id}`, { method: "DELETE", version: user.version }));
    refreshConfiguration();
    toastDone(t("users.deleted", { name: user.name }));
  };
  const close = () => address.set({ edit: null, add: null, field: null, phones: null, tab: null });
  const add = (
    <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => address.set({ add: "1" }, true)}>
      {t("users.add")}
    </Button>
  );
  const edited = query.data?.find((user) => user.id === address.get("edit"));
  const phonesOf = query.data?.find((user) => user.id === address.get("phones"));
  return (
    <Page title={t("menu.users")} about={t("users.about")}>
      {query.error && !query.data ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label={t("menu.users")}
          rows={query.data}
          columns={columns}
          rowKey={(user) => user.id}
          toolbar={query.data?.length === 0 ? undefined : add}
          file="users"
          empty={
            <Empty icon={IconUsers} title={t("users.empty")} action={add}>
              {t("users.emptyText")}
            </Empty>
          }
        />
      )}
      {address.get("add") && <UserForm key="new" onClose={close} onCredentials={setCredentials} />}
      {edited && (
        <UserForm
          key={edited.id}
          user={edited}
          onClose={close}
          onCredentials={setCredentials}
          focusField={address.get("field") || null}
          tab={address.get("tab") || null}
        />
      )}
      {phonesOf && <PhonesSheet user={phonesOf} onClose={close} onCredentials={setCredentials} />}
      {credentials && <CredentialsDialog shown={credentials} onClose={() => setCredentials(null)} />}
      {deleting && (
        <ConfirmDelete
          title={t("users.deleteTitle", { name: deleting.name })}
          action={t("action.delete")}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(null)}
        >
          {t("users.deleteText", { name: deleting.name, extension: deleting.extension })}
        </ConfirmDelete>
      )}
    </Page>
  );
}
