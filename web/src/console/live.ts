/** What goes on now, told by the server over a WebSocket: calls, rooms, registrations, problems, pending changes. */
import { useSyncExternalStore } from "react";
import { api } from "./session";
import type { Call, Pending, Registration, Room, SeenProblem } from "./types";

export interface LiveState {
  /** `lost`: it is being tried again. */
  connection: "closed" | "connecting" | "open" | "lost";
  calls: Call[] | undefined;
  rooms: Room[] | undefined;
  registrations: Registration[] | undefined;
  problems: SeenProblem[] | undefined;
  pending: Pending | undefined;
  appliedRevision: number | undefined;
  /** Grows with everybody's saves. */
  draftVersion: number | undefined;
}

export const NOTHING: LiveState = {
  connection: "closed",
  calls: undefined,
  rooms: undefined,
  registrations: undefined,
  problems: undefined,
  pending: undefined,
  appliedRevision: undefined,
  draftVersion: undefined,
};

/** The state after a message of the server; messages of unknown types change nothing. */
export function afterMessage(state: LiveState, message: Record<string, unknown>): LiveState {
  switch (message.type) {
    case "calls":
      return { ...state, calls: message.calls as Call[] };
    case "rooms":
      return { ...state, rooms: message.rooms as Room[] };
    case "registrations":
      return { ...state, registrations: message.registrations as Registration[] };
    case "problems":
      return { ...state, problems: message.problems as SeenProblem[] };
    case "pending":
      return {
        ...state,
        pending: { changed_entries: Number(message.changed_entries) },
        appliedRevision: Number(message.applied_revision),
        draftVersion: Number(message.draft_version),
      };
    default:
      return state;
  }
}

const WAITS = [250, 500, 1000, 2000, 4000, 5000];
const listeners = new Set<() => void>();
let state = NOTHING;
let socket: WebSocket | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let wanted = false;

function change(next: LiveState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

function open(): void {
  if (state.connection === "closed") change({ ...state, connection: "connecting" });
  const opened = new WebSocket(api.socketUrl("/api/live"));
  socket = opened;
  opened.onmessage = (event) => {
    tries = 0;
    const message = JSON.parse(String(event.data)) as Record<string, unknown>;
    if (message.type === "signed_out") {
      // Elsewhere, or by an administrator: the sign-in page, without waiting for a click.
      api.onSignedOut();
      return;
    }
    change({ ...afterMessage(state, message), connection: "open" });
  };
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = null;
    if (!wanted) return;
    change({ ...state, connection: "lost" });
    retry = setTimeout(open, WAITS[Math.min(tries++, WAITS.length - 1)]);
  };
}

/** Listen, or stop listening. */
export function followLive(follow: boolean): void {
  if (follow === wanted) return;
  wanted = follow;
  clearTimeout(retry);
  if (follow) {
    open();
    return;
  }
  const closing = socket;
  socket = null;
  closing?.close();
  change(NOTHING);
}

/** After a save: its answer says how many changes wait, before the feed does. */
export function notePending(pending: Pending): void {
  change({ ...state, pending: { changed_entries: pending.changed_entries } });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLive(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}
