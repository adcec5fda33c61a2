/** The server's API: one function that fetches, one error that a person can act on. */

/** Who asks: a cookie of this site with its CSRF token, a bearer token, or nobody whom the server knows. */
export type Credentials = { kind: "cookie"; csrf: string | null } | { kind: "bearer"; token: string } | { kind: "none" };

export interface Problem {
  path: string;
  error_id: string;
  message: string;
}

/** A refusal of the server, or a server that can not be reached (`status` 0, error_id "unreachable"). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly errorId: string,
    message: string,
    readonly field: string | null = null,
    readonly problems: readonly Problem[] = [],
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON; with `contentType` it is a text or file sent as it is. */
  body?: unknown;
  contentType?: string;
  /** The version of the entry that was edited: a 409 "changed-meanwhile" when somebody was faster. */
  version?: string;
  signal?: AbortSignal;
}

export class ApiClient {
  /** @param server origin of the system, e.g. "https://pbx.example"; "" is the page's own. */
  constructor(
    readonly server: string = "",
    public credentials: Credentials = { kind: "cookie", csrf: null },
    /** Told when the server says that nobody is signed in. */
    public onSignedOut: () => void = () => undefined,
  ) {}

  async request<T>(path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.fetch(path, options);
    if (response.status === 204) return undefined as T;
    return (await response.json()) as T;
  }

  /** The raw answer, for files. Throws {@link ApiError} like `request`. */
  async fetch(path: string, options: RequestOptions = {}): Promise<Response> {
    const { method = "GET", body, contentType, version, signal } = options;
    const headers = new Headers({ Accept: "application/json" });
    if (this.credentials.kind === "bearer") headers.set("Authorization", `Bearer ${this.credentials.token}`);
    else if (this.credentials.kind === "cookie" && method !== "GET" && this.credentials.csrf) headers.set("X-CSRF-Token", this.credentials.csrf);
    if (body !== undefined) headers.set("Content-Type", contentType ?? "application/json");
    if (version !== undefined) headers.set("If-Match", version);
    const init: RequestInit = {
      method,
      headers,
      credentials: this.credentials.kind === "cookie" ? "same-origin" : "omit",
    };
    if (body !== undefined) init.body = contentType ? (body as BodyInit) : JSON.stringify(body);
    if (signal) init.signal = signal;
    let response: Response;
    try {
      response = await fetch(this.server + path, init);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, "unreachable", "The server can not be reached.");
    }
    if (response.ok) return response;
    const refusal = await refusalOf(response);
    if (response.status === 401 && refusal.errorId === "not-signed-in") this.onSignedOut();
    throw refusal;
  }

  /** The address of a WebSocket of the server. */
  socketUrl(path: string): string {
    const url = new URL(path, this.server || window.location.origin);
    url.protocol = url.protocol.replace("http", "ws");
    return url.toString();
  }
}

async function refusalOf(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as {
      error_id?: string;
      message?: string;
      field?: string | null;
      problems?: Problem[];
    };
    return new ApiError(
      response.status,
      body.error_id ?? "refused",
      body.message ?? response.statusText,
      body.field ?? null,
      body.problems ?? [],
      body,
    );
  } catch {
    return new ApiError(response.status, "refused", response.statusText);
  }
}
