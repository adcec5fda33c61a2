/** Everything that is heard from this tab: their voices, the ring, the tones; and how loud it is. */
import type { AudioPort } from "../engine/ports";
import type { AudioSettings } from "./settings";

type Ring = "ring" | "knock" | "ringback" | "none";

/** One burst: frequencies in Hz, beginning and length in seconds. */
interface Burst {
  tones: number[];
  at: number;
  long: number;
}

const PATTERNS: Record<Exclude<Ring, "none">, { every: number; loud: number; bursts: Burst[] }> = {
  ring: {
    every: 3,
    loud: 0.5,
    bursts: [0, 0.4].flatMap((at) => [
      { tones: [587.33], at, long: 0.14 },
      { tones: [880], at: at + 0.14, long: 0.2 },
    ]),
  },
  knock: { every: 4, loud: 0.12, bursts: [{ tones: [660], at: 0, long: 0.15 }, { tones: [660], at: 0.25, long: 0.15 }] },
  // ITU-T E.180: 425 Hz, 1 s in 5 s, as most of Europe hears it.
  ringback: { every: 5, loud: 0.12, bursts: [{ tones: [425], at: 0, long: 1 }] },
};

interface Voice {
  element: HTMLAudioElement;
  stream: MediaStream;
  meter: Meter | null;
}

export class BrowserAudio implements AudioPort {
  #context: AudioContext | null = null;
  #kind: Ring = "none";
  #stopRing: () => void = () => undefined;
  #blocked = false;
  #ringOut: { destination: MediaStreamAudioDestinationNode; element: HTMLAudioElement } | null = null;
  readonly #voices = new Map<string, Voice>();
  readonly #listeners: ((blocked: boolean) => void)[] = [];

  constructor(private readonly settings: AudioSettings) {
    settings.subscribe(() => this.#route());
    const unlock = (): void => this.unlock();
    for (const act of ["pointerdown", "keydown"]) window.addEventListener(act, unlock, { capture: true, passive: true });
  }

  readonly context = (): AudioContext => {
    this.#context ??= new AudioContext({ latencyHint: "interactive" });
    return this.#context;
  };

  onBlocked(listener: (blocked: boolean) => void): void {
    this.#listeners.push(listener);
  }

  unlock(): void {
    if (this.#context?.state === "suspended") void this.#context.resume().then(() => this.#heard(false));
    for (const { element } of this.#voices.values()) if (element.paused) this.#start(element);
    if (this.#blocked && this.#context?.state === "running") this.#heard(false);
  }

  ring(kind: Ring): void {
    if (kind === this.#kind) return;
    this.#kind = kind;
    this.#stopRing();
    this.#stopRing = () => undefined;
    if (kind !== "none") this.#stopRing = this.#repeat(kind);
  }

  /** A short melody through a device, to hear whether it works. */
  test(device: "speaker" | "ringer"): void {
    const { gain, end } = this.#output(device === "ringer");
    this.#burst(gain, PATTERNS.ring.bursts, this.context().currentTime + 0.05, device === "ringer" ? 0.5 : 0.3);
    window.setTimeout(end, 1500);
  }

  play(id: string, stream: MediaStream | null): void {
    const before = this.#voices.get(id);
    if (before) {
      before.element.srcObject = null;
      before.meter?.close();
      this.#voices.delete(id);
    }
    if (!stream) return;
    const element = new Audio();
    element.autoplay = true;
    element.srcObject = stream;
    this.#voices.set(id, { element, stream, meter: null });
    void sinkTo(element, this.settings.chosen.speaker);
    this.#start(element);
  }

  /** How loud a call's other side is now, 0 to 1; null: no sound of it in this tab. */
  level(id: string): number | null {
    const voice = this.#voices.get(id);
    if (!voice) return null;
    const context = this.context();
    if (context.state !== "running") return 0;
    voice.meter ??= new Meter(context, voice.stream);
    return voice.meter.level();
  }

  /** A meter of any stream; close it after use. */
  meter(stream: MediaStream): Meter {
    return new Meter(this.context(), stream);
  }

  #start(element: HTMLAudioElement): void {
    element.play().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof DOMException && error.name === "NotAllowedError") this.#heard(true);
      },
    );
  }

  #heard(blocked: boolean): void {
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    for (const listener of this.#listeners) listener(blocked);
  }

  #repeat(kind: Exclude<Ring, "none">): () => void {
    const { every, loud, bursts } = PATTERNS[kind];
    const context = this.context();
    const { gain, end } = this.#output(kind === "ring");
    let timer = 0;
    const once = (): void => {
      if (context.state === "running") {
        this.#heard(false);
        this.#burst(gain, bursts, context.currentTime + 0.02, loud);
        timer = window.setTimeout(once, every * 1000);
      } else {
        // Not before somebody clicked: the ring is shown, and tried again.
        void context.resume();
        window.setTimeout(() => this.#heard(this.#kind !== "none" && context.state !== "running"), 250);
        timer = window.setTimeout(once, 300);
      }
    };
    once();
    return () => {
      window.clearTimeout(timer);
      end();
    };
  }

  #burst(out: AudioNode, bursts: Burst[], from: number, loud: number): void {
    const context = this.context();
    for (const { tones, at, long } of bursts) {
      for (const frequency of tones) {
        const oscillator = context.createOscillator();
        const envelope = context.createGain();
        oscillator.frequency.value = frequency;
        envelope.gain.setValueAtTime(0, from + at);
        envelope.gain.linearRampToValueAtTime(loud, from + at + 0.015);
        envelope.gain.setValueAtTime(loud, from + at + long - 0.03);
        envelope.gain.linearRampToValueAtTime(0, from + at + long);
        oscillator.connect(envelope).connect(out);
        oscillator.start(from + at);
        oscillator.stop(from + at + long + 0.02);
      }
    }
  }

