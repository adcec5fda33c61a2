/** SIP and WebRTC through JsSIP, which is loaded when it is needed first. */
import type * as JsSipModule from "jssip";
import type { UA } from "jssip";
import type { EndEvent, ExtraHeaders, RTCSession, TerminateOptions } from "jssip/lib/RTCSession";
import type { Quality, TakeOver } from "../engine/model";
import type { Clock, Microphone, SipCredentials, SipEvent, SipPort } from "../engine/ports";
import { again } from "../../ui/again";
import { takingGaps } from "./sdp";
import { ReliableSocket } from "./socket";
import { type Sample, heard, judged } from "./quality";

export interface SipOptions {
  clock: Clock;
  /** wss://…/sip */
  url: string;
  domain: string;
  displayName: string;
  /** A device id that outlives reloads of this tab (RFC 5626 instance). */
  instance: string;
  /** False: this page only calls; it tells `registered` when it is connected. */
  register?: boolean;
  /** Play what they say, until `null`. */
  play: (id: string, stream: MediaStream | null) => void;
}

type Module = typeof JsSipModule;

const REGISTER_SECONDS = 120;
/** Before JsSIP does so: its own timers are a minute late in a tab in the background. */
const REFRESH_MS = 50_000;
const DIGIT_MS = 120;
const DIGIT_GAP_MS = 70;
const AGAIN_MS = 150;
/** Causes of JsSIP that end a session because of the network: ours to decide. */
const NETWORK_CAUSES = ["RTP Timeout", "Connection Error", "Request Timeout"];
/** Cause of JsSIP where the server no longer knows the call (481): JsSIP hangs up, but nobody wanted it. */
const UNKNOWN_THERE = "Dialog Error";

/** The part of JsSIP's messages that is used. */
interface SipMessage {
  status_code?: number;
  reason_phrase?: string;
  getHeader?: (name: string) => string | undefined;
  getHeaders?: (name: string) => string[];
}

/** What is kept of one call. */
interface Line {
  session: RTCSession;
  wantsHold: boolean;
  /** The reason that we gave ourselves. */
  sample: Sample | null;
  /** Keyed, and not yet sent. */
  digits: string;
}

export class JsSip implements SipPort {
  #listener: (event: SipEvent) => void = () => undefined;
  #module: Promise<Module> | null = null;
  #ua: UA | null = null;
  #socket: ReliableSocket | null = null;
  readonly #lines = new Map<string, Line>();
  #generation = 0;
  #cancelRefresh: () => void = () => undefined;
  #iceServers: RTCIceServer[] = [];

  constructor(private readonly options: SipOptions) {}

  listen(listener: (event: SipEvent) => void): void {
    this.#listener = listener;
  }

  async prepare(): Promise<void> {
    await this.#load();
    // The first connection of a page is slow to make: it is made while nobody waits for it.
    const connection = new RTCPeerConnection(this.#pcConfig());
    connection.addTransceiver("audio");
    await connection.createOffer();
    connection.close();
  }

  start(credentials: SipCredentials): void {
    this.stop();
    this.#iceServers = (credentials.ice_servers ?? []).map(iceServer);
    const generation = this.#generation;
    void this.#load().then((jssip) => {
      if (generation === this.#generation) this.#open(jssip, credentials);
    });
  }

  renew(credentials: SipCredentials): void {
    this.#iceServers = (credentials.ice_servers ?? []).map(iceServer);
    this.#ua?.set("password", credentials.password);
    this.#ua?.set("realm", credentials.realm);
    this.register();
  }

