"""What both sides of an offer and its answer are told: our wishes, and why a description is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from switchroom.media import crypto_lines
from switchroom.media.crypto_lines import Suite
from switchroom.media.types import CodecName

SrtpPolicy = Literal["no", "optional", "offer", "require"]
"""What we offer: RTP/AVP; RTP/AVP with a=crypto; RTP/SAVP; RTP/SAVP. An offer of SRTP is answered with SRTP
under every policy, and "require" refuses plain RTP in both roles."""

KeySource = Callable[[int], bytes]
"""Gives that many random bytes."""

ALL_CODECS: Final[tuple[CodecName, ...]] = ("opus", "G722", "PCMU", "PCMA")
CLOCKS: Final[dict[CodecName, int]] = {"opus": 48000, "G722": 8000, "PCMU": 8000, "PCMA": 8000}


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
class WebRtcHost:
    """Where browsers' media comes to: the worker's one port, its certificate, and the addresses to offer."""

    port: int
    fingerprint: str
    """As it stands in SDP: "sha-256 AA:BB:..", of the worker that runs now."""
    addresses: tuple[str, ...]
    """IP addresses of the candidates, the best first."""


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
    webrtc: WebRtcHost | None = None
    """For browsers; None refuses them."""
    browser: bool | None = None
    """Whether the peer is a browser; None: its offer decides, and what we offer is for a plain phone."""
    signalling_ip: str | None = None
    """Goes into `LegMedia` as it is."""
