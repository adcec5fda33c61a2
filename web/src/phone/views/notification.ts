/** System notifications of a ringing call: with buttons through the service worker, else plain. */
export interface Ringing {
  id: string;
  title: string;
  body: string;
  answer: string;
  reject: string;
}

type Act = "open" | "answer" | "reject";

let worker: Promise<ServiceWorkerRegistration | null> | null = null;
const plain = new Map<string, Notification>();
const acts = new Map<string, (act: Act) => void>();

/** Register the worker that knows what a button of a notification means. Only on pages of the phone's own server. */
export function startWorker(address: string): void {
  if (worker || !("serviceWorker" in navigator)) return;
  worker = navigator.serviceWorker.register(address).catch(() => null);
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ phone?: string; act?: Act }>) => {
    const { phone, act } = event.data;
    if (phone && act) acts.get(phone)?.(act);
  });
}

export function notify(call: Ringing, onAct: (act: Act) => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  acts.set(call.id, onAct);
  void (worker ?? Promise.resolve(null)).then((registration) => {
    if (!acts.has(call.id)) return;
    const { title, body } = call;
    const common = { body, tag: call.id, requireInteraction: true };
    if (registration) {
      const actions = [
        { action: "answer", title: call.answer },
        { action: "reject", title: call.reject },
      ];
      return registration.showNotification(title, { ...common, actions, data: { phone: call.id } } as NotificationOptions);
    }
    const shown = new Notification(title, common);
    shown.onclick = () => onAct("open");
    plain.set(call.id, shown);
  });
}

export function closeNotification(id: string): void {
  acts.delete(id);
  plain.get(id)?.close();
  plain.delete(id);
  void worker?.then(async (registration) => {
    for (const shown of (await registration?.getNotifications({ tag: id })) ?? []) shown.close();
  });
}
