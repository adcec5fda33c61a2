"""Two nodes that call each other, and the descriptions they use. The endpoint does not read descriptions."""

from __future__ import annotations

from typing import Any, TypeVar

from switchroom.sip.events import IncomingInvite, InviteAccepted, OutgoingInvite, SessionConfirmed, SessionId
from switchroom.sip.flow import Destination
from switchroom.sip.headers import NameAddr
from tests.harness.network import Link, Network, Node

OFFER = b"v=0\r\ns=offer\r\n"
ANSWER = b"v=0\r\ns=answer\r\n"
OFFER_2 = b"v=0\r\ns=offer 2\r\n"
ANSWER_2 = b"v=0\r\ns=answer 2\r\n"
ALICE = SessionId("alice-call")

T = TypeVar("T")


def pair(seed: int = 0, link: Link | None = None, **options: Any) -> tuple[Network, Node, Node]:
    """A network with nodes alice and bob."""
    network = Network(seed, link or Link())
    return network, network.node("alice", **options), network.node("bob", **options)


def invite(
    to: Node,
    *,
    destination: Destination | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    sdp: bytes = OFFER,
    uri: str | None = None,
    **more: Any,
) -> OutgoingInvite:
    """An INVITE to `to` with an offer."""
    target = uri or f"sip:{to.name}@{to.address}"
    return OutgoingInvite(
        uri=target,
        from_=NameAddr.parse("<sip:alice@example.org>"),
        to=NameAddr.parse(f"<{target}>"),
        sdp=sdp,
        destination=destination,
        headers=headers,
        **more,
    )


def only(events: list[T]) -> T:
    """The one event there is."""
    assert len(events) == 1, events
    return events[0]


def ring(network: Network, alice: Node, bob: Node) -> SessionId:
    """Alice's INVITE is at Bob's, who rings; his session."""
    alice.endpoint.invite(ALICE, invite(bob), network.now)
    network.run()
    session = only(bob.of_kind(IncomingInvite)).session
    bob.endpoint.provisional(session, 180, network.now)
    network.run()
    return session


def establish(network: Network, alice: Node, bob: Node) -> SessionId:
    """A call from Alice to Bob that was answered and acknowledged; Bob's session."""
    session = ring(network, alice, bob)
    bob.endpoint.accept(session, ANSWER, network.now)
    network.run()
    assert only(alice.of_kind(InviteAccepted)).sdp == ANSWER
    assert only(bob.of_kind(SessionConfirmed)).sdp is None
    return session
