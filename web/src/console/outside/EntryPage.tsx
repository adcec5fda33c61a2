/** A list of entries of the draft: add, edit, delete, and what keeps one from being deleted. */
import { Anchor, Button, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ComponentProps, Fragment, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ApiError } from "../../api/client";
import { type Column, ConfirmDelete, DataTable, Empty, Failed, Page, StateBadge, toastDone, useAddress } from "../../ui";
import { Blocked, type Blocker } from "../conference/Blocked";
import { notePending } from "../live";
import { refreshConfiguration } from "../queries";
import { RowActions } from "../RowActions";
import { api } from "../session";
import type { Pending } from "../types";
import type { Entry } from "./types";

export interface FormProps<T> {
  entry: T | null;
  onClose: () => void;
  focusField: string | null;
}

interface Props<T extends Entry> {
  /** Its name in the translations, in the menu too, e.g. "numbers". */
  words: string;
  /** Where entries are, e.g. "/api/numbers". */
  path: string;
  icon: ComponentProps<typeof Empty>["icon"];
  query: UseQueryResult<T[]>;
  columns: Column<T>[];
  nameOf: (entry: T) => string;
  form: (props: FormProps<T>) => ReactNode;
  /** Whether it may be deleted here. */
  deletable?: (entry: T) => boolean;
  /** Buttons before the usual ones of a row. */
  actions?: (entry: T) => ReactNode;
  editLast?: boolean;
  children?: ReactNode;
}

export function EntryPage<T extends Entry>(props: Props<T>) {
  const { words, path, icon, query, columns, nameOf, form, deletable, actions, editLast = false, children } = props;
  const { t } = useTranslation("outside");
  const address = useAddress();
  const [deleting, setDeleting] = useState<T | null>(null);
  const [blocked, setBlocked] = useState<{ name: string; by: readonly Blocker[] } | null>(null);
  const title = t(`console:menu.${words}`);
  const close = () => address.set({ add: null, edit: null, field: null });
  const remove = async (entry: T) => {
    try {
      const place = `${path}/${encodeURIComponent(entry.id)}`;
      notePending(await api.request<Pending>(place, { method: "DELETE", version: entry.version }));
    } catch (error) {
      const told = error instanceof ApiError ? (error.body as { blocked_by?: Blocker[] } | null)?.blocked_by : undefined;
      if (!told?.length) throw error;
      // Said by itself, with links: no message besides.
      setBlocked({ name: nameOf(entry), by: told });
      return;
    }
    refreshConfiguration();
    toastDone(t("entry.deleted", { name: nameOf(entry) }));
  };
  const add = (
    <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => address.set({ add: "1" }, true)}>
      {t(`${words}.add`)}
    </Button>
  );
  const edited = query.data?.find((entry) => entry.id === address.get("edit"));
  const buttons: Column<T> = {
    key: "actions",
    label: "",
    actions: true,
    render: (entry) => (
      <RowActions
        name={nameOf(entry)}
        editLast={editLast}
        onEdit={() => address.set({ edit: entry.id }, true)}
        {...(deletable?.(entry) === false ? {} : { onDelete: () => setDeleting(entry) })}
      >
        {actions?.(entry)}
      </RowActions>
    ),
  };
  return (
    <Page title={title} about={t(`${words}.about`)}>
      {query.error && !query.data ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label={title}
          rows={query.data}
          columns={[...columns, buttons]}
          rowKey={(entry) => entry.id}
          toolbar={query.data?.length === 0 ? undefined : add}
          file={words}
          empty={
            <Empty icon={icon} title={t(`${words}.empty`)} action={add}>
              {t(`${words}.emptyText`)}
            </Empty>
          }
        />
      )}
      {children}
      {address.get("add") && <Fragment key="new">{form({ entry: null, onClose: close, focusField: null })}</Fragment>}
      {edited && (
        <Fragment key={edited.id}>
          {form({ entry: edited, onClose: close, focusField: address.get("field") || null })}
        </Fragment>
      )}
      {blocked && <Blocked name={blocked.name} blockers={blocked.by} onClose={() => setBlocked(null)} />}
      {deleting && (
        <ConfirmDelete
          title={t("entry.deleteTitle", { name: nameOf(deleting) })}
          action={t("console:action.delete")}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(null)}
        >
          {t(`${words}.deleteText`, { name: nameOf(deleting) })}
        </ConfirmDelete>
      )}
    </Page>
  );
}

/** The name of a row: it opens the form; and whether it is applied. */
export function Named({ href, name, pending }: { href: string; name: string; pending: boolean }) {
  return (
    <Stack gap={2} align="flex-start">
      <Anchor component={Link} href={href} fw={600} c="inherit">
        {name}
      </Anchor>
      {pending && <StateBadge state="pending" plain />}
    </Stack>
  );
}