  register(): void {
    if (this.options.register !== false && this.#ua?.isConnected()) this.#ua.register();
  }

  stop(): void {
    this.#generation += 1;
    this.#cancelRefresh();
    this.#ua?.stop();
    this.#ua = null;
    this.#socket = null;
  }

  nudge(changed: boolean): void {
    this.#socket?.nudge(changed);
  }

  call(id: string, to: string, microphone: Microphone, replaces: TakeOver | null): void {
    const extraHeaders: string[] = [];
    if (replaces) {
      const { call_id, local_tag, remote_tag } = replaces;
      extraHeaders.push(`Replaces: ${call_id};to-tag=${local_tag};from-tag=${remote_tag}`, "Require: replaces");
    }
    if (!this.#ua) {
      this.#tell({ type: "ended", id, by: "system", status: null, sentence: null, elsewhere: false });
      return;
    }
    try {
      // The listeners are put on before the first event: JsSIP begins in the next turn of the loop.
      const session = this.#ua.call(`sip:${encodeURIComponent(to)}@${this.options.domain}`, {
        mediaStream: microphone.stream,
        pcConfig: this.#pcConfig(),
        extraHeaders,
      });
      this.#follow(id, session);
      if (session.connection) this.#followMedia(id, session.connection);
    } catch (error) {
      const sentence = error instanceof Error ? error.message : null;
      this.#tell({ type: "ended", id, by: "system", status: null, sentence, elsewhere: false });
    }
  }

  answer(id: string, microphone: Microphone): void {
    const session = this.#lines.get(id)?.session;
    session?.on("peerconnection", ({ peerconnection }) => this.#followMedia(id, peerconnection));
    session?.answer({ mediaStream: microphone.stream, pcConfig: this.#pcConfig() });
  }

  reject(id: string, status: 486 | 603): void {
    const session = this.#lines.get(id)?.session;
    const reason_phrase = status === 486 ? "Busy Here" : "Decline";
    if (session && !session.isEnded()) session.terminate({ status_code: status, reason_phrase });
  }

  hangUp(id: string): void {
    const session = this.#lines.get(id)?.session;
    if (session && !session.isEnded()) session.terminate();
  }

  mute(id: string, on: boolean): void {
    const session = this.#lines.get(id)?.session;
    if (on) session?.mute({ audio: true });
    else session?.unmute({ audio: true });
  }

  hold(id: string, on: boolean): void {
    const line = this.#lines.get(id);
    if (!line) return;
    line.wantsHold = on;
    this.#settleHold(line);
  }

  digits(id: string, digits: string): void {
    const line = this.#lines.get(id);
    if (!line) return;
    line.digits += digits;
    if (line.digits === digits) this.#sendDigits(id, line);
  }

  restartIce(id: string): void {
    const session = this.#lines.get(id)?.session;
    if (!session?.isEstablished()) return;
    if (!session.isReadyToReOffer()) {
      this.options.clock.after(AGAIN_MS, () => this.restartIce(id));
      return;
    }
    session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }

  useMicrophone(id: string, microphone: Microphone): void {
    const track = microphone.stream.getAudioTracks()[0];
    if (track) void this.#sender(id)?.replaceTrack(track);
  }

  async quality(id: string): Promise<Quality | null> {
    const line = this.#lines.get(id);
    const connection = line?.session.connection;
    if (!line || !connection) return null;
    const { quality, sample } = judged(await connection.getStats(), line.sample);
    line.sample = sample;
    return quality;
  }

  async heard(id: string): Promise<number | null> {
    const connection = this.#lines.get(id)?.session.connection as RTCPeerConnection | null | undefined;
    return connection ? heard(await connection.getStats()) : null;
  }

  // Inside

  #load(): Promise<Module> {
    this.#module ??= again(() => import("jssip")).then((loaded) => (loaded as Module & { default?: Module }).default ?? loaded);
    this.#module.catch(() => (this.#module = null));
    return this.#module;
  }

  #pcConfig(): RTCConfiguration {
    return { iceServers: this.#iceServers, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
  }

  #open(jssip: Module, credentials: SipCredentials): void {
    const { domain, displayName, instance, url } = this.options;
    const wire = new SipWire(url, this.options.clock);
    const ua = new jssip.UA({
      sockets: [{ socket: wire, weight: 1 }],
      uri: `sip:${encodeURIComponent(credentials.username)}@${domain}`,
      authorization_user: credentials.username,
      password: credentials.password,
      realm: credentials.realm,
      display_name: displayName,
      instance_id: instance,
      register: this.options.register ?? true,
      register_expires: REGISTER_SECONDS,
      session_timers: true,
      connection_recovery_min_interval: 2,
      connection_recovery_max_interval: 4,
      user_agent: "Switchroom phone",
    });
    const generation = this.#generation;
    const tell = (event: SipEvent): void => {
      if (generation === this.#generation) this.#tell(event);
    };
    ua.on("connected", () => {
      tell({ type: "connected" });
      if (this.options.register === false) tell({ type: "registered" });
    });
    ua.on("disconnected", () => tell({ type: "disconnected" }));
    ua.on("registered", () => {
      this.#refreshLater(ua);
      tell({ type: "registered" });
    });
    ua.on("registrationFailed", ({ response }) => {
      const status = (response as typeof response | null)?.status_code ?? null;
      tell({ type: "registration-failed", status, sentence: response?.reason_phrase ?? null });
    });
    ua.on("newRTCSession", (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator === "remote") this.#incoming(event.session, event.request as { call_id: string });
    });
    this.#ua = ua;
    this.#socket = wire.socket;
    ua.start();
  }

  #refreshLater(ua: UA): void {
    this.#cancelRefresh();
    this.#cancelRefresh = this.options.clock.after(REFRESH_MS, () => {
      if (this.#ua === ua) this.register();
    });
  }

  #incoming(session: RTCSession, request: { call_id: string }): void {
    const id = session.id;
    const { remote_identity } = session;
    this.#follow(id, session);
    const number = numberOf(remote_identity.uri.user ?? "");
    const name = remote_identity.display_name || null;
    const known = name !== null && name !== number && name.toLowerCase() !== "anonymous";
    this.#tell({ type: "incoming", id, dialog: request.call_id, number, name: known ? name : null });
  }

  #follow(id: string, session: RTCSession): void {
    const line: Line = { session, wantsHold: false, sample: null, digits: "" };
    this.#lines.set(id, line);
    this.#keepThroughOutage(id, session);
    session.on("icecandidate", ({ candidate, ready }) => {
      // The server is ICE-lite and finds us by our checks: one candidate is enough for it, waiting is lost time.
      if (candidate.type === "host") ready();
    });
    session.on("sdp", (description) => {
      if ((description.originator as string) === "local") description.sdp = takingGaps(description.sdp);
    });
    session.on("sending", ({ request }) => this.#tell({ type: "sent", id, dialog: request.call_id }));
    session.on("progress", (event: object) => {
      const { response } = event as { response?: { body?: string } };
      if (response) this.#tell({ type: "progress", id, sound: Boolean(response.body) });
    });
    session.on("accepted", () => this.#tell({ type: "answered", id }));
    session.on("hold", ({ originator }) => {
      if ((originator as string) === "remote") this.#tell({ type: "held-by-them", id, on: true });
    });
    session.on("unhold", ({ originator }) => {
      if ((originator as string) === "remote") this.#tell({ type: "held-by-them", id, on: false });
    });
    session.on("ended", (event) => this.#ended(id, session, event));
    session.on("failed", (event) => this.#ended(id, session, event));
  }

  /** JsSIP ends a call when its network fails. We keep it: the server holds the leg, and ICE can start anew. */
  #keepThroughOutage(id: string, session: RTCSession): void {
    const terminate = session.terminate.bind(session);
    session.terminate = (options?: TerminateOptions & ExtraHeaders) => {
      const network = NETWORK_CAUSES.includes(options?.cause ?? "") || options?.reason_phrase === "Media Renegotiation Failed";
      if (network && this.#is(id, session) && session.isEstablished()) this.#tell({ type: "media", id, flows: false });
      else terminate(options);
    };
  }

  #followMedia(id: string, connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ track, streams }) => {
      this.options.play(id, streams[0] ?? new MediaStream([track]));
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      const state = connection.iceConnectionState;
      if (this.#lines.get(id)?.session.connection !== connection) return;
      if (state === "disconnected" || state === "failed") this.#tell({ type: "media", id, flows: false });
      if (state === "connected" || state === "completed") this.#tell({ type: "media", id, flows: true });
    });
  }

  /** Whether a session is the one that its call has now: a conference is come back to by another one. */
  #is(id: string, session: RTCSession): boolean {
    return this.#lines.get(id)?.session === session;
  }

  #ended(id: string, session: RTCSession, event: EndEvent): void {
    if (!this.#is(id, session)) return;
    const message = event.message as SipMessage | null;
    const reasons = message?.getHeaders?.("Reason").join(",") ?? "";
    const warning = message?.getHeader?.("Warning") ?? "";
    const originator = event.cause === UNKNOWN_THERE ? "system" : (event.originator as string);
    this.#lines.delete(id);
    this.options.play(id, null);
    this.#tell({
      type: "ended",
      id,
      by: originator === "local" ? "us" : originator === "remote" ? "them" : "system",
      status: message?.status_code ?? null,
      sentence: message?.reason_phrase ?? event.cause,
      elsewhere: /cause\s*=\s*200|completed elsewhere/i.test(reasons),
      ...whyEnded(reasons, warning),
    });
  }

  /** What is keyed before the sound is connected would be lost: it waits. */
  #sendDigits(id: string, line: Line): void {
    if (line.session.isEnded()) return;
    const connection = line.session.connection as RTCPeerConnection | null | undefined;
    const sender = this.#sender(id)?.dtmf;
    if (connection?.connectionState !== "connected" || !sender) {
      this.options.clock.after(AGAIN_MS, () => this.#sendDigits(id, line));
      return;
    }
    sender.insertDTMF(sender.toneBuffer + line.digits, DIGIT_MS, DIGIT_GAP_MS);
    line.digits = "";
  }

  /** Hold and resume are re-INVITEs, one at a time: what is wanted last is done when the line is free. */
  #settleHold(line: Line): void {
    const { session } = line;
    if (session.isEnded() || session.isOnHold().local === line.wantsHold) return;
    const begun = line.wantsHold ? session.hold() : session.unhold();
    if (!begun) this.options.clock.after(AGAIN_MS, () => this.#settleHold(line));
  }

  #sender(id: string): RTCRtpSender | undefined {
    const connection = this.#lines.get(id)?.session.connection as RTCPeerConnection | null | undefined;
    return connection?.getSenders().find((sender) => sender.track?.kind === "audio");
  }

  #tell(event: SipEvent): void {
    this.#listener(event);
  }
}

