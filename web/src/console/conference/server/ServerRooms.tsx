/** "Conference Server" (S3-04): the rooms behind it, "+ Add conference" below, and how it is deleted (S3-11). */
import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { IconSettings, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Column, Empty, Rows, StateBadge, useAddress } from "../../../ui";
import { useLive } from "../../live";
import { api } from "../../session";
import type { Conference, ConferenceServer } from "../../types";
import { Callable } from "../../../phone";
import { BlockerList } from "../Blocked";
import { DeleteConference, type Then } from "../DeleteConference";
import { afterSave } from "./applied";
import { RoomForm } from "./RoomForm";
import { ServerForm } from "./ServerForm";
import { ServerNumbers } from "./ServerNumbers";
import { roomsOf } from "./serverValues";
import styles from "./server.module.css";
import type { RemovedRoom } from "./types";

interface Props {
  server: ConferenceServer;
  conferences: readonly Conference[];
}

export function ServerRooms({ server, conferences }: Props) {
  const { t } = useTranslation("conference");
  const address = useAddress();
  const live = useLive();
  const [deleting, setDeleting] = useState<Conference | null>(null);
  const rooms = roomsOf(conferences);
  const close = () => address.set({ add: null, edit: null, settings: null, field: null });
  const edited = rooms.find((room) => room.id === address.get("edit"));
  const inside = live.rooms?.find((room) => room.conference_id === deleting?.id)?.participants.length ?? 0;
  const remove = async (room: Conference, then: Then) => {
    const place = `/api/conference-server/conferences/${encodeURIComponent(room.id)}?inside=${then ?? "stay"}`;
    const saved = await api.request<RemovedRoom>(place, { method: "DELETE", version: room.version });
    const said = saved.kept ? "server.kept" : saved.applied ? "server.deleted" : "server.deletedLater";
    afterSave(saved, t(said, { name: room.name, extension: saved.kept?.extension ?? "" }));
  };
  const columns: Column<Conference>[] = [
    { key: "no", label: t("server.no"), render: (room) => rooms.indexOf(room) + 1 },
    { key: "id", label: t("server.id"), render: (room) => room.dial_in_id },
    { key: "pin", label: t("server.pin"), render: (room) => room.access_code ?? <Text c="dimmed">–</Text> },
    {
      key: "name",
      label: t("server.columnName"),
      render: (room) => (
        <Group gap="sm">
          <b style={{ fontWeight: 600 }}>{room.name}</b>
          {room.pending && <StateBadge state="pending" plain />}
        </Group>
      ),
    },
    {
      key: "actions",
      label: "",
      actions: true,
      render: (room) => (
        <Group gap="lg" wrap="nowrap" justify="flex-end" display="inline-flex">
          <Button
            variant="default"
            mih={40}
            leftSection={<IconSettings size={18} />}
            aria-label={t("server.settingsOf", { name: room.name })}
            onClick={() => address.set({ edit: room.id }, true)}
          >
            {t("server.gear")}
          </Button>
          <Button
            variant="subtle"
            color="red"
            mih={40}
            leftSection={<IconTrash size={18} />}
            aria-label={t("console:conferences.deleteWhat", { name: room.name })}
            onClick={() => setDeleting(room)}
          >
            {t("server.trash")}
          </Button>
        </Group>
      ),
    },
  ];
  return (
    <>
      <Text>
        {t("server.reached")} <Callable number={server.extension} />
        {server.pending && (
          <>
            {" "}
            <StateBadge state="pending" plain />
          </>
        )}
      </Text>
      <Paper style={{ overflow: "hidden" }}>
        {rooms.length === 0 ? (
          <Empty icon={IconUsersGroup} title={t("server.empty")}>
            {t("server.emptyText")}
          </Empty>
        ) : (
          <Rows label={t("server.title")} rows={rooms} columns={columns} rowKey={(room) => room.id} />
        )}
      </Paper>
      <div className={styles.below}>
        <Button color="green" mih={44} onClick={() => address.set({ add: "1" }, true)}>
          {t("server.add")}
        </Button>
        <Text c="dimmed" role="status">
          {t(rooms.length >= server.max_rooms ? "server.full" : "server.count", { count: rooms.length, most: server.max_rooms })}
        </Text>
      </div>
      <ServerNumbers />
      <section className={styles.delete} aria-label={t("server.deleteHead")}>
        <Title order={2}>{t("server.deleteHead")}</Title>
        <Text c="dimmed">{t("server.deleteHow")}</Text>
        {server.blocked_by.length > 0 && (
          <div>
            <Text>{t("server.blocked")}</Text>
            <BlockerList blockers={server.blocked_by} />
          </div>
        )}
        <Button component={Link} href="/extensions" variant="default" mih={44}>
          {t("server.toExtensions")}
        </Button>
      </section>
      {address.get("add") && <RoomForm key="new" room={null} onClose={close} />}
      {edited && <RoomForm key={edited.id} room={edited} onClose={close} />}
      {address.get("settings") && <ServerForm server={server} onClose={close} focusField={address.get("field") || null} />}
      {deleting && (
        <DeleteConference
          room={deleting}
          inside={inside}
          atOnce
          onDelete={(then) => remove(deleting, then)}
          onClose={() => setDeleting(null)}
        />
      )}
    </>
  );
}
