/** What we say of our sound besides what the browser says by itself. */

/** The description, with the word that we take gaps in silence (Opus DTX, RFC 7587 section 6.1); browsers do but do not say it. */
export function takingGaps(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\//im.exec(sdp)?.[1];
  if (opus === undefined) return sdp;
  return sdp.replace(new RegExp(`^(a=fmtp:${opus} (?!.*usedtx=)[^\\r\\n]*)`, "m"), "$1;usedtx=1");
}
