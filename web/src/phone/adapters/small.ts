/** The smaller adapters: memory of the tab, the server's phone API. */
import type { ApiClient } from "../../api/client";
import type { Resolved, SharedState } from "../engine/model";
import type { DirectoryPort, MemoryPort, SipCredentials } from "../engine/ports";

export class TabMemory implements MemoryPort {
  constructor(private readonly key: string) {}

  load(): SharedState | null {
    try {
      const text = sessionStorage.getItem(this.key);
      return text === null ? null : (JSON.parse(text) as SharedState);
    } catch {
      return null;
    }
  }

  save(state: SharedState): void {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(state));
    } catch {
      // Without storage a reload begins anew.
    }
  }
}

export class ServerDirectory implements DirectoryPort {
  constructor(
    private readonly api: ApiClient,
    private readonly tab: string,
  ) {}

  credentials(): Promise<SipCredentials> {
    return this.api.request("/api/phone/credentials", { method: "POST", body: { tab: this.tab } });
  }

  resolve(text: string): Promise<Resolved> {
    return this.api.request("/api/phone/number", { method: "POST", body: { text } });
  }
}

const TAB_KEY = "switchroom.tab";

/**
 * An id of this tab, the same after a reload. It is written down only while the page goes away: "Duplicate tab" copies
 * the session storage of a living tab, and the copy must find nothing there.
 */
export function tabId(): string {
  let id = uuid();
  try {
    id = sessionStorage.getItem(TAB_KEY) ?? id;
    sessionStorage.removeItem(TAB_KEY);
    window.addEventListener("pagehide", () => sessionStorage.setItem(TAB_KEY, id));
  } catch {
    // Without storage a reload is another tab.
  }
  return id;
}

/** RFC 9562 version 4; crypto.randomUUID is missing on insecure pages, which must be able to say that they are. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
