"""What our description says: formats, keys, refused lines, and the version that counts up (RFC 3264 §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from switchroom.media import crypto_lines, sdp, webrtc
from switchroom.media.agreement import CLOCKS, KeySource, LocalMedia
from switchroom.media.crypto_lines import CryptoLine
from switchroom.media.theirs import Remote, browser_remote, codec_identity, identity, read_remote
from switchroom.media.types import CodecName, LegMedia, SrtpKey, WebRtc

_OFFERED_PAYLOADS: Final[dict[str, str]] = {"PCMU": "0", "PCMA": "8", "G722": "9", "opus": "96"}
_EVENT_PAYLOADS: Final = {8000: "101", 48000: "100"}


def format_attributes(
    codecs: list[tuple[CodecName, str]], events: dict[int, str], noise: int | None, browser: bool = False
) -> list[sdp.Attribute]:
    """The rtpmap and fmtp lines of codecs (name and payload type), events (by clock) and CN.

    A browser is asked for DTX too: who is silent costs next to nothing.
    """
    lines = []
    for name, payload in codecs:
        channels = "/2" if name == "opus" else ""
        lines.append(sdp.Attribute("rtpmap", f"{payload} {name}/{CLOCKS[name]}{channels}"))
        if name == "opus":
            wishes = "minptime=10;useinbandfec=1;usedtx=1" if browser else "useinbandfec=1"
            lines.append(sdp.Attribute("fmtp", f"{payload} {wishes}"))
    for clock, payload in events.items():
        lines.append(sdp.Attribute("rtpmap", f"{payload} telephone-event/{clock}"))
        lines.append(sdp.Attribute("fmtp", f"{payload} 0-15"))
    if noise is not None:
        lines.append(sdp.Attribute("rtpmap", f"{noise} CN/8000"))
    return lines


def transport_attributes(local: LocalMedia, mux: bool) -> list[sdp.Attribute]:
    """a=rtcp-mux, or a=rtcp where the port is not the next one (RFC 5761, RFC 3605)."""
    if mux:
        return [sdp.Attribute("rtcp-mux")]
    return [sdp.Attribute("rtcp", str(local.rtcp_port))] if local.rtcp_port != local.rtp_port + 1 else []


@dataclass(frozen=True, slots=True)
class Way:
    """How media travels by our answer: what is agreed, and the lines that say so."""

    remote: Remote
    mux: bool
    lines: list[sdp.Attribute]
    receive: SrtpKey | None = None
    send: SrtpKey | None = None
    level: int | None = None
    webrtc: WebRtc | None = None


def answer_way(
    session: sdp.SessionDescription,
    theirs: sdp.Media,
    local: LocalMedia,
    keys: KeySource,
    before: sdp.SessionDescription | None,
    agreed: LegMedia | None,
) -> Way:
    """The transport of an answer; `agreed` is what was agreed before in the dialog. Raises NotAcceptable."""
    level = webrtc.level_id(theirs)
    extension = [webrtc.level_line(level)] if level is not None else []
    if webrtc.is_browser(session, theirs):
        assert local.webrtc is not None
        old = own_line(before)[1]
        former = agreed.webrtc if agreed is not None else None
        browser = webrtc.answering(webrtc.read_peer(session, theirs), former, old, keys, level)
        ours = webrtc.Credentials(browser.local_ufrag, browser.local_password)
        mid = theirs.attribute("mid")
        named = [sdp.Attribute("mid", mid)] if mid is not None else []
        lines = [*named, *extension, *webrtc.transport_lines(local.webrtc, ours, browser.role)]
        return Way(browser_remote(session, theirs), True, lines, webrtc=browser)
    crypto_in, crypto_out = answer_crypto(theirs, local, keys, before)
    mux = theirs.attribute("rtcp-mux") is not None
    lines = [*extension, *transport_attributes(local, mux)]
    if crypto_out is not None:
        lines.append(sdp.Attribute("crypto", str(crypto_out)))
    return Way(
        read_remote(session, theirs, mux),
        mux,
        lines,
        receive=crypto_in.key if crypto_in else None,
        send=crypto_out.key if crypto_out else None,
        level=level,
    )


def offer_way(local: LocalMedia, keys: KeySource, old: sdp.Media | None) -> tuple[str, list[sdp.Attribute]]:
    """The protocol and the transport lines of an offer, going on from our last line in the dialog."""
    if webrtc.wants_browser(local, old):
        assert local.webrtc is not None
        ours = webrtc.own_credentials(old) or webrtc.new_credentials(keys)
        mid = old.attribute("mid") if old is not None else webrtc.MID
        named = [sdp.Attribute("mid", mid)] if mid is not None else []
        number = webrtc.OFFERED_LEVEL if old is None else webrtc.level_id(old)
        extension = [webrtc.level_line(number)] if number is not None else []
        lines = [*named, *extension, *webrtc.transport_lines(local.webrtc, ours, "actpass")]
        return old.protocol if old is not None else webrtc.OFFERED_PROFILE, lines
    lines = transport_attributes(local, mux=old is not None and old.attribute("rtcp-mux") is not None)
    if local.srtp != "no" or (old is not None and old.attribute("crypto") is not None):
        lines.extend(sdp.Attribute("crypto", str(line)) for line in offered_crypto(local, keys, old))
    if old is not None:
        return old.protocol, lines
    return "RTP/SAVP" if local.srtp in ("offer", "require") else "RTP/AVP", lines


def refused_line(line: sdp.Media) -> sdp.Media:
    """The line that refuses another (RFC 3264 §6); it keeps its mid, by which browsers match lines."""
    mid = line.attribute("mid")
    named = (sdp.Attribute("mid", mid),) if mid is not None else ()
    return sdp.Media(line.kind, 0, line.protocol, line.formats[:1], named)


def own_line(session: sdp.SessionDescription | None) -> tuple[int, sdp.Media | None]:
    """The audio line of a description of ours, by number; (0, None) where there is none."""
    for index, media in enumerate(session.media if session else ()):
        if media.kind == "audio" and media.port:
            return index, media
    return 0, None


def offered_payloads(names: Sequence[CodecName], old: sdp.Media | None, noise: bool) -> dict[str, str]:
    """Payload types for codecs and events: those of the last description, new ones beside them."""
    known = {identity(e): p for p, e in old.encodings().items()} if old is not None else {}
    taken = set(known.values()) | ({"13"} if noise else set())
    wanted: list[tuple[str, tuple[str, int], str]] = [
        (name, codec_identity(name), _OFFERED_PAYLOADS[name]) for name in names
    ]
    for clock in sorted({CLOCKS[name] for name in names}):
        wanted.append((f"event/{clock}", ("telephone-event", clock), _EVENT_PAYLOADS[clock]))
    result: dict[str, str] = {}
    for label, encoding, usual in wanted:
        payload = known.get(encoding)
        if payload is None:
            free = (str(number) for number in range(96, 128) if str(number) not in taken)
            payload = usual if usual not in taken else next(free)
        taken.add(payload)
        result[label] = payload
    return result


def own_crypto(old: sdp.Media | None) -> list[CryptoLine]:
    """The keys of a description of ours."""
    values = old.attributes_named("crypto") if old is not None else []
    return [line for value in values if (line := crypto_lines.parse_line(value)) is not None]


def offered_crypto(local: LocalMedia, keys: KeySource, old: sdp.Media | None) -> list[CryptoLine]:
    """The lines of an offer: those of the last description (so the roll-over counter goes on), else new."""
    return own_crypto(old) or [
        crypto_lines.new_line(tag, suite, keys(crypto_lines.KEY_BYTES[suite]))
        for tag, suite in enumerate(local.suites, 1)
    ]


def answer_crypto(
    theirs: sdp.Media, local: LocalMedia, keys: KeySource, before: sdp.SessionDescription | None
) -> tuple[CryptoLine | None, CryptoLine | None]:
    """The peer's line and ours, or two Nones without SRTP. Our key stays while the suite does."""
    parsed = (crypto_lines.parse_line(value) for value in theirs.attributes_named("crypto"))
    received = next((line for line in parsed if line is not None), None)
    if received is None:
        return None, None
    suite = received.key.suite
    for line in own_crypto(own_line(before)[1]):
        if line.key.suite == suite:
            return received, CryptoLine(received.tag, line.key)
    fresh = crypto_lines.new_line(int(received.tag), suite, keys(crypto_lines.KEY_BYTES[suite]))
    return received, replace(fresh, tag=received.tag)


def describe(
    local: LocalMedia,
    media: tuple[sdp.Media, ...],
    before: sdp.SessionDescription | None,
    attributes: tuple[sdp.Attribute, ...] = (),
) -> bytes:
    """Print our description; the version grows by one when anything but the version changed (RFC 3264 §8)."""
    family = "IP6" if ":" in local.address else "IP4"
    origin = sdp.Origin("-", str(local.session_id), str(local.session_version), family, local.address)
    if before is not None:
        origin = before.origin
    session = sdp.SessionDescription(
        origin=origin,
        media=media,
        connection=sdp.Connection(family, local.address),
        attributes=attributes,
        name="Switchroom",
    )
    if before is not None and session != before:
        session = replace(session, origin=replace(origin, version=str(int(origin.version) + 1)))
    return session.to_bytes()
