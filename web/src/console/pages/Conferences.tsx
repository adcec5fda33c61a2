/** Conferences: the dashboard of rooms (S1-01), adding, editing, deleting. */
import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconPlus, IconServerCog, IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, DataTable, Empty, Failed, number, Page, StateBadge, toastDone, useAddress } from "../../ui";
import { Appointments } from "../conference/Appointments";
import { ConferenceTabs } from "../conference/ConferenceTabs";
import { DeleteConference, type Then } from "../conference/DeleteConference";
import { InviteDialog } from "../conference/InviteDialog";
import { Links } from "../conference/Links";
import { RowMenu } from "../conference/RowMenu";
import { ConferenceForm } from "../ConferenceForm";
import { notePending, useLive } from "../live";
import { type PersonOption, usePeople } from "../people";
import { Callable } from "../../phone";
import { refreshConfiguration, useConferences, useConferenceServer } from "../queries";
import { RowActions } from "../RowActions";
import { api, useWho } from "../session";
import type { Conference, Pending } from "../types";

export default function Conferences() {
  const { t, i18n } = useTranslation("console");
  const who = useWho();
  const address = useAddress();
  const query = useConferences();
  const people = usePeople();
  const server = useConferenceServer();
  const live = useLive();
  const [deleting, setDeleting] = useState<Conference | null>(null);
  const inside = new Map(live.rooms?.map((room) => [room.conference_id, room.participants.length]));
  const administrators = new Map<string, PersonOption>(people?.map((person) => [person.id, person]));

  const runs = (room: Conference) => who.may("live_conferences") || (who.user !== null && room.administrator === who.user.id);
  const columns: Column<Conference>[] = [
    {
      key: "name",
      label: t("conferences.name"),
      value: (room) => room.name,
      render: (room) => (
        <Stack gap={2} align="flex-start">
          <Anchor component={Link} href={`/conferences?edit=${room.id}`} fw={600} c="inherit">
            {room.name}
          </Anchor>
          {room.pending && <StateBadge state="pending" plain />}
        </Stack>
      ),
    },
    {
      key: "extension",
      label: t("conferences.extension"),
      value: (room) => room.extension ?? room.dial_in_id,
      render: (room) => <Numbers room={room} />,
    },
    {
      key: "code",
      label: t("conferences.code"),
      csv: false,
      render: (room) => (room.access_code === null ? <Text c="dimmed">{t("conferences.open")}</Text> : t("conferences.codeSet")),
    },
    {
      key: "administrator",
      label: t("conferences.administrator"),
      value: (room) => administrators.get(room.administrator ?? "")?.label ?? "",
      render: (room) => {
        const person = administrators.get(room.administrator ?? "");
        if (!person) return <Text c="dimmed">{t("conferences.nobody")}</Text>;
        return (
          <div>
            {person.label}
            {room.wait_for_administrator && (
              <Text size="sm" c="dimmed">
                {t("conferences.waits")}
              </Text>
            )}
          </div>
        );
      },
    },
    {
      key: "inside",
      label: t("conferences.inside"),
      value: (room) => inside.get(room.id) ?? 0,
      render: (room) => {
        const count = inside.get(room.id) ?? 0;
        if (count === 0) return <Text c="dimmed">–</Text>;
        return (
          <Anchor component={Link} href={`/live/${room.id}`} aria-label={t("conference:row.liveWhat", { name: room.name })}>
            <StateBadge state="in_conference" label={number(count, i18n.language)} />
          </Anchor>
        );
      },
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (room) => (
        <RowActions
          name={room.name}
          onEdit={() => address.set({ edit: room.id }, true)}
          onDelete={() => setDeleting(room)}
          more={
            <RowMenu
              room={room}
              live={runs(room)}
              onLinks={() => address.set({ links: room.id }, true)}
              onAppointments={() => address.set({ appointments: room.id }, true)}
            />
          }
        >
          {runs(room) && (
            <Button
              variant="default"
              mih={40}
              leftSection={<IconUserPlus size={18} />}
              aria-label={t("conference:invite.what", { name: room.name })}
              onClick={() => address.set({ invite: room.id }, true)}
            >
              {t("conference:invite.invite")}
            </Button>
          )}
        </RowActions>
      ),
    },
  ];

  const remove = async (room: Conference, then: Then) => {
    const place = `/api/conferences/${encodeURIComponent(room.id)}${then ? `?inside=${then}` : ""}`;
    notePending(await api.request<Pending>(place, { method: "DELETE", version: room.version }));
    refreshConfiguration();
    toastDone(t("conferences.deleted", { name: room.name }));
  };
  const close = () =>
    address.set({ edit: null, add: null, field: null, invite: null, links: null, appointments: null });
  const add = (
    <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => address.set({ add: "1" }, true)}>
      {t("conferences.add")}
    </Button>
  );
  const chosen = (name: string) => query.data?.find((room) => room.id === address.get(name));
  const [edited, invited] = [chosen("edit"), chosen("invite")];
  const [linked, dated] = [chosen("links"), chosen("appointments")];
  return (
    <Page
      title={t("menu.conferences")}
      about={t("conferences.about")}
      actions={
        server.data === null && (
          <Button component={Link} href="/conferences/server" variant="default" mih={44} leftSection={<IconServerCog size={18} />}>
            {t("conference:server.setup")}
          </Button>
        )
      }
    >
      <ConferenceTabs />
      {query.error && !query.data ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <DataTable
          label={t("menu.conferences")}
          rows={query.data}
          columns={columns}
          rowKey={(room) => room.id}
          toolbar={query.data?.length === 0 ? undefined : add}
          file="conferences"
          empty={
            <Empty icon={IconUsersGroup} title={t("conferences.empty")} action={add}>
              {t("conferences.emptyText")}
            </Empty>
          }
        />
      )}
      {address.get("add") && <ConferenceForm key="new" people={people} onClose={close} />}
      {edited && (
        <ConferenceForm key={edited.id} room={edited} people={people} onClose={close} focusField={address.get("field") || null} />
      )}
      {invited && <InviteDialog key={invited.id} room={invited} onClose={close} />}
      {linked && <Links key={linked.id} room={linked} onClose={close} />}
      {dated && <Appointments key={dated.id} room={dated} onClose={close} />}
      {deleting && (
        <DeleteConference
          room={deleting}
          inside={inside.get(deleting.id) ?? 0}
          onDelete={(then) => remove(deleting, then)}
          onClose={() => setDeleting(null)}
        />
      )}
    </Page>
  );
}

/** The extension, and the conference ID behind the conference server. */
function Numbers({ room }: { room: Conference }) {
  const { t } = useTranslation("console");
  return (
    <>
      {room.extension && (room.pending ? room.extension : <Callable number={room.extension} />)}
      {room.dial_in_id && (
        <Text size="sm" c="dimmed">
          {t("conference:row.id", { id: room.dial_in_id })}
        </Text>
      )}
    </>
  );
}
