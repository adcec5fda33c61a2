"""What a peer's description says: its usable audio line, codecs, wishes, addresses (RFC 3264, RFC 7587)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from switchroom.media import crypto_lines, sdp, webrtc
from switchroom.media.agreement import CLOCKS, LocalMedia, NotAcceptable
from switchroom.media.types import Codec, CodecName, Direction, TelephoneEvent

PTIMES: Final = (10, 20, 30, 40, 60)
_EVENT_CLOCKS: Final = (8000, 48000)
PLAIN: Final = frozenset({"RTP/AVP", "RTP/AVPF"})
SECURE: Final = frozenset({"RTP/SAVP", "RTP/SAVPF"})
_OPUS_BITRATES: Final = ((8000, 16_000), (12000, 20_000), (16000, 24_000), (24000, 32_000))
"""Highest bit rate that is of use to an Opus receiver that plays up to so many Hz (RFC 7587 §3.1.1)."""
_REMEMBERED: Final = 4096
"""Descriptions up to so many bytes are remembered: an offer is asked about, answered, and looked at again."""

_parse_again = lru_cache(128)(sdp.parse)


@dataclass(frozen=True, slots=True)
class Choice:
    """One payload format of a line that we can use."""

    name: CodecName
    payload: str


def read(data: bytes) -> sdp.SessionDescription:
    """Parse a description. Raises NotAcceptable (400)."""
    try:
        return _parse_again(data) if len(data) <= _REMEMBERED else sdp.parse(data)
    except sdp.SdpError as error:
        raise NotAcceptable(str(error), status=400) from error


def identity(encoding: sdp.RtpMap) -> tuple[str, int]:
    """What makes two encodings the same: name and clock."""
    return encoding.name.lower(), encoding.clock_rate


def codec_identity(name: CodecName) -> tuple[str, int]:
    """The identity of a codec of ours."""
    return name.lower(), CLOCKS[name]


@lru_cache(64)
def _by_identity(codecs: tuple[CodecName, ...]) -> dict[tuple[str, int], CodecName]:
    return {codec_identity(name): name for name in codecs}


def usable_codecs(media: sdp.Media, codecs: Sequence[CodecName], browser: bool = False) -> list[Choice]:
    """The formats of a line that are among `codecs`, in the line's order, each codec once."""
    known = _by_identity(tuple(codecs))
    found: dict[CodecName, Choice] = {}
    for payload, encoding in media.encodings().items():
        name = known.get(identity(encoding))
        if name is not None and not (name != "opus" and encoding.channels != 1):
            if browser and webrtc.hides_in_rtcp(payload):
                continue
            found.setdefault(name, Choice(name, payload))
    return list(found.values())


def chosen_codec(
    theirs: sdp.Media, local: LocalMedia, prefer: CodecName | None, browser: bool = False
) -> Choice:
    """The codec to answer with: `prefer` where offered, else the first of theirs that we have."""
    choices = usable_codecs(theirs, local.codecs, browser)
    return next((choice for choice in choices if choice.name == prefer), choices[0])


def usable_line(session: sdp.SessionDescription, local: LocalMedia) -> tuple[int, sdp.Media]:
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
    profile = media.profile
    browser = profile not in PLAIN and webrtc.is_browser(session, media)
    if local.browser is not None and local.browser is not browser:
        return NotAcceptable("A call can not change between plain media and that of a browser", 302)
    if browser:
        return webrtc.trouble(session, media, local.webrtc) or _browser_codec_trouble(media, local)
    if profile not in PLAIN | SECURE:
        return NotAcceptable(f"Media over {media.protocol[:40]} is not supported", 302)
    if profile in SECURE and not _has_crypto(media):
        return NotAcceptable("No usable SRTP suite was offered", 302)
    if local.srtp == "require" and not _has_crypto(media):
        return NotAcceptable("Encrypted media (SRTP) is required", 302)
    if not usable_codecs(media, local.codecs):
        return NotAcceptable("No common audio codec", 305)
    return _address_trouble(session, media, local.address)


def _browser_codec_trouble(media: sdp.Media, local: LocalMedia) -> NotAcceptable | None:
    if usable_codecs(media, local.codecs, browser=True):
        return None
    if usable_codecs(media, local.codecs):
        return NotAcceptable("Payload types 64 to 95 can not be used with rtcp-mux", 305)
    return NotAcceptable("No common audio codec", 305)


