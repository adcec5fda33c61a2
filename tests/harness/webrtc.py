"""The virtual phone as a browser: ICE and DTLS by aiortc and aioice; the rest as any virtual phone.

It can do what a browser does when its network changes (`restart_ice`), when its page is loaded anew
(`renew`), and when it is closed, with a goodbye or without (`say_goodbye`, `vanish`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.harness.rtp import Place, RtpPeer

if TYPE_CHECKING:
    from tests.harness.phone_sdp import Described

_RTPMAPS = {"PCMU": "PCMU/8000", "PCMA": "PCMA/8000", "G722": "G722/8000", "opus": "opus/48000/2"}
_EVENTS = {48000: 110, 8000: 126}


class _Path:
    """What DTLS runs over: the ICE connection of the moment. Implements what aiortc asks of its own."""

    def __init__(self) -> None:
        self.connection: Any = None
        self.role = "controlling"
        self._datagrams: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pumps: list[asyncio.Task[None]] = []

    def attach(self, connection: Any) -> None:
        """Send by this one from now on; what comes by the others is taken too."""
        self.connection = connection
        self._pumps.append(asyncio.get_running_loop().create_task(self._pump(connection)))

    async def _pump(self, connection: Any) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                self._datagrams.put_nowait(await connection.recv())

    async def _recv(self) -> bytes:
        data = await self._datagrams.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        await self.connection.send(data)

    def stop(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        self._datagrams.put_nowait(None)


class WebRtcPeer(RtpPeer):
    """A browser's end of a leg. `follow` connects as a description of the other side says."""

    def __init__(self, codec_name: str = "opus", source: Any = None) -> None:
        super().__init__(codec_name, source)
        self.event_type = _EVENTS[48000 if codec_name == "opus" else 8000]
        self.events = dict(_EVENTS)
        self.connected = asyncio.Event()
        """DTLS is up, on the transport of the moment."""
        self.rtcp_packets = 0
        self.hesitation = 0.0
        """Seconds before it begins to look for a way: a slow network."""
        self.ice: Any = None
        self._dtls: Any = None
        self._path = _Path()
        self._certificate: Any = None
        self._remote_ufrag = ""
        self._work: set[asyncio.Task[Any]] = set()
        self._old: list[Any] = []
        self._silent = False
        self._answers = False
        self.failure: BaseException | None = None

    # --- life ---

    async def open(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Gather candidates: one, on the host."""
        from aiortc.rtcdtlstransport import RTCCertificate

        self.host = host
        self._certificate = RTCCertificate.generateCertificate()
        await self._gather()

    async def _gather(self) -> None:
        from aioice import Connection

        self.ice = Connection(ice_controlling=True, use_ipv6=":" in self.host)
        # By itself it never uses the loopback addresses, on which the tests run.
        with mock.patch("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: [self.host]):
            await self.ice.gather_candidates()
        self.port = self.ice.local_candidates[0].port

    async def restart_ice(self) -> None:
        """As after a change of network: other credentials and another port; DTLS goes on when connected."""
        self._old.append(self.ice)
        self._remote_ufrag = ""
        await self._gather()

    async def renew(self) -> None:
        """As after loading the page again: nothing is left of the transport, the certificate is another."""
        from aiortc.rtcdtlstransport import RTCCertificate

        await self.restart_ice()
        self._path.stop()
        self._path, self._dtls = _Path(), None
        self._certificate = RTCCertificate.generateCertificate()
        self.connected.clear()

    async def say_goodbye(self) -> None:
        """Close DTLS as a page does that is closed, and say nothing any more."""
        if self._dtls is not None:
            await self._dtls.stop()
        await self.vanish()

    async def vanish(self) -> None:
        """Say nothing any more, not even for ICE."""
        self._silent = True
        await self.ice.close()

    async def close(self) -> None:
        """Stop and free the port."""
        await super().close()
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        if self._dtls is not None and not self._silent:
            await self._dtls.stop()
        self._path.stop()
        for connection in [*self._old, self.ice]:
            if connection is not None:
                await connection.close()
        self._old, self.ice = [], None

    # --- descriptions ---

    def describe(
        self,
        codecs: Sequence[str],
        *,
        version: int,
        direction: str = "sendrecv",
        types: dict[str, int] | None = None,
    ) -> bytes:
        """An offer, or (after `offered`) an answer."""
        from tests.harness.codecs import PAYLOAD_TYPES

        setup, self._answers = "active" if self._answers else "actpass", False
        known = types or PAYLOAD_TYPES
        clocks = sorted({48000 if name == "opus" else 8000 for name in codecs}, reverse=True)
        numbers = [str(known[name]) for name in codecs] + [str(self.events[clock]) for clock in clocks]
        family = "IP6" if ":" in self.host else "IP4"
        fingerprint = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        rows = [
            "v=0",
            f"o=browser 1 {version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE 0",
            f"m=audio {self.port} UDP/TLS/RTP/SAVPF {' '.join(numbers)}",
            f"c=IN {family} {self.host}",
            *[f"a=candidate:{candidate.to_sdp()}" for candidate in self.ice.local_candidates],
            f"a=ice-ufrag:{self.ice.local_username}",
            f"a=ice-pwd:{self.ice.local_password}",
            f"a=fingerprint:sha-256 {fingerprint.value}",
            f"a=setup:{setup}",
            "a=mid:0",
            "a=rtcp-mux",
            f"a={direction}",
            *[f"a=rtpmap:{known[name]} {_RTPMAPS[name]}" for name in codecs],
            *[f"a=rtpmap:{self.events[clock]} telephone-event/{clock}" for clock in clocks],
        ]
        return ("\r\n".join(rows) + "\r\n").encode()

    def offered(self, described: Described) -> None:
        """The other side offers: the next description is an answer, with its payload types."""
        self._answers = True
        self.events.update(dict(described.events))

    def follow(self, described: Described) -> None:
        """Connect to where a description leads, unless that is where we are."""
        (ufrag,), (password,) = described.values("ice-ufrag"), described.values("ice-pwd")
        if ufrag == self._remote_ufrag:
            return
        self._remote_ufrag = ufrag
        task = asyncio.get_running_loop().create_task(self._connect(self.ice, described, ufrag, password))
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()

    async def _connect(self, ice: Any, described: Described, ufrag: str, password: str) -> None:
        from aioice import Candidate
        from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

        await asyncio.sleep(self.hesitation)
        ice.remote_username, ice.remote_password = ufrag, password
        ice.remote_is_lite = "a=ice-lite" in described.text.splitlines()
        for value in described.values("candidate"):
            candidate = Candidate.from_sdp(value)
            if candidate.transport == "udp":
                await ice.add_remote_candidate(candidate)
        await ice.add_remote_candidate(None)
        await ice.connect()
        self._path.attach(ice)
        if self._dtls is None:
            self._dtls = _dtls(self, self._path, self._certificate)
            algorithm, value = described.values("fingerprint")[0].split(" ", 1)
            await self._dtls.start(RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(algorithm, value)]))
            if self._dtls.state != "connected":
                raise ConnectionError(f"DTLS {self._dtls.state}")
            self.connected.set()
        self.start((self.host, self.port))

    # --- packets ---

    def send_raw(self, data: bytes, to: Place | None = None) -> None:
        """Encrypt and send one RTP packet."""
        if self._silent or not self.connected.is_set():
            return
        task = asyncio.ensure_future(self._dtls._send_rtp(data))
        self._work.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[Any]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()  # a path that is changing loses packets

    def rtp_received(self, data: bytes) -> None:
        """One decrypted packet."""
        self.datagram_received(data, (self.host, self.port))


def _dtls(peer: WebRtcPeer, path: _Path, certificate: Any) -> Any:
    """aiortc's DTLS, which gives RTP to the peer as it is."""
    from aiortc.rtcdtlstransport import RTCDtlsTransport

    class Dtls(RTCDtlsTransport):
        async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
            peer.rtp_received(data)

        async def _handle_rtcp_data(self, data: bytes) -> None:
            peer.rtcp_packets += 1

    made = Dtls(path, [certificate])  # type: ignore[arg-type]  # it has what is used
    made._set_role("client")
    return made
