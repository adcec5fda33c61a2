/** Pages of the menu are loaded while the person is doing nothing, so that the first visit of each is as quick as the next. */
import { useEffect } from "react";
import type { PageEntry } from "./pages";

const QUIET_MS = 1500;

export function useAhead(pages: readonly PageEntry[]): void {
  const wanted = pages.map((page) => page.key).join(" ");
  useEffect(() => {
    const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
    if (saving) return;
    const waiting = pages.filter((page) => !page.hidden);
    let timer = window.setTimeout(next, QUIET_MS);
    function next(): void {
      const page = waiting.shift();
      // What can not be loaded now is asked for again when it is opened.
      void page?.page.ahead().catch(() => undefined).then(() => (timer = window.setTimeout(idly, 0)));
    }
    function idly(): void {
      if ("requestIdleCallback" in window) window.requestIdleCallback(next, { timeout: QUIET_MS });
      else next();
    }
    return () => {
      waiting.length = 0;
      window.clearTimeout(timer);
    };
    // The same pages in another list are the same pages.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);
}
