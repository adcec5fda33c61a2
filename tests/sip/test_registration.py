"""Registering with a provider: kept alive, asked again as told, and removed at the end."""

from __future__ import annotations

from typing import Any

import pytest

from switchroom.sip.digest import ClientCredentials, challenge
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import (
    Event,
    IncomingRequest,
    OutgoingRegistration,
    RegistrationChanged,
    RegistrationId,
    RegistrationState,
)
from switchroom.sip.flow import Address, Flow, Hop, Transport
from switchroom.sip.headers import NameAddr
from switchroom.sip.message import Request
from tests.harness.network import Link, Network, Node
from tests.sip.phones import only
from tests.sip.raw import HERE, THERE
from tests.sip.test_authentication import ME, Provider, is_right

LINE = RegistrationId("trunk 1")
REGISTERING, REGISTERED = RegistrationState.REGISTERING, RegistrationState.REGISTERED
FAILED, ENDED = RegistrationState.FAILED, RegistrationState.ENDED


def wanted(registrar: str = f"sip:{THERE}", **more: Any) -> OutgoingRegistration:
    fields: dict[str, Any] = {"credentials": ME, **more}
    return OutgoingRegistration(registrar, NameAddr.parse("<sip:anna@provider>"), "t0ken", **fields)


class Registrar(Provider):
    """A provider's registrar, answered by hand."""

    def registers(self, **more: Any) -> Request:
        self.endpoint.register(LINE, wanted(**more), self.now)
        return only(self.requests())

    def grant(self, request: Request, seconds: int, extra: str = "") -> None:
        contact = f"Contact: <sip:other@192.0.2.77>;expires=9999, <sip:t0ken@{HERE}>;expires={seconds}"
        self.reply(request, 200, tag="reg", extra=f"{contact}\n{extra}".strip())

    def refuse(self, request: Request, status: int, extra: str = "") -> None:
        self.reply(request, status, tag="reg", extra=f"Contact: <sip:x@192.0.2.77>\n{extra}".strip())

    def news(self) -> list[RegistrationChanged]:
        found = self.of_kind(RegistrationChanged)
        self.events.clear()
        return found

    def waited(self, limit: float = 10_000) -> tuple[float, Request]:
        """Let time pass until the next REGISTER; how long that took."""
        start = self.now
        while not (found := self.requests()):
            self.pass_time(0.5)
            assert self.now - start < limit
        return self.now - start, found[0]


def test_a_registration_says_who_where_and_how_long() -> None:
    """RFC 3261 §10.2: To and From are the address of record, the Contact has the token."""
    phone = Registrar()
    request = phone.registers(headers=(("X-Line", "1"),))
    assert (request.method, request.uri) == ("REGISTER", f"sip:{THERE}")
    assert request.headers.get("Contact") == f"<sip:t0ken@{HERE}>"
    assert request.headers.get("To") == "<sip:anna@provider>" and request.from_.tag
    assert (request.expires, request.headers.get("X-Line")) == (300, "1")
    assert only(phone.news()).state is REGISTERING
    phone.challenge(request, "n1")
    again = only(phone.requests())
    assert is_right(again) and again.call_id == request.call_id
    assert again.cseq.number == request.cseq.number + 1
    assert phone.news() == []
    phone.grant(again, 120)
    news = only(phone.news())
    assert (news.state, news.status, news.valid_for) == (REGISTERED, 200, 120)
    assert 60 <= news.next_in <= 88


def test_refreshes_come_in_time_with_the_nonce_used_ahead() -> None:
    phone = Registrar()
    phone.challenge(phone.registers(), "n1")
    request = only(phone.requests())
    for _ in range(40):
        phone.grant(request, 100)
        wait, after = phone.waited()
        assert 50 <= wait <= 68.5  # One that nobody answers fails before the registration is over.
        assert after.call_id == request.call_id and after.cseq.number == request.cseq.number + 1
        assert is_right(after)
        request = after
    assert [news.state for news in phone.news()] == [REGISTERING] + 40 * [REGISTERED]


def test_an_interval_too_brief_is_made_longer() -> None:
    """RFC 3261 §10.3 step 7."""
    phone = Registrar()
    phone.refuse(phone.registers(expires=60), 423, "Min-Expires: 600")
    request = only(phone.requests())
    assert request.expires == 600
    phone.refuse(request, 423, "Min-Expires: 600")  # It does not know what it wants.
    assert phone.requests() == []
    assert [news.state for news in phone.news()] == [REGISTERING, FAILED]


