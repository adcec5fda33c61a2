"""The virtual phone's own reading and writing of SDP: plain on purpose, and none of the project's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.harness.codecs import PAYLOAD_TYPES
from tests.harness.rtp import Place, Srtp

_RTPMAPS = {"PCMU": "PCMU/8000", "PCMA": "PCMA/8000", "G722": "G722/8000", "opus": "opus/48000/2"}


@dataclass(frozen=True, slots=True)
class Described:
    """What a session description says about its audio."""

    place: Place
    profile: str
    codecs: tuple[tuple[str, int], ...]
    """Codecs the phone knows, in order, with payload types."""
    event_type: int | None
    direction: str
    inline: str | None
    """SDES key of the first AES_CM_128_HMAC_SHA1_80 line."""
    text: str = field(repr=False, default="")
    others: int = 0
    """Further media lines (video, fax)."""
    events: tuple[tuple[int, int], ...] = ()
    """Telephone-events: clock and payload type."""

    def event_for(self, codec: str) -> int | None:
        """The payload type of telephone-events that goes with a codec."""
        return dict(self.events).get(48000 if codec == "opus" else 8000, self.event_type)

    def values(self, name: str) -> list[str]:
        """The values of all attributes of that name."""
        prefix = f"a={name}:"
        return [row[len(prefix) :] for row in self.text.splitlines() if row.startswith(prefix)]


def describe(
    place: Place,
    codecs: Sequence[str],
    *,
    version: int,
    direction: str = "sendrecv",
    srtp: Srtp | None = None,
    events: bool = True,
    types: dict[str, int] | None = None,
    event_type: int = 101,
    extra: str = "",
) -> bytes:
    """An offer or answer with one audio line."""
    types = types or PAYLOAD_TYPES
    family = "IP6" if ":" in place[0] else "IP4"
    clock = 48000 if list(codecs) == ["opus"] else 8000
    numbers = [str(types[name]) for name in codecs] + ([str(event_type)] if events else [])
    lines = [
        "v=0",
        f"o=phone 1 {version} IN {family} {place[0]}",
        "s=-",
        f"c=IN {family} {place[0]}",
        "t=0 0",
        f"m=audio {place[1]} {'RTP/SAVP' if srtp else 'RTP/AVP'} {' '.join(numbers)}",
    ]
    lines += [f"a=rtpmap:{types[name]} {_RTPMAPS[name]}" for name in codecs]
    if events:
        lines += [f"a=rtpmap:{event_type} telephone-event/{clock}", f"a=fmtp:{event_type} 0-15"]
    if srtp is not None:
        lines.append(f"a=crypto:1 {srtp.suite} inline:{srtp.inline}")
    lines += ["a=ptime:20", f"a={direction}"]
    return ("\r\n".join(lines) + "\r\n" + extra).encode()


def read(body: bytes) -> Described | None:
    """The audio of a description; None without one."""
    text = body.decode()
    lines = text.replace("\r\n", "\n").split("\n")
    media = [index for index, line in enumerate(lines) if line.startswith("m=")]
    audio = next((index for index in media if lines[index].startswith("m=audio ")), None)
    if audio is None:
        return None
    end = next((index for index in media if index > audio), len(lines))
    section = lines[audio:end]
    session = lines[: media[0]]
    words = section[0].split()
    address = next((line.split()[2] for line in [*section, *session] if line.startswith("c=")), "0.0.0.0")
    maps = dict(line[9:].split(" ", 1) for line in section if line.startswith("a=rtpmap:"))
    fixed = {str(number): _RTPMAPS[name] for name, number in PAYLOAD_TYPES.items() if number < 96}
    codecs, events = [], []
    for number in words[3:]:
        encoding = maps.get(number, fixed.get(number, "")).lower()
        for name, wanted in _RTPMAPS.items():
            if encoding == wanted.lower() or encoding + "/1" == wanted.lower():
                codecs.append((name, int(number)))
        if encoding.startswith("telephone-event"):
            events.append((int(encoding.split("/")[1]), int(number)))
    kinds = ("sendrecv", "sendonly", "recvonly", "inactive")
    direction = next((line[2:] for line in [*section, *session] if line[2:] in kinds), "sendrecv")
    crypto = (line.split() for line in section if line.startswith("a=crypto:"))
    inline = next((w[2].removeprefix("inline:").split("|")[0] for w in crypto if w[1] == Srtp.suite), None)
    place = (address, int(words[1]))
    event = events[-1][1] if events else None
    others = len(media) - 1
    return Described(place, words[2], tuple(codecs), event, direction, inline, text, others, tuple(events))
