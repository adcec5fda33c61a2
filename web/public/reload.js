// A page of which a script or a style was lost on the way, because the network changed, would stay blank: it is loaded again, three times.
addEventListener(
  "error",
  ({ target }) => {
    if (!(target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet"))) return;
    const tries = Number(sessionStorage.getItem("switchroom.reloads")) + 1;
    if (tries > 3 || document.getElementById("root")?.hasChildNodes()) return;
    sessionStorage.setItem("switchroom.reloads", String(tries));
    setTimeout(() => location.reload(), 500 * tries);
  },
  true,
);
