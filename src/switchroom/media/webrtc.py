"""Browsers in SDP: ICE, of which we do the lite half, and DTLS-SRTP (RFC 8839, 8842, 8122, 7850, 6464).

Descriptions are whole at once (no trickle). A media line is a browser's when its protocol says DTLS, or when
it has a fingerprint and no SDES key.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final, Literal

from switchroom.media import sdp
from switchroom.media.agreement import KeySource, LocalMedia, NotAcceptable, WebRtcHost
from switchroom.media.types import WebRtc

DTLS_PROFILES: Final = frozenset(
    f"{kind}/RTP/{profile}" for kind in ("UDP/TLS", "TCP/TLS", "TCP/DTLS") for profile in ("SAVPF", "SAVP")
)
OFFERED_PROFILE: Final = "UDP/TLS/RTP/SAVPF"
MID: Final = "0"
LEVEL_URI: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
OFFERED_LEVEL: Final = 1
RTCP_PAYLOADS: Final = range(64, 96)
"""With RTP and RTCP on one port these payload types look like RTCP (RFC 5761 §4)."""

_UFRAG: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
_SHA256: Final = re.compile(r"(?i)sha-256 +((?:[0-9A-F]{2}:){31}[0-9A-F]{2})\s*")
_UDP_PRIORITY: Final = (126 << 24) + 255
_TCP_PRIORITY: Final = (90 << 24) + (4 << 21) + 255
"""Behind UDP; 4 is the direction preference of a passive host candidate (RFC 6544 §4.2)."""

Setup = Literal["actpass", "active", "passive"]
Role = Literal["active", "passive"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """One side's ICE user fragment and password."""

    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A browser's transport, by its description."""

    ice: Credentials
    fingerprint: str
    setup: Setup


def is_browser(session: sdp.SessionDescription, media: sdp.Media) -> bool:
    """Tell whether a line wants DTLS-SRTP."""
    profile = media.profile
    if profile in DTLS_PROFILES:
        return True
    if profile not in ("RTP/SAVPF", "RTP/SAVP") or media.attribute("crypto") is not None:
        return False
    return _one(session, media, "fingerprint") is not None


def read_peer(session: sdp.SessionDescription, media: sdp.Media, default: Setup = "active") -> Peer:
    """Read a browser's line. Raises NotAcceptable where ICE, DTLS or multiplexing is not as we need it."""
    if _session_value(session, "ice-lite") is not None:
        raise NotAcceptable("Both sides are ICE lite, so that nobody would look for a way", 399)
    ufrag, password = _one(session, media, "ice-ufrag"), _one(session, media, "ice-pwd")
    if ufrag is None or password is None:
        raise NotAcceptable("DTLS-SRTP is supported with ICE only: ice-ufrag and ice-pwd are missing", 302)
    if not (_UFRAG.fullmatch(ufrag) and _PASSWORD.fullmatch(password)):
        raise NotAcceptable("ice-ufrag or ice-pwd is malformed", 399)
    fingerprint = _fingerprint(session, media)
    if fingerprint is None:
        raise NotAcceptable("A fingerprint with sha-256 is missing", 302)
    if media.attribute("rtcp-mux") is None:
        raise NotAcceptable("DTLS-SRTP is supported with rtcp-mux only", 302)
    setup = (_one(session, media, "setup") or default).lower()
    match setup:
        case "actpass" | "active" | "passive":
            return Peer(Credentials(ufrag, password), fingerprint, setup)
        case _:
            raise NotAcceptable(f"a=setup:{setup[:20]} is not supported", 399)


def trouble(
    session: sdp.SessionDescription, media: sdp.Media, host: WebRtcHost | None
) -> NotAcceptable | None:
    """Why a browser's line can not be taken, or None; its codecs are not looked at."""
    if host is None:
        return NotAcceptable("DTLS-SRTP (WebRTC) is switched off here: use SDES or plain RTP", 302)
    try:
        read_peer(session, media)
    except NotAcceptable as problem:
        return problem
    return None


def hides_in_rtcp(payload: str) -> bool:
    """Tell whether a payload type can not be told from RTCP on a shared port."""
    return int(payload) in RTCP_PAYLOADS


def new_credentials(keys: KeySource) -> Credentials:
    """Credentials of our own: 48 and 144 random bits, of the characters that ICE allows."""
    ufrag, password = keys(6), keys(18)
    return Credentials(base64.b64encode(ufrag).decode("ascii"), base64.b64encode(password).decode("ascii"))


def own_credentials(line: sdp.Media | None) -> Credentials | None:
    """The credentials in a line of ours."""
    if line is None:
        return None
    ufrag, password = line.attribute("ice-ufrag"), line.attribute("ice-pwd")
    return Credentials(ufrag, password) if ufrag and password else None