@pytest.mark.parametrize("least", ["", "5", "x", "99999999999"])
def test_an_interval_that_makes_no_sense_is_a_failure(least: str) -> None:
    phone = Registrar()
    phone.refuse(phone.registers(expires=60), 423, f"Min-Expires: {least}" if least else "")
    assert phone.requests() == [] and phone.news()[-1].state is FAILED


@pytest.mark.parametrize(
    ("status", "first", "most"), [(403, 60, 3600), (404, 60, 3600), (500, 4, 120), (503, 4, 120)]
)
def test_failures_are_tried_again_less_and_less_often(status: int, first: float, most: float) -> None:
    phone = Registrar()
    request = phone.registers()
    waits = []
    for _ in range(9):
        phone.refuse(request, status)
        wait, request = phone.waited()
        waits.append(wait)
    assert 0.75 * first <= waits[0] <= first + 1
    assert waits[1] > waits[0] and waits[2] > waits[1]
    assert 0.75 * most <= waits[-1] <= most + 1
    news = phone.news()[-1]
    assert (news.state, news.status, news.valid_for) == (FAILED, status, 0)
    phone.grant(request, 300)
    phone.refuse(phone.waited()[1], status)
    assert phone.waited()[0] <= first + 1  # From the beginning, once it was well in between.


def test_a_wrong_secret_is_not_tried_again_soon() -> None:
    phone = Registrar()
    phone.challenge(phone.registers(), "n1")
    phone.challenge(only(phone.requests()), "n2")
    news = phone.news()[-1]
    assert (news.state, news.status) == (FAILED, 401) and news.next_in >= 45


@pytest.mark.parametrize(("text", "wait"), [("30", 30), ("0", 1), ("7;duration=5", 7), ("99999999", 3600)])
def test_retry_after_is_kept(text: str, wait: float) -> None:
    phone = Registrar()
    phone.refuse(phone.registers(), 503, f"Retry-After: {text}")
    assert phone.news()[-1].next_in == wait
    assert phone.waited()[0] == pytest.approx(wait, abs=0.6)


def test_a_registrar_that_says_nothing_is_tried_again_and_what_was_granted_is_told() -> None:
    phone = Registrar()
    phone.grant(phone.registers(), 300)
    phone.waited()
    phone.pass_time(32.5)
    news = phone.news()[-1]
    assert (news.state, news.status, news.response) == (FAILED, 408, None)
    assert 0 < news.valid_for <= 118
    phone.requests()
    request = phone.waited()[1]
    phone.grant(request, 300)
    assert phone.news()[-1].state is REGISTERED


@pytest.mark.parametrize(
    ("extra", "granted"),
    [("Contact: <sip:t0ken@1.2.3.4>\nExpires: 77", 77), ("Expires: 66", 66), ("X: y", 300)],
)
def test_how_long_it_lasts_is_found_wherever_it_stands(extra: str, granted: int) -> None:
    phone = Registrar()
    response = phone.registers().response(200, to_tag="reg")
    for line in extra.splitlines():
        name, _, value = line.partition(": ")
        response.headers.add(name, value)
    phone.send(response.to_bytes())
    assert phone.news()[-1].valid_for == granted


def test_the_end_removes_it() -> None:
    phone = Registrar()
    phone.grant(phone.registers(), 300)
    phone.endpoint.unregister(LINE, phone.now)
    request = only(phone.requests())
    assert request.expires == 0 and request.method == "REGISTER"
    phone.challenge(request, "n1")
    request = only(phone.requests())
    assert is_right(request) and request.expires == 0
    phone.reply(request, 200, tag="reg")
    assert phone.news()[-1].state is ENDED
    phone.pass_time(40)
    assert phone.endpoint.next_timeout() is None and not phone.endpoint._core.registrations


def test_the_end_while_one_is_under_way_waits_for_it() -> None:
    phone = Registrar()
    request = phone.registers()
    phone.endpoint.unregister(LINE, phone.now)
    assert phone.requests() == []
    phone.grant(request, 300)
    assert only(phone.requests()).expires == 0
    phone.pass_time(40)  # Nobody answers.
    assert [news.state for news in phone.news()] == [REGISTERING, ENDED]


