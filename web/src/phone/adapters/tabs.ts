/** The tabs' channel: WS /api/phone/tabs, by which the server says which tab owns the phone. */
import type { Command, Place, Presence, SharedState, TakeOver } from "../engine/model";
import { type Changing, tellAllChanged, tellChanged } from "../changes";
import type { Clock, TabsEvent, TabsPort } from "../engine/ports";
import { ReliableSocket } from "./socket";

interface FromServer {
  type: "owner" | "state" | "command" | "presence" | "places" | "voicemail" | "changed" | "pong" | "signed_out" | "refused";
  you?: boolean;
  tabs?: number;
  take_over?: TakeOver[];
  state?: SharedState | null;
  command?: Command;
  presence?: Record<string, Presence>;
  places?: Place[];
  new?: number;
  old?: number;
  what?: Changing;
  error_id?: string;
  message?: string;
}

export interface TabsOptions {
  clock: Clock;
  url: string;
  tab: string;
  /** Tells this browser from the person's others, whatever site the tab is on. */
  browser: string;
  /** Of a page of another site; else the cookie speaks. */
  token: () => string | null;
}

export class ServerTabs implements TabsPort {
  #listener: (event: TabsEvent) => void = () => undefined;
  #visible = document.visibilityState === "visible";
  readonly #socket: ReliableSocket;

  constructor(private readonly options: TabsOptions) {
    this.#socket = new ReliableSocket({
      clock: options.clock,
      open: () => new WebSocket(options.url),
      ping: JSON.stringify({ type: "ping" }),
      onOpen: () => this.#hello(),
      onClose: () => this.#listener({ type: "closed" }),
      onMessage: (data) => this.#take(data),
    });
  }

  listen(listener: (event: TabsEvent) => void): void {
    this.#listener = listener;
  }

  start(): void {
    this.#socket.start();
  }

  stop(): void {
    this.#socket.stop();
  }

  nudge(changed: boolean): void {
    this.#socket.nudge(changed);
  }

  claim(): void {
    this.#send({ type: "claim" });
  }

  state(state: SharedState): void {
    this.#send({ type: "state", state });
  }

  command(command: Command): void {
    this.#send({ type: "command", command });
  }

  visible(visible: boolean): void {
    this.#visible = visible;
    this.#send({ type: "visible", visible });
  }

  #hello(): void {
    const { tab, browser, token } = this.options;
    const bearer = token();
    this.#send({ type: "hello", tab, browser, visible: this.#visible, ...(bearer ? { token: bearer } : {}) });
    this.#listener({ type: "open" });
    // What was told while nobody listened.
    tellAllChanged();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #take(data: unknown): void {
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as FromServer;
    switch (message.type) {
      case "owner":
        this.#listener({
          type: "owner",
          you: message.you === true,
          tabs: message.tabs ?? 1,
          takeOver: message.take_over ?? [],
        });
        return;
      case "state":
        if (message.state) this.#listener({ type: "state", state: message.state });
        return;
      case "command":
        if (message.command) this.#listener({ type: "command", command: message.command });
        return;
      case "presence":
        if (message.presence) this.#listener({ type: "presence", presence: message.presence });
        return;
      case "places":
        this.#listener({ type: "places", places: message.places ?? [] });
        return;
      case "voicemail":
        this.#listener({ type: "voicemail", count: { new: message.new ?? 0, old: message.old ?? 0 } });
        return;
      case "changed":
        if (message.what) tellChanged(message.what);
        return;
      case "signed_out":
        this.#listener({ type: "signed-out" });
        return;
      case "refused":
        this.#listener({ type: "refused", errorId: message.error_id ?? "", sentence: message.message ?? "" });
        return;
      case "pong":
        return;
    }
  }
}

/** A string equal in all tabs of one browser, on whatever site, and seldom in two browsers of one person. */
export function browserName(): string {
  const { userAgent, hardwareConcurrency, languages } = navigator;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { width, height, colorDepth } = window.screen;
  return [userAgent, hardwareConcurrency, languages.join(","), zone, `${width}x${height}x${colorDepth}`].join("|").slice(0, 400);
}
