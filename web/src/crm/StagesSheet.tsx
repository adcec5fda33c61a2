/** The columns of a board: added, named, put in order, taken away; for administrators. It acts at once. */
import { ActionIcon, Button, Group, Switch, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconCheck, IconPlus, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../console/session";
import { ConfirmDelete, SideSheet, toastDone, toastFailed } from "../ui";
import { shifted } from "./board";
import { refreshRecords, useStages } from "./data";
import styles from "./Record.module.css";
import type { App, Stage } from "./types";
import { stageName } from "./words";

const PLACE = "/api/records/stages";

export function StagesSheet({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation("records");
  const stages = useStages(app).data ?? [];
  const [name, setName] = useState("");
  const [deleting, setDeleting] = useState<Stage | null>(null);
  const run = async (act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      toastFailed(error);
      return false;
    } finally {
      refreshRecords();
    }
  };
  const change = (stage: Stage, body: object) =>
    run(() => api.request(`${PLACE}/${encodeURIComponent(stage.id)}`, { method: "PATCH", body }));
  const shift = (stage: Stage, step: number) =>
    change(stage, { position: shifted(stages, stage.id, step).findIndex((one) => one.id === stage.id) });
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") return;
    if (await run(() => api.request(PLACE, { method: "POST", body: { app, name: wanted } }))) setName("");
  };
  return (
    <SideSheet title={`${t("stages.title")} · ${t(`console:menu.${app}`)}`} onClose={onClose}>
      <div className={styles.sheet}>
        <Text c="dimmed">{t("stages.about")}</Text>
        <ol className={styles.plain}>
          {stages.map((stage, place) => (
            <StageItem
              // A new name from elsewhere begins anew.
              key={`${stage.id} ${stageName(t, stage)}`}
              stage={stage}
              first={place === 0}
              last={place === stages.length - 1}
              onChange={(body) => change(stage, body)}
              onShift={(step) => void shift(stage, step)}
              onDelete={() => setDeleting(stage)}
            />
          ))}
        </ol>
        <form onSubmit={(event) => void add(event)}>
          <Group align="end" wrap="nowrap">
            <TextInput
              label={t("stages.new")}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.currentTarget.value)}
              style={{ flex: 1 }}
            />
            <Button type="submit" variant="default" mih={44} leftSection={<IconPlus size={18} />}>
              {t("stages.add")}
            </Button>
          </Group>
        </form>
      </div>
      {deleting && (
        <ConfirmDelete
          title={t("stages.deleteTitle", { name: stageName(t, deleting) })}
          action={t("console:action.delete")}
          onConfirm={async () => {
            await api.request(`${PLACE}/${encodeURIComponent(deleting.id)}`, { method: "DELETE" });
            refreshRecords();
            toastDone(t("stages.deleted", { name: stageName(t, deleting) }));
          }}
          onClose={() => setDeleting(null)}
        >
          {t("stages.deleteText")}
        </ConfirmDelete>
      )}
    </SideSheet>
  );
}

interface ItemProps {
  stage: Stage;
  first: boolean;
  last: boolean;
  onChange: (body: object) => Promise<boolean>;
  onShift: (step: number) => void;
  onDelete: () => void;
}

function StageItem({ stage, first, last, onChange, onShift, onDelete }: ItemProps) {
  const { t } = useTranslation("records");
  const name = stageName(t, stage);
  const [text, setText] = useState(name);
  const wanted = text.trim();
  // Without a name a delivered stage has its own one again, in every language.
  const changed = wanted !== name && (wanted !== "" || (stage.key !== "" && stage.name !== ""));
  const save = () => changed && void onChange({ name: wanted });
  return (
    <li className={styles.stageItem}>
      <Group gap={4} wrap="nowrap">
        <TextInput
          aria-label={t("stages.name", { name })}
          value={text}
          maxLength={100}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && save()}
          style={{ flex: 1 }}
        />
        {changed && (
          <ActionIcon color="accent" title={t("common:action.save")} aria-label={t("common:action.save")} onClick={save}>
            <IconCheck size={20} />
          </ActionIcon>
        )}
        <ActionIcon disabled={first} aria-label={t("stages.up", { name })} onClick={() => onShift(-1)}>
          <IconArrowUp size={18} />
        </ActionIcon>
        <ActionIcon disabled={last} aria-label={t("stages.down", { name })} onClick={() => onShift(1)}>
          <IconArrowDown size={18} />
        </ActionIcon>
        <ActionIcon color="red" aria-label={t("stages.deleteWhat", { name })} onClick={onDelete}>
          <IconTrash size={18} />
        </ActionIcon>
      </Group>
      <Switch
        size="sm"
        mt={4}
        label={t("stages.closing")}
        checked={stage.closing}
        onChange={(event) => void onChange({ closing: event.currentTarget.checked })}
      />
    </li>
  );
}
