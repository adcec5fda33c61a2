/** Twelve keys. Holding 0 gives +. */
import { useRef } from "react";
import { useTranslation } from "react-i18next";

const KEYS = [
  ["1", ""],
  ["2", "abc"],
  ["3", "def"],
  ["4", "ghi"],
  ["5", "jkl"],
  ["6", "mno"],
  ["7", "pqrs"],
  ["8", "tuv"],
  ["9", "wxyz"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
] as const;

const LONG_MS = 550;

export function Pad({ onKey, onPlus, small }: { onKey: (key: string) => void; onPlus?: () => void; small?: boolean }) {
  const { t } = useTranslation("phone");
  const long = useRef<{ timer: number; done: boolean }>({ timer: 0, done: false });
  const begin = (key: string): void => {
    long.current.done = false;
    if (key !== "0" || !onPlus) return;
    long.current.timer = window.setTimeout(() => {
      long.current.done = true;
      onPlus();
    }, LONG_MS);
  };
  const end = (): void => window.clearTimeout(long.current.timer);
  const labels: Record<string, string> = { "*": t("star"), "#": t("hash") };
  return (
    <div className="swp-pad" data-small={small || undefined} role="group" aria-label={t("keys")}>
      {KEYS.map(([key, letters]) => (
        <button
          key={key}
          type="button"
          aria-label={labels[key] ?? key}
          onPointerDown={() => begin(key)}
          onPointerUp={end}
          onPointerLeave={end}
          onContextMenu={(event) => event.preventDefault()}
          onClick={() => {
            if (!long.current.done) onKey(key);
            long.current.done = false;
          }}
        >
          <b>{key}</b>
          <small>{key === "0" && !onPlus ? "" : letters}</small>
        </button>
      ))}
    </div>
  );
}
