/** Dragging by mouse, finger and keyboard, alike on boards and in the calendar. */
import {
  type Active,
  type Announcements,
  type CollisionDetection,
  type DragStartEvent,
  type DroppableContainer,
  KeyboardSensor,
  type KeyboardCoordinateGetter,
  MouseSensor,
  pointerWithin,
  rectIntersection,
  TouchSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { useState } from "react";

/** What a place is, on boards: a card, or the column it is in. */
const kind = (place: DroppableContainer | undefined): unknown => place?.data.current?.["kind"];

/** What the pointer is over: a card before its column. */
const pointed: CollisionDetection = (given) => {
  const found = pointerWithin(given);
  const cards = found.filter(({ id }) => kind(given.droppableContainers.find((place) => place.id === id)) === "card");
  return cards.length > 0 ? cards : found;
};

/** Arrow keys go to the next place in that direction. */
export const toNeighbour: KeyboardCoordinateGetter = (event, { context }) => {
  const { collisionRect: here, droppableRects, droppableContainers, active } = context;
  if (!here || !active || !event.code.startsWith("Arrow")) return undefined;
  event.preventDefault();
  const [x, y] = [here.left + here.width / 2, here.top + here.height / 2];
  const across = event.code === "ArrowLeft" || event.code === "ArrowRight";
  const back = event.code === "ArrowLeft" || event.code === "ArrowUp";
  let best: { away: number; to: { x: number; y: number } } | null = null;
  for (const place of droppableContainers.getEnabled()) {
    const rect = droppableRects.get(place.id);
    const card = kind(place) === "card";
    if (!rect || place.id === active.id || kind(place) === (across ? "card" : "column")) continue;
    const [left, right] = [rect.left, rect.left + rect.width];
    const [top, bottom] = [rect.top, rect.top + rect.height];
    const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
    // A third beyond a card's middle: behind it going on, before it going back.
    const beyond = card ? (back ? -rect.height / 3 : rect.height / 3) : 0;
    const away = across ? middle.x - x : middle.y + beyond - y;
    const beside = across ? y < top || y > bottom : x < left || x > right;
    if (beside || (back ? away > -2 : away < 2)) continue;
    if (best && Math.abs(away) >= Math.abs(best.away)) continue;
    best = { away, to: across ? { x: here.left + away, y: here.top } : { x: here.left, y: here.top + away } };
  }
  return best?.to;
};

/**
 * How things are dragged, for a `DndContext`. A click is a click until the pointer has gone 6 px; a finger rests a
 * moment first, so that it can scroll. By the keyboard a thing is over what it covers most.
 */
export function useDragging() {
  const [keys, setKeys] = useState(false);
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: toNeighbour }),
  );
  return {
    begin: ({ activatorEvent }: DragStartEvent) => setKeys(activatorEvent instanceof KeyboardEvent),
    properties: { sensors, collisionDetection: keys ? rectIntersection : pointed },
  };
}

/** What a screen reader says while something is dragged, in the reader's language. */
export function announcements(
  say: (what: "picked" | "over" | "dropped" | "cancelled", values: { what: string; where: string }) => string,
  what: (active: Active) => string,
  where: (id: string) => string,
): Announcements {
  const values = (active: Active, over: { id: unknown } | null) => ({
    what: what(active),
    where: over ? where(String(over.id)) : "",
  });
  return {
    onDragStart: ({ active }) => say("picked", values(active, null)),
    onDragOver: ({ active, over }) => (over ? say("over", values(active, over)) : undefined),
    onDragEnd: ({ active, over }) => say(over ? "dropped" : "cancelled", values(active, over)),
    onDragCancel: ({ active }) => say("cancelled", values(active, null)),
  };
}
