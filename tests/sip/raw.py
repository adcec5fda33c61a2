"""A phone that writes its messages by hand, to say what a well-behaved endpoint would not."""

from __future__ import annotations

import random
from typing import Any, TypeVar

from switchroom.sip.config import EndpointConfig
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, IncomingInvite
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.message import Request, Response, parse_message
from tests.sip.phones import only

T = TypeVar("T")

HERE = Address("198.51.100.1", 5060)
THERE = Address("192.0.2.9", 5062)
UDP = Flow(Transport.UDP, HERE, THERE)


class RawPhone:
    """An endpoint of ours, and what a phone says to it. Time stands still unless `pass_time` is called."""

    def __init__(self, flow: Flow = UDP, **options: Any) -> None:
        self.flow = flow
        self.now = 50.0
        settings: dict[str, Any] = {"address_for": lambda _transport, _host: HERE, **options}
        config = EndpointConfig(user_agent="switchroom", **settings)
        self.endpoint = Endpoint(config, random.Random(7))
        self.events: list[Event] = []
        self.sent: list[Request | Response] = []
        self.call_id = "raw-call"
        self.cseq = 0
        self.remote_tag = ""
        self.branches = 0
        self.transport = flow.transport.value

    def send(self, text: str | bytes, flow: Flow | None = None) -> None:
        """Give a message to the endpoint."""
        data = text.encode() if isinstance(text, str) else text
        self.endpoint.receive(data, flow or self.flow, self.now)
        self.drain()

    def drain(self) -> None:
        """Collect what the endpoint says."""
        while (transmit := self.endpoint.poll_transmit()) is not None:
            self.sent.append(parse_message(transmit.data))
        while (event := self.endpoint.poll_event()) is not None:
            self.events.append(event)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        until = self.now + seconds
        while (when := self.endpoint.next_timeout()) is not None and when <= until:
            self.now = max(self.now, when)
            self.endpoint.handle_timeout(self.now)
            self.drain()
        self.now = until

    def of_kind(self, kind: type[T]) -> list[T]:
        """All events of one class so far."""
        self.drain()
        return [event for event in self.events if isinstance(event, kind)]

    def responses(self) -> list[Response]:
        """The responses since the last look."""
        self.drain()
        found = [message for message in self.sent if isinstance(message, Response)]
        self.sent = [message for message in self.sent if isinstance(message, Request)]
        return found

    def requests(self) -> list[Request]:
        """The requests since the last look."""
        self.drain()
        found = [message for message in self.sent if isinstance(message, Request)]
        self.sent = [message for message in self.sent if isinstance(message, Response)]
        return found

    def take_response(self, status: int | None = None) -> Response:
        """The only response since the last look, with `status`."""
        response = only(self.responses())
        assert status is None or response.status == status, response
        if response.to.tag and response.status < 300:
            self.remote_tag = response.to.tag
        return response

    def request(
        self,
        method: str,
        *,
        body: str = "",
        extra: str = "",
        cseq: int | None = None,
        uri: str = "sip:switchroom@198.51.100.1",
        to: str | None = None,
        branch: str | None = None,
        via: str | None = None,
    ) -> str:
        """A request, inside the dialog once the endpoint gave a tag."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.branches += 1
        branch = branch or f"z9hG4bK-{self.branches}"
        via = via or f"SIP/2.0/{self.transport} {THERE};branch={branch};rport"
        tag = f";tag={self.remote_tag}" if self.remote_tag else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        contact = "" if "Contact:" in extra else f"Contact: <sip:phone@{THERE}>\r\n"
        return (
            f"{method} {uri} SIP/2.0\r\nVia: {via}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:phone@example.org>;tag=phone\r\nTo: {to or '<sip:202@example.org>' + tag}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\n{contact}"
            f"{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def invite(self, *, body: str, extra: str = "") -> IncomingInvite:
        """Call; the event that comes of it."""
        self.send(self.request("INVITE", body=body, extra=extra))
        return only(self.of_kind(IncomingInvite))

    def ack(self, response: Response, body: str = "") -> str:
        """The ACK to a 2xx."""
        self.remote_tag = response.to.tag or ""
        return self.request("ACK", body=body, cseq=response.cseq.number)

    def established(self, extra: str = "") -> IncomingInvite:
        """A call that was answered and acknowledged."""
        incoming = self.invite(body="offer", extra=extra)
        self.endpoint.accept(incoming.session, b"answer", self.now)
        self.send(self.ack(self.take_response(200)))
        return incoming
