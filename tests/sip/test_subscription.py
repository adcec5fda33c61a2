"""Subscriptions to us: lamps, voicemail lights, and what a REFER brings with it."""

from __future__ import annotations

import random

import pytest

from switchroom.sip import subscription as subscriptions
from switchroom.sip.bodies import SIPFRAG, MessageSummary, read_sipfrag, sipfrag
from switchroom.sip.events import (
    DialogRequest,
    Event,
    IncomingRequest,
    ReferReceived,
    RequestAnswered,
    RequestId,
    SubscriptionEnd,
    SubscriptionId,
    TransactionId,
    Unsubscribed,
)
from switchroom.sip.flow import BindingRef, Flow, Transport
from switchroom.sip.headers import Replaces
from switchroom.sip.message import Request, Response
from switchroom.sip.parties import SubscriptionState
from tests.harness.network import Link, Network
from tests.sip.phones import ALICE, establish, only, pair
from tests.sip.raw import HERE, THERE, RawPhone
from tests.sip.test_outgoing import Callee

TEXT = "application/simple-message-summary"
ONE, TWO = bytes(MessageSummary(1, 0)), bytes(MessageSummary(2, 0))


def state_of(notify: Request) -> SubscriptionState:
    return SubscriptionState.parse(notify.headers.get("Subscription-State") or "")


class Lamp(Callee):
    """A phone that subscribes, and answers NOTIFYs by hand."""

    subscription = SubscriptionId("")

    def subscribe(self, expires: int | None = 600, *, event: str = "message-summary") -> None:
        line = "" if expires is None else f"Expires: {expires}\r\n"
        self.send(self.request("SUBSCRIBE", extra=f"Event: {event}\r\n{line}"))

    def subscribed(self, expires: int | None = 600, *, most: int = 3600, event: str = "dialog") -> Response:
        """A subscription that was taken; the 200."""
        self.subscribe(expires, event=event)
        incoming = only(self.of_kind(IncomingRequest))
        found = self.endpoint.accept_subscription(incoming.transaction, most, self.now)
        assert found is not None
        self.subscription = found
        return self.take_response(200)

    def tell(self, body: bytes, state: str = "active", reason: str | None = None) -> None:
        self.endpoint.notify(self.subscription, body, TEXT, self.now, state=state, reason=reason)

    def notified(self) -> Request:
        """The only NOTIFY since the last look."""
        notify = only(self.requests())
        assert notify.method == "NOTIFY"
        return notify

    @property
    def is_forgotten(self) -> bool:
        core = self.endpoint._core
        return not core.subscriptions and not core.subscribed


def test_a_subscription_is_taken_told_refreshed_and_ended() -> None:
    """RFC 6665 §4.2.1 and §4.2.2."""
    phone = Lamp()
    response = phone.subscribed(600)
    assert (response.expires, response.headers.get("Contact")) == (600, f"<sip:switchroom@{HERE}>")
    phone.tell(ONE)
    first = phone.notified()
    assert (
        first.uri == f"sip:phone@{THERE}" and first.to.tag == "phone" and first.from_.tag == phone.remote_tag
    )
    assert first.headers.get("Event") == "dialog" and first.body == ONE and first.content_type == TEXT
    assert (state_of(first).state, state_of(first).expires) == ("active", 600)
    phone.reply(first, 200)
    phone.pass_time(400)
    phone.subscribe(500, event="dialog")
    assert phone.take_response(200).expires == 500
    again = phone.notified()
    assert again.body == ONE and again.cseq.number == first.cseq.number + 1
    assert state_of(again).expires == 500
    phone.reply(again, 200)
    phone.pass_time(300)
    phone.subscribe(0, event="dialog")
    assert phone.take_response(200).expires == 0
    last = phone.notified()
    assert (state_of(last).state, state_of(last).reason) == ("terminated", "timeout")
    phone.reply(last, 200)
    assert only(phone.of_kind(Unsubscribed)) == Unsubscribed(phone.subscription, SubscriptionEnd.UNSUBSCRIBED)
    phone.subscribe(60, event="dialog")
    assert phone.take_response().status == 481
    phone.pass_time(40)
    assert phone.is_forgotten and phone.endpoint.next_timeout() is None


def test_it_lasts_no_longer_than_the_owner_allows_and_then_ends() -> None:
    phone = Lamp()
    assert phone.subscribed(100_000, most=120).expires == 120
    phone.tell(ONE)
    phone.reply(phone.notified(), 200)
    phone.pass_time(120.2)
    last = phone.notified()
    assert (state_of(last).state, state_of(last).reason) == ("terminated", "timeout")
    assert only(phone.of_kind(Unsubscribed)).why is SubscriptionEnd.EXPIRED
    assert phone.is_forgotten


