/** Dragging by mouse, finger and keyboard, alike on boards and in the calendar. */
import {
  type Active,
  type Announcements,
  type CollisionDetection,
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

const isCard = (place: DroppableContainer | undefined): boolean => place?.data.current?.["card"] === true;

/** What the pointer is over; for the keyboard, what most of the dragged thing covers. Cards before their columns. */
export const whatIsUnder: CollisionDetection = (given) => {
  const pointed = pointerWithin(given);
  const found = pointed.length > 0 ? pointed : rectIntersection(given);
  const cards = found.filter(({ id }) => isCard(given.droppableContainers.find((place) => place.id === id)));
  return cards.length > 0 && given.pointerCoordinates ? cards : found;
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
    const card = isCard(place);
    if (!rect || place.id === active.id || (across && card)) continue;
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

/** A click is a click until the pointer has gone 6 px; a finger rests a moment first, so that it can scroll. */
export function useDragging() {
  return useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: toNeighbour }),
  );
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
