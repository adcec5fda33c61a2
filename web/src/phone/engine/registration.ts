/** The way to the server: credentials, registration, and trying again until it works or a person is needed. */
import { ApiError } from "../../api/client";
import { retryDelay } from "./backoff";
import { failure, registrationFailure } from "./failures";
import type { Link } from "./model";
import type { Ports, SipCredentials } from "./ports";

/** A missing connection is told after this time: a shorter gap nobody need know of. */
const PATIENCE_MS = 4000;
const RENEW_BEFORE_MS = 60_000;
const REFUSALS_BEFORE_GIVING_UP = 3;

export class Registration {
  #wanted = false;
  #credentials: SipCredentials | null = null;
  #failed = 0;
  #refused = 0;
  #cancelRetry: () => void = () => undefined;
  #cancelPatience: () => void = () => undefined;
  #cancelRenewal: () => void = () => undefined;
  #link: Link = { state: "off" };

  constructor(
    private readonly ports: Pick<Ports, "clock" | "sip" | "directory">,
    private readonly tell: (link: Link) => void,
  ) {}

  /** This tab owns the phone now. */
  begin(): void {
    this.#wanted = true;
    this.#failed = 0;
    this.#refused = 0;
    this.#say({ state: "connecting", failure: null });
    this.watch();
    void this.#fetch();
  }

  /** Nothing of this tab is registered from now on. */
  stop(): void {
    this.#wanted = false;
    this.#credentials = null;
    this.#cancelRetry();
    this.#cancelPatience();
    this.#cancelRenewal();
    this.ports.sip.stop();
  }

  /** A person says try again. */
  restart(owner: boolean): void {
    if (owner) this.begin();
    else {
      this.#say({ state: "connecting", failure: null });
      this.watch();
    }
  }

  /** The network or the page moved: waiting is over. */
  nudge(): void {
    if (this.#wanted && this.#credentials === null) void this.#fetch();
  }

  /** Say that there is no connection unless one comes soon. */
  watch(): void {
    this.#cancelPatience();
    this.#cancelPatience = this.ports.clock.after(PATIENCE_MS, () =>
      this.#say({ state: "connecting", failure: failure("server-unreachable", { do: "try-again" }) }),
    );
  }

  tabsLost(): void {
    if (!this.#wanted) this.watch();
  }

  tabsFound(): void {
    if (!this.#wanted) this.#cancelPatience();
  }

  lost(): void {
    if (!this.#wanted) return;
    if (this.#link.state === "registered" || this.#link.state === "off") this.#say({ state: "connecting", failure: null });
    this.watch();
  }

  done(): void {
    this.#failed = 0;
    this.#refused = 0;
    this.#cancelPatience();
    this.#cancelRetry();
    this.#say({ state: "registered" });
  }

  /** REGISTER was refused, or nobody answered it (`status` null). */
  refused(status: number | null, sentence: string | null): void {
    if (!this.#wanted) return;
    const problem = registrationFailure(status, sentence);
    if (problem.id !== "wrong-login") {
      this.#say({ state: "connecting", failure: problem });
      this.#again(() => this.ports.sip.register());
      return;
    }
    this.#refused += 1;
    if (this.#refused >= REFUSALS_BEFORE_GIVING_UP) this.#giveUp({ state: "stopped", failure: problem });
    else {
      this.#credentials = null;
      this.#again(() => void this.#fetch());
    }
  }

  async #fetch(): Promise<void> {
    this.#cancelRetry();
    try {
      const credentials = await this.ports.directory.credentials();
      if (this.#wanted) this.#use(credentials);
    } catch (error) {
      if (!this.#wanted) return;
      if (error instanceof ApiError && error.status === 401) {
        this.#giveUp({ state: "stopped", failure: failure("signed-out", { do: "sign-in" }) });
        return;
      }
      if (error instanceof ApiError && error.status === 403) {
        this.#giveUp({ state: "stopped", failure: failure("wrong-login", { do: "sign-in" }, {}, error.message) });
        return;
      }
      this.#again(() => void this.#fetch());
    }
  }

  #use(credentials: SipCredentials): void {
    const { sip, clock } = this.ports;
    const before = this.#credentials;
    this.#credentials = credentials;
    if (before?.username === credentials.username) sip.renew(credentials);
    else sip.start(credentials);
    this.#cancelRenewal();
    const left = credentials.expires_at * 1000 - clock.now();
    this.#cancelRenewal = clock.after(Math.max(left - RENEW_BEFORE_MS, left / 2, 5000), () => void this.#fetch());
  }

  #again(run: () => void): void {
    this.#failed += 1;
    this.#cancelRetry();
    this.#cancelRetry = this.ports.clock.after(retryDelay(this.#failed, Math.random()), () => {
      if (this.#wanted) run();
    });
  }

  #giveUp(link: Link): void {
    this.stop();
    this.#say(link);
  }

  #say(link: Link): void {
    this.#link = link;
    this.tell(link);
  }
}
