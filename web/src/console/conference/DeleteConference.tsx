/** Deleting a conference; of one with people in it, what becomes of them. */
import { Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDelete } from "../../ui";
import { useWho } from "../session";
import type { Conference } from "../types";

interface Props {
  room: Conference;
  /** How many are in it now. */
  inside: number;
  /** On the conference server's pages it is applied at once. */
  atOnce?: boolean;
  /** `end`: it is to be over for those inside. */
  onDelete: (then: "stay" | "end") => Promise<void>;
  onClose: () => void;
}

export function DeleteConference({ room, inside, atOnce = false, onDelete, onClose }: Props) {
  const { t } = useTranslation("conference");
  const may = useWho().may("live_conferences");
  const [then, setThen] = useState<"stay" | "end">("stay");
  const number = room.extension ?? room.dial_in_id ?? "";
  return (
    <ConfirmDelete
      title={t("console:conferences.deleteTitle", { name: room.name })}
      action={t("console:action.delete")}
      onConfirm={() => onDelete(then)}
      onClose={onClose}
    >
      <Stack gap="md">
        <Text>
          {atOnce
            ? t(room.extension ? "server.deleteKept" : "server.deleteText", { name: room.name, extension: room.extension })
            : t("console:conferences.deleteText", { extension: number })}
        </Text>
        {inside > 0 && !may && <Text>{t("console:conferences.deleteInside", { count: inside })}</Text>}
        {inside > 0 && may && (
          <Radio.Group label={t("delete.inside", { count: inside })} value={then} onChange={(value) => setThen(value === "end" ? "end" : "stay")}>
            <Stack gap="sm" mt="sm">
              <Radio value="stay" label={t("delete.stay")} description={t("delete.stayHint")} />
              <Radio value="end" label={t("delete.end")} description={t("delete.endHint")} />
            </Stack>
          </Radio.Group>
        )}
      </Stack>
    </ConfirmDelete>
  );
}