/** From the Reason of a BYE, or the Warning of a refusal: our server's name for why, and whether it meant it (Q.850 41). */
export function whyEnded(reasons: string, warning: string): { because: string | null; lost: boolean } {
  const named = /Switchroom\s*;[^,]*?text\s*=\s*"?([\w-]+)/i.exec(reasons) ?? /399 switchroom "([a-z_]+)"/.exec(warning);
  return { because: named?.[1] ?? null, lost: /Q\.850\s*;\s*cause\s*=\s*41\b/i.test(reasons) };
}

function iceServer({ urls, username, credential }: NonNullable<SipCredentials["ice_servers"]>[number]): RTCIceServer {
  return { urls, ...(username ? { username } : {}), ...(credential ? { credential } : {}) };
}

/** The user part of an address as a number; "" for a caller who hides it (RFC 3323). */
function numberOf(user: string): string {
  let number = user;
  try {
    number = decodeURIComponent(user);
  } catch {
    // Not ours to judge: it is shown as it came.
  }
  return number.toLowerCase() === "anonymous" ? "" : number;
}

/** JsSIP's idea of a socket over one that opens itself again. JsSIP's own attempts find it open or opening. */
class SipWire {
  readonly via_transport: string;
  readonly sip_uri: string;
  readonly socket: ReliableSocket;
  onconnect: () => void = () => undefined;
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => undefined;
  ondata: (data: unknown) => void = () => undefined;

  constructor(
    readonly url: string,
    clock: Clock,
  ) {
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === "wss:" ? "WSS" : "WS";
    this.sip_uri = `sip:${host};transport=ws`;
    this.socket = new ReliableSocket({
      clock,
      open: () => new WebSocket(url, "sip"),
      ping: "\r\n\r\n",
      onOpen: () => this.onconnect(),
      onClose: () => this.ondisconnect(true, 1006, ""),
      onMessage: (data) => this.ondata(data),
    });
  }

  connect(): void {
    this.socket.start();
  }

  disconnect(): void {
    this.socket.stop();
  }

  send(message: string): boolean {
    return this.socket.send(message);
  }

  isConnected(): boolean {
    return this.socket.open;
  }

  isConnecting(): boolean {
    return !this.socket.open;
  }
}
