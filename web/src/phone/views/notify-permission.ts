/** Whether the page may show system notifications, and asking for it. */
import { useState } from "react";

export function useNotificationPermission(): [NotificationPermission | "unsupported", () => void] {
  const get = (): NotificationPermission | "unsupported" =>
    "Notification" in window && window.isSecureContext ? Notification.permission : "unsupported";
  const [permission, setPermission] = useState(get);
  const ask = (): void => {
    void Notification.requestPermission().then(setPermission);
  };
  return [permission, ask];
}