def test_without_expires_it_lasts_as_long_as_it_may() -> None:
    assert Lamp().subscribed(None, most=777).expires == 777


def test_a_fetch_gets_the_state_once() -> None:
    """RFC 6665 §4.4.3."""
    phone = Lamp()
    assert phone.subscribed(0).expires == 0
    phone.tell(ONE)
    notify = phone.notified()
    assert state_of(notify).state == "terminated" and notify.body == ONE
    assert phone.is_forgotten and len(phone.of_kind(Unsubscribed)) == 1
    phone.tell(TWO)
    assert phone.requests() == []


def test_a_fetch_that_nobody_answers_is_forgotten() -> None:
    phone = Lamp()
    phone.subscribed(0)
    phone.pass_time(32.2)
    assert state_of(phone.notified()).state == "terminated" and phone.is_forgotten


def test_one_notify_at_a_time_and_only_the_newest_waits() -> None:
    phone = Lamp()
    phone.subscribed()
    for body in (b"1", b"2", b"3"):
        phone.tell(body)
    first = phone.notified()
    assert first.body == b"1"
    phone.reply(first, 200)
    second = phone.notified()
    assert second.body == b"3"
    phone.tell(b"4", "terminated", "noresource")
    assert phone.requests() == []
    phone.reply(second, 200)
    last = phone.notified()
    assert last.body == b"4" and str(state_of(last)) == "terminated;reason=noresource"
    phone.tell(b"5")
    phone.reply(last, 200)
    assert phone.requests() == [] and not phone.of_kind(Unsubscribed) and phone.is_forgotten


@pytest.mark.parametrize("status", [481, 404, 489, 405])
def test_a_subscriber_who_is_gone_is_forgotten(status: int) -> None:
    phone = Lamp()
    phone.subscribed()
    phone.tell(ONE)
    notify = phone.notified()
    phone.tell(TWO)
    phone.reply(notify, status)
    assert phone.requests() == []
    assert only(phone.of_kind(Unsubscribed)).why is SubscriptionEnd.GONE
    assert phone.is_forgotten


def test_a_subscriber_who_says_nothing_is_forgotten() -> None:
    phone = Lamp()
    phone.subscribed()
    phone.tell(ONE)
    phone.pass_time(33)
    assert only(phone.of_kind(Unsubscribed)).why is SubscriptionEnd.GONE and phone.is_forgotten


def test_a_subscriber_in_trouble_is_told_again_a_few_times() -> None:
    phone = Lamp()
    phone.subscribed()
    phone.tell(ONE)
    for _ in range(3):
        phone.reply(phone.notified(), 500)
        assert phone.requests() == []
        phone.pass_time(5.1)
    assert phone.requests() == []
    assert only(phone.of_kind(Unsubscribed)).why is SubscriptionEnd.GONE


def test_a_refresh_may_move_the_subscriber() -> None:
    """RFC 6665 §4.1.2.2: SUBSCRIBE is a target refresh request."""
    phone = Lamp()
    phone.subscribed()
    phone.tell(ONE)
    phone.reply(phone.notified(), 200)
    lines = f"Event: dialog\r\nContact: <sip:moved@{THERE}>\r\n"
    phone.send(phone.request("SUBSCRIBE", extra=lines))
    phone.take_response(200)
    assert phone.notified().uri == f"sip:moved@{THERE}"


def test_a_phone_that_comes_back_by_a_new_connection_gets_the_news_there() -> None:
    old, new = Flow(Transport.TCP, HERE, THERE, 1), Flow(Transport.TCP, HERE, THERE, 2)
    found: dict[BindingRef, Flow] = {BindingRef("phone"): old}
    phone = Lamp(old, flow_of=found.get)
    phone.subscribe()
    incoming = only(phone.of_kind(IncomingRequest))
    name = phone.endpoint.accept_subscription(
        incoming.transaction, 600, phone.now, destination=BindingRef("phone")
    )
    assert name is not None
    phone.take_response(200)
    phone.endpoint.notify(name, ONE, TEXT, phone.now)
    transmit = phone.endpoint.poll_transmit()
    assert transmit is not None and transmit.to == old
    phone.endpoint.transmit_failed(transmit.key, phone.now)
    found[BindingRef("phone")] = new
    phone.now += 6
    phone.endpoint.handle_timeout(phone.now)
    transmit = phone.endpoint.poll_transmit()
    assert transmit is not None and transmit.to == new and transmit.data.endswith(ONE)


