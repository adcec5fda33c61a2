"""Broken SIP messages without end: good ones and those of RFC 4475, damaged by a seeded hand.

Run it against the parser for as long as you like:  python -m fuzz.mutator --seconds 60
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator

from fuzz.torture import torture_messages

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
)

METHODS = (
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "INFO",
    "SUBSCRIBE",
    "NOTIFY",
    "REFER",
    "MESSAGE",
    "PUBLISH",
    "NONSENSE",
)

PIECES = (
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\xe5\xa4\xa7",
    b'"',
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b":",
    b"@",
    b"=",
    b"?",
    b"%",
    b"%00",
    b" ",
    b"\t",
    b"\r\n ",
    b";tag=",
    b";branch=z9hG4bK",
    b"sip:",
    b"sips:",
    b"[::1]",
    b"SIP/2.0",
    b"4294967296",
    b"-1",
    b"99999999999999999999",
    b"0" * 300,
    b"Content-Length: 5\r\n",
    b"l: 0\r\n",
    b"Via: x\r\n",
    b"Require: 100rel\r\n",
    b"Contact: *\r\n",
    b"Route: <sip:127.0.0.1;lr>\r\n",
    b"Session-Expires: 1\r\n",
    b"Content-Type: multipart/mixed;boundary=x\r\n",
    b"Replaces: a;to-tag=b;from-tag=c\r\n",
    b"RAck: 1 1 INVITE\r\n",
    b'Authorization: Digest username="\r\n',
    b"Max-Forwards: 0\r\n",
    b"A" * 2000,
    b";a" * 500,
    b"," * 500,
    b"\r\nV: " * 40,
)


def requests() -> list[bytes]:
    """One good request of each method."""
    found = []
    for number, method in enumerate(METHODS):
        body = SDP if method in ("INVITE", "UPDATE", "PRACK") else b""
        found.append(
            f"{method} sip:201@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK{number};rport\r\n"
            f'Max-Forwards: 70\r\nFrom: "A" <sip:202@127.0.0.1>;tag={number}\r\nTo: <sip:201@127.0.0.1>\r\n'
            f"Call-ID: {number}@fuzz\r\nCSeq: 1 {method}\r\nContact: <sip:202@127.0.0.1:5060>\r\n"
            f"Supported: timer, 100rel, replaces\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
    return found


class Mutator:
    """The same seed gives the same messages."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._seeds = requests() + list(torture_messages().values())

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.message()

    def message(self) -> bytes:
        """One more message, damaged up to eight times; its Call-ID and branch may be those of another one."""
        chance = self._chance
        data = chance.choice(self._seeds)
        if chance.random() < 0.5:
            unique = str(chance.randrange(10**9)).encode()
            data = data.replace(b"@fuzz", b"@" + unique).replace(b"z9hG4bK", b"z9hG4bK" + unique, 1)
        for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
            data = self._damage(data)
        return data[:70_000]

    def _damage(self, data: bytes) -> bytes:
        chance = self._chance
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 1, 2, 5, 20, 100)))
        match chance.randrange(8):
            case 0:
                return data[:start] + data[end:]
            case 1:
                return data[:start] + chance.choice(PIECES) + data[start:]
            case 2:
                return data[:start] + chance.choice(PIECES) + data[end:]
            case 3:
                return data[:start] + data[start:end] * chance.choice((2, 3, 50)) + data[end:]
            case 4:
                return data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]
            case 5:
                other = chance.choice(self._seeds)
                return data[:start] + other[chance.randrange(len(other) + 1) :]
            case 6:
                return self._move_line(data)
            case _:
                return data[:start]

    def _move_line(self, data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        line = lines[self._chance.randrange(len(lines))]
        if self._chance.random() < 0.5:
            lines.remove(line)
        lines.insert(self._chance.randrange(len(lines) + 1), line)
        return b"\r\n".join(lines)


def main() -> None:
    """Throw messages at the parser until the time is over; an exception that is not a refusal ends it."""
    from switchroom.sip.errors import RemoteProtocolError
    from switchroom.sip.message import Request, parse_message, validate

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    chosen = arguments.parse_args()
    print(f"seed {chosen.seed}")
    end = time.monotonic() + chosen.seconds
    count = refused = 0
    slowest, slow = 0.0, b""
    for data in Mutator(chosen.seed):
        started = time.monotonic()
        if started > end:
            break
        count += 1
        try:
            message = parse_message(data)
            if isinstance(message, Request):
                validate(message)
            again = parse_message(message.to_bytes())
            assert again.to_bytes() == message.to_bytes(), data
        except RemoteProtocolError:
            refused += 1
        except Exception:
            print(repr(data))
            raise
        if time.monotonic() - started > slowest:
            slowest, slow = time.monotonic() - started, data
    print(f"{count} messages, {refused} refused, slowest {slowest * 1000:.1f} ms: {slow[:300]!r}")


if __name__ == "__main__":
    main()
