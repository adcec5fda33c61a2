/** The dates of one conference: planned, changed, called off; the room itself can be used at any time (S3-05). */
import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconCalendarEvent, IconCalendarX, IconMailForward, IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { ConfirmDelete, Empty, Failed, Loading, ShortTime, SideSheet, toastDone, toastFailed, useNow } from "../../ui";
import sheet from "../../ui/Sheet.module.css";
import { queryClient } from "../queries";
import { api, useWho } from "../session";
import { AppointmentForm } from "./AppointmentForm";
import styles from "./links.module.css";
import type { Appointment, Attendee } from "./types";

interface Props {
  room: { id: string; name: string };
  onClose: () => void;
}

export function Appointments({ room, onClose }: Props) {
  const [editing, setEditing] = useState<Appointment | "new" | null>(null);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: ["appointments", room.id] });
  if (editing !== null) {
    return (
      <AppointmentForm
        room={room}
        appointment={editing === "new" ? null : editing}
        onClose={() => setEditing(null)}
        onSaved={() => {
          refresh();
          setEditing(null);
        }}
      />
    );
  }
  return <AppointmentList room={room} onEdit={setEditing} onRefresh={refresh} onClose={onClose} />;
}

interface ListProps extends Props {
  onEdit: (appointment: Appointment | "new") => void;
  onRefresh: () => void;
}

function AppointmentList({ room, onEdit, onRefresh, onClose }: ListProps) {
  const { t } = useTranslation("conference");
  const mail = useWho().may("settings");
  const place = `/api/conferences/${encodeURIComponent(room.id)}/appointments`;
  const [cancelling, setCancelling] = useState<Appointment | null>(null);
  const query = useQuery({
    queryKey: ["appointments", room.id],
    queryFn: ({ signal }) => api.request<Appointment[]>(place, { signal }),
    refetchInterval: 5000,
  });
  const cancel = async (appointment: Appointment) => {
    await api.request(`${place}/${encodeURIComponent(appointment.id)}`, {
      method: "DELETE",
      version: appointment.version,
    });
    onRefresh();
    toastDone(t("dates.cancelled", { title: appointment.title }));
  };
  const sendAgain = async (appointment: Appointment) => {
    try {
      const body = { send_again: true };
      await api.request(`${place}/${encodeURIComponent(appointment.id)}`, { method: "PATCH", body, version: appointment.version });
      onRefresh();
      toastDone(t("dates.changed", { count: appointment.attendees.length }));
    } catch (error) {
      toastFailed(error);
    }
  };
  const add = (
    <Button color="green" mih={44} leftSection={<IconPlus size={18} />} onClick={() => onEdit("new")}>
      {t("dates.new")}
    </Button>
  );
  return (
    <SideSheet title={t("dates.listTitle", { name: room.name })} onClose={onClose}>
      <Stack gap="lg" className={sheet.main}>
        <Text c="dimmed">
          {t("dates.about")}{" "}
          {mail && (
            <Anchor component={Link} href="/system?edit=mail" inherit>
              {t("mail.settings")}
            </Anchor>
          )}
        </Text>
        {query.error && !query.data ? (
          <Failed error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          <Loading />
        ) : query.data.length === 0 ? (
          <Empty icon={IconCalendarEvent} title={t("dates.none")} action={add} />
        ) : (
          <>
            <div>{add}</div>
            <ul className={styles.list}>
              {query.data.map((appointment) => (
                <Item
                  key={appointment.id}
                  appointment={appointment}
                  onEdit={() => onEdit(appointment)}
                  onSendAgain={() => void sendAgain(appointment)}
                  onCancel={() => setCancelling(appointment)}
                />
              ))}
            </ul>
          </>
        )}
      </Stack>
      {cancelling && (
        <ConfirmDelete
          title={t("dates.cancelTitle", { title: cancelling.title })}
          action={t("dates.cancel")}
          icon={<IconCalendarX size={18} />}
          onConfirm={() => cancel(cancelling)}
          onClose={() => setCancelling(null)}
        >
          {t("dates.cancelText", { count: cancelling.attendees.length })}
        </ConfirmDelete>
      )}
    </SideSheet>
  );
}

interface ItemProps {
  appointment: Appointment;
  onEdit: () => void;
  onSendAgain: () => void;
  onCancel: () => void;
}

function Item({ appointment, onEdit, onSendAgain, onCancel }: ItemProps) {
  const { t } = useTranslation("conference");
  const { title } = appointment;
  const over = appointment.time + appointment.minutes * 60 < useNow(60);
  return (
    <li className={styles.item} data-over={appointment.cancelled || undefined}>
      <Stack gap={8} className={styles.words}>
        <div>
          <Text fw={600} td={appointment.cancelled ? "line-through" : undefined}>
            {title}
          </Text>
          <Text size="sm">
            <ShortTime time={appointment.time} /> ·{" "}
            {t("dates.minutes", { count: appointment.minutes })}
          </Text>
        </div>
        <ul className={styles.attendees} aria-label={t("dates.attendees")}>
          {appointment.attendees.map((person) => (
            <li key={person.email}>
              <Text size="sm" c="dimmed">
                {person.name || person.email} <Sent person={person} />
              </Text>
            </li>
          ))}
        </ul>
        {appointment.cancelled && <Badge color="gray" variant="light" tt="none">{t("dates.off")}</Badge>}
        {!appointment.cancelled && !over && (
          <Group gap="sm">
            <Button
              variant="default"
              mih={40}
              leftSection={<IconPencil size={18} />}
              aria-label={t("console:conferences.editWhat", { name: title })}
              onClick={onEdit}
            >
              {t("console:action.edit")}
            </Button>
            {appointment.attendees.length > 0 && (
              <Button
                variant="subtle"
                color="gray"
                mih={40}
                leftSection={<IconMailForward size={18} />}
                aria-label={t("dates.againWhat", { title })}
                onClick={onSendAgain}
              >
                {t("dates.again")}
              </Button>
            )}
            <Button
              variant="subtle"
              color="red"
              mih={40}
              leftSection={<IconCalendarX size={18} />}
              aria-label={t("dates.cancelWhat", { title })}
              onClick={onCancel}
            >
              {t("dates.cancel")}
            </Button>
          </Group>
        )}
      </Stack>
    </li>
  );
}

/** What became of the mail. */
function Sent({ person }: { person: Attendee }) {
  const { t } = useTranslation("conference");
  if (!person.mail) return null;
  return (
    <>
      · {t(`dates.mail.${person.mail}`, { defaultValue: person.mail })}
      {person.problem && `: ${person.problem}`}
    </>
  );
}
