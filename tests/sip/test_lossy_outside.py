"""Registrations, challenges, subscriptions and transfers with peers that talk nonsense over a bad network."""

from __future__ import annotations

import random

import pytest

from switchroom.sip.bodies import SIPFRAG, sipfrag
from switchroom.sip.digest import ClientCredentials, challenge
from switchroom.sip.events import (
    DialogRequest,
    Event,
    IncomingInvite,
    IncomingRequest,
    InviteAccepted,
    InviteRejected,
    OfferReceived,
    OutgoingRegistration,
    ReferReceived,
    RegistrationChanged,
    RegistrationId,
    RegistrationState,
    RequestId,
    SessionEnded,
    SessionId,
)
from switchroom.sip.headers import NameAddr
from tests.harness.network import Link, Network, Node
from tests.sip.phones import ANSWER, invite
from tests.sip.test_lossy import mangled

ME = ClientCredentials("anna", "s3cret", ("provider",))
ADDED = (
    *(b"WWW-Authenticate: Digest", b"Proxy-Authenticate: Digest realm=provider, nonce=x, nonce=y"),
    *(b"Expires: 0", b"Min-Expires: 99999999999", b"Event: refer;id=%", b"Subscription-State: terminated"),
    *(b"Refer-To: <sip:a@b?Replaces=%>", b"Contact: <sip:evil@203.0.113.66>;expires=0", b"Retry-After: x"),
)
SWAPPED = (b"401", b"407", b"423", b"200", b"202", b"REGISTER", b"SUBSCRIBE", b"NOTIFY", b"REFER", b"UPDATE")


class Wicked:
    """A provider that challenges, answers, transfers and subscribes as the dice fall."""

    def __init__(self, node: Node, chance: random.Random) -> None:
        self.node = node
        self.chance = chance
        node.react = self.react

    def react(self, event: Event) -> None:
        endpoint, now, chance = self.node.endpoint, self.node.now, self.chance
        asked = challenge(
            chance.choice(("provider", "other")), str(chance.random()), stale=chance.random() < 0.5
        )
        headers = (("WWW-Authenticate", str(asked)),)
        asks = chance.random() < 0.4
        match event:
            case IncomingInvite(session=session) if asks:
                endpoint.reject(session, 401, now, headers=headers)
            case IncomingInvite(session=session):
                endpoint.accept(session, ANSWER, now)
                request = RequestId(session)
                refer = (("Refer-To", "<sip:203@h?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>"),)
                endpoint.send_in_session(session, request, "REFER", now, headers=refer)
                endpoint.identify(session, (("P-Asserted-Identity", "<sip:x@y>"),), now)
            case IncomingRequest(transaction=transaction) | DialogRequest(transaction=transaction):
                status = 401 if asks else chance.choice((200, 200, 423, 503, 481))
                endpoint.respond(transaction, status, now, headers=headers if status == 401 else ())
            case OfferReceived(session=session):
                endpoint.answer(session, ANSWER, now)
            case _:
                pass


class Pbx:
    """Our side: takes what comes."""

    def __init__(self, node: Node) -> None:
        self.node = node
        node.react = self.react

    def react(self, event: Event) -> None:
        endpoint, now = self.node.endpoint, self.node.now
        match event:
            case IncomingRequest(transaction=transaction, request=request) if request.method == "SUBSCRIBE":
                name = endpoint.accept_subscription(transaction, 60, now)
                if name is not None:
                    endpoint.notify(name, b"news", "text/plain", now)
            case IncomingRequest(transaction=transaction) | DialogRequest(transaction=transaction):
                endpoint.respond(transaction, 405, now)
            case ReferReceived(subscription=subscription):
                endpoint.accept_refer(subscription, now)
                for status, state in ((180, "active"), (200, "terminated")):
                    endpoint.notify(subscription, sipfrag(status), SIPFRAG, now, state=state)
            case OfferReceived(session=session):
                endpoint.answer(session, ANSWER, now)
            case InviteAccepted(session=session):
                endpoint.identify(session, (("P-Asserted-Identity", "<sip:x@y>"),), now)
            case _:
                pass


@pytest.mark.parametrize("seed", range(16))
def test_nothing_raises_and_nothing_is_left(seed: int) -> None:
    chance = random.Random(seed)

    def mangle(data: bytes) -> bytes:
        if chance.random() < 0.1:
            data = data.replace(chance.choice(SWAPPED), chance.choice(SWAPPED))
        if chance.random() < 0.1:
            head, _, body = data.partition(b"\r\n\r\n")
            data = head + b"\r\n" + chance.choice(ADDED) + b"\r\n\r\n" + body
        return mangled(data, chance) if chance.random() < 0.3 else data

    network = Network(seed, Link(0.05, 0.1, (0.002, 0.2)), mangle=mangle)
    pbx, provider = network.node("pbx"), network.node("provider")
    Pbx(pbx)
    Wicked(provider, chance)
    me = NameAddr.parse("<sip:anna@provider>")
    uri = f"sip:{provider.address}"
    trunk = RegistrationId("trunk")
    wanted = OutgoingRegistration(uri, me, "t0ken", ME, expires=60)
    pbx.endpoint.register(trunk, wanted, network.now)
    calls = [SessionId(f"call {number}") for number in range(6)]
    for number, name in enumerate(calls):
        pbx.endpoint.invite(name, invite(provider, credentials=ME, contact_user="t0ken"), network.now)
        subscribe = (("Event", chance.choice(("dialog", "presence;id=1", ""))), ("Expires", "30"))
        provider.endpoint.send_request(
            RequestId(f"s{number}"), "SUBSCRIBE", f"sip:202@{pbx.address}", from_=me, to=me,
            headers=subscribe, now=network.now,
        )  # fmt: skip
        network.run(chance.uniform(0, 20))
        pbx.endpoint.hang_up(calls[number // 2], network.now)
    network.run(60)
    for name in calls:
        pbx.endpoint.hang_up(name, network.now)
    pbx.endpoint.unregister(trunk, network.now)
    network.run_until_quiet(10_000)
    ended = {event.session for event in pbx.events if isinstance(event, (InviteRejected, SessionEnded))}
    assert set(calls) <= ended
    assert pbx.of_kind(RegistrationChanged)[-1].state is RegistrationState.ENDED
    core = pbx.endpoint._core
    assert not core.serials and not core.subscriptions and not core.subscribed and not core.registrations
    assert not core.sessions and not core.dialogs and len(core.timers) == 0
