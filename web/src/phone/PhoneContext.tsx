/** The phone as React sees it: one engine, its state, and the few things of the page that views need. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { ApiClient } from "../api/client";
import type { BrowserAudio } from "./adapters/audio";
import type { BrowserMedia } from "./adapters/media";
import type { AudioSettings } from "./adapters/settings";
import type { PhoneEngine } from "./engine/engine";
import type { AfterCalls } from "./after";
import { EMPTY, type PhoneState } from "./engine/model";
import type { Opened } from "./records";

/** GET /api/phone. */
export interface PhoneInfo {
  user: { id: string; extension: string; name: string };
  country: string;
  language: string;
  echo: string;
  sip: { path: string; domain: string };
}

/** All parts of a running phone. */
export interface Phone {
  info: PhoneInfo;
  engine: PhoneEngine;
  /** Calls that are over and may want a note. */
  after: AfterCalls;
  audio: BrowserAudio;
  media: BrowserMedia;
  settings: AudioSettings;
  api: ApiClient;
}

export interface PhoneShell {
  /** Null while it is loaded, or when this login has no phone. */
  phone: Phone | null;
  /** Why there is no phone: the login belongs to no user, or it can not be loaded. */
  missing: "loading" | "no-user" | "unreachable" | null;
  /** The panel is shown. */
  open: boolean;
  setOpen: (open: boolean) => void;
  /** The call whose transfer is being chosen, by its id. */
  moving: string | null;
  setMoving: (call: string | null) => void;
  /** Call what somebody typed or clicked; opens the panel. */
  call: (text: string) => void;
  /** Show a record, a contact or the calendar: in this page where it can, else in a new tab. */
  openPage: (what: Opened) => void;
  /** A number to begin with on the keypad. */
  prefill: string;
  /** Try again to load. */
  reload: () => void;
  /** Leads to the sign-in form; null: the page has its own. */
  signIn: (() => void) | null;
  /** Signs out; null: the page has its own way. */
  signOut: (() => void) | null;
}

export const PhoneShellContext = createContext<PhoneShell | null>(null);

/** The phone of this page: `call` a number, look whether one can. */
export function usePhone(): PhoneShell {
  const shell = useContext(PhoneShellContext);
  if (!shell) throw new Error("usePhone outside PhoneProvider");
  return shell;
}

const never = (): (() => void) => () => undefined;

/** The phone's state; empty while there is none. */
export function usePhoneState(): PhoneState {
  const { phone } = usePhone();
  const engine = phone?.engine;
  const get = (): PhoneState => engine?.state ?? EMPTY;
  return useSyncExternalStore(engine?.subscribe ?? never, get, get);
}

/** The phone itself, for views that are drawn only when there is one. */
export function useRunningPhone(): Phone {
  const { phone } = usePhone();
  if (!phone) throw new Error("no phone yet");
  return phone;
}
