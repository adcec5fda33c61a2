/** A recording as the server takes it: WAV, 16 bits, one channel (RIFF). */
export const RATE = 16_000;
/** The server takes two minutes. */
export const MOST_SECONDS = 120;

/** @param samples -1 to 1, at `RATE`. */
export function wav(samples: Float32Array): Blob {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string): void => [...letters].forEach((letter, i) => bytes.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, RATE, true);
  bytes.setUint32(28, 2 * RATE, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => bytes.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true));
  return new Blob([bytes.buffer], { type: "audio/wav" });
}

/** What a browser recorded, in whatever coding, as WAV. Throws what can not be decoded. */
export async function asWav(recorded: Blob): Promise<Blob> {
  const reader = new AudioContext();
  try {
    const sound = await reader.decodeAudioData(await recorded.arrayBuffer());
    const length = Math.min(MOST_SECONDS, sound.duration) * RATE;
    const mono = new OfflineAudioContext(1, Math.max(1, Math.floor(length)), RATE);
    const source = mono.createBufferSource();
    source.buffer = sound;
    source.connect(mono.destination);
    source.start();
    return wav((await mono.startRendering()).getChannelData(0));
  } finally {
    await reader.close();
  }
}
