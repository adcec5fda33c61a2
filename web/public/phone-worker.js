// The buttons of a ringing call's notification: told to the page that rings, which is then shown. Nothing is cached.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("notificationclick", (event) => {
  const { phone } = event.notification.data ?? {};
  const act = event.action || "open";
  event.notification.close();
  event.waitUntil(
    (async () => {
      const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      for (const page of pages) page.postMessage({ phone, act });
      if (act === "reject") return;
      const page = pages.find((one) => one.focused) ?? pages[0];
      if (page) await page.focus();
      else await self.clients.openWindow("/phone");
    })(),
  );
});