  /** The ringer may be another device than the loudspeaker: its tones go through an element of their own. */
  #output(ringer: boolean): { gain: GainNode; end: () => void } {
    const context = this.context();
    const gain = context.createGain();
    const { ringer: ringDevice, speaker, ringVolume } = this.settings.chosen;
    gain.gain.value = ringer ? ringVolume : 1;
    const device = ringer ? ringDevice : speaker;
    if (device === "") gain.connect(context.destination);
    else {
      this.#ringOut ??= { destination: context.createMediaStreamDestination(), element: new Audio() };
      const { destination, element } = this.#ringOut;
      element.srcObject = destination.stream;
      gain.connect(destination);
      void sinkTo(element, device).then(() => this.#start(element));
    }
    return { gain, end: () => gain.disconnect() };
  }

  #route(): void {
    for (const { element } of this.#voices.values()) void sinkTo(element, this.settings.chosen.speaker);
  }
}

/** How loud a stream is. Its track may come later, go (a call on hold has none) and be another one: the meter follows it. */
export class Meter {
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  #track: MediaStreamTrack | undefined;
  #source: MediaStreamAudioSourceNode | undefined;

  constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
  ) {
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
  }

  /** 0 to 1: -50 dBFS and less, or no track, to -6 dBFS and more. */
  level(): number {
    this.#follow(this.stream.getAudioTracks().at(0));
    if (!this.#source) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.#samples.length + 1e-10);
    return Math.min(1, Math.max(0, (decibels + 50) / 44));
  }

  close(): void {
    this.#follow(undefined);
  }

  /** A source keeps the track it was made with. */
  #follow(track: MediaStreamTrack | undefined): void {
    if (track === this.#track) return;
    this.#track = track;
    this.#source?.disconnect();
    this.#source = track && this.context.createMediaStreamSource(this.stream);
    this.#source?.connect(this.#analyser);
  }
}

async function sinkTo(element: HTMLAudioElement, device: string): Promise<void> {
  if (!("setSinkId" in element)) return;
  try {
    await element.setSinkId(device);
  } catch {
    // Unplugged: the system's own choice plays.
    await element.setSinkId("");
  }
}