def test_a_subscription_without_event_or_contact_is_refused() -> None:
    for text, status in (("Event: dialog\r\nContact: <tel:+1>\r\n", 400), ("", 489)):
        phone = Lamp()
        phone.send(phone.request("SUBSCRIBE", extra=text))
        incoming = only(phone.of_kind(IncomingRequest))
        assert phone.endpoint.accept_subscription(incoming.transaction, 600, phone.now) is None
        assert phone.take_response().status == status
        assert phone.is_forgotten


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_SUBSCRIPTIONS", 0)
    phone = Lamp()
    phone.subscribe()
    incoming = only(phone.of_kind(IncomingRequest))
    assert phone.endpoint.accept_subscription(incoming.transaction, 600, phone.now) is None
    response = phone.take_response()
    assert response.status == 503 and response.headers.get("Retry-After")


def test_another_package_in_the_dialog_and_an_old_request_are_refused() -> None:
    phone = Lamp()
    phone.subscribed(event="dialog;id=1")
    phone.subscribe(60, event="presence")
    assert phone.take_response().status == 481
    phone.send(phone.request("SUBSCRIBE", extra="Event: dialog;id=1\r\n", cseq=1))
    assert phone.take_response().status == 500
    phone.subscribe(60, event="dialog;id=1")
    assert phone.take_response(200).expires == 60


def test_what_is_over_or_was_never_there_can_not_be_accepted() -> None:
    phone = Lamp()
    phone.subscribed()
    taken = TransactionId(phone.subscription)
    assert phone.endpoint.accept_subscription(taken, 600, phone.now) is None
    assert phone.endpoint.accept_subscription(TransactionId("999"), 600, phone.now) is None
    assert phone.endpoint.accept_refer(phone.subscription, phone.now) is False
    phone.endpoint.notify(SubscriptionId("999"), b"", TEXT, phone.now)
    assert phone.requests() == [] and phone.responses() == []


# REFER


class Referrer(Callee):
    """A phone in a call that wants it transferred."""

    def refer(self, *lines: str) -> None:
        self.send(self.request("REFER", extra="".join([f"{line}\r\n" for line in lines])))

    def refers(self, *lines: str) -> ReferReceived:
        self.refer(*lines)
        return self.of_kind(ReferReceived)[-1]


def test_a_refer_is_told_taken_and_reported_to_its_end() -> None:
    """RFC 3515 §2.4.4 and §2.4.5: 202, then NOTIFYs in the dialog of the call."""
    phone = Referrer()
    phone.established()
    found = phone.refers("Refer-To: <sip:203@h>", "Referred-By: <sip:201@h>")
    assert (str(found.refer_to), str(found.referred_by), found.replaces) == (
        "<sip:203@h>",
        "<sip:201@h>",
        None,
    )
    assert phone.endpoint.accept_refer(found.subscription, phone.now)
    assert phone.take_response().status == 202
    first = only(phone.requests())
    assert first.headers.get("Event") == "refer" and read_sipfrag(first.body) == (100, "Trying")
    assert first.headers.get("Content-Type") == SIPFRAG and state_of(first).state == "active"
    assert first.call_id == phone.call_id and first.to.tag == "phone"
    phone.reply(first, 200)
    phone.endpoint.notify(found.subscription, sipfrag(180), SIPFRAG, phone.now)
    ringing = only(phone.requests())
    phone.endpoint.notify(
        found.subscription, sipfrag(200), SIPFRAG, phone.now, state="terminated", reason="noresource"
    )
    phone.reply(ringing, 200)
    last = only(phone.requests())
    assert [read_sipfrag(one.body)[0] for one in (ringing, last)] == [180, 200]
    assert str(state_of(last)) == "terminated;reason=noresource"
    phone.reply(last, 200)
    assert phone.endpoint.accept_refer(found.subscription, phone.now) is False
    assert not phone.of_kind(Unsubscribed) and not phone.endpoint._core.subscriptions


def test_an_attended_transfer_names_the_dialog_to_replace() -> None:
    """RFC 3891 §4: Replaces embedded in Refer-To."""
    phone = Referrer()
    phone.established()
    found = phone.refers("r: <sip:203@h?Replaces=c1%40h%3Bto-tag%3Dt%3Bfrom-tag%3Df>")
    assert found.replaces == Replaces("c1@h", "t", "f") and str(found.refer_to) == "<sip:203@h>"


def test_a_second_refer_has_an_id() -> None:
    """RFC 3515 §2.4.6."""
    phone = Referrer()
    phone.established()
    for number in range(2):
        found = phone.refers("Refer-To: <sip:203@h>")
        phone.endpoint.accept_refer(found.subscription, phone.now)
        notify = only(phone.requests())
        cseq = found.request.cseq.number
        assert notify.headers.get("Event") == ("refer" if number == 0 else f"refer;id={cseq}")


