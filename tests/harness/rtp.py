"""The virtual phone's media: one RTP socket that sends a source every 20 ms and keeps what it hears."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import random
import socket
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tests.harness.audio import Samples
from tests.harness.codecs import PAYLOAD_TYPES, Codec, codec

LISTEN_TRIES = 5
PUNCTUAL = 0.008
"""Seconds a talker may be late before what is heard says more about the test's machine than about us."""

Place = tuple[str, int]
_DIGITS = "0123456789*#ABCD"


class Source(Protocol):
    """What the phone says."""

    def read(self, count: int, rate: int) -> Samples:
        """The next `count` samples at `rate`."""
        ...


class Silence:
    """Nothing."""

    def read(self, count: int, rate: int) -> Samples:
        """Zeros."""
        return np.zeros(count, dtype=np.int16)


class Tone:
    """A steady sine."""

    def __init__(self, frequency: float, amplitude: float = 6000.0) -> None:
        self.frequency, self.amplitude = frequency, amplitude
        self._at = 0

    def read(self, count: int, rate: int) -> Samples:
        """Goes on where the last read ended."""
        time = (self._at + np.arange(count)) / rate
        self._at += count
        return np.asarray(np.sin(2 * np.pi * self.frequency * time) * self.amplitude, dtype=np.int16)


class Recorded:
    """Given samples (at the codec's rate), then silence."""

    def __init__(self, samples: Samples) -> None:
        self._samples, self._at = samples, 0

    def read(self, count: int, rate: int) -> Samples:
        """The next part."""
        part = self._samples[self._at : self._at + count]
        self._at += count
        return np.pad(part, (0, count - len(part)))


@dataclass(frozen=True, slots=True)
class Packet:
    """A received RTP packet."""

    at: float
    """Loop time of its arrival."""
    source: Place
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse_rtp(data: bytes, at: float, source: Place) -> Packet | None:
    """Read an RTP packet; None when it is none (RTCP on the same port too)."""
    if len(data) < 12 or data[0] >> 6 != 2 or 72 <= data[1] & 0x7F <= 76:
        return None
    start = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        start += 4 + 4 * struct.unpack_from("!H", data, start + 2)[0]
    sequence, timestamp, ssrc = struct.unpack_from("!HII", data, 2)
    return Packet(at, source, data[1] & 0x7F, bool(data[1] & 0x80), sequence, timestamp, ssrc, data[start:])


class Srtp:
    """SDES keys of both directions (libsrtp): AES_CM_128_HMAC_SHA1_80."""

    suite = "AES_CM_128_HMAC_SHA1_80"

    def __init__(self) -> None:
        self.send_key = os.urandom(30)
        self._send: Any = None
        self._receive: Any = None
        self.refused = 0

    @property
    def inline(self) -> str:
        """Our key as in a=crypto."""
        return base64.b64encode(self.send_key).decode()

    def start(self, their_inline: str) -> None:
        """Begin, with the peer's key (base64)."""
        from pylibsrtp import Policy, Session

        for name, key, kind in (
            ("_send", self.send_key, Policy.SSRC_ANY_OUTBOUND),
            ("_receive", base64.b64decode(their_inline), Policy.SSRC_ANY_INBOUND),
        ):
            policy = Policy(key=key, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_80)
            setattr(self, name, Session(policy=policy))

    def protect(self, data: bytes) -> bytes:
        """Encrypt a packet."""
        return bytes(self._send.protect(data))

    def unprotect(self, data: bytes) -> bytes | None:
        """Decrypt a packet; None when it does not authenticate."""
        try:
            return bytes(self._receive.unprotect(data))
        except Exception:
            self.refused += 1
            return None