def _address_trouble(session: sdp.SessionDescription, media: sdp.Media, own: str) -> NotAcceptable | None:
    connection = session.connection_of(media)
    address = connection.ip if connection else None
    if address is None:
        return NotAcceptable("The media address is not an IP address", 301)
    if not _one_host(address):
        return NotAcceptable("The media address is not one host's", 330)
    if own and _version(own) != address.version and not address.is_unspecified:
        return NotAcceptable("Incompatible network address formats", 301)
    return None


@lru_cache(1024)
def _one_host(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return not address.is_multicast and str(address) != "255.255.255.255"


def _version(own: str) -> int:
    address = sdp.parse_ip(own)
    if address is None:
        raise ValueError(f"our media address {own} is no IP address")
    return address.version


def _has_crypto(media: sdp.Media) -> bool:
    values = media.attributes_named("crypto")
    return bool(values) and any(crypto_lines.parse_line(value) is not None for value in values)


def offered_direction(session: sdp.SessionDescription, media: sdp.Media) -> Direction:
    """What the peer does by its description; with the address 0.0.0.0 it receives nothing (RFC 2543).

    A browser's address says nothing: ICE finds the way.
    """
    direction = session.direction_of(media)
    if media.profile not in PLAIN and webrtc.is_browser(session, media):
        return direction
    connection = session.connection_of(media)
    address = connection.ip if connection is not None else None
    if address is not None and address.is_unspecified:
        return both_ways(direction, "sendonly")
    return direction


def both_ways(one: Direction, other: Direction) -> Direction:
    """What remains of a direction when another one limits it; both from the same side."""
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


def read_codec(theirs: sdp.Media, choice: Choice, *, receive_payload: int, ptime: int) -> Codec:
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


def read_events(theirs: sdp.Media, clock: int, browser: bool = False) -> TelephoneEvent | None:
    """Telephone-event at the codec's clock (RFC 4733 §2.1), or at the other where only that was named."""
    found = {
        encoding.clock_rate: int(payload)
        for payload, encoding in reversed(theirs.encodings().items())
        if encoding.name.lower() == "telephone-event"
        and encoding.clock_rate in _EVENT_CLOCKS
        and not (browser and webrtc.hides_in_rtcp(payload))
    }
    if not found:
        return None
    rate = clock if clock in found else next(iter(found))
    return TelephoneEvent(send_payload_type=found[rate], receive_payload_type=found[rate], clock_rate=rate)


def read_noise(theirs: sdp.Media, name: CodecName) -> int | None:
    """The payload type of CN, for codecs with its clock; None where it was not named."""
    if CLOCKS[name] != 8000:
        return None
    return next((int(p) for p, e in theirs.encodings().items() if identity(e) == ("cn", 8000)), None)


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the peer wants RTP and RTCP, as "ip:port"."""

    rtp: str
    rtcp: str | None


def read_remote(session: sdp.SessionDescription, theirs: sdp.Media, mux: bool) -> Remote:
    """Read c=, the port and a=rtcp (RFC 3605). Raises NotAcceptable: media can not go there."""
    trouble = _address_trouble(session, theirs, "")
    connection = session.connection_of(theirs)
    if trouble is not None or connection is None:
        raise trouble or NotAcceptable("The media address is missing", 301)
    host = str(connection.ip)
    if mux:
        return Remote(_with_port(host, theirs.port), None)
    port, *rest = (theirs.attribute("rtcp") or "").split() or [""]
    other = sdp.parse_ip(rest[2]) if len(rest) == 3 else None
    rtcp_host = str(other) if other is not None and not other.is_multicast else host
    rtcp_port = _positive(port)
    if not 0 < rtcp_port < 65536:
        rtcp_port = theirs.port + 1
    return Remote(
        _with_port(host, theirs.port), _with_port(rtcp_host, rtcp_port) if rtcp_port < 65536 else None
    )


def browser_remote(session: sdp.SessionDescription, theirs: sdp.Media) -> Remote:
    """What c= and the port say of a browser; nobody sends there before ICE has found the way."""
    connection = session.connection_of(theirs)
    address = connection.ip if connection is not None else None
    return Remote(_with_port(str(address or "0.0.0.0"), theirs.port), None)


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
