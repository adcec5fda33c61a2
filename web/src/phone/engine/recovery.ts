/** What is done when the way of a call's sound is lost: renew it, or come back into the conference that was lost. */
import * as book from "./calls";
import { failure } from "./failures";
import type { Call, Ending, Place } from "./model";
import type { Microphone, Ports, SipEnded } from "./ports";
import { Returning } from "./returning";
import { GOODBYE_MS, RECOVERY_MS, THEN_MS } from "./times";

/** The engine, as far as recovery needs it. */
export interface Phone {
  calls(): readonly Call[];
  owns(): boolean;
  registered(): boolean;
  microphone(id: string): Microphone | undefined;
  /** It is being fetched from another tab. */
  taken(id: string): boolean;
  change(id: string, patch: Partial<Call>): void;
  hold(id: string): void;
  digits(id: string, digits: string): void;
  over(id: string, ending: Ending): void;
}

export class Recovery {
  #stale = false;
  #fresh = false;
  #places: ReadonlyMap<string, Place> = new Map();
  /** The way back into each call's conference. */
  readonly #ways = new Map<string, Place>();
  readonly #returning: Returning;

  constructor(
    private readonly ports: Pick<Ports, "clock" | "sip" | "tabs">,
    private readonly phone: Phone,
  ) {
    this.#returning = new Returning(ports.clock, {
      open: () => phone.owns() && phone.registered(),
      dial: (id) => this.#dial(id),
      giveUp: (id) => this.#giveUp(id),
    });
  }

  /** Some call is on its way back: this tab has to go on owning the phone. */
  get returning(): boolean {
    return this.#returning.any;
  }

  /** The connections may have changed under the calls: renew their sound when they stand. */
  doubt(): void {
    this.#stale = true;
  }

  /** The connection for calls is gone. */
  disconnected(): void {
    this.#returning.closed();
  }

  /** Registered, or connected long enough. */
  renew(): void {
    this.#returning.opened();
    if (!this.#stale) return;
    this.#stale = false;
    for (const call of this.phone.calls()) {
      if (book.established(call) && !this.phone.taken(call.id) && !call.returning) this.ports.sip.restartIce(call.id);
    }
  }

  media(id: string, flows: boolean): void {
    const call = book.find(this.phone.calls(), id);
    if (!call || this.phone.taken(id) || call.returning) return;
    if (flows) {
      if (call.state === "recovering") this.phone.change(id, { state: "talking" });
      return;
    }
    if (call.state === "talking") this.phone.change(id, { state: "recovering" });
    if (!book.established(call)) return;
    this.silent();
    if (this.phone.registered()) this.renew();
    this.ports.clock.after(RECOVERY_MS, () => this.#tooLong(id));
  }

  /** Nothing is heard of the server: if its connections are dead too, new ones are made at once, and the sound with them. */
  silent(): void {
    if (!this.phone.owns()) return;
    this.#stale = true;
    this.ports.sip.nudge(true);
    this.ports.tabs.nudge(true);
  }

  /** The tabs' channel is new: what it says first of the calls is how they are. */
  reconnected(): void {
    this.#fresh = true;
  }

  /** The server says which calls it holds, and where they are. */
  told(places: readonly Place[]): void {
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#places = new Map(places.map((place) => [place.dialog, place]));
    for (const call of this.phone.calls()) {
      const place = this.#places.get(call.dialog ?? "");
      if (place) this.#placed(call, place);
      else if (this.#missing(call.id)) {
        if (fresh) this.lost(call.id);
        else this.ports.clock.after(GOODBYE_MS, () => this.#missing(call.id) && this.lost(call.id));
      }
    }
  }

  /** A session is over. True: its call goes on, on its way back. */
  ended({ id, by, status, lost = false }: SipEnded): boolean {
    const call = book.find(this.phone.calls(), id);
    if (!call) return false;
    if (this.#returning.has(id)) {
      if (by === "us") return true; // the old session is closed
      this.phone.change(id, { dialog: null });
      return this.#returning.refused(id, by === "them" ? status : null);
    }
    if (!book.established(call) || this.phone.taken(id) || !(lost || by === "system")) return false;
    return this.lost(id);
  }

  /** Come back into the conference. False: this call was in none, or nothing leads there. */
  lost(id: string, since = this.ports.clock.now()): boolean {
    const call = book.find(this.phone.calls(), id);
    if (!call || !this.phone.owns() || call.conference === null || !this.#ways.get(id)?.dial) return false;
    this.phone.change(id, { state: "recovering", returning: true, dialog: null, quality: null });
    this.#returning.begin(id, since, call.state === "held");
    return true;
  }

  /** It was answered. Returns whether it is back. */
  answered(id: string): boolean {
    const back = this.#returning.answered(id);
    const call = book.find(this.phone.calls(), id);
    if (!back || !call) return false;
    this.phone.change(id, { returning: false });
    if (call.muted) this.ports.sip.mute(id, true);
    if (back.held) this.phone.hold(id);
    const keys = this.#ways.get(id)?.then ?? "";
    if (keys !== "") this.ports.clock.after(THEN_MS, () => this.phone.digits(id, keys));
    return true;
  }

  /** Somebody hung up, or the call is over. */
  forget(id: string): void {
    this.#returning.drop(id);
    this.#ways.delete(id);
  }

  #placed(call: Call, place: Place): void {
    if (place.conference_id !== null) this.#ways.set(call.id, place);
    else if (call.returning) return;
    if (call.conference !== place.conference_id) this.phone.change(call.id, { conference: place.conference_id });
  }

  #missing(id: string): boolean {
    const call = book.find(this.phone.calls(), id);
    if (!call || call.conference === null || call.returning || this.phone.taken(id)) return false;
    return book.established(call) && !this.#places.has(call.dialog ?? "");
  }

  #dial(id: string): void {
    const microphone = this.phone.microphone(id);
    const way = this.#ways.get(id);
    // The old session, if it still seems to stand.
    this.ports.sip.hangUp(id);
    if (microphone && way?.dial) this.ports.sip.call(id, way.dial, microphone, null);
  }

  #tooLong(id: string): void {
    const call = book.find(this.phone.calls(), id);
    if (call?.state !== "recovering" || call.returning) return;
    if (!this.lost(id, this.ports.clock.now() - RECOVERY_MS)) this.#giveUp(id);
  }

  #giveUp(id: string): void {
    const call = book.find(this.phone.calls(), id);
    if (!call) return;
    const again = { do: "dial", target: book.targetOf(call) } as const;
    this.phone.over(id, { by: "system", failure: failure("call-lost", again, { number: call.name ?? call.shown }) });
    this.ports.sip.hangUp(id);
  }
}
