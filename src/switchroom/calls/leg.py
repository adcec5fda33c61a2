"""A leg: our end of one phone's session and its media, and what offer and answer make of it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from switchroom.calls.change import replace
from switchroom.calls.values import Party, Place
from switchroom.media import offer_answer
from switchroom.media.offer_answer import LocalMedia, NotAcceptable, Offer, SrtpPolicy
from switchroom.media.types import CodecName, LegId, LegMedia, OpenLeg, SetMedia

__all__ = [
    "Leg",
    "NotAcceptable",
    "answered",
    "bound",
    "checked",
    "codecs_offered",
    "completed",
    "offering",
    "open_command",
    "set_command",
]

_UNBOUND = 9
"""Stands in an answer that is made before the worker told the port (the discard port, as ICE uses it)."""
LOST_AFTER = 5
"""Seconds of a browser's silence, its ICE checks included, after which its media counts as lost."""
_UNBOUND_LINE = re.compile(rb"^m=audio 9 [^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg. `id` is the SIP session's id too; `secret` (32 bytes) is where its SRTP keys come from."""

    id: LegId
    party: Party
    place: Place
    secret: bytes = field(repr=False)
    srtp: SrtpPolicy = "no"
    browser: bool = False
    """ICE and DTLS; settled with the first description, and for good once ports are known."""
    codecs: tuple[CodecName, ...] = ()
    """Only these, in this order (a trunk's); empty: all that we have."""
    port: int = 0
    rtcp_port: int = 0
    sdp: bytes = field(default=b"", repr=False)
    """The last description we sent, or are about to send."""
    offer: Offer | None = field(default=None, repr=False)
    """Ours, while its answer is awaited."""
    media: LegMedia | None = None
    """What was agreed."""
    held: bool = False
    """The phone has put us on hold."""

    @property
    def codec(self) -> CodecName | None:
        """The agreed codec."""
        return self.media.codec.name if self.media else None


def codecs_offered(description: bytes) -> tuple[CodecName, ...]:
    """The codecs of an offer that we have, in its order. Raises NotAcceptable (400)."""
    return offer_answer.codecs_of(description)


def open_command(leg: Leg) -> OpenLeg:
    """Have the leg's ports bound, with what is agreed already."""
    if leg.browser:
        return OpenLeg(leg=leg.id, bind=leg.place.bind, media=leg.media, webrtc=True, lost_after=LOST_AFTER)
    return OpenLeg(leg=leg.id, bind=leg.place.bind, media=leg.media)


def set_command(leg: Leg) -> SetMedia:
    """Have the worker use what is agreed. The leg must have an agreement."""
    assert leg.media is not None
    return SetMedia(leg=leg.id, media=leg.media)


def bound(leg: Leg, port: int, rtcp_port: int) -> Leg:
    """The leg once its ports are known; an answer made before gets them written in."""

    def write(match: re.Match[bytes]) -> bytes:
        line = match[0].replace(b" 9 ", b" %d " % port, 1)
        return line if rtcp_port == port + 1 else line + b"a=rtcp:%d\r\n" % rtcp_port

    description = leg.sdp if leg.port or leg.browser else _UNBOUND_LINE.sub(write, leg.sdp, count=1)
    return replace(leg, port=port, rtcp_port=rtcp_port, sdp=description)


def answered(leg: Leg, offer: bytes, prefer: CodecName | None = None) -> Leg:
    """Answer an offer of the phone's: `sdp`, `media` and `held` are new. Raises NotAcceptable."""
    made = offer_answer.answer(
        offer,
        _local(leg, leg.browser if leg.port else None),
        keys=_keys(leg),
        prefer=prefer,
        previous=leg.sdp if leg.port and leg.sdp else None,
        agreed=leg.media,
    )
    browser = made.media.webrtc is not None
    return replace(leg, browser=browser, sdp=made.sdp, media=made.media, held=made.held, offer=None)


def checked(leg: Leg, offer: bytes) -> Leg:
    """See that an offer of the phone's can be answered later. Raises NotAcceptable."""
    browser = offer_answer.check(offer, _local(leg, None))
    return leg if browser is leg.browser else replace(leg, browser=browser)


def offering(leg: Leg, codecs: tuple[CodecName, ...] = ()) -> Leg:
    """Make an offer: `codecs` first, then the others we have."""
    order = leg.codecs or tuple(dict.fromkeys((*codecs, *offer_answer.ALL_CODECS)))
    made = offer_answer.offer(
        _local(leg, leg.browser), keys=_keys(leg), codecs=order, previous=leg.sdp or None
    )
    return replace(leg, sdp=made.sdp, offer=made)


def completed(leg: Leg, answer: bytes) -> Leg:
    """Take the answer to our last offer (another answer to the same offer replaces the first). Raises
    NotAcceptable."""
    if leg.offer is None:
        raise NotAcceptable("An answer without an offer")
    media = offer_answer.complete(leg.offer, answer)
    return replace(leg, media=media, held=media.direction in ("recvonly", "inactive"))


def _local(leg: Leg, browser: bool | None) -> LocalMedia:
    port = leg.port or _UNBOUND
    return LocalMedia(
        address=leg.place.advertised,
        rtp_port=port,
        rtcp_port=leg.rtcp_port or port + 1,
        session_id=int.from_bytes(leg.secret[:4], "big") >> 1,
        codecs=leg.codecs or offer_answer.ALL_CODECS,
        srtp=leg.srtp,
        webrtc=leg.place.webrtc,
        browser=browser,
        signalling_ip=leg.place.signalling_ip,
    )


def _keys(leg: Leg) -> Callable[[int], bytes]:
    """Random bytes that depend on the leg's secret, its last description and nothing else: replaying repeats
    them."""
    count = 0

    def source(length: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(leg.secret + count.to_bytes(4, "big") + leg.sdp).digest(length)

    return source
