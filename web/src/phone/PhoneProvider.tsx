/** Puts a phone into a page: loads it, lets links call, rings, and shows the panel. */
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { type ApiClient, ApiError } from "../api/client";
import { again } from "../ui/again";
import { ringingHere } from "./engine/calls";
import { addressOf, type Opened } from "./records";
import type { Phone, PhoneInfo, PhoneShell } from "./PhoneContext";
import { PhoneShellContext, usePhone, usePhoneState } from "./PhoneContext";

const FloatingPhone = lazy(() => again(() => import("./views/FloatingPhone")));

export interface PhoneProviderProps {
  api: ApiClient;
  /** Null: nobody to phone for; what depends on the phone says so. */
  user: { id: string } | null;
  /** Leads to the sign-in form. */
  onSignIn?: () => void;
  /** Signs out, from the phone's own menu. */
  onSignOut?: () => void;
  /** Shows something in the page itself; false: it can not, and a new tab does. */
  onOpen?: (what: Opened) => boolean;
  /** Draw the panel upper right when it is open; a page that is the phone draws it itself. */
  floating?: boolean;
  /** `tel:` links of the document call. */
  links?: boolean;
  /** A number to begin with on the keypad. */
  prefill?: string;
  children: ReactNode;
}

export function PhoneProvider({ api, user, onSignIn, onSignOut, onOpen, floating = true, links = true, prefill = "", children }: PhoneProviderProps) {
  const [phone, setPhone] = useState<Phone | null>(null);
  const [missing, setMissing] = useState<PhoneShell["missing"]>("loading");
  const [open, setOpen] = useState(false);
  const [moving, setMoving] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const userId = user?.id ?? null;

  useEffect(() => {
    if (userId === null) return;
    let gone = false;
    let running: Phone | null = null;
    const retry = attempt < 100 ? 2000 : 10_000;
    let timer = 0;
    Promise.all([import("./browser"), api.request<PhoneInfo>("/api/phone")])
      .then(([{ buildPhone }, info]) => buildPhone(api, info))
      .then((loaded) => {
        if (gone) return dispose(loaded);
        running = loaded;
        setPhone(loaded);
        setMissing(null);
        loaded.engine.start();
      })
      .catch((error: unknown) => {
        if (gone) return;
        const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
        setMissing(refused ? "no-user" : "unreachable");
        if (!refused) timer = window.setTimeout(() => setAttempt((count) => count + 1), retry);
      });
    return () => {
      gone = true;
      window.clearTimeout(timer);
      if (running) dispose(running);
      setPhone(null);
    };
  }, [api, userId, attempt]);

  const call = useCallback(
    (text: string) => {
      setOpen(true);
      void phone?.engine.call(text);
    },
    [phone],
  );
  const openPage = useCallback(
    (what: Opened) => {
      if (onOpen?.(what)) return;
      const address = addressOf(what.url, api.server);
      if (address !== null) window.open(address, "_blank", "noopener");
    },
    [api, onOpen],
  );
  const shell = useMemo<PhoneShell>(
    () => ({
      phone,
      missing: userId === null ? "no-user" : missing,
      open,
      setOpen,
      moving,
      setMoving,
      call,
      openPage,
      prefill,
      reload: () => setAttempt((count) => count + 1),
      signIn: onSignIn ?? null,
      signOut: onSignOut ?? null,
    }),
    [phone, missing, userId, open, moving, call, openPage, prefill, onSignIn, onSignOut],
  );
  return (
    <PhoneShellContext value={shell}>
      {children}
      {links && <TelLinks />}
      <OpenOnRing />
      {floating && phone && (
        <Suspense>
          <FloatingPhone />
        </Suspense>
      )}
    </PhoneShellContext>
  );
}

function dispose(phone: Phone): void {
  phone.after.close();
  phone.engine.dispose();
}

/** A click on a `tel:` link anywhere in the document calls with this phone. */
function TelLinks() {
  const { phone, call } = usePhone();
  useEffect(() => {
    if (!phone) return;
    const onClick = (event: MouseEvent): void => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement && node.protocol === "tel:");
      if (!(link instanceof HTMLAnchorElement)) return;
      event.preventDefault();
      call(decodeURIComponent(link.pathname));
    };
    document.addEventListener("click", onClick);
    return () => document.removeEventListener("click", onClick);
  }, [phone, call]);
  return null;
}

/** S2-06: an incoming call opens the widget by itself. */
function OpenOnRing() {
  const { setOpen } = usePhone();
  const ringing = ringingHere(usePhoneState().calls)?.id;
  useEffect(() => {
    if (ringing !== undefined) setOpen(true);
  }, [ringing, setOpen]);
  return null;
}
