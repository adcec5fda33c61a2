/** A guest's visit, from the link to the goodbye: carries it out through the ports, and keeps the one state that is drawn. */
import { ApiError } from "../api/client";
import { NO_ROOM } from "../api/room";
import { pageFailure } from "../phone/engine/failures";
import { MuteSync } from "../phone/engine/mute-sync";
import type { Microphone, SipEnded, SipEvent, SipPort } from "../phone/engine/ports";
import { Returning } from "../phone/engine/returning";
import { BEGINNING, type Pass, type Trouble, type VisitState } from "./model";
import type { RoomPort, VisitPorts } from "./ports";
import { doorTrouble, endTrouble, microphoneTrouble } from "./troubles";

/** A visit has one call at a time. */
const CALL = "visit";
const LOOK_AGAIN_MS = 2000;
const RENEW_AGAIN_MS = 5000;
/** The room's socket was refused though the call stands: it is asked again. */
const WATCH_AGAIN_MS = 1500;
/** Sound that does not come back on the old call in this time comes back with another. */
const SOUND_MS = 6000;
/** The server shows a change within this time. */
const SHOWN_MS = 2000;
/** The room says that one is not inside: the call's own goodbye is waited for. */
const MISSING_MS = 1500;

export class GuestVisit {
  #state: VisitState = BEGINNING;
  readonly #listeners = new Set<() => void>();
  readonly #returning: Returning;
  readonly #mutes: MuteSync;
  #sip: SipPort | null = null;
  #room: RoomPort | null = null;
  #microphone: Microphone | null = null;
  #connected = false;
  #answered = false;
  #me: string | undefined;
  /** The room's socket was away: its next word is how things are. */
  #roomLost = false;
  #cancelRenewal: () => void = () => undefined;
  #cancelSound: () => void = () => undefined;

