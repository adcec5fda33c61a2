/** Where the keyboard goes on when a sheet or a question is gone. */
import { useEffect, useState } from "react";

/**
 * Give the focus back to whatever had it before this sheet was opened; to the page's content when that is gone,
 * such as the row that was deleted.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the sheet is out of the page: what lies beneath may be a sheet too, which has the focus already.
      setTimeout(() => {
        const now = document.activeElement;
        if (now !== null && now !== document.body) return;
        const back = before instanceof HTMLElement && before !== document.body && before.isConnected;
        const target = back ? before : document.getElementById("content");
        target?.focus({ preventScroll: true });
      });
    },
    [before],
  );
}
