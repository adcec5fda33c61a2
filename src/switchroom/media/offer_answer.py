"""Offers and answers for one audio stream (RFC 3264, RFC 6337): pure decisions, bytes in and bytes out.

An answer names exactly one audio codec, telephone-event at its clock rate, and CN where offered. It takes
the first of the peer's codecs that we have, unless `prefer` is among them. Video, image and further audio
lines are refused with port 0 and the voice stays. Hold is sendonly, inactive, or the address 0.0.0.0 alike.

`previous`, wherever it can be given, is the last description we sent in the same dialog: session id, version,
payload types, keys and the order of media lines go on from it (RFC 3264 §8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from switchroom.media import crypto_lines, sdp
from switchroom.media.bodies import extract as extract
from switchroom.media.crypto_lines import CryptoLine, Suite
from switchroom.media.types import Codec, CodecName, Direction, LegMedia, TelephoneEvent

SrtpPolicy = Literal["no", "optional", "offer", "require"]
"""What we offer: RTP/AVP; RTP/AVP with a=crypto; RTP/SAVP; RTP/SAVP. An offer of SRTP is answered with SRTP
under every policy, and "require" refuses plain RTP in both roles."""

KeySource = Callable[[int], bytes]
"""Gives that many random bytes."""

ALL_CODECS: Final[tuple[CodecName, ...]] = ("opus", "G722", "PCMU", "PCMA")
PTIMES: Final = (10, 20, 30, 40, 60)

_CLOCKS: Final[dict[CodecName, int]] = {"opus": 48000, "G722": 8000, "PCMU": 8000, "PCMA": 8000}
_OFFERED_PAYLOADS: Final[dict[str, str]] = {"PCMU": "0", "PCMA": "8", "G722": "9", "opus": "96"}
_EVENT_PAYLOADS: Final = {8000: "101", 48000: "100"}
_REVERSE: Final[dict[Direction, Direction]] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
_PLAIN: Final = frozenset({"RTP/AVP", "RTP/AVPF"})
_SECURE: Final = frozenset({"RTP/SAVP", "RTP/SAVPF"})
_OPUS_BITRATES: Final = ((8000, 16_000), (12000, 20_000), (16000, 24_000), (24000, 32_000))
"""Highest bit rate that is of use to an Opus receiver that plays up to so many Hz (RFC 7587 §3.1.1)."""

_REMEMBERED: Final = 4096
"""Descriptions up to so many bytes are remembered: an offer is asked about, answered, and looked at again."""

_parse_again = lru_cache(128)(sdp.parse)


class NotAcceptable(Exception):
    """A description we can not go along with.

    `status` is the SIP status to answer an offer with (400 where it can not be parsed, else 488), `code` and
    `warning` the Warning header's (RFC 3261 §20.43).
    """

    def __init__(self, warning: str, code: int = 399, status: int = 488) -> None:
        super().__init__(warning)
        self.status = status
        self.code = code
        self.warning = warning


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our side of a stream: where we listen and what we want."""

    address: str
    """IP address to write in c= and o=, of the family the peer uses (`remote_address`)."""
    rtp_port: int
    rtcp_port: int
    session_id: int = 1
    session_version: int = 1
    codecs: tuple[CodecName, ...] = ALL_CODECS
    """What may be used; the order is that of our offers."""
    srtp: SrtpPolicy = "no"
    suites: tuple[Suite, ...] = crypto_lines.DEFAULT_SUITES
    """What we offer; in answers the first usable suite of the peer's is taken."""
    ptime: int = 20
    """Packet time we ask for in offers, ms."""
    comfort_noise: bool = False
    """Offer CN too."""
    signalling_ip: str | None = None
    """Goes into `LegMedia` as it is."""


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


@dataclass(frozen=True, slots=True)
class _Choice:
    """One payload format of a line that we can use."""

    name: CodecName
    payload: str