class RtpPeer(asyncio.DatagramProtocol):
    """One leg's far end: sends `source` in 20 ms packets to `remote`, decodes and keeps all it hears."""

    def __init__(self, codec_name: str = "PCMU", source: Source | None = None) -> None:
        self.codec: Codec = codec(codec_name)
        self.payload_type = PAYLOAD_TYPES[codec_name]
        self.event_type = 101
        self.source: Source = source or Silence()
        self.remote: Place | None = None
        self.port = 0
        self.sending = True
        self.srtp: Srtp | None = None
        self.packets: list[Packet] = []
        self.digits: list[str] = []
        """Digits heard as telephone-events, one for each event."""
        self.ssrc = random.getrandbits(32)
        self._random = random.Random(self.ssrc)
        self._sequence = self._random.getrandbits(15)
        self._timestamp = self._random.getrandbits(31)
        self._recording: list[tuple[float, int, Samples]] = []
        self._position = 0
        self._last_timestamp: int | None = None
        self._event_timestamp: int | None = None
        self._dtmf: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self.host = "127.0.0.1"
        self._late: deque[tuple[float, float]] = deque(maxlen=3000)
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Bind; `port` 0 takes any even one."""
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((host, port))
        sock.setblocking(False)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        self.host, self.port = sock.getsockname()[:2]

    def start(self, remote: Place) -> None:
        """Begin to send, or send elsewhere from now on."""
        self.remote = remote
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send_loop())

    def use(self, codec_name: str, payload_type: int | None = None) -> None:
        """Another codec from now on."""
        if codec_name != self.codec.name:
            self.codec = codec(codec_name)
        self.payload_type = PAYLOAD_TYPES[codec_name] if payload_type is None else payload_type

    async def close(self) -> None:
        """Stop and free the port."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # --- hearing ---

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A packet came."""
        if self.srtp is not None:
            clear = self.srtp.unprotect(data) if len(data) > 1 and not 192 <= data[1] <= 223 else None
            if clear is None:
                return
            data = clear
        packet = parse_rtp(data, asyncio.get_running_loop().time(), (addr[0], addr[1]))
        if packet is None:
            return
        self.packets.append(packet)
        if packet.payload_type == self.payload_type:
            self._keep(packet)
        elif packet.payload_type == self.event_type and len(packet.payload) >= 4:
            self._event(packet)

    def error_received(self, exc: Exception) -> None:
        """The far end's port is closed: a fact of some tests."""

    def _keep(self, packet: Packet) -> None:
        if self._last_timestamp is not None:
            step = (packet.timestamp - self._last_timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
            self._position += step * self.codec.rate // self.codec.clock
        self._last_timestamp = packet.timestamp
        self._recording.append((packet.at, self._position, self.codec.decode(packet.payload)))

    def _event(self, packet: Packet) -> None:
        if packet.timestamp != self._event_timestamp and packet.payload[0] < len(_DIGITS):
            self._event_timestamp = packet.timestamp
            self.digits.append(_DIGITS[packet.payload[0]])

    def recording(self, begin: float = 0.0) -> list[tuple[float, int, Samples]]:
        """The packets since a loop time: arrival, place in the line of samples, samples."""
        return [packet for packet in self._recording if packet[0] >= begin]

    def heard(self, begin: float = 0.0, end: float = float("inf")) -> Samples:
        """What arrived between two loop times, one line at the codec's rate; what is missing is silence."""
        some = [(position, samples) for at, position, samples in self._recording if begin <= at < end]
        if not some:
            return np.zeros(0, dtype=np.int16)
        first = min(position for position, _ in some)
        size = max(position + len(samples) for position, samples in some) - first
        line = np.zeros(min(size, 3600 * self.codec.rate), dtype=np.int16)
        for position, samples in some:
            part = samples[: len(line) - (position - first)]
            line[position - first : position - first + len(part)] = part
        return line

    async def listen(self, seconds: float, *talkers: RtpPeer) -> Samples:
        """What arrives from now on for some time.

        With `talkers`, a stretch in which they sent in time: a test process that was not scheduled makes gaps
        that no server can close. After five stretches the last one is returned as it is.
        """
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for _ in range(LISTEN_TRIES):
            begin = loop.time()
            await asyncio.sleep(seconds)
            if all(talker.lateness(begin - 0.5) < PUNCTUAL for talker in talkers):
                break
        return self.heard(begin)

    def lateness(self, since: float) -> float:
        """Seconds that our own sending was late at worst since a loop time."""
        return max((late for at, late in self._late if at >= since), default=0.0)

    def lost(self) -> int:
        """Packets missing by the sequence numbers of one SSRC."""
        numbers = [packet.sequence for packet in self.packets]
        gap = 0
        for before, after in itertools.pairwise(numbers):
            step = (after - before) % 65536
            gap += step - 1 if 1 < step < 1000 else 0
        return gap

    # --- speaking ---

    async def _send_loop(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        count = self.codec.rate // 50
        while True:
            count = self.codec.rate // 50
            samples = self.source.read(count, self.codec.rate)
            if not self._dtmf.empty():
                digit, packets = self._dtmf.get_nowait()
                await self._send_event(digit, packets)
                due = loop.time()
                continue
            if self.sending and self.remote is not None:
                payload = self.codec.encode(samples)
                if payload:
                    self._send(self.payload_type, False, self._timestamp, payload)
            self._timestamp = (self._timestamp + self.codec.clock // 50) % (1 << 32)
            due += 0.02
            await asyncio.sleep(max(due - loop.time(), 0))
            self._late.append((loop.time(), loop.time() - due))

    def send_raw(self, data: bytes, to: Place | None = None) -> None:
        """Send any datagram from the phone's port."""
        target = to or self.remote
        if self._transport is not None and target is not None:
            self._transport.sendto(data, target)

    def _send(self, payload_type: int, marker: bool, timestamp: int, payload: bytes) -> None:
        self._sequence = (self._sequence + 1) % 65536
        head = struct.pack(
            "!BBHII", 0x80, payload_type | (0x80 if marker else 0), self._sequence, timestamp, self.ssrc
        )
        data = head + payload
        self.send_raw(self.srtp.protect(data) if self.srtp is not None else data)

    async def _send_event(self, digit: str, packets: int) -> None:
        step = self.codec.clock // 50
        for number in range(packets + 2):
            ended = number >= packets - 1
            duration = min(number + 1, packets) * step
            payload = struct.pack("!BBH", _DIGITS.index(digit), (0x80 if ended else 0) | 10, duration)
            self._send(self.event_type, number == 0, self._timestamp, payload)
            if not ended:
                await asyncio.sleep(0.02)
        self._timestamp = (self._timestamp + packets * step) % (1 << 32)

    async def dtmf(self, digits: str | Sequence[str], *, milliseconds: int = 100, gap: float = 0.06) -> None:
        """Key digits as telephone-events (RFC 4733); returns when the last one is sent."""
        for digit in digits:
            self._dtmf.put_nowait((digit, milliseconds // 20))
            await asyncio.sleep(milliseconds / 1000 + gap + 0.02)


@contextlib.asynccontextmanager
async def rtp_peer(codec_name: str = "PCMU", source: Source | None = None) -> Any:
    """An open peer for the time of a with-block."""
    peer = RtpPeer(codec_name, source)
    await peer.open()
    try:
        yield peer
    finally:
        await peer.close()