def answering(
    peer: Peer, before: WebRtc | None, old: sdp.Media | None, keys: KeySource, level: int | None
) -> WebRtc:
    """What is agreed by answering an offer.

    `before` is the former agreement and `old` the line of ours that it came of. Other credentials of the peer
    are an ICE restart, which gets others of ours (RFC 8839 §4.4.3); while its certificate stays, so do the
    roles in DTLS (RFC 8842 §5.5).
    """
    ours = own_credentials(old)
    if (
        before is None
        or ours is None
        or (before.remote_ufrag, before.remote_password)
        != (
            peer.ice.ufrag,
            peer.ice.password,
        )
    ):
        ours = new_credentials(keys)
    role: Role = "active" if peer.setup == "passive" else "passive"
    if peer.setup == "actpass" and before is not None and before.fingerprint == peer.fingerprint:
        role = before.role
    return _agreed(peer, ours, role, level)


def completing(peer: Peer, ours: Credentials, level: int | None) -> WebRtc:
    """What is agreed by the answer to an offer of ours. Raises NotAcceptable: it leaves the roles open."""
    if peer.setup == "actpass":
        raise NotAcceptable("An answer says a=setup:active or passive", 399)
    return _agreed(peer, ours, "passive" if peer.setup == "active" else "active", level)


def _agreed(peer: Peer, ours: Credentials, role: Role, level: int | None) -> WebRtc:
    return WebRtc(
        local_ufrag=ours.ufrag,
        local_password=ours.password,
        remote_ufrag=peer.ice.ufrag,
        remote_password=peer.ice.password,
        fingerprint=peer.fingerprint,
        role=role,
        audio_level=level,
    )


def transport_lines(host: WebRtcHost, ours: Credentials, setup: Setup) -> list[sdp.Attribute]:
    """Our side of the transport as attributes of the media line, candidates included."""
    return [
        sdp.Attribute("rtcp-mux"),
        sdp.Attribute("ice-ufrag", ours.ufrag),
        sdp.Attribute("ice-pwd", ours.password),
        sdp.Attribute("fingerprint", host.fingerprint),
        sdp.Attribute("setup", setup),
        *_candidates(host),
        sdp.Attribute("end-of-candidates"),
    ]


def _candidates(host: WebRtcHost) -> list[sdp.Attribute]:
    """Host candidates, UDP before TCP (RFC 8839 §5.1, RFC 6544 §4.5): one port for all."""
    found = []
    for number, address in enumerate(host.addresses):
        lower = number << 8  # the local preference: the addresses are in order
        where = f"{address} {host.port} typ host"
        udp, tcp = _UDP_PRIORITY + (65535 << 8) - lower, _TCP_PRIORITY + (8191 << 8) - lower
        found.append(sdp.Attribute("candidate", f"{2 * number + 1} 1 udp {udp} {where}"))
        found.append(sdp.Attribute("candidate", f"{2 * number + 2} 1 tcp {tcp} {where} tcptype passive"))
    return found


def session_lines(theirs: sdp.SessionDescription | None, mid: str | None) -> tuple[sdp.Attribute, ...]:
    """The session attributes of a description of ours: ICE lite, and BUNDLE as offered (RFC 9143 §7.3)."""
    lines = [sdp.Attribute("ice-lite")]
    if mid is not None and (theirs is None or _bundled(theirs, mid)):
        lines.append(sdp.Attribute("group", f"BUNDLE {mid}"))
    return tuple(lines)


def _bundled(session: sdp.SessionDescription, mid: str) -> bool:
    groups = (a.value or "" for a in session.attributes if a.name == "group")
    return any(group.split()[:1] == ["BUNDLE"] and mid in group.split()[1:] for group in groups)


def level_id(media: sdp.Media) -> int | None:
    """The id of the audio level extension in a line, if it fits the one-byte form (RFC 8285 §4.2)."""
    for value in media.attributes_named("extmap"):
        number, _, rest = value.partition(" ")
        uri = rest.split(" ", 1)[0]
        name, _, direction = number.partition("/")
        if uri == LEVEL_URI and direction not in ("recvonly", "inactive"):
            return int(name) if name.isascii() and name.isdecimal() and 1 <= int(name[:3]) <= 14 else None
    return None


def level_line(number: int) -> sdp.Attribute:
    """The extmap line of the audio level extension."""
    return sdp.Attribute("extmap", f"{number} {LEVEL_URI}")


def wants_browser(local: LocalMedia, old: sdp.Media | None) -> bool:
    """Tell whether an offer of ours is for a browser: our former line decides where there is one."""
    return own_credentials(old) is not None if old is not None else bool(local.browser)


def _one(session: sdp.SessionDescription, media: sdp.Media, name: str) -> str | None:
    """An attribute of the line, else of the session (RFC 8839 §5.4, RFC 8122 §5)."""
    found = media.attribute(name)
    return found if found is not None else _session_value(session, name)


def _session_value(session: sdp.SessionDescription, name: str) -> str | None:
    return next((a.value or "" for a in session.attributes if a.name == name), None)


def _fingerprint(session: sdp.SessionDescription, media: sdp.Media) -> str | None:
    """The first SHA-256 fingerprint, the hash's name in lower case, its bytes in capitals."""
    values = media.attributes_named("fingerprint") or [
        a.value or "" for a in session.attributes if a.name == "fingerprint"
    ]
    matches = (_SHA256.fullmatch(value) for value in values)
    return next((f"sha-256 {match[1].upper()}" for match in matches if match is not None), None)
