/** The phone: carries commands out through the ports and keeps the one state that all views draw. No React, no DOM. */
import { ApiError } from "../../api/client";
import * as book from "./calls";
import { failure, microphoneFailure, pageFailure, tabRefusal } from "./failures";
import type { Call, Command, Failure, PhoneState, Resolved, SharedState, TakeOver, Target, Transfer } from "./model";
import { EMPTY, shared } from "./model";
import type { Microphone, Ports, SipEvent, TabsEvent } from "./ports";
import { QualityWatch } from "./quality-watch";
import { Recovery } from "./recovery";
import { Registration } from "./registration";
import { Transfers } from "./transfers";
import { DRAIN_MS, LINGER_FAILED_MS, LINGER_MS, PROBE_MS, THEN_MS } from "./times";

interface Taken {
  entry: TakeOver;
  held: boolean;
  muted: boolean;
}

export class PhoneEngine {
  #state: PhoneState = EMPTY;
  readonly #listeners = new Set<() => void>();
  readonly #microphones = new Map<string, Microphone>();
  /** Calls of an earlier tab, to be fetched or just being fetched, by our id. */
  readonly #taken = new Map<string, Taken>();
  readonly #draining = new Set<string>();
  readonly #registration: Registration;
  readonly #quality: QualityWatch;
  readonly #recovery: Recovery;
  readonly #transfers: Transfers;
  #ownSoundBlocked = false;
  #told: SharedState | null = null;
  #running = false;

