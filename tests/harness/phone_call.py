"""One call of a virtual phone: its dialog, its offers and answers, and its media."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from switchroom.sip.headers import NameAddr, Star
from switchroom.sip.message import Request, Response
from tests.harness import phone_sdp
from tests.harness.codecs import PAYLOAD_TYPES
from tests.harness.rtp import RtpPeer, Srtp
from tests.harness.webrtc import WebRtcPeer

if TYPE_CHECKING:
    from tests.harness.phone import Phone


class CallError(AssertionError):
    """The call went another way than the test expects."""


class PhoneCall:
    """A call, outgoing or incoming. `state` is calling, ringing (incoming), up or ended."""

    def __init__(
        self, phone: Phone, media: RtpPeer, codecs: tuple[str, ...], call_id: str, *, outgoing: bool
    ) -> None:
        self.phone, self.media, self.codecs, self.call_id = phone, media, codecs, call_id
        self.outgoing = outgoing
        self.state = "calling" if outgoing else "ringing"
        self.status: int | None = None
        """Final status of the INVITE."""
        self.provisionals: list[Response] = []
        self.final: Response | None = None
        self.invite_request: Request | None = None
        self.end_request: Request | None = None
        """The BYE or CANCEL that ended the call."""
        self.remote: phone_sdp.Described | None = None
        """Their last session description."""
        self.offers_received: list[phone_sdp.Described] = []
        """Re-INVITEs and UPDATEs of the other side after the first."""
        self._ended, self._up, self._rings = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._ack = asyncio.Event()
        self._changed = asyncio.Event()
        self._cseq = 0
        self._version = 0
        self._srtp = Srtp() if phone.srtp else None
        self._local_tag = call_id[:8]
        self._local, self._remote = "", ""
        self._target = ""
        self._route: tuple[str, ...] = ()
        self._ack_sent: Request | None = None
        self._chosen = False
        self._early: bytes | None = None
        """What was described while it rang."""
        self._task: asyncio.Task[None] | None = None

    # --- outgoing ---

    def begin(
        self,
        user: str,
        *,
        late_offer: bool = False,
        headers: Sequence[tuple[str, str]] = (),
        sdp_extra: str = "",
    ) -> None:
        """Send the INVITE in the background."""
        self._local = f"<{self.phone.uri(self.phone.extension)}>;tag={self._local_tag}"
        self._remote = f"<{self.phone.uri(user)}>"
        self._target = self.phone.uri(user)
        self._task = self.phone.background(self._invite(late_offer, tuple(headers), sdp_extra))

    async def _invite(self, late_offer: bool, headers: tuple[tuple[str, str], ...], sdp_extra: str) -> None:
        body = b"" if late_offer else self._describe("sendrecv", sdp_extra)

        def build() -> Request:
            request = self._request("INVITE")
            for name, value in headers:
                request.headers.add(name, value)
            self._attach(request, body)
            self.phone.authorize(request)
            self.invite_request = request
            return request

        try:
            request, response = await self.phone.authenticated(build, on_provisional=self._provisional)
        except Exception:
            self._end()
            raise
        self.final, self.status = response, response.status
        if response.status >= 300:
            self._end()
            return
        self._established(response)
        answer = b""
        if response.body:
            described = phone_sdp.read(response.body)
            if late_offer and described is not None and self._choose(described):
                answer = self._describe("sendrecv")
            self._apply(described, offered=late_offer)
        self._acknowledge(request.cseq.number, answer)
        if self._ended.is_set():
            await self.hang_up()
            return
        self.state = "up"
        self._up.set()

    def _provisional(self, response: Response) -> None:
        self.provisionals.append(response)
        if response.status in (180, 183):
            self._rings.set()
        if response.to.tag is not None and not self._up.is_set():
            self._remember(response)
        if response.body:
            self._apply(phone_sdp.read(response.body))

    def _remember(self, response: Response) -> None:
        """Dialog state from a response: target, remote tag, route set."""
        self._remote = response.headers.get("To") or self._remote
        contacts = response.contacts
        if not isinstance(contacts, Star) and contacts:
            self._target = str(contacts[0].uri)
        self._route = tuple(str(route) for route in reversed(response.record_routes))

    def _established(self, response: Response) -> None:
        self._remember(response)

    def _acknowledge(self, number: int, body: bytes = b"") -> None:
        ack = self._request("ACK", number)
        ack.headers.insert_first("Via", self.phone.via(f"z9hG4bKack{number}{self._local_tag}"))
        self._attach(ack, body)
        self._ack_sent = ack
        self.phone.send(ack)

    def acknowledge_again(self, response: Response) -> None:
        """The 200 came again: so does the ACK."""
        if self._ack_sent is not None and self._ack_sent.cseq.number == response.cseq.number:
            self.phone.send(self._ack_sent)

    async def ringing(self, within: float = 5.0) -> PhoneCall:
        """Wait for 180 or 183."""
        return await self._wait(self._rings, within, "ringing")

    async def answered(self, within: float = 5.0) -> PhoneCall:
        """Wait until the call is up; raises CallError when it is refused or nothing comes."""
        return await self._wait(self._up, within, "answered")

    async def _wait(self, event: asyncio.Event, within: float, what: str) -> PhoneCall:
        waits = [asyncio.ensure_future(e.wait()) for e in (event, self._ended)]
        try:
            await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not event.is_set():
            raise CallError(f"not {what} within {within} s: state {self.state}, status {self.status}")
        return self

    async def ended(self, within: float = 5.0) -> PhoneCall:
        """Wait until the call is over (refused, hung up, cancelled)."""
        try:
            async with asyncio.timeout(within):
                await self._ended.wait()
        except TimeoutError:
            raise CallError(f"not ended within {within} s: state {self.state}") from None
        return self

    async def refused(self, within: float = 5.0) -> int:
        """Wait for the final refusal; its status. Raises CallError when answered instead."""
        await self.ended(within)
        if self.status is None or self.status < 300:
            raise CallError(f"not refused: status {self.status}")
        return self.status

    async def cancel(self, within: float = 5.0) -> None:
        """CANCEL while it rings, and wait for the end."""
        assert self.invite_request is not None
        request = Request("CANCEL", self.invite_request.uri)
        for name in ("From", "To", "Call-ID"):
            request.headers.add(name, self.invite_request.headers.get(name) or "")
        request.headers.add("CSeq", f"{self.invite_request.cseq.number} CANCEL")
        request.headers.add("Max-Forwards", "70")
        request.headers.insert_first("Via", self.invite_request.headers.get_all("Via")[0])
        self.phone.send(request)
        await self.ended(within)

    # --- incoming ---

    def invited(self, request: Request) -> bool:
        """Take an INVITE in; False when it was refused at once (no codec)."""
        self.invite_request = request
        self._remote = request.headers.get("From") or ""
        self._local = f"{request.headers.get('To')};tag={self._local_tag}"
        contacts = request.contacts
        assert not isinstance(contacts, Star)
        self._target = str(contacts[0].uri)
        self._route = tuple(str(route) for route in request.record_routes)
        if request.body:
            described = phone_sdp.read(request.body)
            if described is None or not self._choose(described):
                self.reject(488)
                return False
        return True

    def _respond(self, status: int, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> None:
        assert self.invite_request is not None
        response = self.invite_request.response(status, to_tag=self._local_tag, record_route=True)
        response.headers.add("Contact", self.phone.contact)
        for name, value in headers:
            response.headers.add(name, value)
        self._attach(response, body)
        self.phone.answer(self.invite_request, response)

    def ring(self, status: int = 180) -> None:
        """180, or another provisional status."""
        self._respond(status)

    def ring_with_sound(self, source: object, *, reliable: bool = False) -> None:
        """183 with a description: what the caller hears comes from here. `reliable`: PRACK is wanted."""
        assert self.remote is not None
        self.media.source = source  # type: ignore[assignment]
        extra = (("Require", "100rel"), ("RSeq", "1")) if reliable else ()
        self._early = self._describe("sendrecv")
        self._respond(183, self._early, extra)
        self._apply(self.remote, offered=True)

    async def answer(
        self,
        *,
        source: object | None = None,
        direction: str = "sendrecv",
        within: float = 5.0,
        headers: Sequence[tuple[str, str]] = (),
    ) -> PhoneCall:
        """200, sent again until the ACK comes; raises CallError when none does."""
        if source is not None:
            self.media.source = source  # type: ignore[assignment]
        self._respond(200, self._early or self._describe(direction), headers)
        self.state, self.status = "up", 200
        if self.remote is not None:
            self._apply(self.remote, offered=True)
        self._up.set()
        data = self.phone._answers[(self.invite_request.top_via.branch or "", "INVITE")]  # type: ignore[union-attr]
        loop = asyncio.get_running_loop()
        deadline, interval = loop.time() + within, 0.5
        while not self._ack.is_set():
            if loop.time() > deadline:
                raise CallError("no ACK for our 200")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._ack.wait()
                break
            self.phone.link.send(data)
            interval = min(interval * 2, 4.0)
        return self

    def reject(self, status: int = 486) -> None:
        """Refuse it."""
        self.status = status
        self._respond(status)
        self._end()

    def send_on(self, to: str) -> None:
        """302: it is to ring there."""
        assert self.invite_request is not None
        response = self.invite_request.response(302, to_tag=self._local_tag)
        response.headers.add("Contact", f"<{self.phone.uri(to)}>")
        self.phone.answer(self.invite_request, response)
        self.status = 302
        self._end()

    def acknowledged(self, request: Request) -> None:
        """An ACK came."""
        if request.body:
            self._apply(phone_sdp.read(request.body))
        self._ack.set()

    # --- both ---

    @property
    def replaces(self) -> str:
        """What another device writes into Replaces to take this call over (RFC 3891)."""
        return f"{self.call_id};to-tag={NameAddr.parse(self._remote).tag};from-tag={self._local_tag}"

    async def hang_up(self, *, within: float = 5.0) -> None:
        """BYE, CANCEL or 603, as the state wants; nothing when it is over."""
        if self.state == "ended":
            return
        if self.state == "calling":
            await self.cancel(within)
        elif self.state == "ringing":
            self.reject(603)
        else:
            request = self._request("BYE")
            self._end()
            await self.phone.transact(request, within=within)

    async def hold(self, direction: str = "sendonly") -> phone_sdp.Described:
        """Hold by re-INVITE; their answer."""
        return await self.reinvite(direction)

    async def resume(self) -> phone_sdp.Described:
        """Take back from hold; their answer."""
        return await self.reinvite("sendrecv")

    async def reinvite(
        self,
        direction: str = "sendrecv",
        *,
        codecs: Sequence[str] | None = None,
        method: str = "INVITE",
        extra: str = "",
        body: bytes | None = None,
    ) -> phone_sdp.Described:
        """A re-INVITE, or an UPDATE; their answer. Raises CallError when it is refused.

        `extra` stands at the end of our description, `body` instead of it.
        """
        if codecs is not None:
            self.codecs = tuple(codecs)
        request = self._request(method)
        self._attach(request, self._describe(direction, extra) if body is None else body)
        response = await self.phone.transact(request, within=8)
        if response.status >= 300:
            raise CallError(f"{method} refused: {response.status}")
        self._remember(response)
        if method == "INVITE":
            self._acknowledge(request.cseq.number)
        described = phone_sdp.read(response.body)
        if described is None:
            raise CallError("no session description in the answer")
        self.media.sending = direction in ("sendrecv", "sendonly")
        self._apply(described)
        return described

    async def offer_received(self, within: float = 5.0) -> phone_sdp.Described:
        """The other side's next re-INVITE or UPDATE, already answered."""
        async with asyncio.timeout(within):
            await self._changed.wait()
        self._changed.clear()
        return self.offers_received[-1]

    async def info_dtmf(self, digit: str) -> int:
        """A digit as SIP INFO (application/dtmf-relay); the status."""
        request = self._request("INFO")
        request.headers.add("Content-Type", "application/dtmf-relay")
        request.body = f"Signal={digit}\r\nDuration=160\r\n".encode()
        return (await self.phone.transact(request, within=5)).status

    async def refer(self, to: str, *, replaces: PhoneCall | None = None) -> int:
        """Have the server lead the other side to an address, or to another call of ours; the status."""
        uri = self.phone.uri(to)
        if replaces is not None:
            uri += f"?Replaces={quote(replaces.replaces, safe='')}"
        request = self._request("REFER")
        request.headers.add("Refer-To", f"<{uri}>")
        request.headers.add("Referred-By", f"<{self.phone.uri(self.phone.extension)}>")
        request.headers.add("Contact", self.phone.contact)
        return (await self.phone.transact(request, within=5)).status

    async def request(self, request: Request) -> None:
        """A request within the call came."""
        if request.method == "BYE":
            self.end_request = request
            self.phone.answer(request, request.response(200))
            self._end()
        elif request.method == "CANCEL":
            self.phone.answer(request, request.response(200, to_tag=self._local_tag))
            if self.state == "ringing":
                self.end_request = request
                self.status = 487
                self._respond(487)
                self._end()
        elif request.method in ("INVITE", "UPDATE"):
            response = request.response(200, to_tag=self._local_tag)
            response.headers.add("Contact", self.phone.contact)
            described = phone_sdp.read(request.body) if request.body else None
            if described is not None:
                self._choose(described)
                self._apply(described, offered=True)
                self.offers_received.append(described)
            if described is not None or request.method == "INVITE":
                turned = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
                direction = turned.get(described.direction, "sendrecv") if described else "sendrecv"
                self._attach(response, self._describe(direction))
            self.phone.answer(request, response)
            self._changed.set()
        else:
            self.phone.answer(request, request.response(200))

    def _end(self) -> None:
        self.state = "ended"
        self._ended.set()
        self.media.sending = False
        self.phone.background(self._close())

    async def _close(self) -> None:
        self.phone.calls.pop(self.call_id, None) if self.end_request is None else None
        await self.media.close()

    def _request(self, method: str, number: int | None = None) -> Request:
        if number is None:
            self._cseq += 1
            number = self._cseq
        request = self.phone.new_request(
            method, self._target, call_id=self.call_id, cseq=number, from_=self._local, to=self._remote
        )
        for route in self._route:
            request.headers.add("Route", route)
        if method in ("INVITE", "UPDATE"):
            request.headers.add("Contact", self.phone.contact)
            request.headers.add("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY")
        return request

    @staticmethod
    def _attach(message: Request | Response, body: bytes) -> None:
        if body:
            message.headers.add("Content-Type", "application/sdp")
            message.body = body

    def _describe(self, direction: str, extra: str = "") -> bytes:
        self._version += 1
        codecs: Sequence[str] = self.codecs
        types = None
        if self.remote is not None and self.remote.codecs:
            types = dict(self.remote.codecs)
            if not self.outgoing or self.state == "up" or self._chosen:
                codecs = [self.media.codec.name]
        types = None if types is None else {**_own_types_beside(types), **types}
        if isinstance(self.media, WebRtcPeer):
            return self.media.describe(codecs, version=self._version, direction=direction, types=types)
        return phone_sdp.describe(
            (self.media.host, self.media.port),
            codecs,
            version=self._version,
            direction=direction,
            srtp=self._srtp,
            types=types,
            event_type=self.media.event_type,
            extra=extra,
        )

    def _choose(self, described: phone_sdp.Described) -> bool:
        """Take the first of our codecs that an offer has; False without one."""
        self.remote = described
        offered = dict(described.codecs)
        ours, theirs = self.codecs, tuple(offered)
        order = theirs if self.phone.takes_their_order else ours
        name = next((name for name in order if name in ours and name in theirs), None)
        if name is None:
            return False
        self._chosen = True
        if isinstance(self.media, WebRtcPeer):
            self.media.offered(described)
        self.media.use(name, offered[name])
        self.media.event_type = described.event_for(name) or self.media.event_type
        return True

    def _apply(self, described: phone_sdp.Described | None, *, offered: bool = False) -> None:
        """Send to where a description says, and as an answer says (of an offer we have chosen already)."""
        if described is None:
            return
        self.remote = described
        if described.codecs and not offered:
            self.media.use(*described.codecs[0])
        self.media.event_type = described.event_for(self.media.codec.name) or self.media.event_type
        if isinstance(self.media, WebRtcPeer):
            self.media.sending = described.direction in ("sendrecv", "recvonly")
            self.media.follow(described)
            return
        if self._srtp is not None and described.inline is not None and self.media.srtp is None:
            self._srtp.start(described.inline)
            self.media.srtp = self._srtp
        self.media.sending = described.direction in ("sendrecv", "recvonly")
        if described.place[1]:
            self.media.start(described.place)


def _own_types_beside(types: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in PAYLOAD_TYPES.items() if name not in types}
