/** "Add New Conference" (S3-03), and the gear's "Settings" of one (S3-07). */
import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { FormSheet, useForm } from "../../../ui";
import { ConflictNotice, conflictOf, useConflict } from "../../conflict";
import { api } from "../../session";
import type { Conference } from "../../types";
import { afterSave } from "./applied";
import { RoomFields } from "./RoomFields";
import { ROOM_FIELDS, roomBody, roomValues } from "./serverValues";
import type { SavedRoom } from "./types";

interface Props {
  room: Conference | null;
  onClose: () => void;
}

export function RoomForm({ room, onClose }: Props) {
  const { t } = useTranslation("conference");
  const form = useForm(`conference-server.${room?.id ?? "new"}`, roomValues(room), room?.version ?? null);
  const conflict = useConflict(form);
  const save = async () => {
    const good = await form.submit(
      async () => {
        if (room && form.changed.length === 0) return;
        const place = "/api/conference-server/conferences";
        const saved = await api.request<SavedRoom>(room ? `${place}/${encodeURIComponent(room.id)}` : place, {
          method: room ? "PATCH" : "POST",
          body: roomBody(form.values, room ? form.changed : ROOM_FIELDS),
          ...(room && form.version !== null ? { version: form.version } : {}),
        });
        afterSave(saved, t(saved.applied ? "server.saved" : "server.savedLater", { name: saved.conference.name }));
      },
      (error) => {
        const found = conflictOf(error, roomValues);
        if (found) conflict.setConflict(found);
        return found !== null;
      },
    );
    if (!good) return;
    form.forget();
    onClose();
  };
  return (
    <FormSheet
      title={room ? t("server.editTitle", { name: room.name }) : t("server.newTitle")}
      form={form}
      onSave={() => void save()}
      onClose={onClose}
      notice={<ConflictNotice form={form} state={conflict} show={(_, value) => String(value ?? "")} />}
    >
      <RoomFields form={form} focus={{ "data-autofocus": true }} />
      <Text size="sm" c="dimmed">
        {t("server.atOnce")}{" "}
        {room && (
          <Anchor component={Link} href={`/conferences?edit=${encodeURIComponent(room.id)}`} inherit>
            {t("server.moreSettings")}
          </Anchor>
        )}
      </Text>
    </FormSheet>
  );
}
