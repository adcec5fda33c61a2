/** From what browsers and the server say to what a person can act on. Pure. */
import type { Command, Failure, FailureId, PhoneState } from "./model";

export function failure(
  id: FailureId,
  retry: Command | null = null,
  values: Record<string, string> = {},
  sentence: string | null = null,
): Failure {
  return { id, values, sentence, retry };
}

/** The failure behind an error of getUserMedia, by the error's name (Media Capture and Streams, §10.2.1). */
export function microphoneFailure(error: unknown, retry: Command | null): Failure {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const sentence = error instanceof Error && error.message !== "" ? `${error.name}: ${error.message}` : null;
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
    case "PermissionDeniedError":
      return failure("microphone-refused", retry, {}, sentence);
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return failure("microphone-missing", retry, {}, sentence);
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return failure("microphone-busy", retry, {}, sentence);
    default:
      return failure("microphone-failed", retry, {}, sentence);
  }
}

/** What keeps this page from being a phone at all; null: nothing. */
export function pageFailure(page: { secure: boolean; webrtc: boolean; microphone: boolean }): Failure | null {
  if (!page.secure) return failure("page-insecure");
  if (!page.webrtc || !page.microphone) return failure("browser-too-old");
  return null;
}

/** The failure of an answer to REGISTER, or of asking for the credentials; `status` 0 or null: no answer came. */
export function registrationFailure(status: number | null, sentence: string | null): Failure {
  if (status === 401 || status === 403 || status === 407) {
    return failure("wrong-login", { do: "sign-in" }, { status: String(status) }, sentence);
  }
  return failure("server-unreachable", { do: "try-again" }, {}, sentence);
}

/** Why the server did not lead a call to somebody. */
export function transferFailure(errorId: string, to: string, sentence: string | null): Failure {
  return failure(TRANSFER_REFUSALS[errorId] ?? "transfer-failed", null, { number: to }, sentence);
}

const TRANSFER_REFUSALS: Readonly<Record<string, FailureId>> = {
  "not-allowed": "transfer-not-allowed",
  "number-unknown": "transfer-nobody",
  "needs-country-code": "transfer-nobody",
  "number-missing": "transfer-nobody",
  "not-a-place": "transfer-nobody",
  "same-person": "transfer-same",
  busy: "transfer-busy",
  unreachable: "server-unreachable",
};

/** What a refusal on the tabs' channel changes. */
export function tabRefusal(errorId: string, sentence: string): Partial<Pick<PhoneState, "link" | "failure">> {
  const stopped = (id: FailureId, retry: Command): Pick<PhoneState, "link"> => ({
    link: { state: "stopped", failure: failure(id, retry, {}, sentence) },
  });
  switch (errorId) {
    case "superseded":
    case "not-owner":
    case "hello-twice":
      return {};
    case "no-owner":
      return { failure: failure("not-registered", null, {}, sentence) };
    case "too-many-tabs":
      return stopped("too-many-tabs", { do: "try-again" });
    case "not-signed-in":
      return stopped("signed-out", { do: "sign-in" });
    default:
      return stopped("wrong-login", { do: "sign-in" });
  }
}
