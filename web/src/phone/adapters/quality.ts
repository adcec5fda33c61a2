/** How good the sound is, from two looks at the statistics of a connection. Pure. */
import type { Quality } from "../engine/model";

export interface Sample {
  received: number;
  lost: number;
}

/** The part of an RTCStatsReport that is read. */
export interface Report {
  forEach(each: (entry: Record<string, unknown>) => void): void;
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Packets received on the transport, of any kind; null when the report has none. */
export function heard(report: Report): number | null {
  let packets: number | null = null;
  report.forEach((entry) => {
    if (entry.type === "transport") packets = (packets ?? 0) + number(entry.packetsReceived);
  });
  return packets;
}

/**
 * Loss since the last sample, jitter and round trip against limits that people hear: 1 % and 5 % of loss, 30 and 80 ms of
 * jitter, 300 and 600 ms of round trip.
 */
export function judged(report: Report, before: Sample | null): { quality: Quality | null; sample: Sample | null } {
  let sample: Sample | null = null;
  let jitter = 0;
  let trip = 0;
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      sample = { received: number(entry.packetsReceived), lost: number(entry.packetsLost) };
      jitter = number(entry.jitter);
    }
    if (entry.type === "candidate-pair" && entry.nominated === true) trip = number(entry.currentRoundTripTime);
  });
  const now = sample as Sample | null;
  if (!now) return { quality: null, sample: null };
  const received = now.received - (before?.received ?? 0);
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  if (received + lost < 1) return { quality: null, sample: now };
  const loss = lost / (received + lost);
  if (loss > 0.05 || jitter > 0.08 || trip > 0.6) return { quality: "poor", sample: now };
  if (loss > 0.01 || jitter > 0.03 || trip > 0.3) return { quality: "fair", sample: now };
  return { quality: "good", sample: now };
}