def remote_address(description: bytes) -> str | None:
    """Return the IP address a description wants audio at, so that ours can be of its family, or None.

    Raises NotAcceptable (400) for a description that can not be parsed.
    """
    session = _parse(description)
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
    session = _parse(description)
    for media in session.media:
        if media.kind == "audio" and media.port and (found := _choices(media, ALL_CODECS)):
            return tuple(dict.fromkeys(choice.name for choice in found))
    return ()


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
    session = _parse(offer)
    before = _parse(previous) if previous is not None else None
    index, theirs = _usable_line(session, local)
    choice = _choose(theirs, local, prefer)
    offered = _offered_direction(session, theirs)
    agreed = _intersect(_REVERSE[offered], direction)
    crypto_in, crypto_out = _answer_crypto(theirs, local, keys, before)
    codec = _codec(theirs, choice, receive_payload=int(choice.payload), ptime=20)
    events = _events(theirs, _CLOCKS[choice.name])
    noise = _noise(theirs, choice.name)
    mux = theirs.attribute("rtcp-mux") is not None
    remote = _remote(session, theirs, mux)
    lines = _format_attributes([(choice.name, choice.payload)], _event_pair(events), noise)
    lines.append(sdp.Attribute("ptime", str(codec.ptime)))
    lines.extend(_transport_attributes(local, mux))
    if crypto_out is not None:
        lines.append(sdp.Attribute("crypto", str(crypto_out)))
    lines.append(sdp.Attribute(agreed))
    formats = [choice.payload]
    formats += [str(events.receive_payload_type)] if events else []
    formats += [str(noise)] if noise is not None else []
    ours = sdp.Media("audio", local.rtp_port, theirs.protocol, tuple(formats), tuple(lines))
    media = tuple(ours if number == index else _refused(line) for number, line in enumerate(session.media))
    return Answer(
        sdp=_describe(local, media, before),
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
    before = _parse(previous) if previous is not None else None
    index, old = _own_line(before)
    names = [name for name in (codecs or local.codecs) if name in local.codecs]
    payloads = _offered_payloads(names, old, local.comfort_noise)
    events = {clock: payloads[f"event/{clock}"] for clock in sorted({_CLOCKS[name] for name in names})}
    noise = 13 if local.comfort_noise else None
    lines = _format_attributes([(name, payloads[name]) for name in names], events, noise)
    lines.append(sdp.Attribute("ptime", str(local.ptime)))
    lines.extend(_transport_attributes(local, mux=old is not None and old.attribute("rtcp-mux") is not None))
    secure = local.srtp != "no" or (old is not None and old.attribute("crypto") is not None)
    protocol = (
        old.protocol if old is not None else "RTP/SAVP" if local.srtp in ("offer", "require") else "RTP/AVP"
    )
    if secure:
        lines.extend(sdp.Attribute("crypto", str(line)) for line in _offered_crypto(local, keys, old))
    lines.append(sdp.Attribute(direction))
    formats = [payloads[name] for name in names] + list(events.values())
    formats += [str(noise)] if noise is not None else []
    ours = sdp.Media("audio", local.rtp_port, protocol, tuple(formats), tuple(lines))
    others = before.media if before is not None else (ours,)
    media = tuple(ours if number == index else _refused(line) for number, line in enumerate(others))
    return Offer(_describe(local, media, before), local.srtp, local.signalling_ip)


def complete(offer: Offer, answer: bytes) -> LegMedia:
    """Return what was agreed by the answer to our offer.

    Raises NotAcceptable: the answer refuses the audio, or picks what was not offered.
    """
    mine, session = _parse(offer.sdp), _parse(answer)
    index, ours = _own_line(mine)
    if ours is None or index >= len(session.media) or not session.media[index].port:
        raise NotAcceptable("The answer refuses the audio", 304)
    theirs = session.media[index]
    if theirs.kind != "audio" or theirs.profile not in _PLAIN | _SECURE:
        raise NotAcceptable("The answer changes the kind of media", 302)
    own_payloads = {_same(encoding): payload for payload, encoding in ours.encodings().items()}
    offered_names = tuple(choice.name for choice in _choices(ours, ALL_CODECS))
    choices = _choices(theirs, offered_names)
    if not choices:
        raise NotAcceptable("The answer names no codec that was offered", 305)
    choice = choices[0]
    received = int(own_payloads[_codec_identity(choice.name)])
    crypto_in, crypto_out = _completed_crypto(offer, ours, theirs)
    events = _events(theirs, _CLOCKS[choice.name])
    if events is not None:
        own = own_payloads.get(("telephone-event", events.clock_rate))
        events = _replace_event(events, int(own)) if own is not None else None
    noise = _noise(theirs, choice.name) if ours.encodings().get("13") is not None else None
    answered = _offered_direction(session, theirs)
    mux = all(line.attribute("rtcp-mux") is not None for line in (ours, theirs))
    remote = _remote(session, theirs, mux)
    return LegMedia(
        remote=remote.rtp,
        remote_rtcp=remote.rtcp,
        rtcp_mux=mux,
        codec=_codec(theirs, choice, receive_payload=received, ptime=ours.milliseconds("ptime") or 20),
        telephone_event=events,
        comfort_noise=noise,
        direction=_intersect(_REVERSE[answered], mine.direction_of(ours)),
        srtp_send=crypto_out.key if crypto_out else None,
        srtp_receive=crypto_in.key if crypto_in else None,
        signalling_ip=offer.signalling_ip,
    )


def _parse(data: bytes) -> sdp.SessionDescription:
    try:
        return _parse_again(data) if len(data) <= _REMEMBERED else sdp.parse(data)
    except sdp.SdpError as error:
        raise NotAcceptable(str(error), status=400) from error


def _same(encoding: sdp.RtpMap) -> tuple[str, int]:
    return encoding.name.lower(), encoding.clock_rate


def _codec_identity(name: CodecName) -> tuple[str, int]:
    return name.lower(), _CLOCKS[name]


def _choices(media: sdp.Media, codecs: Sequence[CodecName]) -> list[_Choice]:
    """The formats of a line that are among `codecs`, in the line's order, each codec once."""
    known = {_codec_identity(name): name for name in codecs}
    found: dict[CodecName, _Choice] = {}
    for payload, encoding in media.encodings().items():
        name = known.get(_same(encoding))
        if name is not None and not (name != "opus" and encoding.channels != 1):
            found.setdefault(name, _Choice(name, payload))
    return list(found.values())


def _choose(theirs: sdp.Media, local: LocalMedia, prefer: CodecName | None) -> _Choice:
    choices = _choices(theirs, local.codecs)
    return next((choice for choice in choices if choice.name == prefer), choices[0])


def _usable_line(session: sdp.SessionDescription, local: LocalMedia) -> tuple[int, sdp.Media]:
    """The audio line to take: the first usable one, secure before plain. Raises NotAcceptable."""
    problem: NotAcceptable | None = None
    usable: list[tuple[bool, int]] = []
    for index, media in enumerate(session.media):
        if media.kind != "audio" or not media.port:
            continue
        trouble = _trouble(session, media, local)
        if trouble is None:
            usable.append((not _has_crypto(media), index))
        elif problem is None:
            problem = trouble
    if not usable:
        raise problem or NotAcceptable("No audio was offered", 304)
    index = min(usable)[1]
    return index, session.media[index]


def _trouble(session: sdp.SessionDescription, media: sdp.Media, local: LocalMedia) -> NotAcceptable | None:
    """Why an audio line can not be taken, or None."""
    if any(word in media.profile for word in ("UDP/TLS", "TCP", "DTLS")):
        return NotAcceptable("DTLS-SRTP is not supported here: use SDES or plain RTP", 302)
    if media.profile not in _PLAIN | _SECURE:
        return NotAcceptable(f"Media over {media.protocol[:40]} is not supported", 302)
    if media.profile in _SECURE and not _has_crypto(media):
        if media.attribute("fingerprint") is not None or any(
            a.name == "fingerprint" for a in session.attributes
        ):
            return NotAcceptable("DTLS-SRTP is not supported here: use SDES or plain RTP", 302)
        return NotAcceptable("No usable SRTP suite was offered", 302)
    if local.srtp == "require" and not _has_crypto(media):
        return NotAcceptable("Encrypted media (SRTP) is required", 302)
    if not _choices(media, local.codecs):
        return NotAcceptable("No common audio codec", 305)
    return _address_trouble(session, media, local.address)


def _address_trouble(session: sdp.SessionDescription, media: sdp.Media, own: str) -> NotAcceptable | None:
    connection = session.connection_of(media)
    address = connection.ip if connection else None
    if address is None:
        return NotAcceptable("The media address is not an IP address", 301)
    if address.is_multicast or str(address) == "255.255.255.255":
        return NotAcceptable("The media address is not one host's", 330)
    if not address.is_unspecified and own and _version(own) != address.version:
        return NotAcceptable("Incompatible network address formats", 301)
    return None


def _version(own: str) -> int:
    address = sdp.parse_ip(own)
    if address is None:
        raise ValueError(f"our media address {own} is no IP address")
    return address.version


def _has_crypto(media: sdp.Media) -> bool:
    values = media.attributes_named("crypto")
    return bool(values) and any(crypto_lines.parse_line(value) is not None for value in values)


def _offered_direction(session: sdp.SessionDescription, media: sdp.Media) -> Direction:
    """What the peer does by its description; with the address 0.0.0.0 it receives nothing (RFC 2543)."""
    direction = session.direction_of(media)
    connection = session.connection_of(media)
    if connection is not None and connection.ip is not None and connection.ip.is_unspecified:
        return _intersect(direction, "sendonly")
    return direction


def _intersect(one: Direction, other: Direction) -> Direction:
    sends = one in ("sendrecv", "sendonly") and other in ("sendrecv", "sendonly")
    receives = one in ("sendrecv", "recvonly") and other in ("sendrecv", "recvonly")
    if sends:
        return "sendrecv" if receives else "sendonly"
    return "recvonly" if receives else "inactive"


@dataclass(frozen=True, slots=True)
class _Opus:
    """What a peer's fmtp line asks of an Opus sender (RFC 7587 §6.1)."""

    bitrate: int
    fec: bool
    dtx: bool
    cbr: bool


def _opus_wishes(parameters: dict[str, str]) -> _Opus:
    limits = []
    average = _positive(parameters.get("maxaveragebitrate"))
    if average:
        limits.append(min(max(average, 6_000), 510_000))
    playback = _positive(parameters.get("maxplaybackrate"))
    if playback:
        limits.extend(rate for highest, rate in _OPUS_BITRATES if playback <= highest)
    return _Opus(
        bitrate=min(limits, default=0),
        fec=parameters.get("useinbandfec") == "1",
        dtx=parameters.get("usedtx") == "1",
        cbr=parameters.get("cbr") == "1",
    )


def _positive(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _codec(theirs: sdp.Media, choice: _Choice, *, receive_payload: int, ptime: int) -> Codec:
    """The codec by the peer's line; `ptime` is taken where the line has none."""
    wanted = theirs.milliseconds("ptime") or ptime
    highest = theirs.milliseconds("maxptime")
    if highest:
        wanted = min(wanted, highest)
    sent = max((time for time in PTIMES if time <= wanted), default=PTIMES[0])
    wishes = _opus_wishes(theirs.format_parameters(choice.payload)) if choice.name == "opus" else None
    return Codec(
        name=choice.name,
        send_payload_type=int(choice.payload),
        receive_payload_type=receive_payload,
        ptime=sent,
        bitrate=wishes.bitrate if wishes else 0,
        fec=wishes.fec if wishes else False,
        dtx=wishes.dtx if wishes else False,
        cbr=wishes.cbr if wishes else False,
    )


def _events(theirs: sdp.Media, clock: int) -> TelephoneEvent | None:
    """Telephone-event at the codec's clock (RFC 4733 §2.1), or at the other where only that was named."""
    found = {
        encoding.clock_rate: int(payload)
        for payload, encoding in reversed(theirs.encodings().items())
        if encoding.name.lower() == "telephone-event" and encoding.clock_rate in _EVENT_PAYLOADS
    }
    if not found:
        return None
    rate = clock if clock in found else next(iter(found))
    return TelephoneEvent(send_payload_type=found[rate], receive_payload_type=found[rate], clock_rate=rate)


def _event_pair(events: TelephoneEvent | None) -> dict[int, str]:
    return {} if events is None else {events.clock_rate: str(events.receive_payload_type)}


def _replace_event(events: TelephoneEvent, receive: int) -> TelephoneEvent:
    return TelephoneEvent(
        send_payload_type=events.send_payload_type, receive_payload_type=receive, clock_rate=events.clock_rate
    )


def _noise(theirs: sdp.Media, name: CodecName) -> int | None:
    if _CLOCKS[name] != 8000:
        return None
    return next((int(p) for p, e in theirs.encodings().items() if _same(e) == ("cn", 8000)), None)


def _format_attributes(
    codecs: list[tuple[CodecName, str]], events: dict[int, str], noise: int | None
) -> list[sdp.Attribute]:
    lines = []
    for name, payload in codecs:
        channels = "/2" if name == "opus" else ""
        lines.append(sdp.Attribute("rtpmap", f"{payload} {name}/{_CLOCKS[name]}{channels}"))
        if name == "opus":
            lines.append(sdp.Attribute("fmtp", f"{payload} useinbandfec=1"))
    for clock, payload in events.items():
        lines.append(sdp.Attribute("rtpmap", f"{payload} telephone-event/{clock}"))
        lines.append(sdp.Attribute("fmtp", f"{payload} 0-15"))
    if noise is not None:
        lines.append(sdp.Attribute("rtpmap", f"{noise} CN/8000"))
    return lines


def _transport_attributes(local: LocalMedia, mux: bool) -> list[sdp.Attribute]:
    if mux:
        return [sdp.Attribute("rtcp-mux")]
    return [sdp.Attribute("rtcp", str(local.rtcp_port))] if local.rtcp_port != local.rtp_port + 1 else []


@dataclass(frozen=True, slots=True)
class _Remote:
    """Where the peer wants RTP and RTCP, as "ip:port"."""

    rtp: str
    rtcp: str | None


def _remote(session: sdp.SessionDescription, theirs: sdp.Media, mux: bool) -> _Remote:
    """Read c=, the port and a=rtcp (RFC 3605). Raises NotAcceptable: media can not go there."""
    trouble = _address_trouble(session, theirs, "")
    connection = session.connection_of(theirs)
    if trouble is not None or connection is None:
        raise trouble or NotAcceptable("The media address is missing", 301)
    host = str(connection.ip)
    if mux:
        return _Remote(_with_port(host, theirs.port), None)
    port, *rest = (theirs.attribute("rtcp") or "").split() or [""]
    other = sdp.parse_ip(rest[2]) if len(rest) == 3 else None
    rtcp_host = str(other) if other is not None and not other.is_multicast else host
    rtcp_port = _positive(port)
    if not 0 < rtcp_port < 65536:
        rtcp_port = theirs.port + 1
    return _Remote(
        _with_port(host, theirs.port), _with_port(rtcp_host, rtcp_port) if rtcp_port < 65536 else None
    )


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _refused(line: sdp.Media) -> sdp.Media:
    return sdp.Media(line.kind, 0, line.protocol, line.formats[:1])


def _own_line(session: sdp.SessionDescription | None) -> tuple[int, sdp.Media | None]:
    """The audio line of a description of ours, by number; (0, None) where there is none."""
    for index, media in enumerate(session.media if session else ()):
        if media.kind == "audio" and media.port:
            return index, media
    return 0, None


def _offered_payloads(names: Sequence[CodecName], old: sdp.Media | None, noise: bool) -> dict[str, str]:
    """Payload types for codecs and events: those of the last description, new ones beside them."""
    known = {_same(e): p for p, e in old.encodings().items()} if old is not None else {}
    taken = set(known.values()) | ({"13"} if noise else set())
    wanted: list[tuple[str, tuple[str, int], str]] = [
        (name, _codec_identity(name), _OFFERED_PAYLOADS[name]) for name in names
    ]
    for clock in sorted({_CLOCKS[name] for name in names}):
        wanted.append((f"event/{clock}", ("telephone-event", clock), _EVENT_PAYLOADS[clock]))
    result: dict[str, str] = {}
    for label, identity, usual in wanted:
        payload = known.get(identity)
        if payload is None:
            free = (str(number) for number in range(96, 128) if str(number) not in taken)
            payload = usual if usual not in taken else next(free)
        taken.add(payload)
        result[label] = payload
    return result


def _own_crypto(old: sdp.Media | None) -> list[CryptoLine]:
    values = old.attributes_named("crypto") if old is not None else []
    return [line for value in values if (line := crypto_lines.parse_line(value)) is not None]


def _offered_crypto(local: LocalMedia, keys: KeySource, old: sdp.Media | None) -> list[CryptoLine]:
    """The lines of an offer: those of the last description (so the roll-over counter goes on), else new."""
    return _own_crypto(old) or [
        crypto_lines.new_line(tag, suite, keys(crypto_lines.KEY_BYTES[suite]))
        for tag, suite in enumerate(local.suites, 1)
    ]


def _answer_crypto(
    theirs: sdp.Media, local: LocalMedia, keys: KeySource, before: sdp.SessionDescription | None
) -> tuple[CryptoLine | None, CryptoLine | None]:
    """The peer's line and ours, or two Nones without SRTP. Our key stays while the suite does."""
    parsed = (crypto_lines.parse_line(value) for value in theirs.attributes_named("crypto"))
    received = next((line for line in parsed if line is not None), None)
    if received is None:
        return None, None
    suite = received.key.suite
    for line in _own_crypto(_own_line(before)[1]):
        if line.key.suite == suite:
            return received, CryptoLine(received.tag, line.key)
    fresh = crypto_lines.new_line(int(received.tag), suite, keys(crypto_lines.KEY_BYTES[suite]))
    return received, replace(fresh, tag=received.tag)


def _completed_crypto(
    offer: Offer, ours: sdp.Media, theirs: sdp.Media
) -> tuple[CryptoLine | None, CryptoLine | None]:
    """The peer's line and ours of the same tag. Raises NotAcceptable: encryption was due and is missing."""
    mine = {line.tag: line for line in _own_crypto(ours)}
    for value in theirs.attributes_named("crypto"):
        line = crypto_lines.parse_line(value)
        if line is not None and line.tag in mine and mine[line.tag].key.suite == line.key.suite:
            return line, mine[line.tag]
    if offer.srtp == "require" or ours.profile in _SECURE or theirs.profile in _SECURE:
        raise NotAcceptable("The answer has no usable SRTP key", 302)
    return None, None


def _describe(
    local: LocalMedia, media: tuple[sdp.Media, ...], before: sdp.SessionDescription | None
) -> bytes:
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
