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

from switchroom.media import crypto_lines, sdp, webrtc
from switchroom.media.agreement import ALL_CODECS as ALL_CODECS
from switchroom.media.agreement import CLOCKS
from switchroom.media.agreement import KeySource as KeySource
from switchroom.media.agreement import LocalMedia as LocalMedia
from switchroom.media.agreement import NotAcceptable as NotAcceptable
from switchroom.media.agreement import SrtpPolicy as SrtpPolicy
from switchroom.media.agreement import WebRtcHost as WebRtcHost
from switchroom.media.bodies import extract as extract
from switchroom.media.crypto_lines import CryptoLine
from switchroom.media.ours import (
    Way,
    answer_way,
    describe,
    format_attributes,
    offer_way,
    offered_payloads,
    own_crypto,
    own_line,
    refused_line,
)
from switchroom.media.theirs import (
    PLAIN,
    SECURE,
    both_ways,
    browser_remote,
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
from switchroom.media.types import CodecName, Direction, LegMedia, TelephoneEvent, WebRtc

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


def check(offer: bytes, local: LocalMedia) -> bool:
    """Raise NotAcceptable when an answer to this offer would, and make none. True for a browser's offer."""
    session = read(offer)
    _, theirs = usable_line(session, local)
    if webrtc.is_browser(session, theirs):
        return True
    read_remote(session, theirs, theirs.attribute("rtcp-mux") is not None)
    return False


def answer(
    offer: bytes,
    local: LocalMedia,
    *,
    keys: KeySource,
    prefer: CodecName | None = None,
    direction: Direction = "sendrecv",
    previous: bytes | None = None,
    agreed: LegMedia | None = None,
) -> Answer:
    """Answer an offer.

    `direction` is the most we want ourselves, `agreed` what `previous` led to (a browser's ICE restart is
    known by it). Raises NotAcceptable: nothing in it can be used.
    """
    session = read(offer)
    before = read(previous) if previous is not None else None
    index, theirs = usable_line(session, local)
    way = answer_way(session, theirs, local, keys, before, agreed)
    browser = way.webrtc is not None
    choice = chosen_codec(theirs, local, prefer, browser)
    offered = offered_direction(session, theirs)
    both = both_ways(_REVERSE[offered], direction)
    codec = read_codec(theirs, choice, receive_payload=int(choice.payload), ptime=20)
    events = read_events(theirs, CLOCKS[choice.name], browser)
    noise = read_noise(theirs, choice.name)
    lines = format_attributes([(choice.name, choice.payload)], _event_pair(events), noise, browser)
    lines.append(sdp.Attribute("ptime", str(codec.ptime)))
    lines.extend(way.lines)
    lines.append(sdp.Attribute(both))
    formats = [choice.payload]
    formats += [str(events.receive_payload_type)] if events else []
    formats += [str(noise)] if noise is not None else []
    port = local.webrtc.port if browser and local.webrtc is not None else local.rtp_port
    ours = sdp.Media("audio", port, theirs.protocol, tuple(formats), tuple(lines))
    media = tuple(
        ours if number == index else refused_line(line) for number, line in enumerate(session.media)
    )
    head = webrtc.session_lines(session, theirs.attribute("mid")) if browser else ()
    return Answer(
        sdp=describe(local, media, before, head),
        media=LegMedia(
            remote=way.remote.rtp,
            remote_rtcp=way.remote.rtcp,
            rtcp_mux=way.mux,
            codec=codec,
            telephone_event=events,
            comfort_noise=noise,
            direction=both,
            srtp_send=way.send,
            srtp_receive=way.receive,
            signalling_ip=local.signalling_ip,
            audio_level=way.level,
            webrtc=way.webrtc,
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
    """Make an offer of `codecs` (all of `local.codecs` by default) in that order, to a browser Opus first."""
    before = read(previous) if previous is not None else None
    index, old = own_line(before)
    browser = webrtc.wants_browser(local, old)
    names = [name for name in (codecs or local.codecs) if name in local.codecs]
    if browser and old is None:
        names.sort(key=lambda name: name != "opus")
    payloads = offered_payloads(names, old, local.comfort_noise)
    events = {clock: payloads[f"event/{clock}"] for clock in sorted({CLOCKS[name] for name in names})}
    noise = 13 if local.comfort_noise else None
    lines = format_attributes([(name, payloads[name]) for name in names], events, noise, browser)
    lines.append(sdp.Attribute("ptime", str(local.ptime)))
    protocol, transport = offer_way(local, keys, old)
    lines.extend(transport)
    lines.append(sdp.Attribute(direction))
    formats = [payloads[name] for name in names] + list(events.values())
    formats += [str(noise)] if noise is not None else []
    port = local.webrtc.port if browser and local.webrtc is not None else local.rtp_port
    ours = sdp.Media("audio", port, protocol, tuple(formats), tuple(lines))
    others = before.media if before is not None else (ours,)
    media = tuple(ours if number == index else refused_line(line) for number, line in enumerate(others))
    head = webrtc.session_lines(None, ours.attribute("mid")) if browser else ()
    return Offer(describe(local, media, before, head), local.srtp, local.signalling_ip)


def complete(offer: Offer, answer: bytes) -> LegMedia:
    """Return what was agreed by the answer to our offer.

    Raises NotAcceptable: the answer refuses the audio, or picks what was not offered.
    """
    mine, session = read(offer.sdp), read(answer)
    index, ours = own_line(mine)
    if ours is None or index >= len(session.media) or not session.media[index].port:
        raise NotAcceptable("The answer refuses the audio", 304)
    theirs = session.media[index]
    way = _completed_way(offer, ours, session, theirs)
    browser = way.webrtc is not None
    own_payloads = {identity(encoding): payload for payload, encoding in ours.encodings().items()}
    offered_names = tuple(choice.name for choice in usable_codecs(ours, ALL_CODECS))
    choices = usable_codecs(theirs, offered_names, browser)
    if not choices:
        raise NotAcceptable("The answer names no codec that was offered", 305)
    choice = choices[0]
    received = int(own_payloads[codec_identity(choice.name)])
    events = read_events(theirs, CLOCKS[choice.name], browser)
    if events is not None:
        own = own_payloads.get(("telephone-event", events.clock_rate))
        events = _replace_event(events, int(own)) if own is not None else None
    noise = read_noise(theirs, choice.name) if ours.encodings().get("13") is not None else None
    answered = offered_direction(session, theirs)
    return LegMedia(
        remote=way.remote.rtp,
        remote_rtcp=way.remote.rtcp,
        rtcp_mux=way.mux,
        codec=read_codec(theirs, choice, receive_payload=received, ptime=ours.milliseconds("ptime") or 20),
        telephone_event=events,
        comfort_noise=noise,
        direction=both_ways(_REVERSE[answered], mine.direction_of(ours)),
        srtp_send=way.send,
        srtp_receive=way.receive,
        signalling_ip=offer.signalling_ip,
        webrtc=way.webrtc,
    )


def _completed_way(offer: Offer, ours: sdp.Media, session: sdp.SessionDescription, theirs: sdp.Media) -> Way:
    """How media travels by the answer to an offer of ours. Raises NotAcceptable."""
    credentials = webrtc.own_credentials(ours)
    if credentials is not None:
        if theirs.kind != "audio" or not webrtc.is_browser(session, theirs):
            raise NotAcceptable("The answer changes the kind of media", 302)
        level = webrtc.level_id(theirs) if webrtc.level_id(ours) is not None else None
        agreed: WebRtc = webrtc.completing(webrtc.read_peer(session, theirs), credentials, level)
        return Way(browser_remote(session, theirs), True, [], webrtc=agreed)
    if theirs.kind != "audio" or theirs.profile not in PLAIN | SECURE:
        raise NotAcceptable("The answer changes the kind of media", 302)
    crypto_in, crypto_out = _completed_crypto(offer, ours, theirs)
    mux = all(line.attribute("rtcp-mux") is not None for line in (ours, theirs))
    return Way(
        read_remote(session, theirs, mux),
        mux,
        [],
        receive=crypto_in.key if crypto_in else None,
        send=crypto_out.key if crypto_out else None,
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
