/** How loud somebody hears, and is heard. */
import { Button, Group, Modal, Slider, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomParticipant } from "../../../api/room";
import { useFocusBack } from "../../../ui";
import { nameOf } from "./timeline";

/** Decibels that a room allows either way. */
const MOST_DB = 12;
const STEP_DB = 3;

interface Props {
  person: RoomParticipant;
  /** Only how loud he hears: one's own. */
  hearsOnly: boolean;
  onChange: (values: { hears_db?: number; says_db?: number }) => void;
  onClose: () => void;
}

export function VolumeDialog({ person, hearsOnly, onChange, onClose }: Props) {
  const { t } = useTranslation("conference");
  useFocusBack();
  const name = nameOf(person);
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("room.volumeTitle", { name })}
      centered
    >
      <Stack gap="xl">
        {!hearsOnly && <Volume label={t("room.says", { name })} value={person.says_db} onChange={(says_db) => onChange({ says_db })} />}
        <Volume label={t("room.hears", { name })} value={person.hears_db} onChange={(hears_db) => onChange({ hears_db })} />
        <Group>
          <Button variant="default" mih={44} onClick={onClose}>
            {t("common:action.close")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Volume({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation("conference");
  const [now, setNow] = useState(value);
  return (
    <div>
      <Text fw={550} mb="xs">
        {label}
      </Text>
      <Slider
        min={-MOST_DB}
        max={MOST_DB}
        step={STEP_DB}
        value={now}
        onChange={setNow}
        onChangeEnd={onChange}
        thumbLabel={label}
        label={(db) => t("room.db", { db: db > 0 ? `+${db}` : db })}
        marks={[
          { value: -MOST_DB, label: t("room.quieter") },
          { value: 0, label: t("room.normal") },
          { value: MOST_DB, label: t("room.louder") },
        ]}
        mb="lg"
        mx="md"
      />
    </div>
  );
}