  constructor(private readonly ports: Ports) {
    const { sip, tabs, audio, network, memory } = ports;
    this.#registration = new Registration(ports, (link) => this.#set({ link }));
    this.#quality = new QualityWatch(
      ports,
      () => this.#state.calls,
      (calls) => this.#calls(calls),
      () => this.#recovery.silent(),
    );
    this.#recovery = new Recovery(ports, {
      calls: () => this.#state.calls,
      owns: () => this.#owns(),
      registered: () => this.#state.link.state === "registered",
      microphone: (id) => this.#microphones.get(id),
      taken: (id) => this.#taken.has(id),
      change: (id, patch) => this.#calls(book.change(this.#state.calls, id, patch)),
      hold: (id) => this.#hold(id, true),
      digits: (id, digits) => this.#digits(id, digits),
      over: (id, ending) => this.#over(id, ending),
    });
    this.#transfers = new Transfers(ports, {
      calls: () => this.#state.calls,
      change: (id, transfer) => this.#calls(book.moved(this.#state.calls, id, transfer)),
      dial: (target, transfer) => this.#dial(target, transfer),
      resume: (id) => this.#resume(id),
      end: (id) => this.#end(id),
      fail: (problem) => this.#set({ failure: problem }),
    });
    const remembered = memory.load();
    if (remembered) this.#state = { ...EMPTY, lastDialled: remembered.lastDialled };
    sip.listen((event) => this.#onSip(event));
    tabs.listen((event) => this.#onTabs(event));
    audio.onBlocked((blocked) => {
      this.#ownSoundBlocked = blocked;
      if (this.#owns()) this.#set({ soundBlocked: blocked });
      this.#sound();
    });
    network.onNudge((changed) => this.#nudge(changed));
    network.onVisible((visible) => tabs.visible(visible));
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** Called after each change. Returns what ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    if (this.#running) return;
    const { media, sip, tabs } = this.ports;
    const unfit = pageFailure(media.page());
    if (unfit) {
      this.#set({ link: { state: "stopped", failure: unfit } });
      return;
    }
    this.#running = true;
    this.#set({ link: { state: "connecting", failure: null } });
    sip.prepare().catch(() => undefined);
    tabs.start();
    this.#registration.watch();
    media.permission().then(
      (granted) => this.#set({ microphone: granted === "granted" ? "allowed" : granted === "denied" ? "refused" : "unknown" }),
      () => undefined,
    );
  }

  /** Sign out, or the page's phone is taken away: calls end. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    for (const call of this.#state.calls) if (this.#owns() && book.live(call)) this.#end(call.id);
    this.#registration.stop();
    this.ports.tabs.stop();
    this.ports.audio.ring("none");
    this.#set({ link: { state: "off" }, role: { kind: "unknown" }, calls: [], failure: null });
  }

  /** This phone is used no more. */
  dispose(): void {
    this.stop();
    this.ports.network.stop();
  }

  /** Call what a person typed, pasted or clicked. Resolves to whether a call was begun; the refusal is in `state.failure`. */
  async call(text: string): Promise<boolean> {
    this.ports.audio.unlock();
    try {
      const resolved = await this.ports.directory.resolve(text);
      if (resolved.kind === "refused" || resolved.dial === null) {
        this.#set({ failure: failure("number-refused", null, { number: text }, resolved.message) });
        return false;
      }
      return await this.do({ do: "dial", target: targetOf(resolved, resolved.dial) });
    } catch (error) {
      const sentence = error instanceof Error ? error.message : null;
      const refused = error instanceof ApiError && error.status === 422;
      this.#set({ failure: failure(refused ? "number-refused" : "server-unreachable", null, { number: text }, sentence) });
      return false;
    }
  }

  /** Carry a command out, here or in the tab that owns the phone. Resolves to false when it could not be begun. */
  async do(command: Command): Promise<boolean> {
    this.ports.audio.unlock();
    if (this.#state.role.kind !== "mirror" || command.do === "dismiss-failure") return this.#execute(command);
    const needsMicrophone = command.do === "dial" || command.do === "ask-first" || command.do === "answer";
    if (needsMicrophone && !(await this.#allowedHere(command))) return false;
    this.ports.tabs.command(command);
    return true;
  }

  /** "Use the phone in this tab", with its calls. */
  claim(): void {
    this.ports.audio.unlock();
    this.ports.tabs.claim();
  }

  /** The chosen microphone is another one: calls go over to it. */
  async changeMicrophone(): Promise<void> {
    for (const [id, old] of [...this.#microphones]) {
      try {
        const next = await this.ports.media.open();
        this.#microphones.set(id, next);
        this.ports.sip.useMicrophone(id, next);
        const call = book.find(this.#state.calls, id);
        if (call?.muted) this.ports.sip.mute(id, true);
        old.close();
      } catch (error) {
        this.#set({ failure: microphoneFailure(error, null) });
      }
    }
  }

  // Commands

  async #execute(command: Command): Promise<boolean> {
    const { calls } = this.#state;
    switch (command.do) {
      case "dial":
        return this.#dial(command.target);
      case "answer":
        return this.#answer(command.call);
      case "reject":
        this.ports.sip.reject(command.call, 603);
        this.#over(command.call, { by: "us", failure: null });
        return true;
      case "hang-up":
        this.#end(command.call);
        return true;
      case "mute":
        this.ports.sip.mute(command.call, command.on);
        this.#calls(book.change(calls, command.call, { muted: command.on }));
        return true;
      case "hold":
        if (command.on) this.#hold(command.call, true);
        else this.#resume(command.call);
        return true;
      case "swap": {
        const behind = book.background(calls);
        if (behind) this.#resume(behind.id);
        return behind !== null;
      }
      case "transfer":
      case "ask-first":
      case "complete-transfer":
      case "cancel-transfer":
        return this.#transfers.execute(command);
      case "digits":
        this.#digits(command.call, command.digits);
        return true;
      case "dismiss":
        this.#calls(book.without(calls, command.call));
        return true;
      case "dismiss-failure":
        this.#set({ failure: null });
        return true;
      case "try-again":
        this.#tryAgain();
        return true;
      case "sign-in":
        return false;
    }
  }

  async #dial(target: Target, transfer: Transfer | null = null): Promise<boolean> {
    const { calls, link } = this.#state;
    const retry: Command = { do: "dial", target };
    if (link.state !== "registered") {
      this.#set({ failure: failure("not-registered", retry, { number: target.shown }) });
      return false;
    }
    const taken = calls.filter(book.occupies);
    if (book.talks(calls) >= book.MOST_TALKS || taken.some((call) => !book.established(call))) {
      this.#set({ failure: failure("two-calls-already", null, { number: target.shown }) });
      return false;
    }
    this.#holdOthers(null);
    const call = { ...book.outgoing(this.ports.id(), target, this.ports.clock.now()), transfer };
    this.#set({ calls: [...this.#state.calls.filter(book.live), call], lastDialled: target, failure: null });
    const microphone = await this.#microphone(retry);
    if (!microphone) {
      this.#calls(book.without(this.#state.calls, call.id));
      return false;
    }
    if (!this.#stillOn(call.id)) {
      microphone.close();
      return false;
    }
    this.#microphones.set(call.id, microphone);
    this.ports.sip.call(call.id, target.dial, microphone, null);
    return true;
  }

  async #answer(id: string): Promise<boolean> {
    const call = book.find(this.#state.calls, id);
    if (call?.state !== "incoming") return false;
    for (const other of this.#state.calls) {
      if (book.occupies(other) && !book.established(other)) this.#end(other.id);
    }
    this.#holdOthers(id);
    this.#set({ calls: book.change(this.#state.calls, id, { state: "answering" }), failure: null });
    const microphone = await this.#microphone({ do: "answer", call: id });
    if (!microphone) {
      this.#calls(book.change(this.#state.calls, id, { state: "incoming" }));
      return false;
    }
    if (!this.#stillOn(id)) {
      microphone.close();
      return false;
    }
    this.#microphones.set(id, microphone);
    this.ports.sip.answer(id, microphone);
    return true;
  }

  #digits(id: string, text: string): void {
    const digits = text.toUpperCase().replace(/[^0-9A-D*#]/g, "");
    const call = book.find(this.#state.calls, id);
    if (digits === "" || !call || !book.established(call)) return;
    this.ports.sip.digits(id, digits);
    this.#calls(book.keyed(this.#state.calls, id, digits));
  }

  #hold(id: string, on: boolean): void {
    const call = book.find(this.#state.calls, id);
    if (!call || !book.established(call) || (call.state === "held") === on) return;
    this.ports.sip.hold(id, on);
    this.#calls(book.held(this.#state.calls, id, on));
  }

  #resume(id: string): void {
    this.#holdOthers(id);
    this.#hold(id, false);
  }

  #holdOthers(id: string | null): void {
    for (const other of this.#state.calls) if (other.id !== id) this.#hold(other.id, true);
  }

  #end(id: string): void {
    const call = book.find(this.#state.calls, id);
    if (!call || !book.live(call)) return;
    this.#recovery.forget(id);
    if (this.#microphones.has(id) || call.direction === "in") this.ports.sip.hangUp(id);
    this.#over(id, { by: "us", failure: null });
  }

  #tryAgain(): void {
    const { failure: last, link } = this.#state;
    if (link.state !== "registered") {
      this.#set({ failure: null });
      if (link.state === "stopped") this.#registration.restart(this.#owns());
      this.#nudge(true);
      return;
    }
    this.#set({ failure: null });
    if (last?.retry && last.retry.do !== "try-again") void this.do(last.retry);
  }

  async #microphone(retry: Command): Promise<Microphone | null> {
    if (this.#state.microphone !== "allowed") this.#set({ microphone: "asking" });
    try {
      const microphone = await this.ports.media.open();
      this.#set({ microphone: "allowed" });
      return microphone;
    } catch (error) {
      const problem = microphoneFailure(error, retry);
      this.#set({ failure: problem, microphone: problem.id === "microphone-refused" ? "refused" : "unknown" });
      return null;
    }
  }

  /** The browser asks in the tab that is looked at: the owner, in the background, could not. */
  async #allowedHere(retry: Command): Promise<boolean> {
    if ((await this.ports.media.permission()) === "granted") return true;
    const microphone = await this.#microphone(retry);
    microphone?.close();
    return microphone !== null;
  }

  // What the server and the other side do

  #onSip(event: SipEvent): void {
    switch (event.type) {
      case "connected":
        return;
      case "disconnected":
        this.#registration.lost();
        this.#recovery.disconnected();
        return;
      case "registered":
        this.#registration.done();
        for (const id of this.#taken.keys()) void this.#fetch(id);
        this.#recovery.renew();
        return;
      case "registration-failed":
        this.#registration.refused(event.status, event.sentence);
        return;
      case "incoming":
        this.#onIncoming(event);
        return;
      case "ended":
        this.#onEnded(event);
        return;
      case "media":
        this.#recovery.media(event.id, event.flows);
        return;
      case "answered":
        this.#onAnswered(event.id);
        return;
      case "progress":
        // What is heard, a ringing tone or a spoken refusal, comes from the other side: nobody is known to ring.
        if (!event.sound) this.#calls(book.progress(this.#state.calls, event.id));
        return;
      case "sent":
        this.#calls(book.change(this.#state.calls, event.id, { dialog: event.dialog }));
        return;
      case "held-by-them":
        this.#calls(book.change(this.#state.calls, event.id, { heldByThem: event.on }));
        return;
    }
  }

  #onIncoming(event: SipEvent & { type: "incoming" }): void {
    const { calls } = this.#state;
    const full = book.ringingHere(calls) !== null || calls.filter(book.occupies).length >= book.MOST_TALKS;
    if (full || !this.#owns()) {
      this.ports.sip.reject(event.id, 486);
      return;
    }
    const from = { number: event.number, shown: event.number, name: event.name };
    const transfer = this.#transfers.returned(event.number);
    const call: Call = { ...book.incoming(event.id, from, this.ports.clock.now()), dialog: event.dialog, transfer };
    this.#calls([...calls.filter(book.live), call]);
    this.#look(call);
  }

  /** Show the caller's number as people read it, and his name from the address book. */
  #look(call: Call): void {
    if (call.number === "") return;
    this.ports.directory.resolve(call.number).then(
      (resolved) => {
        if (resolved.kind === "refused") return;
        const name = resolved.name ?? call.name;
        this.#calls(book.change(this.#state.calls, call.id, { shown: resolved.shown, name }));
      },
      () => undefined,
    );
  }

  #onAnswered(id: string): void {
    const taken = this.#taken.get(id);
    this.#taken.delete(id);
    this.#calls(book.answered(this.#state.calls, id, this.ports.clock.now()));
    const then = book.find(this.#state.calls, id)?.then ?? "";
    const back = this.#recovery.answered(id);
    if (!taken && !back && then !== "") this.ports.clock.after(THEN_MS, () => this.#digits(id, then));
    if (taken?.muted) this.ports.sip.mute(id, true);
    if (taken?.held) this.#hold(id, true);
    this.#quality.begin();
  }

  #onEnded(event: SipEvent & { type: "ended" }): void {
    this.#draining.delete(event.id);
    const call = book.find(this.#state.calls, event.id);
    if (!call || !book.live(call)) {
      this.#closeMicrophone(event.id);
      return;
    }
    if (this.#recovery.ended(event)) return;
    const unanswered = call.answeredAt === null;
    let problem: Failure | null = null;
    if (this.#taken.delete(event.id) || (!unanswered && event.by === "system")) {
      problem = failure("call-lost", { do: "dial", target: book.targetOf(call) }, { number: call.name ?? call.shown }, event.sentence);
    } else if (unanswered && call.direction === "out") problem = book.refusal(event.status, event.sentence, call);
    if (event.by === "them") problem = book.goodbye(event.because ?? null, call) ?? problem;
    this.#over(event.id, { by: event.elsewhere ? "elsewhere" : event.by, failure: problem });
  }

  #over(id: string, ending: { by: "us" | "them" | "elsewhere" | "system"; failure: Failure | null }): void {
    this.#recovery.forget(id);
    this.#closeMicrophone(id);
    const before = book.find(this.#state.calls, id);
    this.#calls(book.ended(this.#state.calls, id, ending, this.ports.clock.now()));
    if (before) this.#transfers.over(before, ending);
    const linger = ending.failure ? LINGER_FAILED_MS : LINGER_MS;
    this.ports.clock.after(linger, () => this.#calls(book.without(this.#state.calls, id)));
  }

  #nudge(changed: boolean): void {
    if (!this.#running) return;
    this.ports.tabs.nudge(changed);
    this.#registration.nudge();
    if (!this.#owns()) return;
    this.ports.sip.nudge(changed);
    if (!changed || !this.#state.calls.some(book.established)) return;
    this.#recovery.doubt();
    this.ports.clock.after(PROBE_MS, () => {
      if (this.#state.link.state === "registered") this.#recovery.renew();
    });
  }

  // Tabs

  #onTabs(event: TabsEvent): void {
    switch (event.type) {
      case "open":
        this.#recovery.reconnected();
        return;
      case "closed":
        if (!this.#owns()) this.#set({ link: { state: "connecting", failure: null } });
        this.#registration.tabsLost();
        return;
      case "owner":
        this.#registration.tabsFound();
        // Our call is on its way back into its conference: the phone stays here.
        if (!event.you && this.#owns() && this.#recovery.returning) this.ports.tabs.claim();
        else if (!event.you) this.#becomeMirror(event.tabs);
        else if (this.#owns()) this.#set({ role: { kind: "owner", tabs: event.tabs } });
        else this.#becomeOwner(event.tabs, event.takeOver);
        return;
      case "state":
        if (this.#state.role.kind === "mirror") this.#set(event.state);
        return;
      case "command":
        if (this.#owns()) void this.#execute(event.command);
        return;
      case "presence":
        return this.#set({ presence: { ...this.#state.presence, ...event.presence } });
      case "voicemail":
        return this.#set({ voicemail: event.count });
      case "places":
        this.#set({ places: Object.fromEntries(event.places.map((place) => [place.dialog, place])) });
        this.#recovery.told(event.places);
        return;
      case "signed-out":
        this.stop();
        this.#set({ link: { state: "stopped", failure: failure("signed-out", { do: "sign-in" }) } });
        return;
      case "refused":
        return this.#set(tabRefusal(event.errorId, event.sentence));
    }
  }

  #becomeOwner(tabs: number, entries: readonly TakeOver[]): void {
    const known = this.#state.role.kind === "mirror" ? this.#state.calls : (this.ports.memory.load()?.calls ?? []);
    const own = this.#state.calls.filter((call) => this.#microphones.has(call.id));
    const fetched = entries
      .filter((entry) => !own.some((call) => call.dialog === entry.call_id))
      .map((entry) => this.#takenCall(entry, known));
    for (const call of own) this.#draining.delete(call.id);
    for (const id of this.#draining) this.ports.sip.hangUp(id);
    this.#draining.clear();
    this.#set({ role: { kind: "owner", tabs }, calls: [...own, ...fetched], soundBlocked: this.#ownSoundBlocked });
    this.#registration.begin();
  }

  #takenCall(entry: TakeOver, known: readonly Call[]): Call {
    const before = known.find((call) => call.dialog === entry.call_id && book.live(call));
    const call = book.takenOver(this.ports.id(), entry, before, this.ports.clock.now());
    this.#taken.set(call.id, { entry, held: before?.state === "held", muted: call.muted });
    return call;
  }

  /** Take a call of an earlier tab: our invitation replaces its dialog. Without a microphone the call is kept, silent. */
  async #fetch(id: string): Promise<void> {
    const taken = this.#taken.get(id);
    if (!taken || this.#microphones.has(id)) return;
    const microphone = (await this.#microphone({ do: "try-again" })) ?? this.ports.media.silence();
    if (!this.#stillOn(id)) return microphone.close();
    this.#microphones.set(id, microphone);
    const number = book.find(this.#state.calls, id)?.number;
    this.ports.sip.call(id, number || "0", microphone, taken.entry);
  }

  #becomeMirror(tabs: number): void {
    const owned = this.#owns();
    this.#set({ role: { kind: "mirror", tabs } });
    if (!owned) return;
    this.#taken.clear();
    for (const id of this.#microphones.keys()) this.#draining.add(id);
    if (this.#draining.size === 0) this.#registration.stop();
    else {
      this.ports.clock.after(DRAIN_MS, () => {
        if (this.#owns()) return;
        for (const id of this.#draining) this.ports.sip.hangUp(id);
        this.#draining.clear();
        this.#registration.stop();
      });
    }
  }

  // State

  #owns(): boolean {
    return this.#state.role.kind === "owner";
  }

  #stillOn(id: string): boolean {
    const call = book.find(this.#state.calls, id);
    return call !== undefined && book.live(call);
  }

  #closeMicrophone(id: string): void {
    this.#microphones.get(id)?.close();
    this.#microphones.delete(id);
  }

  /** A mirror shows the owner's calls; what is left of its own sessions does not touch them. */
  #calls(calls: readonly Call[]): void {
    if (this.#state.role.kind === "mirror" || calls === this.#state.calls) return;
    this.#set({ calls });
  }

  #set(patch: Partial<PhoneState>): void {
    this.#state = { ...this.#state, ...patch };
    this.#sound();
    this.#tell();
    for (const listener of this.#listeners) listener();
  }

  #tell(): void {
    if (!this.#owns()) return;
    const now = shared(this.#state);
    const before = this.#told;
    const same = before && (Object.keys(now) as (keyof SharedState)[]).every((key) => now[key] === before[key]);
    if (same) return;
    this.#told = now;
    this.ports.tabs.state(now);
    this.ports.memory.save(now);
  }

  #sound(): void {
    const { calls, role, soundBlocked } = this.#state;
    const here = role.kind === "owner" || (role.kind === "mirror" && soundBlocked);
    this.ports.audio.ring(here ? book.ringOf(calls) : "none");
  }
}

function targetOf({ shown, name, then }: Resolved, dial: string): Target {
  return { dial, shown, name, then: then ?? "" };
}
