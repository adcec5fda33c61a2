/** Deleting a conference; of one with people in it, what becomes of them. */
import { Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import { ConfirmDelete } from "../../ui";
import type { Conference } from "../types";

/** What becomes of those inside; null: nobody is. */
export type Then = "stay" | "end" | null;

interface Props {
  room: Pick<Conference, "name" | "extension" | "dial_in_id">;
  /** How many are in it now, as far as one may see. */
  inside: number;
  /** On the conference server's pages it is applied at once. */
  atOnce?: boolean;
  onDelete: (then: Then) => Promise<void>;
  onClose: () => void;
}

export function DeleteConference({ room, inside, atOnce = false, onDelete, onClose }: Props) {
  const { t } = useTranslation("conference");
  const [then, setThen] = useState<"stay" | "end">("stay");
  const [told, setTold] = useState(0);
  const people = inside || told;
  const confirm = async () => {
    try {
      await onDelete(people > 0 ? then : null);
    } catch (error) {
      // Somebody is in it whom this page does not see: now it asks.
      if (error instanceof ApiError && error.errorId === "conference-in-use") {
        setTold((error.body as { inside?: number | null } | null)?.inside ?? 1);
      }
      throw error;
    }
  };
  const words = atOnce
    ? t(room.extension ? "server.deleteKept" : "server.deleteText", { name: room.name, extension: room.extension })
    : t("console:conferences.deleteText", { extension: room.extension ?? room.dial_in_id ?? "" });
  return (
    <ConfirmDelete
      title={t("console:conferences.deleteTitle", { name: room.name })}
      action={t("console:action.delete")}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text>{words}</Text>
        {!(atOnce && room.extension) && <Text>{t("delete.dates")}</Text>}
        {people > 0 && (
          <Radio.Group
            label={t("delete.inside", { count: people })}
            value={then}
            onChange={(value) => setThen(value === "end" ? "end" : "stay")}
          >
            <Stack gap="sm" mt="sm">
              <Radio value="stay" label={t("delete.stay")} description={t("delete.stayHint")} />
              <Radio value="end" label={t("delete.end")} description={t(atOnce ? "delete.endNow" : "delete.endHint")} />
            </Stack>
          </Radio.Group>
        )}
      </Stack>
    </ConfirmDelete>
  );
}