  constructor(private readonly ports: VisitPorts) {
    this.#returning = new Returning(ports.clock, {
      open: () => this.#connected,
      dial: () => this.#dial(),
      giveUp: () => this.#end("connection-lost"),
    });
    this.#mutes = new MuteSync({
      local: (on) => this.mute(on),
      server: (on) => this.#tellMute(on),
      refused: () => undefined,
      later: (run) => ports.clock.after(SHOWN_MS, run),
    });
    ports.audio.onBlocked((soundBlocked) => this.#set({ soundBlocked }));
    ports.network.onNudge((changed) => {
      this.#sip?.nudge(changed);
      this.#room?.nudge(changed);
    });
  }

  get state(): VisitState {
    return this.#state;
  }

  /** The conference, once one is inside. */
  get room(): RoomPort | null {
    return this.#room;
  }

  /** What goes out; null: no microphone is open. */
  get voice(): MediaStream | null {
    return this.#state.listening ? null : (this.#microphone?.stream ?? null);
  }

  /** Called after each change. Returns what ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    const unfit = pageFailure(this.ports.media.page());
    if (unfit) {
      this.#set({ step: "over", trouble: unfit.id === "page-insecure" ? "page-insecure" : "browser-too-old" });
      return;
    }
    void this.#look();
    this.ports.media.permission().then(
      (granted) => {
        if (granted === "granted") void this.openMicrophone();
        else if (granted === "denied") this.#set({ microphone: "refused" });
      },
      () => undefined,
    );
  }

  /** The page is gone. */
  dispose(): void {
    this.#close();
    this.#closeMicrophone();
    this.ports.network.stop();
  }

  /** Open the chosen microphone, or another one that was chosen since. Resolves to whether it is open. */
  async openMicrophone(): Promise<boolean> {
    this.ports.audio.unlock();
    if (this.#state.microphone !== "open") this.#set({ microphone: "asking" });
    try {
      const next = await this.ports.media.open();
      this.#closeMicrophone();
      this.#microphone = next;
      this.#sip?.useMicrophone(CALL, next);
      if (this.#state.muted) this.#sip?.mute(CALL, true);
      const heals = this.#state.trouble?.startsWith("microphone");
      this.#set({ microphone: "open", listening: false, ...(heals && { trouble: null, sentence: null }) });
      return true;
    } catch (error) {
      const trouble = microphoneTrouble(error);
      const sentence = error instanceof Error ? error.message : null;
      this.#set({ microphone: trouble === "microphone-refused" ? "refused" : "unknown", trouble, sentence });
      return false;
    }
  }

  /** Go in. @param listening without a microphone. */
  async join(name: string, code: string, listening = false): Promise<void> {
    const { step, invitation } = this.#state;
    if (step !== "entry") return;
    this.ports.audio.unlock();
    if (name.trim() === "") return this.#set({ trouble: "name-missing" });
    if (invitation?.needs_code && code.trim() === "") return this.#set({ trouble: "code-missing" });
    this.#set({ step: "joining", trouble: null, sentence: null });
    if (!(await this.#voiceFor(listening))) return this.#set({ step: "entry" });
    try {
      const pass = await this.ports.door.join(name.trim(), code.trim() || null);
      this.ports.keep.save(pass);
      this.#enter(pass);
    } catch (error) {
      const trouble = doorTrouble(error);
      const sentence = error instanceof Error ? error.message : null;
      this.#set({ step: trouble === "link-over" ? "over" : "entry", trouble, sentence });
    }
  }

  mute(on: boolean): void {
    if (this.#state.muted === on) return;
    this.#sip?.mute(CALL, on);
    this.#set({ muted: on });
    this.#syncMutes();
  }

  leave(): void {
    const { pass } = this.#state;
    if (pass) this.ports.door.leave(pass).catch(() => undefined);
    this.#end("left");
  }

  /** After the end, or a trouble: from the beginning. */
  again(): void {
    this.#close();
    this.#set({ ...BEGINNING, muted: this.#state.muted });
    void this.#look();
  }

  unlockSound(): void {
    this.ports.audio.unlock();
  }

  // The door

  async #look(): Promise<void> {
    const kept = this.ports.keep.load();
    try {
      const invitation = await this.ports.door.look();
      this.#set({ invitation, step: kept ? "joining" : "entry", trouble: null, sentence: null });
      if (kept) await this.#comeBack(kept);
    } catch (error) {
      const trouble = doorTrouble(error);
      if (kept && trouble === "link-over") return this.#comeBack(kept);
      if (trouble === "server-away" || trouble === "too-many-tries") {
        this.#set({ trouble });
        this.ports.clock.after(LOOK_AGAIN_MS, () => this.#state.step === "looking" && void this.#look());
      } else this.#set({ step: "over", trouble: "link-over" });
    }
  }

  /** The page was loaded anew in the middle of a visit. */
  async #comeBack(kept: Pass): Promise<void> {
    this.#set({ step: "joining" });
    try {
      const renewal = await this.ports.door.renew(kept);
      if (!(await this.#voiceFor(false))) await this.#voiceFor(true);
      this.#enter({ ...kept, ...renewal });
    } catch {
      this.ports.keep.save(null);
      this.#set(this.#state.invitation ? { step: "entry" } : { step: "over", trouble: "link-over" });
    }
  }

  async #voiceFor(listening: boolean): Promise<boolean> {
    if (!listening) return this.#microphone !== null && !this.#state.listening ? true : this.openMicrophone();
    this.#closeMicrophone();
    this.#microphone = this.ports.media.silence();
    this.#set({ listening: true, trouble: null });
    return true;
  }

  // The call

  #enter(pass: Pass): void {
    this.#set({ pass, step: "joining" });
    this.#renewLater(pass);
    const sip = this.ports.sip(pass);
    this.#sip = sip;
    sip.listen((event) => this.#sip === sip && this.#onSip(event));
    sip.start({ ...pass.sip, expires_at: pass.expires_at, ice_servers: pass.ice_servers });
    this.#returning.begin(CALL, this.ports.clock.now(), false);
  }

  #dial(): void {
    const { pass } = this.#state;
    this.#sip?.hangUp(CALL); // what is left of the call before
    if (pass && this.#microphone) this.#sip?.call(CALL, pass.dial, this.#microphone, null);
  }

  #onSip(event: SipEvent): void {
    switch (event.type) {
      case "registered":
        this.#connected = true;
        if (this.#returning.any) this.#returning.opened();
        else if (this.#state.returning) this.#sip?.restartIce(CALL);
        return;
      case "disconnected":
        this.#connected = false;
        this.#returning.closed();
        return;
      case "answered":
        this.#onAnswered();
        return;
      case "ended":
        this.#onEnded(event);
        return;
      case "media":
        this.#onMedia(event.flows);
        return;
      case "connected":
      case "registration-failed":
      case "incoming":
      case "sent":
      case "progress":
      case "held-by-them":
        return;
    }
  }

  #onAnswered(): void {
    if (!this.#returning.answered(CALL)) return;
    this.#answered = true;
    if (this.#state.muted) this.#sip?.mute(CALL, true);
    this.#set({ step: "inside", returning: false, trouble: null, sentence: null });
    this.#watch();
  }

  #onEnded(event: SipEnded): void {
    this.#cancelSound();
    if (this.#returning.has(CALL)) {
      if (event.by === "us" || this.#returning.refused(CALL, event.by === "them" ? event.status : null)) return;
      this.#end(endTrouble(event, false));
    } else if (event.lost || event.by === "system") this.#comeBackIn();
    else this.#end(endTrouble(event, this.#answered));
  }

  #onMedia(flows: boolean): void {
    if (this.#returning.any) return;
    this.#cancelSound();
    if (flows) return this.#set({ returning: false });
    this.#set({ returning: true });
    this.#sip?.nudge(true);
    this.#room?.nudge(true);
    if (this.#connected) this.#sip?.restartIce(CALL);
    this.#cancelSound = this.ports.clock.after(SOUND_MS, () => this.#comeBackIn());
  }

  /** The call was lost: another one, into the same place. */
  #comeBackIn(): void {
    if (this.#state.step !== "inside" || this.#returning.any) return;
    this.#cancelSound();
    this.#set({ returning: true });
    this.#returning.begin(CALL, this.ports.clock.now(), false);
  }

  // The room

  #watch(): void {
    const { pass } = this.#state;
    if (this.#room || !pass) return;
    const room = this.ports.room(pass);
    this.#room = room;
    this.#roomLost = false;
    room.subscribe(() => this.#room === room && this.#onRoom(room));
    room.start();
    this.#set({ room: room.state });
  }

  #onRoom(room: RoomPort): void {
    const { connection, you, reason } = room.state;
    // While it is asked again, what was known is shown.
    if (connection !== "over") this.#set({ room: room.state });
    if (connection === "over") {
      this.#room = null;
      // A server that began anew does not know of us. Else: not inside yet, or no longer; the call tells which.
      if (this.#roomLost && reason !== "left") this.#comeBackIn();
      if (reason === "visit-over") return;
      this.ports.clock.after(WATCH_AGAIN_MS, () => this.#state.step === "inside" && !this.#returning.any && this.#watch());
    } else if (connection === "lost") this.#roomLost = true;
    else if (connection === "open" && you === null) this.#missing(room);
    else if (connection === "open") this.#roomLost = false;
    this.#syncMutes();
  }

  /** The server does not know of our call (any more). */
  #missing(room: RoomPort): void {
    if (this.#roomLost) {
      this.#roomLost = false;
      this.#comeBackIn();
      return;
    }
    this.ports.clock.after(MISSING_MS, () => {
      const { connection, you } = room.state;
      if (this.#room === room && connection === "open" && you === null) this.#comeBackIn();
    });
  }

  #syncMutes(): void {
    const { connection, room, you } = this.#room?.state ?? NO_ROOM;
    const me = connection === "open" && !this.#returning.any ? room?.participants.find((one) => one.id === you) : undefined;
    // Another participant than before: what is known of the one before does not count.
    if (me?.id !== this.#me) this.#mutes.update(this.#state.muted, null);
    this.#me = me?.id;
    this.#mutes.update(this.#state.muted, me ? me.muted_by !== null : null);
  }

  #tellMute(on: boolean): Promise<unknown> {
    const you = this.#room?.state.you;
    return you && this.#room ? this.#room.mute(you, on) : Promise.resolve();
  }

  // The end

  #end(trouble: Trouble): void {
    this.#close();
    this.#closeMicrophone();
    this.ports.keep.save(null);
    this.#set({ step: "over", trouble, returning: false, microphone: "unknown", room: NO_ROOM });
  }

  #close(): void {
    this.#returning.drop(CALL);
    this.#cancelRenewal();
    this.#cancelSound();
    const { sip, room } = { sip: this.#sip, room: this.#room };
    this.#sip = null;
    this.#room = null;
    this.#connected = false;
    this.#answered = false;
    sip?.hangUp(CALL);
    sip?.stop();
    room?.stop();
  }

  #renewLater(pass: Pass): void {
    const left = pass.expires_at * 1000 - this.ports.clock.now();
    this.#cancelRenewal = this.ports.clock.after(Math.max(left / 2, RENEW_AGAIN_MS), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { pass } = this.#state;
    if (!pass) return;
    try {
      const renewed = { ...pass, ...(await this.ports.door.renew(pass)) };
      if (this.#state.pass !== pass) return;
      this.ports.keep.save(renewed);
      this.#sip?.renew({ ...renewed.sip, expires_at: renewed.expires_at, ice_servers: renewed.ice_servers });
      this.#set({ pass: renewed });
      this.#renewLater(renewed);
    } catch (error) {
      const over = error instanceof ApiError && error.status === 401;
      if (!over && this.#state.pass === pass) this.#cancelRenewal = this.ports.clock.after(RENEW_AGAIN_MS, () => void this.#renew());
    }
  }

  #closeMicrophone(): void {
    this.#microphone?.close();
    this.#microphone = null;
  }

  #set(patch: Partial<VisitState>): void {
    this.#state = { ...this.#state, ...patch };
    for (const listener of this.#listeners) listener();
  }
}
