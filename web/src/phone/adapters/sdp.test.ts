import { describe, expect, it } from "vitest";
import { takingGaps } from "./sdp";

const OFFER = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 101",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "",
].join("\r\n");

describe("gaps in silence", () => {
  it("are taken, for Opus alone", () => {
    expect(takingGaps(OFFER)).toBe(OFFER.replace("useinbandfec=1", "useinbandfec=1;usedtx=1"));
  });

  it("are said once", () => {
    expect(takingGaps(takingGaps(OFFER))).toBe(takingGaps(OFFER));
  });

  it("are nothing to a description without Opus", () => {
    const plain = OFFER.replace("opus", "G722");
    expect(takingGaps(plain)).toBe(plain);
  });
});
