"""A scripted SIP phone: registers, calls, answers, holds, hangs up, speaks and listens. For tests only.

    async with Phone("201", secret, server) as phone:
        await phone.register()
        call = await phone.call("202", source=Tone(440))
        await call.answered()
        heard = await call.media.listen(1.0)
        await call.hang_up()

Incoming calls ring (180) and wait in `phone.incoming()`, unless `phone.on_invite` says otherwise. It uses the
project's message and digest classes and nothing else of it: transactions, SDP, RTP and codecs are its own.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from switchroom.sip.digest import choose, respond
from switchroom.sip.flow import Address, Transport
from switchroom.sip.headers import Challenge, NameAddr
from switchroom.sip.message import Request, Response, parse_message
from tests.harness.link import Link, Place, connect, own_host
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import RtpPeer, Source
from tests.harness.webrtc import WebRtcPeer

T1 = 0.5
_Key = tuple[str, str]


def token(length: int = 12) -> str:
    """Random letters and digits."""
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


class Timeout(Exception):
    """No final response came."""


class Phone:
    """One device of a user."""

    def __init__(
        self,
        extension: str,
        secret: str,
        server: Place,
        *,
        transport: Transport = Transport.UDP,
        codecs: Sequence[str] = ("PCMU", "PCMA"),
        domain: str | None = None,
        srtp: bool = False,
        username: str | None = None,
        instance: str | None = None,
        browser: bool = False,
        host: str = "",
    ) -> None:
        """`server` is address and port of its listener for `transport`. `browser`: ICE and DTLS.

        `host`: another address of loopback to be at, by UDP.
        """
        self.extension, self.secret = extension, secret
        self.server = server
        self.transport = transport
        self.codecs = tuple(codecs)
        self.domain = domain or str(Address(*server))
        self.srtp = srtp
        self.username = username or extension
        self.instance = instance
        self.browser = browser
        self.host = host
        self.takes_their_order = False
        """Of an offer its first codec is chosen, not the first of one's own."""
        self.on_invite: Callable[[PhoneCall], Awaitable[None]] | None = None
        """Instead of ringing and waiting in `incoming`."""
        self.calls: dict[str, PhoneCall] = {}
        self.log: list[tuple[str, Request | Response]] = []
        """Every message, ("sent" or "received", message)."""
        self.drop: Callable[[Request | Response], bool] = lambda message: False
        """Messages received that are to be lost."""
        self._link: Link | None = None
        self._incoming: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self._clients: dict[_Key, asyncio.Queue[Response]] = {}
        self._answers: dict[_Key, bytes] = {}
        self._register_id, self._register_cseq = f"{token()}@phone", 0
        self._challenges: dict[str, tuple[Challenge, int]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    # --- life ---

    async def start(self, port: int = 0) -> None:
        """Open the link to the server."""
        self._link = await connect(self.transport, self.server, self._receive, host=self.host, port=port)

    async def lose_link(self) -> None:
        """The connection to the server breaks; calls and their media are as they were."""
        if self._link is not None:
            await self._link.close()

    async def reconnect(self) -> None:
        """Open another link to the server, in place of the one there was. Nothing is registered by it yet."""
        await self.lose_link()
        await self.start()

    async def stop(self) -> None:
        """Drop everything without a word."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in list(self.calls.values()):
            await call.media.close()
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def forget(self) -> None:
        """The system was killed: drop all calls without a word, and go on with the same link."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for call in list(self.calls.values()):
            await call.media.close()
        self.calls.clear()

    async def __aenter__(self) -> Phone:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        calls = list(self.calls.values())
        await asyncio.gather(*(call.hang_up(within=2) for call in calls), return_exceptions=True)
        await self.stop()

    def background(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """Run something until the phone stops; an exception in it is raised where the task is awaited."""
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- values for messages ---

    @property
    def link(self) -> Link:
        """The open link."""
        assert self._link is not None, "the phone was not started"
        return self._link

    @property
    def contact(self) -> str:
        """Our Contact, with parameters."""
        host, port = self.link.local
        kind = self.transport
        if kind in (Transport.WS, Transport.WSS):
            uri = f"<sip:{self.extension}@phone.invalid;transport=ws>"
        elif kind is Transport.UDP:
            uri = f"<sip:{self.extension}@{Address(host, port)}>"
        else:
            uri = f"<sip:{self.extension}@{Address(host, port)};transport={kind.value.lower()}>"
        return uri + (f';+sip.instance="<urn:uuid:{self.instance}>";reg-id=1' if self.instance else "")

    def uri(self, user: str) -> str:
        """A user of our server."""
        return f"sip:{user}@{self.domain}"

    def via(self, branch: str) -> str:
        """A Via value."""
        host, port = self.link.local
        if self.transport in (Transport.WS, Transport.WSS):
            return f"SIP/2.0/{self.transport.value} phone.invalid;branch={branch}"
        return f"SIP/2.0/{self.transport.value} {Address(host, port)};rport;branch={branch}"

    # --- sending ---

    def send(self, message: Request | Response) -> bytes:
        """Send one message as it is."""
        data = message.to_bytes()
        self.log.append(("sent", message))
        self.link.send(data)
        return data

    async def transact(
        self,
        request: Request,
        *,
        within: float = 32.0,
        on_provisional: Callable[[Response], None] | None = None,
    ) -> Response:
        """Send a request with a fresh branch, again while UDP may have lost it; the final response.

        Raises Timeout. The ACK of a refused INVITE is sent here, that of an answered one is the caller's.
        """
        branch = f"z9hG4bK{token()}"
        request.headers.remove("Via")
        request.headers.insert_first("Via", self.via(branch))
        responses: asyncio.Queue[Response] = asyncio.Queue()
        self._clients[(branch, request.method)] = responses
        loop = asyncio.get_running_loop()
        deadline, interval, provisional = loop.time() + within, T1, False
        data = self.send(request)
        again = loop.time() + interval
        try:
            while True:
                resend = not provisional and self.transport is Transport.UDP
                until = min(deadline, again) if resend else deadline
                try:
                    async with asyncio.timeout(max(until - loop.time(), 0.001)):
                        response = await responses.get()
                except TimeoutError:
                    if loop.time() >= deadline:
                        raise Timeout(f"{request.method} {request.uri}: no final response") from None
                    self.link.send(data)
                    interval = min(interval * 2, 4.0)
                    again = loop.time() + interval
                    continue
                if response.status >= 200:
                    if request.method == "INVITE" and response.status >= 300:
                        self.send(self._ack_of_refusal(request, response))
                    return response
                provisional = request.method == "INVITE"
                if on_provisional is not None:
                    on_provisional(response)
        finally:
            del self._clients[(branch, request.method)]

    def _ack_of_refusal(self, request: Request, response: Response) -> Request:
        ack = Request("ACK", request.uri)
        ack.headers.add("Via", request.headers.get_all("Via")[0])
        for name in ("From", "Call-ID", "Route"):
            for value in request.headers.get_all(name):
                ack.headers.add(name, value)
        ack.headers.add("To", response.headers.get("To") or "")
        ack.headers.add("CSeq", f"{request.cseq.number} ACK")
        ack.headers.add("Max-Forwards", "70")
        return ack

    async def authenticated(
        self,
        build: Callable[[], Request],
        *,
        within: float = 32.0,
        on_provisional: Callable[[Response], None] | None = None,
    ) -> tuple[Request, Response]:
        """Send what `build` makes (with a new CSeq each time) and answer challenges, at most twice."""
        for _ in range(3):
            request = build()
            response = await self.transact(request, within=within, on_provisional=on_provisional)
            name = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}.get(response.status)
            if name is None or not self.secret:
                break
            challenge = choose(Challenge.parse(value) for value in response.headers.get_all(name))
            known = self._challenges.get(name)
            if challenge is None or (known is not None and known[0] == challenge):
                break
            self._challenges[name] = (challenge, 0)
        return request, response

    def authorize(self, request: Request) -> None:
        """Put credentials for the last challenges on a request."""
        for name, header in (
            ("WWW-Authenticate", "Authorization"),
            ("Proxy-Authenticate", "Proxy-Authorization"),
        ):
            if name in self._challenges:
                challenge, count = self._challenges[name]
                self._challenges[name] = (challenge, count + 1)
                credentials = respond(
                    challenge,
                    username=self.username,
                    secret=self.secret,
                    method=request.method,
                    uri=request.uri,
                    body=request.body,
                    cnonce=token(),
                    nc=count + 1,
                )
                request.headers.add(header, str(credentials))

    def new_request(self, method: str, uri: str, *, call_id: str, cseq: int, from_: str, to: str) -> Request:
        """A request with all mandatory headers except Via."""
        request = Request(method, uri)
        request.headers.add("Max-Forwards", "70")
        request.headers.add("From", from_)
        request.headers.add("To", to)
        request.headers.add("Call-ID", call_id)
        request.headers.add("CSeq", f"{cseq} {method}")
        request.headers.add("User-Agent", "Switchroom virtual phone")
        return request

    # --- what a phone does ---

    async def register(self, expires: int = 120, *, within: float = 8.0) -> Response:
        """REGISTER (0 seconds: unregister); the final response whatever it is."""

        def build() -> Request:
            self._register_cseq += 1
            aor = self.uri(self.extension)
            request = self.new_request(
                "REGISTER",
                f"sip:{self.domain}",
                call_id=self._register_id,
                cseq=self._register_cseq,
                from_=f"<{aor}>;tag={token(6)}",
                to=f"<{aor}>",
            )
            request.headers.add("Contact", self.contact)
            request.headers.add("Expires", str(expires))
            request.headers.add("Supported", "path, outbound")
            self.authorize(request)
            return request

        return (await self.authenticated(build, within=within))[1]

    async def options(self, user: str | None = None, *, within: float = 4.0) -> Response:
        """OPTIONS to the server or one of its users."""
        uri = self.uri(user) if user else f"sip:{self.domain}"
        from_ = f"<{self.uri(self.extension)}>;tag={token(6)}"
        request = self.new_request("OPTIONS", uri, call_id=token(), cseq=1, from_=from_, to=f"<{uri}>")
        return await self.transact(request, within=within)

    async def call(
        self, user: str, *, source: Source | None = None, codecs: Sequence[str] | None = None, **more: Any
    ) -> PhoneCall:
        """Call somebody; returns at once. `more`: late_offer, headers, sdp_extra (see `PhoneCall.begin`)."""
        call = await self._new_call(codecs or self.codecs, source, f"{token()}@phone", outgoing=True)
        call.begin(user, **more)
        return call

    async def incoming(self, within: float = 5.0) -> PhoneCall:
        """The next call that rings here. Raises TimeoutError."""
        async with asyncio.timeout(within):
            return await self._incoming.get()

    @property
    def ringing(self) -> int:
        """Calls that ring here and that nobody took from `incoming`."""
        return self._incoming.qsize()

    async def _new_call(
        self, codecs: Sequence[str], source: Source | None, call_id: str, *, outgoing: bool
    ) -> PhoneCall:
        media = WebRtcPeer(codecs[0], source) if self.browser else RtpPeer(codecs[0], source)
        await media.open(host=own_host(self.server))
        call = PhoneCall(self, media, tuple(codecs), call_id, outgoing=outgoing)
        self.calls[call_id] = call
        return call

    # --- receiving ---

    def _receive(self, data: bytes) -> None:
        message = parse_message(data)
        if self.drop(message):
            return
        self.log.append(("received", message))
        if isinstance(message, Response):
            queue = self._clients.get((message.top_via.branch or "", message.cseq.method))
            if queue is not None:
                queue.put_nowait(message)
            elif message.cseq.method == "INVITE" and 200 <= message.status < 300:
                call = self.calls.get(message.call_id)
                if call is not None:
                    call.acknowledge_again(message)
            return
        key = (message.top_via.branch or "", message.method)
        if key in self._answers:
            self.link.send(self._answers[key])
            return
        self.background(self._request(message))

    async def _request(self, request: Request) -> None:
        call = self.calls.get(request.call_id)
        if request.method == "ACK":
            if call is not None:
                call.acknowledged(request)
        elif call is not None:
            await call.request(request)
        elif request.method == "INVITE":
            await self._invited(request)
        elif request.method in ("OPTIONS", "NOTIFY"):
            self.answer(request, request.response(200, to_tag=token(6)))
        else:
            self.answer(request, request.response(481, to_tag=token(6)))

    async def _invited(self, request: Request) -> None:
        call = await self._new_call(self.codecs, None, request.call_id, outgoing=False)
        self.answer(request, request.response(100))
        if not call.invited(request):
            return
        if self.on_invite is not None:
            await self.on_invite(call)
        else:
            call.ring()
            self._incoming.put_nowait(call)

    def answer(self, request: Request, response: Response) -> None:
        """Send a response and keep it for retransmissions of the request."""
        self._answers[(request.top_via.branch or "", request.method)] = self.send(response)

    def caller_name(self, request: Request) -> NameAddr:
        """Who calls, by From."""
        return request.from_
