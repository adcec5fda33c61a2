import { expect, it } from "vitest";
import { judged } from "./quality";

const report = (received: number, lost: number, jitter: number, trip = 0.02) =>
  new Map<string, Record<string, unknown>>([
    ["in", { type: "inbound-rtp", kind: "audio", packetsReceived: received, packetsLost: lost, jitter }],
    ["pair", { type: "candidate-pair", nominated: true, currentRoundTripTime: trip }],
  ]);

it.each([
  [100, 0, 0.002, 0.02, "good"],
  [98, 2, 0.002, 0.02, "fair"],
  [90, 10, 0.002, 0.02, "poor"],
  [100, 0, 0.05, 0.02, "fair"],
  [100, 0, 0.002, 0.7, "poor"],
])("%i received, %i lost, jitter %f, round trip %f: %s", (received, lost, jitter, trip, quality) => {
  expect(judged(report(received, lost, jitter, trip), null).quality).toBe(quality);
});

it("judges what came since the last look", () => {
  const { sample } = judged(report(100, 50, 0), null);
  expect(judged(report(200, 50, 0), sample).quality).toBe("good");
});

it("says nothing while nothing comes", () => {
  expect(judged(new Map(), null).quality).toBeNull();
});
