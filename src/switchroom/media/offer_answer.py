"""Offers and answers for one audio stream (RFC 3264, RFC 6337): pure decisions, bytes in and bytes out.

An answer names exactly one audio codec, telephone-event at its clock rate, and CN where offered. It takes
the first of the peer's codecs that we have, unless `prefer` is among them. Video, image and further audio
lines are refused with port 0 and the voice stays. Hold is sendonly, inactive, or the address 0.0.0.0 alike.

`previous`, wherever it can be given, is the last description we sent in the same dialog: session id, version,
payload types, keys and the order of media lines go on from it (RFC 3264 §8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from switchroom.media import crypto_lines, sdp
from switchroom.media.agreement import ALL_CODECS as ALL_CODECS
from switchroom.media.agreement import CLOCKS
from switchroom.media.agreement import KeySource as KeySource
from switchroom.media.agreement import LocalMedia as LocalMedia
from switchroom.media.agreement import NotAcceptable as NotAcceptable
from switchroom.media.agreement import SrtpPolicy as SrtpPolicy
from switchroom.media.bodies import extract as extract
from switchroom.media.crypto_lines import CryptoLine
from switchroom.media.ours import (
    answer_crypto,
    describe,
    format_attributes,
    offered_crypto,
    offered_payloads,
    own_crypto,
    own_line,
    refused_line,
    transport_attributes,
)
from switchroom.media.theirs import (
    PLAIN,
    SECURE,
    both_ways,
    chosen_codec,
    codec_identity,
    identity,
    offered_direction,
    read,
    read_codec,
    read_events,
    read_noise,
    read_remote,
    usable_codecs,
    usable_line,
)
from switchroom.media.types import CodecName, Direction, LegMedia, TelephoneEvent

_REVERSE: Final[dict[Direction, Direction]] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Our answer, what was agreed with it, and whether the peer holds us."""

    sdp: bytes
    media: LegMedia
    held: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of ours; with the answer, `complete` makes of it what was agreed."""

    sdp: bytes
    srtp: SrtpPolicy = "no"
    signalling_ip: str | None = None


def remote_address(description: bytes) -> str | None:
    """Return the IP address a description wants audio at, so that ours can be of its family, or None.

    Raises NotAcceptable (400) for a description that can not be parsed.
    """
    session = read(description)
    for media in session.media:
        connection = session.connection_of(media)
        if media.kind == "audio" and media.port and connection and connection.ip:
            return str(connection.ip)
    return None


def holds(media: LegMedia) -> bool:
    """Tell whether the peer takes nothing from us: it holds us, or we hold each other."""
    return media.direction in ("recvonly", "inactive")


def codecs_of(description: bytes) -> tuple[CodecName, ...]:
    """Return the audio codecs of ours that a description names, in its order. Raises NotAcceptable (400)."""
    session = read(description)
    for media in session.media:
        if media.kind == "audio" and media.port and (found := usable_codecs(media, ALL_CODECS)):
            return tuple(dict.fromkeys(choice.name for choice in found))
    return ()


def check(offer: bytes, local: LocalMedia) -> None:
    """Raise NotAcceptable when an answer to this offer would, and make none."""
    session = read(offer)
    _, theirs = usable_line(session, local)
    read_remote(session, theirs, theirs.attribute("rtcp-mux") is not None)


def answer(
    offer: bytes,
    local: LocalMedia,
    *,
    keys: KeySource,
    prefer: CodecName | None = None,
    direction: Direction = "sendrecv",
    previous: bytes | None = None,
) -> Answer:
    """Answer an offer.

    `direction` is the most we want ourselves. Raises NotAcceptable: nothing in it can be used.
    """
    session = read(offer)
    before = read(previous) if previous is not None else None
    index, theirs = usable_line(session, local)
    choice = chosen_codec(theirs, local, prefer)
    offered = offered_direction(session, theirs)
    agreed = both_ways(_REVERSE[offered], direction)
    crypto_in, crypto_out = answer_crypto(theirs, local, keys, before)
    codec = read_codec(theirs, choice, receive_payload=int(choice.payload), ptime=20)
    events = read_events(theirs, CLOCKS[choice.name])
    noise = read_noise(theirs, choice.name)
    mux = theirs.attribute("rtcp-mux") is not None
    remote = read_remote(session, theirs, mux)
    lines = format_attributes([(choice.name, choice.payload)], _event_pair(events), noise)
    lines.append(sdp.Attribute("ptime", str(codec.ptime)))
    lines.extend(transport_attributes(local, mux))
    if crypto_out is not None:
        lines.append(sdp.Attribute("crypto", str(crypto_out)))
    lines.append(sdp.Attribute(agreed))
    formats = [choice.payload]
    formats += [str(events.receive_payload_type)] if events else []
    formats += [str(noise)] if noise is not None else []
    ours = sdp.Media("audio", local.rtp_port, theirs.protocol, tuple(formats), tuple(lines))
    media = tuple(
        ours if number == index else refused_line(line) for number, line in enumerate(session.media)
    )
    return Answer(
        sdp=describe(local, media, before),
        media=LegMedia(
            remote=remote.rtp,
            remote_rtcp=remote.rtcp,
            rtcp_mux=mux,
            codec=codec,
            telephone_event=events,
            comfort_noise=noise,
            direction=agreed,
            srtp_send=crypto_out.key if crypto_out else None,
            srtp_receive=crypto_in.key if crypto_in else None,
            signalling_ip=local.signalling_ip,
        ),
        held=offered in ("sendonly", "inactive"),
    )


def offer(
    local: LocalMedia,
    *,
    keys: KeySource,
    direction: Direction = "sendrecv",
    codecs: Sequence[CodecName] | None = None,
    previous: bytes | None = None,
) -> Offer:
    """Make an offer of `codecs` (all of `local.codecs` by default), in that order."""
    before = read(previous) if previous is not None else None
    index, old = own_line(before)
    names = [name for name in (codecs or local.codecs) if name in local.codecs]
    payloads = offered_payloads(names, old, local.comfort_noise)
    events = {clock: payloads[f"event/{clock}"] for clock in sorted({CLOCKS[name] for name in names})}
    noise = 13 if local.comfort_noise else None
    lines = format_attributes([(name, payloads[name]) for name in names], events, noise)
    lines.append(sdp.Attribute("ptime", str(local.ptime)))
    lines.extend(transport_attributes(local, mux=old is not None and old.attribute("rtcp-mux") is not None))
    secure = local.srtp != "no" or (old is not None and old.attribute("crypto") is not None)
    protocol = (
        old.protocol if old is not None else "RTP/SAVP" if local.srtp in ("offer", "require") else "RTP/AVP"
    )
    if secure:
        lines.extend(sdp.Attribute("crypto", str(line)) for line in offered_crypto(local, keys, old))
    lines.append(sdp.Attribute(direction))
    formats = [payloads[name] for name in names] + list(events.values())
    formats += [str(noise)] if noise is not None else []
    ours = sdp.Media("audio", local.rtp_port, protocol, tuple(formats), tuple(lines))
    others = before.media if before is not None else (ours,)
    media = tuple(ours if number == index else refused_line(line) for number, line in enumerate(others))
    return Offer(describe(local, media, before), local.srtp, local.signalling_ip)


def complete(offer: Offer, answer: bytes) -> LegMedia:
    """Return what was agreed by the answer to our offer.

    Raises NotAcceptable: the answer refuses the audio, or picks what was not offered.
    """
    mine, session = read(offer.sdp), read(answer)
    index, ours = own_line(mine)
    if ours is None or index >= len(session.media) or not session.media[index].port:
        raise NotAcceptable("The answer refuses the audio", 304)
    theirs = session.media[index]
    if theirs.kind != "audio" or theirs.profile not in PLAIN | SECURE:
        raise NotAcceptable("The answer changes the kind of media", 302)
    own_payloads = {identity(encoding): payload for payload, encoding in ours.encodings().items()}
    offered_names = tuple(choice.name for choice in usable_codecs(ours, ALL_CODECS))
    choices = usable_codecs(theirs, offered_names)
    if not choices:
        raise NotAcceptable("The answer names no codec that was offered", 305)
    choice = choices[0]
    received = int(own_payloads[codec_identity(choice.name)])
    crypto_in, crypto_out = _completed_crypto(offer, ours, theirs)
    events = read_events(theirs, CLOCKS[choice.name])
    if events is not None:
        own = own_payloads.get(("telephone-event", events.clock_rate))
        events = _replace_event(events, int(own)) if own is not None else None
    noise = read_noise(theirs, choice.name) if ours.encodings().get("13") is not None else None
    answered = offered_direction(session, theirs)
    mux = all(line.attribute("rtcp-mux") is not None for line in (ours, theirs))
    remote = read_remote(session, theirs, mux)
    return LegMedia(
        remote=remote.rtp,
        remote_rtcp=remote.rtcp,
        rtcp_mux=mux,
        codec=read_codec(theirs, choice, receive_payload=received, ptime=ours.milliseconds("ptime") or 20),
        telephone_event=events,
        comfort_noise=noise,
        direction=both_ways(_REVERSE[answered], mine.direction_of(ours)),
        srtp_send=crypto_out.key if crypto_out else None,
        srtp_receive=crypto_in.key if crypto_in else None,
        signalling_ip=offer.signalling_ip,
    )


def _event_pair(events: TelephoneEvent | None) -> dict[int, str]:
    return {} if events is None else {events.clock_rate: str(events.receive_payload_type)}


def _replace_event(events: TelephoneEvent, receive: int) -> TelephoneEvent:
    return TelephoneEvent(
        send_payload_type=events.send_payload_type, receive_payload_type=receive, clock_rate=events.clock_rate
    )


def _completed_crypto(
    offer: Offer, ours: sdp.Media, theirs: sdp.Media
) -> tuple[CryptoLine | None, CryptoLine | None]:
    """The peer's line and ours of the same tag. Raises NotAcceptable: encryption was due and is missing."""
    mine = {line.tag: line for line in own_crypto(ours)}
    for value in theirs.attributes_named("crypto"):
        line = crypto_lines.parse_line(value)
        if line is not None and line.tag in mine and mine[line.tag].key.suite == line.key.suite:
            return line, mine[line.tag]
    if offer.srtp == "require" or ours.profile in SECURE or theirs.profile in SECURE:
        raise NotAcceptable("The answer has no usable SRTP key", 302)
    return None, None