def test_the_end_while_one_is_under_way_that_fails_needs_no_other() -> None:
    phone = Registrar()
    request = phone.registers()
    phone.endpoint.unregister(LINE, phone.now)
    phone.refuse(request, 503)
    assert [news.state for news in phone.news()] == [REGISTERING, ENDED]
    phone.pass_time(500)
    assert phone.requests() == [] and phone.endpoint.next_timeout() is None


def test_the_end_of_one_that_failed_needs_no_request() -> None:
    phone = Registrar()
    phone.refuse(phone.registers(), 403)
    phone.endpoint.unregister(LINE, phone.now)
    assert phone.requests() == [] and phone.news()[-1].state is ENDED
    phone.endpoint.unregister(LINE, phone.now)
    assert phone.news() == []


def test_new_settings_count_at_once() -> None:
    phone = Registrar()
    phone.challenge(phone.registers(credentials=ClientCredentials("anna", "wrong", ("provider",))), "n1")
    phone.challenge(only(phone.requests()), "n2")
    request = phone.registers()
    phone.challenge(request, "n3")
    again = only(phone.requests())
    assert is_right(again)
    phone.grant(again, 300)
    phone.endpoint.unregister(LINE, phone.now)
    leaving = only(phone.requests())
    phone.endpoint.register(LINE, wanted(), phone.now)  # Changed his mind.
    phone.reply(leaving, 200, tag="reg")
    phone.grant(only(phone.requests()), 300)
    assert [news.state for news in phone.news()] == [REGISTERING, FAILED, REGISTERED, REGISTERED]


def test_a_registration_whose_connection_is_gone_is_made_anew() -> None:
    flow = Flow(Transport.TCP, HERE, THERE, 7)
    phone = Registrar(flow)
    phone.grant(phone.registers(destination=flow), 300)
    phone.endpoint.flow_closed(Flow(Transport.TCP, HERE, HERE, 8), phone.now)
    phone.endpoint.flow_closed(flow, phone.now)
    assert phone.waited()[0] <= 3.5


def test_the_next_host_of_a_provider_is_tried_and_trusted() -> None:
    """RFC 3263 §4.3: the one that answers may be the second, and it may ask who we are."""
    network = Network()
    alice, bob = network.node("alice"), network.node("bob")
    network.names["provider"] = (Hop(Transport.TCP, Address("203.0.113.9", 5060)), alice.hop_to(bob))
    Answering(bob)
    alice.endpoint.register(LINE, wanted("sip:provider"), network.now)
    network.run(1)
    assert alice.of_kind(RegistrationChanged)[-1].state is REGISTERED


@pytest.mark.parametrize("bad", [{"registrar": "provider"}, {"expires": 0}, {"expires": 100_000}])
def test_malformed_settings_are_our_mistake(bad: dict[str, Any]) -> None:
    with pytest.raises(LocalProtocolError):
        Registrar().endpoint.register(LINE, wanted(**bad), 0.0)


class Answering:
    """A registrar as a node: it challenges what has no answer, and grants a minute."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.removed = 0
        node.react = self.react

    def react(self, event: Event) -> None:
        if not isinstance(event, IncomingRequest):
            return
        endpoint, now = self.node.endpoint, self.node.now
        if is_right(event.request):
            self.removed += event.request.expires == 0
            contact = f"{event.request.headers.get('Contact')};expires={min(event.request.expires or 0, 60)}"
            endpoint.respond(event.transaction, 200, now, headers=(("Contact", contact),))
        else:
            asked = str(challenge("provider", "n"))
            endpoint.respond(event.transaction, 401, now, headers=(("WWW-Authenticate", asked),))


@pytest.mark.parametrize("seed", range(6))
def test_a_registration_lives_over_a_lossy_network(seed: int) -> None:
    network = Network(seed, Link(0.2, 0.2, (0.002, 0.4)))
    alice, bob = network.node("alice"), network.node("bob")
    registrar = Answering(bob)
    alice.endpoint.register(LINE, wanted(f"sip:{bob.address}"), network.now)
    network.run(600)
    news = alice.of_kind(RegistrationChanged)
    assert [one.state for one in news].count(REGISTERED) >= 10
    # Never a gap: each refresh comes before the last one is over.
    moments = [one for one in news if one.state is FAILED]
    assert all(one.valid_for > 0 for one in moments)
    alice.endpoint.unregister(LINE, network.now)
    network.run_until_quiet(200)
    assert alice.of_kind(RegistrationChanged)[-1].state is ENDED and registrar.removed
    assert alice.endpoint.transactions == 0
