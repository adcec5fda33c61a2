/** Every extension with its kind; what keeps one from being deleted is said (S3-11). */
import { Anchor, Button } from "@mantine/core";
import { IconHash, IconRecordMail, IconServerCog, IconTrash, IconUser, IconUsersGroup, IconUsersPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ApiError } from "../../api/client";
import { type Column, ConfirmDelete, DataTable, Empty, Failed, Page, StateBadge, toastDone } from "../../ui";
import { addressOf, Blocked, type Blocker } from "../conference/Blocked";
import { DeleteConference, type Then } from "../conference/DeleteConference";
import { Callable } from "../../phone";
import { notePending, useLive } from "../live";
import { refreshConfiguration } from "../queries";
import { api } from "../session";
import type { Pending } from "../types";

interface Extension {
  extension: string;
  kind: string;
  id: string;
  name: string;
  pending: boolean;
  version: string;
  blocked_by: Blocker[];
}

const ICONS = {
  user: IconUser,
  conference: IconUsersGroup,
  conference_server: IconServerCog,
  ring_group: IconUsersPlus,
  mailbox: IconRecordMail,
};

export default function Extensions() {
  const { t } = useTranslation("conference");
  const [chosen, setChosen] = useState<Extension | null>(null);
  const [blockers, setBlockers] = useState<Blocker[]>([]);
  const live = useLive();
  const query = useQuery({
    queryKey: ["extensions"],
    queryFn: ({ signal }) => api.request<Extension[]>("/api/extensions", { signal }),
  });
  const kindOf = (row: Extension) => t(`extensions.kind.${row.kind}`, { defaultValue: row.kind });
  const nameOf = (row: Extension) => row.name || kindOf(row);
  const choose = (row: Extension) => {
    setChosen(row);
    setBlockers(row.blocked_by);
  };
  const remove = async (row: Extension, then: Then) => {
    const what = `${encodeURIComponent(row.kind)}/${encodeURIComponent(row.id)}`;
    const place = `/api/extensions/${what}${then ? `?inside=${then}` : ""}`;
    try {
      notePending(await api.request<Pending>(place, { method: "DELETE", version: row.version }));
      refreshConfiguration();
      toastDone(t("extensions.deleted", { extension: row.extension }));
    } catch (error) {
      const told = error instanceof ApiError ? (error.body as { blocked_by?: Blocker[] } | null)?.blocked_by : undefined;
      if (!told?.length) throw error;
      // Somebody made use of it meanwhile.
      setBlockers(told);
      throw error;
    }
  };
  const columns: Column<Extension>[] = [
    {
      key: "extension",
      label: t("extensions.extension"),
      value: (row) => row.extension,
      render: (row) => (row.pending ? row.extension : <Callable number={row.extension} />),
    },
    {
      key: "kind",
      label: t("extensions.kindHead"),
      value: kindOf,
      render: (row) => <Kind kind={row.kind} word={kindOf(row)} />,
    },
    {
      key: "name",
      label: t("console:field.name"),
      value: nameOf,
      render: (row) => (
        <>
          <Anchor component={Link} href={addressOf(row) ?? "/"} fw={600} c="inherit">
            {nameOf(row)}
          </Anchor>
          {row.pending && (
            <div>
              <StateBadge state="pending" plain />
            </div>
          )}
        </>
      ),
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (row) => (
        <Button
          variant="subtle"
          color="red"
          mih={40}
          leftSection={<IconTrash size={18} />}
          aria-label={t("extensions.deleteWhat", { extension: row.extension, name: nameOf(row) })}
          onClick={() => choose(row)}
        >
          {t("console:action.delete")}
        </Button>
      ),
    },
  ];
  const close = () => setChosen(null);
  return (
    <Page title={t("console:menu.extensions")} about={t("extensions.about")}>
      {query.error && !query.data ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label={t("console:menu.extensions")}
          rows={query.data}
          columns={columns}
          rowKey={(row) => `${row.kind} ${row.id}`}
          file="extensions"
          empty={
            <Empty icon={IconHash} title={t("extensions.empty")}>
              {t("extensions.emptyText")}
            </Empty>
          }
        />
      )}
      {chosen && blockers.length > 0 && <Blocked name={nameOf(chosen)} blockers={blockers} onClose={close} />}
      {chosen && blockers.length === 0 && chosen.kind === "conference" && (
        <DeleteConference
          room={{ ...chosen, dial_in_id: null }}
          inside={live.rooms?.find((room) => room.conference_id === chosen.id)?.participants.length ?? 0}
          onDelete={(then) => remove(chosen, then)}
          onClose={close}
        />
      )}
      {chosen && blockers.length === 0 && chosen.kind !== "conference" && (
        <ConfirmDelete
          title={t("extensions.deleteTitle", { extension: chosen.extension, name: nameOf(chosen) })}
          action={t("console:action.delete")}
          onConfirm={() => remove(chosen, null)}
          onClose={close}
        >
          {t(chosen.kind === "conference_server" ? "extensions.deleteServer" : "extensions.deleteText", { name: nameOf(chosen) })}
        </ConfirmDelete>
      )}
    </Page>
  );
}

function Kind({ kind, word }: { kind: string; word: string }) {
  const Icon = ICONS[kind as keyof typeof ICONS] ?? IconHash;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 8 }}>
      <Icon size={18} aria-hidden />
      {word}
    </span>
  );
}
