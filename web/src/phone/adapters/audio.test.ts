import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BrowserAudio } from "./audio";
import { AudioSettings } from "./settings";

/** A track that is as loud as its samples say. */
interface Track {
  sample: number;
}

/** A stream as a peer connection changes it: tracks come and go. */
class Stream {
  tracks: Track[] = [];
  getAudioTracks(): Track[] {
    return [...this.tracks];
  }
}

class Source {
  static readonly connected = new Set<Source>();
  constructor(readonly track: Track) {}
  connect(): void {
    Source.connected.add(this);
  }
  disconnect(): void {
    Source.connected.delete(this);
  }
}

/** As browsers do it: no source without a track, and a source keeps the track that it found. */
class Context {
  state = "running";
  createAnalyser() {
    const heard = (into: Float32Array): void => void into.fill([...Source.connected].reduce((sum, { track }) => sum + track.sample, 0));
    return { fftSize: 0, getFloatTimeDomainData: heard };
  }
  createMediaStreamSource(stream: Stream): Source {
    const [track] = stream.tracks;
    if (!track) throw new DOMException("MediaStream has no audio track", "InvalidStateError");
    return new Source(track);
  }
}

beforeEach(() => {
  vi.stubGlobal("AudioContext", Context);
  vi.stubGlobal("Audio", class { play = () => Promise.resolve(); });
});

afterEach(() => {
  Source.connected.clear();
  vi.unstubAllGlobals();
});

function heard() {
  const audio = new BrowserAudio(new AudioSettings(false));
  const stream = new Stream();
  audio.play("call", stream as unknown as MediaStream);
  return { audio, stream, level: () => audio.level("call") };
}

const LOUD = { sample: 1 };
const SILENT = { sample: 0 };

describe("how loud a call is", () => {
  it("is 0 before its track came, and while it is on hold; then it is measured", () => {
    const { stream, level } = heard();
    expect(level()).toBe(0);
    stream.tracks = [LOUD];
    expect(level()).toBe(1);
    stream.tracks = [];
    expect(level()).toBe(0);
    stream.tracks = [LOUD];
    expect(level()).toBe(1);
  });

  it("follows a track that takes the place of another", () => {
    const { stream, level } = heard();
    stream.tracks = [LOUD];
    expect(level()).toBe(1);
    stream.tracks = [SILENT];
    expect(level()).toBe(0);
  });

  it("is unknown when the call is over, and nothing goes on measuring", () => {
    const { audio, stream, level } = heard();
    stream.tracks = [LOUD];
    level();
    audio.play("call", null);
    expect(level()).toBeNull();
    expect(Source.connected.size).toBe(0);
  });
});

it("a microphone is measured until its meter is closed", () => {
  const { audio, stream } = heard();
  stream.tracks = [LOUD];
  const meter = audio.meter(stream as unknown as MediaStream);
  expect(meter.level()).toBe(1);
  meter.close();
  expect(Source.connected.size).toBe(0);
});
