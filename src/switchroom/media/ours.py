"""What our description says: formats, keys, refused lines, and the version that counts up (RFC 3264 §8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from switchroom.media import crypto_lines, sdp
from switchroom.media.agreement import CLOCKS, KeySource, LocalMedia
from switchroom.media.crypto_lines import CryptoLine
from switchroom.media.theirs import codec_identity, identity
from switchroom.media.types import CodecName

_OFFERED_PAYLOADS: Final[dict[str, str]] = {"PCMU": "0", "PCMA": "8", "G722": "9", "opus": "96"}
_EVENT_PAYLOADS: Final = {8000: "101", 48000: "100"}


def format_attributes(
    codecs: list[tuple[CodecName, str]], events: dict[int, str], noise: int | None
) -> list[sdp.Attribute]:
    """The rtpmap and fmtp lines of codecs (name and payload type), events (by clock) and CN."""
    lines = []
    for name, payload in codecs:
        channels = "/2" if name == "opus" else ""
        lines.append(sdp.Attribute("rtpmap", f"{payload} {name}/{CLOCKS[name]}{channels}"))
        if name == "opus":
            lines.append(sdp.Attribute("fmtp", f"{payload} useinbandfec=1"))
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


def refused_line(line: sdp.Media) -> sdp.Media:
    """The line that refuses another (RFC 3264 §6)."""
    return sdp.Media(line.kind, 0, line.protocol, line.formats[:1])


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


def describe(local: LocalMedia, media: tuple[sdp.Media, ...], before: sdp.SessionDescription | None) -> bytes:
    """Print our description; the version grows by one when anything but the version changed (RFC 3264 §8)."""
    family = "IP6" if ":" in local.address else "IP4"
    origin = sdp.Origin("-", str(local.session_id), str(local.session_version), family, local.address)
    if before is not None:
        origin = before.origin
    session = sdp.SessionDescription(
        origin=origin, media=media, connection=sdp.Connection(family, local.address), name="Switchroom"
    )
    if before is not None and session != before:
        session = replace(session, origin=replace(origin, version=str(int(origin.version) + 1)))
    return session.to_bytes()
