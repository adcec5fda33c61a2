/** The board: a column for each stage, cards that are dragged by mouse, finger or keyboard. */
import { DndContext, type DragEndEvent, type DragMoveEvent, DragOverlay } from "@dnd-kit/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed, Loading, toastFailed, useAddress } from "../ui";
import styles from "./Board.module.css";
import { beside, inStage, moved, type Place, staysPut } from "./board";
import { Column } from "./Column";
import { acts, boardKey, refreshRecords, useBoard } from "./data";
import { announcements, useDragging } from "./dragging";
import { RecordCard } from "./RecordCard";
import type { App, Board } from "./types";
import { stageName } from "./words";

export function Kanban({ app }: { app: App }) {
  const address = useAddress();
  const asked = ["q", "owner"]
    .filter((name) => address.get(name))
    .map((name) => `&${name}=${encodeURIComponent(address.get(name))}`)
    .join("");
  const board = useBoard(app, asked);
  if (board.data) return <Columns board={board.data} queryKey={boardKey(app, asked)} />;
  return board.error ? <Failed error={board.error} onRetry={() => void board.refetch()} /> : <Loading />;
}

/** At the board's edge it goes on by a column in half a second: one can see where one is. */
const CALM = { acceleration: 3 };

/** Where the dragged card would land. */
function placeOf({ active, over }: DragMoveEvent | DragEndEvent, board: Board): Place | null {
  if (!over) return null;
  const [id, dragged] = [String(over.id), String(active.id)];
  const record = board.records.find((one) => one.id === id);
  if (!record) return { stage: id, before: null };
  if (id === dragged) return null;
  const now = active.rect.current.translated;
  const middle = now ? now.top + now.height / 2 : 0;
  const below = middle > over.rect.top + over.rect.height / 2;
  return { stage: record.stage_id, before: beside(inStage(board.records, record.stage_id), id, below, dragged) };
}

function Columns({ board, queryKey }: { board: Board; queryKey: readonly string[] }) {
  const { t } = useTranslation("records");
  const client = useQueryClient();
  const dragging = useDragging();
  const [dragged, setDragged] = useState<string | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const record = board.records.find((one) => one.id === dragged);

  const move = async (id: string, to: Place) => {
    if (staysPut(board.records, id, to)) return;
    await client.cancelQueries({ queryKey });
    client.setQueryData<Board>(queryKey, (now) => now && moved(now, id, to));
    try {
      await acts.move(id, to.stage, to.before);
    } catch (error) {
      toastFailed(error);
    }
    refreshRecords(client);
  };
  const end = (event: DragEndEvent) => {
    const to = placeOf(event, board);
    setDragged(null);
    setPlace(null);
    if (to) void move(String(event.active.id), to);
  };
  const nameOf = (id: string) => {
    const stage = board.stages.find((one) => one.id === (board.records.find((one) => one.id === id)?.stage_id ?? id));
    return stage ? stageName(t, stage) : "";
  };
  const said = announcements(
    (what, values) => t(`drag.${what}`, values),
    (active) => board.records.find((one) => one.id === active.id)?.title ?? "",
    nameOf,
  );
  return (
    <DndContext
      {...dragging.properties}
      autoScroll={CALM}
      accessibility={{ announcements: said, screenReaderInstructions: { draggable: t("drag.instructions") } }}
      onDragStart={(event) => {
        dragging.begin(event);
        setDragged(String(event.active.id));
      }}
      onDragMove={(event) => {
        const next = placeOf(event, board);
        if (next?.stage !== place?.stage || next?.before !== place?.before) setPlace(next);
      }}
      onDragEnd={end}
      onDragCancel={() => {
        setDragged(null);
        setPlace(null);
      }}
    >
      <div className={styles.board} data-dragging={dragged !== null || undefined}>
        {board.stages.map((stage) => (
          <Column
            key={stage.id}
            stage={stage}
            stages={board.stages}
            records={inStage(board.records, stage.id)}
            count={board.counts[stage.id] ?? 0}
            place={place?.stage === stage.id ? place : null}
            onMove={(id, to) => void move(id, { stage: to, before: inStage(board.records, to)[0]?.id ?? null })}
          />
        ))}
      </div>
      <DragOverlay dropAnimation={null}>
        {record && (
          <div className={styles.card} data-lifted>
            <RecordCard record={record} stages={board.stages} onMove={() => undefined} />
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}
