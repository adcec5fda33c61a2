/** One stage of a board: its name, how many, a quick way to add, its cards. */
import { useDraggable, useDroppable } from "@dnd-kit/core";
import { ActionIcon, Badge, Group, Text, TextInput } from "@mantine/core";
import { IconGripVertical, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { fieldId, number, useForm } from "../ui";
import styles from "./Board.module.css";
import type { Place } from "./board";
import { acts, refreshRecords } from "./data";
import { RecordCard } from "./RecordCard";
import type { CustomerRecord, Stage } from "./types";
import { boardAddress, stageName } from "./words";

interface ColumnProps {
  stage: Stage;
  stages: readonly Stage[];
  records: readonly CustomerRecord[];
  count: number;
  /** Where in this column the dragged card would land. */
  place: Place | null;
  onMove: (id: string, stage: string) => void;
}

export function Column({ stage, stages, records, count, place, onMove }: ColumnProps) {
  const { t, i18n } = useTranslation("records");
  const { setNodeRef } = useDroppable({ id: stage.id, data: { kind: "column" } });
  const [adding, setAdding] = useState(false);
  const name = stageName(t, stage);
  const more = count - records.length;
  const line = <li className={styles.line} aria-hidden />;
  return (
    <section ref={setNodeRef} className={styles.column} aria-label={name} data-over={place ? true : undefined}>
      <Group justify="space-between" wrap="nowrap" gap={4} className={styles.columnHead}>
        <h2>
          {name}{" "}
          <Badge variant="default" aria-label={t("board.count", { count })}>
            {number(count, i18n.language)}
          </Badge>
        </h2>
        <ActionIcon
          title={t("board.quickAdd")}
          aria-label={t("board.quickAddWhat", { stage: name })}
          aria-expanded={adding}
          onClick={() => setAdding(!adding)}
        >
          <IconPlus size={18} />
        </ActionIcon>
      </Group>
      {adding && <QuickAdd stage={stage} name={name} onClose={() => setAdding(false)} />}
      <ul className={styles.cards}>
        {records.map((record) => (
          <Fragment key={record.id}>
            {place?.before === record.id && line}
            <Dragged record={record} stages={stages} onMove={(to) => onMove(record.id, to)} />
          </Fragment>
        ))}
        {place?.before === null && line}
      </ul>
      {records.length === 0 && !place && (
        <Text size="sm" c="dimmed" ta="center" py="md">
          {t("board.nothingHere")}
        </Text>
      )}
      {more > 0 && (
        <Link href={`${boardAddress(stage.app)}?view=list&stage=${stage.id}&open=all`} className={styles.more}>
          {t("board.more", { count: more })}
        </Link>
      )}
    </section>
  );
}

interface DraggedProps {
  record: CustomerRecord;
  stages: readonly Stage[];
  onMove: (stage: string) => void;
}

/** The whole card is dragged by mouse or finger, its handle by the keyboard. */
function Dragged({ record, stages, onMove }: DraggedProps) {
  const { t } = useTranslation("records");
  const { attributes, isDragging, listeners = {}, setActivatorNodeRef, setNodeRef } = useDraggable({ id: record.id });
  const { setNodeRef: setPlaceRef } = useDroppable({ id: record.id, data: { kind: "card" } });
  const { onKeyDown, ...pointers } = listeners;
  return (
    <li
      ref={(element) => {
        setNodeRef(element);
        setPlaceRef(element);
      }}
      className={styles.card}
      data-dragged={isDragging || undefined}
      {...pointers}
    >
      <RecordCard record={record} stages={stages} onMove={onMove} />
      <button
        ref={setActivatorNodeRef}
        type="button"
        className={styles.handle}
        aria-label={t("drag.handle", { title: record.title })}
        aria-describedby={attributes["aria-describedby"]}
        onKeyDown={onKeyDown as React.KeyboardEventHandler | undefined}
      >
        <IconGripVertical size={16} aria-hidden />
      </button>
    </li>
  );
}

/** A title and Enter: on top of the column, ready for the next one. */
function QuickAdd({ stage, name, onClose }: { stage: Stage; name: string; onClose: () => void }) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const form = useForm(`record.quick.${stage.id}`, { title: "" });
  const save = async () => {
    const title = form.values.title.trim();
    if (title === "") return;
    const good = await form.submit(async () => {
      await acts.add({ app: stage.app, title, stage_id: stage.id });
    });
    if (!good) return;
    form.set("title", "");
    refreshRecords(client);
  };
  return (
    <form
      className={styles.quick}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <TextInput
        {...form.text("title")}
        id={`${fieldId("title")}-${stage.id}`}
        error={form.errors.get("title") ?? form.errors.get(null)}
        aria-label={t("board.quickAddWhat", { stage: name })}
        placeholder={t(`quick.${stage.app}`)}
        autoFocus
        autoComplete="off"
        maxLength={200}
      />
    </form>
  );
}
