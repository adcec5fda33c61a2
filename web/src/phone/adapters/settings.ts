/** Which microphone, loudspeaker and ringer a person chose; kept in this browser. */

export interface ChosenDevices {
  /** Device ids; "" is the system's own choice. */
  microphone: string;
  speaker: string;
  ringer: string;
  /** 0 to 1. */
  ringVolume: number;
  /** Against echo and noise, with even loudness. Off for music, or a good head-set. */
  processing: boolean;
}

const KEY = "switchroom.audio";
const DEFAULT: ChosenDevices = { microphone: "", speaker: "", ringer: "", ringVolume: 0.7, processing: true };

export class AudioSettings {
  #chosen: ChosenDevices;
  readonly #listeners = new Set<() => void>();

  /** @param keep remember the choice in this browser. */
  constructor(private readonly keep = true) {
    this.#chosen = { ...DEFAULT, ...(keep && stored()) };
  }

  get chosen(): ChosenDevices {
    return this.#chosen;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(patch: Partial<ChosenDevices>): void {
    this.#chosen = { ...this.#chosen, ...patch };
    try {
      if (this.keep) localStorage.setItem(KEY, JSON.stringify(this.#chosen));
    } catch {
      // A browser without storage forgets at the end of the visit.
    }
    for (const listener of this.#listeners) listener();
  }

  constraints(): MediaTrackConstraints {
    const { microphone, processing } = this.#chosen;
    const wanted: MediaTrackConstraints = {
      echoCancellation: processing,
      noiseSuppression: processing,
      autoGainControl: processing,
    };
    if (microphone) wanted.deviceId = { exact: microphone };
    return wanted;
  }
}

function stored(): Partial<ChosenDevices> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<ChosenDevices>;
  } catch {
    return {};
  }
}
