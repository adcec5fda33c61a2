/** Short notes at the lower edge: what was done, or what failed and what to do. Errors stay until they are closed. */
import { Notification } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import i18next from "i18next";
import { type ReactNode, useSyncExternalStore } from "react";
import { errorText } from "./errors";
import styles from "./toasts.module.css";

interface Toast {
  id: number;
  kind: "done" | "failed";
  text: ReactNode;
}

const STAYS = 5000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function add(kind: Toast["kind"], text: ReactNode): number {
  const id = ++last;
  change([...toasts.filter((toast) => toast.text !== text).slice(-3), { id, kind, text }]);
  return id;
}

export function closeToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

export function toastDone(text: ReactNode): void {
  const id = add("done", text);
  setTimeout(() => closeToast(id), STAYS);
}

export function toastFailed(error: unknown): void {
  add("failed", typeof error === "string" ? error : errorText(i18next, error));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={styles.stack} aria-live="polite" role="status">
      {shown.map((toast) => (
        <Notification
          key={toast.id}
          color={toast.kind === "done" ? "green" : "red"}
          icon={toast.kind === "done" ? <IconCheck size={18} /> : <IconAlertTriangle size={18} />}
          onClose={() => closeToast(toast.id)}
          closeButtonProps={{ "aria-label": i18next.t("common:action.close") }}
          withBorder
        >
          {toast.text}
        </Notification>
      ))}
    </div>
  );
}
