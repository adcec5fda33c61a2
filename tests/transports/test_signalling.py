"""The verbs for those without a clock are what calls asks for, and reach the wire."""

from __future__ import annotations

from switchroom.calls.ports import Signalling
from switchroom.sip.events import IncomingInvite, SessionEnded, SessionId
from switchroom.sip.flow import Transport
from switchroom.sip.message import Response, parse_message
from switchroom.transports.driver import Listener
from switchroom.transports.signalling import DriverSignalling
from tests.transports.rig import Datagrams, Rig, datagrams, options, rig

INVITE = options(1).replace(b"OPTIONS", b"INVITE").replace(b"Max-", b"Contact: <sip:a@127.0.0.1:9>\r\nMax-")


def as_port(signalling: DriverSignalling) -> Signalling:
    """What calls is given: the type checker sees whether it fits."""
    return signalling


def statuses(peer: Datagrams) -> list[int]:
    messages = [parse_message(data) for data in peer.got]
    return [message.status for message in messages if isinstance(message, Response)]


async def incoming(it: Rig, peer: Datagrams) -> SessionId:
    peer.send(INVITE)
    await it.until(lambda: it.of(IncomingInvite))
    session: SessionId = it.of(IncomingInvite)[0].session
    return session


async def test_a_call_is_rung_answered_and_ended() -> None:
    async with rig() as it:
        port = as_port(DriverSignalling(it.driver))
        async with datagrams(await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))) as peer:
            session = await incoming(it, peer)
            port.provisional(session, 180)
            port.accept(session, b"v=0\r\n")
            await it.until(lambda: 200 in statuses(peer))
            assert statuses(peer)[-2:] == [180, 200]
            answer = parse_message(peer.got[-1])
            ack = INVITE.replace(b"INVITE", b"ACK").replace(b"z9hG4bK1", b"z9hG4bKack")
            peer.send(ack.replace(b"To: <sip:127.0.0.1>", f"To: {answer.to}".encode()))
            await it.until(lambda: port.export(session))
            port.hang_up(session)
            await it.until(lambda: it.of(SessionEnded) or any(data.startswith(b"BYE") for data in peer.got))
            assert it.driver.counters.errors == 0


async def test_a_call_is_refused_once() -> None:
    async with rig() as it:
        port = as_port(DriverSignalling(it.driver))
        async with datagrams(await it.driver.listen(Listener(Transport.UDP, "127.0.0.1", 0))) as peer:
            session = await incoming(it, peer)
            port.reject(session, 486, reason="Engaged", headers=(("Retry-After", "5"),))
            port.hang_up(session)
            await it.until(lambda: 486 in statuses(peer))
            refusal = parse_message(peer.got[-1])
            assert isinstance(refusal, Response)
            assert (refusal.reason, refusal.headers.get("Retry-After")) == ("Engaged", "5")
            assert it.driver.counters.errors == 0