def test_the_referrer_may_hang_up_at_once_and_hears_the_end_all_the_same() -> None:
    phone = Referrer()
    phone.established()
    found = phone.refers("Refer-To: <sip:203@h>")
    phone.endpoint.accept_refer(found.subscription, phone.now)
    phone.reply(only(phone.requests()), 200)
    phone.send(phone.request("BYE"))
    phone.endpoint.notify(
        found.subscription, sipfrag(200), SIPFRAG, phone.now, state="terminated", reason="noresource"
    )
    last = only(phone.requests())
    assert last.method == "NOTIFY" and last.to.tag == "phone"
    phone.reply(last, 481)
    phone.pass_time(70)
    assert phone.endpoint.next_timeout() is None and not phone.endpoint._core.subscribed


def test_a_referrer_that_forgot_the_dialog_is_not_told_more() -> None:
    phone = Referrer()
    phone.established()
    found = phone.refers("Refer-To: <sip:203@h>")
    phone.endpoint.accept_refer(found.subscription, phone.now)
    phone.reply(only(phone.requests()), 481)
    assert only(phone.of_kind(Unsubscribed)).why is SubscriptionEnd.GONE


def test_a_refused_refer_changes_nothing() -> None:
    phone = Referrer()
    incoming = phone.established()
    found = phone.refers("Refer-To: <sip:203@h>")
    phone.endpoint.refuse_refer(found.subscription, 603, phone.now)
    assert phone.responses()[-1].status == 603
    assert phone.requests() == [] and not phone.endpoint._core.subscriptions
    phone.endpoint.hang_up(incoming.session, phone.now)
    assert only(phone.requests()).method == "BYE"


@pytest.mark.parametrize(
    "lines",
    [(), ("Refer-To: <sip:a@b>", "Refer-To: <sip:c@d>"), ("Refer-To: <rub bish>",),
     ("Refer-To: <sip:a@b?Replaces=x>",), ("Refer-To: <sip:a@b;method=BYE>",)],
)  # fmt: skip
def test_a_malformed_refer_is_answered_without_asking(lines: tuple[str, ...]) -> None:
    phone = Referrer()
    phone.established()
    phone.refer(*lines)
    assert phone.responses()[-1].status == 400 and not phone.of_kind(ReferReceived)


def test_a_call_that_is_not_answered_can_not_be_transferred() -> None:
    phone = Referrer()
    incoming = phone.invite(body="offer")
    phone.endpoint.provisional(incoming.session, 180, phone.now)
    phone.remote_tag = phone.responses()[-1].to.tag or ""
    phone.refer("Refer-To: <sip:203@h>")
    assert phone.responses()[-1].status == 403 and not phone.of_kind(ReferReceived)


def test_the_end_of_the_call_answers_a_refer_nobody_answered() -> None:
    phone = Referrer()
    phone.established()
    found = phone.refers("Refer-To: <sip:203@h>")
    phone.send(phone.request("BYE"))
    assert {response.status for response in phone.responses()} == {200, 487}
    assert phone.endpoint.accept_refer(found.subscription, phone.now) is False


def test_a_refer_outside_a_dialog_stays_a_request_like_any_other() -> None:
    phone = RawPhone()
    phone.send(phone.request("REFER", extra="Refer-To: <sip:203@h>\r\n"))
    incoming = only(phone.of_kind(IncomingRequest))
    assert phone.endpoint.accept_refer(SubscriptionId(incoming.transaction), phone.now) is False


@pytest.mark.parametrize("seed", range(8))
def test_transfers_are_reported_in_order_over_a_lossy_network(seed: int) -> None:
    chance = random.Random(seed)
    network: Network
    network, alice, bob = pair(seed)
    session = establish(network, alice, bob)
    network.link = Link(0.2, 0.2, (0.002, 0.4))
    told: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, DialogRequest):
            told.append(read_sipfrag(event.request.body)[0])
            alice.endpoint.respond(event.transaction, 200, network.now)

    alice.react = hear
    alice.endpoint.send_in_session(
        ALICE, RequestId("r"), "REFER", network.now, headers=(("Refer-To", "<sip:203@h>"),)
    )
    while not bob.of_kind(ReferReceived):
        network.run(0.5)
    found = only(bob.of_kind(ReferReceived))
    assert found.session == session
    bob.endpoint.accept_refer(found.subscription, network.now)
    for status in (180, 182, 183):
        network.run(chance.uniform(0, 3))
        bob.endpoint.notify(found.subscription, sipfrag(status), SIPFRAG, network.now)
    bob.endpoint.notify(found.subscription, sipfrag(200), SIPFRAG, network.now, state="terminated")
    network.run(40)
    assert only(alice.of_kind(RequestAnswered)).status == 202
    assert told == sorted(told) and (told[0], told[-1]) == (100, 200) and len(told) == len(set(told))
    alice.endpoint.hang_up(ALICE, network.now)
    network.run_until_quiet(400)
    assert not bob.endpoint._core.subscriptions and bob.endpoint.transactions == 0
