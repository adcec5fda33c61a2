/** Levels are drawn without React: ten times a second, on every element that says whose it shows. */
import { type RefObject, useEffect } from "react";
import type { RoomWatch } from "../../../api/room";

const STEP = 100;

export function useLevels(watch: RoomWatch | null, within: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (!watch) return;
    const timer = setInterval(() => {
      for (const element of within.current?.querySelectorAll<HTMLElement>("[data-level-of]") ?? []) {
        element.style.setProperty("--level", String(watch.level(element.dataset.levelOf ?? "") / 100));
      }
    }, STEP);
    return () => clearInterval(timer);
  }, [watch, within]);
}
