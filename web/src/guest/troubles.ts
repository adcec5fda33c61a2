/** From what the server, the browser and the call say to what a guest can act on. Pure. */
import { ApiError } from "../api/client";
import { microphoneFailure } from "../phone/engine/failures";
import type { SipEnded } from "../phone/engine/ports";
import type { Trouble } from "./model";

/** Of a request at the door. */
export function doorTrouble(error: unknown): Trouble {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return "server-away";
  if (error.status === 429) return "too-many-tries";
  if (error.errorId === "wrong-code" || error.field === "code") return "wrong-code";
  if (error.errorId === "name-missing" || error.field === "name") return "name-missing";
  return "link-over";
}

export function microphoneTrouble(error: unknown): Trouble {
  const { id } = microphoneFailure(error, null);
  return id === "microphone-refused" || id === "microphone-missing" || id === "microphone-busy" ? id : "microphone-failed";
}

const NAMED: Readonly<Record<string, Trouble>> = {
  removed: "removed",
  blocked: "removed",
  conference_ended: "conference-ended",
  room_full: "room-full",
  room_locked: "room-locked",
  not_admitted: "not-admitted",
  wrong_code: "wrong-code",
  codes_refused: "wrong-code",
  no_code: "wrong-code",
};

/** How a call ended that nobody lost. */
export function endTrouble(event: SipEnded, answered: boolean): Trouble {
  if (event.by === "us") return "left";
  const named = NAMED[event.because ?? ""];
  if (named) return named;
  if (answered) return event.by === "them" ? "conference-ended" : "connection-lost";
  return event.status === 486 ? "room-full" : "call-failed";
}
