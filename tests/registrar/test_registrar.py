"""The registrar, fed with real REGISTER messages."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.directory.model import DeviceId, UserId
from switchroom.registrar.bindings import Binding, from_document, to_document
from switchroom.registrar.registrar import Limits, Refused, Registered, Registrar
from switchroom.registrar.requests import read_registration
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.message import Request, parse_message
from switchroom.sip.uri import SipUri, parse_uri

ANN, BOB = UserId("ann"), UserId("bob")
DESK, SOFT = DeviceId("desk"), DeviceId("soft")
UDP = Flow(Transport.UDP, Address("192.0.2.1", 5060), Address("198.51.100.7", 40123))
WS = Flow(Transport.WSS, Address("192.0.2.1", 443), Address("198.51.100.8", 50000), 5)
NOW = 1_000_000.0


def register(*rows: str, call_id: str = "c1", cseq: int = 1) -> Request:
    text = "\r\n".join(
        (
            "REGISTER sip:example.com SIP/2.0",
            "Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport",
            "Max-Forwards: 70",
            "From: <sip:201@example.com>;tag=1",
            "To: <sip:201@example.com>",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} REGISTER",
            "User-Agent: Test 1.0",
            *rows,
            "Content-Length: 0",
            "",
            "",
        )
    )
    request = parse_message(text.encode())
    assert isinstance(request, Request)
    return request


class House:
    """A registrar and what was said to it."""

    def __init__(self, limits: Limits | None = None) -> None:
        numbers = count(1)
        self.registrar = Registrar(lambda: f"b{next(numbers)}", limits)
        self.cseq = count(1)

    def say(
        self,
        *rows: str,
        device: DeviceId = DESK,
        user: UserId = ANN,
        flow: Flow = UDP,
        now: float = NOW,
        call_id: str | None = None,
        cseq: int | None = None,
    ) -> Registered | Refused:
        number = next(self.cseq) if cseq is None else cseq
        request = register(*rows, call_id=call_id or f"c-{device}", cseq=number)
        return self.registrar.register(read_registration(request, user, device, flow), now)

    def contacts(self, now: float = NOW) -> list[str]:
        return [str(binding.contact) for binding in self.registrar.bindings(ANN, now)]


@pytest.fixture
def house() -> House:
    return House()


def accepted(answer: Registered | Refused) -> Registered:
    assert isinstance(answer, Registered), answer
    return answer


def test_a_phone_registers_and_the_answer_lists_it(house: House) -> None:
    answer = accepted(house.say("Contact: <sip:201@10.0.0.5:5060>;q=0.5", "Expires: 600"))
    assert answer.contacts == ("<sip:201@10.0.0.5:5060>;expires=600;q=0.5",)
    assert answer.changed
    (binding,) = house.registrar.lookup(ANN, NOW)
    assert (binding.user_agent, binding.device_id, binding.expires_at) == ("Test 1.0", DESK, NOW + 600)
    assert house.registrar.lookup(BOB, NOW) == []


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        (("Contact: <sip:a@h>",), 3600),
        (("Contact: <sip:a@h>;expires=120", "Expires: 600"), 120),
        (("Contact: <sip:a@h>;expires=99999999999",), 7200),
        (("Contact: <sip:a@h>;expires=soon", "Expires: 600"), 600),
        (("Contact: <sip:a@h>", "Expires: 60"), 60),
    ],
)
def test_expiry(house: House, rows: tuple[str, ...], seconds: int) -> None:
    house.say(*rows)
    assert house.registrar.bindings(ANN, NOW)[0].expires_at == NOW + seconds
    assert house.registrar.bindings(ANN, NOW + seconds) == []


def test_too_short_an_expiry_is_refused_and_nothing_changes(house: House) -> None:
    answer = house.say("Contact: <sip:a@h>, <sip:b@h>;expires=59")
    assert answer == Refused(423, "Interval Too Brief", (("Min-Expires", "60"),))
    assert house.contacts() == []


def test_several_contacts_refresh_and_removal_of_one(house: House) -> None:
    house.say("Contact: <sip:a@h>, <sip:b@h>;q=0.1")
    house.say("Contact: <sip:a@H>", "Expires: 300", now=NOW + 10)
    by_contact = {str(b.contact): b for b in house.registrar.bindings(ANN, NOW)}
    assert by_contact["sip:a@H"].expires_at == NOW + 310
    assert by_contact["sip:a@H"].id == "b1"
    answer = accepted(house.say("Contact: <sip:b@h>;expires=0"))
    assert len(answer.contacts) == 1
    assert house.contacts() == ["sip:a@H"]


def test_a_query_changes_nothing(house: House) -> None:
    house.say("Contact: <sip:a@h>")
    house.registrar.take_dirty()
    answer = accepted(house.say(now=NOW + 100))
    assert answer.contacts == ("<sip:a@h>;expires=3500",)
    assert not answer.changed
    assert house.registrar.take_dirty() == []


def test_star_signs_off_the_device_and_no_other(house: House) -> None:
    house.say("Contact: <sip:a@h>, <sip:b@h>")
    house.say("Contact: <sip:soft@h>", device=SOFT)
    answer = accepted(house.say("Contact: *", "Expires: 0"))
    assert answer.contacts == ("<sip:soft@h>;expires=3600",)


@pytest.mark.parametrize(
    "rows",
    [
        ("Contact: *",),
        ("Contact: *", "Expires: 60"),
        ("Contact: <tel:+12025550123>",),
        ("Contact: " + ", ".join(f"<sip:u{n}@h>" for n in range(11)),),
        (f"Contact: <sip:{'a' * 600}@h>",),
        ("Contact: <sip:a@h>", "Supported: path", f"Path: <sip:{'p' * 600}@h;lr>"),
    ],
)
def test_what_can_not_be_registered_is_400(house: House, rows: tuple[str, ...]) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        house.say(*rows)
    assert error.value.status == 400


def test_a_device_does_not_touch_the_contact_of_another(house: House) -> None:
    house.say("Contact: <sip:a@h>")
    house.say("Contact: <sip:a@h>;expires=0", device=SOFT)
    assert house.contacts() == ["sip:a@h"]


def test_an_older_request_of_the_same_call_changes_nothing(house: House) -> None:
    house.say("Contact: <sip:a@h>", cseq=5)
    for late in (4, 5):
        answer = house.say("Contact: <sip:new@h>, <sip:a@h>;expires=0", cseq=late)
        assert isinstance(answer, Refused)
        assert answer.status == 500
    assert isinstance(house.say("Contact: *", "Expires: 0", cseq=3), Refused)
    assert house.contacts() == ["sip:a@h"]
    house.say("Contact: <sip:a@h>;expires=0", cseq=1, call_id="restarted")
    assert house.contacts() == []


def test_instance_and_reg_id_renew_whatever_the_contact_is(house: House) -> None:
    rows = ("Supported: outbound, path",)
    contact = 'Contact: <sip:{}@x.invalid;transport=ws>;reg-id={};+sip.instance="<urn:uuid:1>"'
    first = accepted(house.say(contact.format("one", 1), *rows, flow=WS))
    assert ("Require", "outbound") in first.headers
    house.say(contact.format("two", 2), *rows, flow=WS)
    again = Flow(WS.transport, WS.local, Address("203.0.113.9", 999), 9)
    answer = accepted(house.say(contact.format("three", 1), *rows, flow=again))
    assert [b.id for b in house.registrar.bindings(ANN, NOW)] == ["b1", "b2"]
    assert house.registrar.resolve("b1") == again
    assert house.registrar.resolve("b2") == WS
    assert '+sip.instance="<urn:uuid:1>";reg-id=1' in answer.contacts[0]


def test_a_device_without_reg_id_has_one_contact_an_instance(house: House) -> None:
    house.say('Contact: <sip:a@10.0.0.5:5060>;+sip.instance="<urn:uuid:1>"')
    house.say('Contact: <sip:a@10.0.0.5:6060>;+sip.instance="<urn:uuid:1>"')
    assert house.contacts() == ["sip:a@10.0.0.5:6060"]
    assert house.registrar.get("b1") is not None


def test_path_needs_support_and_is_answered(house: House) -> None:
    path = "Path: <sip:edge.example.com;lr>, <sip:inner.example.com;lr>"
    refused = house.say("Contact: <sip:a@h>", path)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.headers[0]) == (420, ("Unsupported", "path"))
    answer = accepted(house.say("Contact: <sip:a@h>", path, "Supported: gruu, Path"))
    assert answer.headers == (("Path", "<sip:edge.example.com;lr>"), ("Path", "<sip:inner.example.com;lr>"))
    assert [str(hop.uri) for hop in house.registrar.bindings(ANN, NOW)[0].route] == [
        "sip:edge.example.com;lr",
        "sip:inner.example.com;lr",
    ]


def test_outbound_behind_a_proxy_without_it_is_439(house: House) -> None:
    rows = (
        'Contact: <sip:a@h>;reg-id=1;+sip.instance="<urn:uuid:1>"',
        "Via: SIP/2.0/UDP 10.0.0.6;branch=z9hG4bK2",
        "Supported: path, outbound",
    )
    refused = house.say(*rows, "Path: <sip:edge.example.com;lr>")
    assert isinstance(refused, Refused)
    assert refused.status == 439
    accepted(house.say(*rows, "Path: <sip:edge.example.com;lr;ob>"))


def test_udp_is_answered_where_it_came_from(house: House) -> None:
    house.say("Contact: <sip:201@10.0.0.5:5060>")
    (binding,) = house.registrar.lookup(ANN, NOW)
    assert house.registrar.resolve(binding.id) == UDP
    assert binding.behind_nat
    assert house.registrar.nat_flows(NOW) == [UDP]
    assert house.registrar.resolve("unknown") is None


def test_a_closed_connection_is_not_rung_until_the_device_comes_back(house: House) -> None:
    contact = 'Contact: <sip:x@y.invalid>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    house.say(contact, flow=WS)
    (binding,) = house.registrar.lookup(ANN, NOW)
    assert [b.id for b in house.registrar.flow_closed(WS)] == [binding.id]
    assert house.registrar.resolve(binding.id) is None
    assert house.registrar.lookup(ANN, NOW) == []
    assert len(house.registrar.bindings(ANN, NOW)) == 1
    assert house.registrar.reachable() == []
    back = Flow(WS.transport, WS.local, WS.remote, 6)
    house.say(contact, flow=back)
    assert house.registrar.flow_closed(WS) == []
    assert house.registrar.resolve(binding.id) == back
    assert [b.id for b in house.registrar.reachable()] == [binding.id]


def test_udp_flows_do_not_close(house: House) -> None:
    house.say("Contact: <sip:a@h>")
    assert house.registrar.flow_closed(UDP) == []
    assert len(house.registrar.lookup(ANN, NOW)) == 1


def test_the_oldest_contact_of_a_device_is_dropped_over_the_limit() -> None:
    house = House(Limits(bindings_per_device=2))
    house.say("Contact: <sip:web@y.invalid>", flow=WS)
    house.say("Contact: <sip:a@h>", now=NOW + 1)
    house.say("Contact: <sip:other@h>", device=SOFT, now=NOW + 2)
    house.registrar.flow_closed(WS)
    house.say("Contact: <sip:b@h>", now=NOW + 3)
    assert house.contacts() == ["sip:a@h", "sip:other@h", "sip:b@h"]
    house.say("Contact: <sip:c@h>", now=NOW + 4)
    assert house.contacts() == ["sip:other@h", "sip:b@h", "sip:c@h"]


def test_higher_q_rings_first_then_the_most_recent(house: House) -> None:
    house.say("Contact: <sip:low@h>;q=0.2, <sip:high@h>;q=0.9")
    house.say("Contact: <sip:new@h>;q=0.2", device=SOFT, now=NOW + 5)
    assert [b.contact.user for b in house.registrar.lookup(ANN, NOW + 5)] == ["high", "new", "low"]


def test_a_request_of_a_device_finds_its_binding(house: House) -> None:
    house.say("Contact: <sip:a@h>, <sip:b@h>")
    house.say("Contact: <sip:w@x.invalid>", device=SOFT, flow=WS)
    b = parse_uri("sip:b@h")
    assert isinstance(b, SipUri)
    elsewhere = Flow(Transport.UDP, UDP.local, Address("198.51.100.7", 1))
    find = house.registrar.find
    found = [find(ANN, UDP, b), find(ANN, UDP), find(ANN, WS, b), find(ANN, elsewhere, b)]
    assert [x.contact.user for x in found if x] == ["b", "a", "w", "b"]
    assert find(ANN, elsewhere) is None
    assert find(BOB, UDP, b) is None


def test_what_changed_is_to_be_written_once(house: House) -> None:
    house.say("Contact: <sip:a@h>, <sip:b@h>")
    house.say("Contact: <sip:a@h>;expires=0")
    changed = dict(house.registrar.take_dirty())
    assert changed == {"b1": None, "b2": house.registrar.get("b2")}
    assert house.registrar.take_dirty() == []
    assert [b.id for b in house.registrar.expire(NOW + 3600)] == ["b2"]
    assert house.registrar.take_dirty() == [("b2", None)]
    assert len(house.registrar) == 0


def test_revoking_a_device_or_removing_a_user_signs_off_at_once(house: House) -> None:
    house.say("Contact: <sip:a@h>")
    house.say("Contact: <sip:b@h>", device=SOFT)
    house.registrar.remove_device(DESK)
    assert house.contacts() == ["sip:b@h"]
    house.registrar.remove_user(ANN)
    assert house.registrar.all() == []


def test_bindings_survive_a_restart(house: House) -> None:
    house.say(
        'Contact: "Ann" <sip:a@[2001:db8::1]:5060;transport=udp>;q=0.7', "Supported: path", "Path: <sip:e;lr>"
    )
    house.say('Contact: <sip:w@x.invalid>;reg-id=1;+sip.instance="<urn:uuid:1>"', device=SOFT, flow=WS)
    house.say("Contact: <sip:short@h>;expires=60", user=BOB)
    documents = [to_document(binding) for binding in house.registrar.all()]
    again = House().registrar
    assert again.restore([*documents, "{}", "no json", '{"schema":9}'], NOW + 100) == 2
    assert [b.contact for b in again.lookup(ANN, NOW + 100)] == [house.registrar.all()[0].contact]
    assert again.lookup(ANN, NOW + 100) == [house.registrar.all()[0]]
    assert len(again.bindings(ANN, NOW + 100)) == 2
    assert again.take_dirty() == []
    assert again.find(ANN, WS) is None


_contact = st.tuples(st.sampled_from("abcd"), st.sampled_from([None, 0, 60, 600]))
_steps = st.lists(
    st.tuples(
        st.sampled_from([DESK, SOFT]),
        st.lists(_contact, max_size=3),
        st.booleans(),
        st.integers(0, 200),
    ),
    max_size=12,
)


@given(_steps)
def test_what_is_written_is_what_is_known(
    steps: list[tuple[DeviceId, list[tuple[str, int | None]], bool, int]],
) -> None:
    """Write-behind alone rebuilds the registrar, and the 200 lists what is there."""
    house, disk, now = House(), dict[str, Binding](), NOW
    for device, wanted, star, pause in steps:
        now += pause
        house.registrar.expire(now)
        rows = [f"Contact: <sip:{u}@h>" + ("" if e is None else f";expires={e}") for u, e in wanted]
        rows = ["Contact: *", "Expires: 0"] if star else rows
        answer = accepted(house.say(*rows, device=device, now=now))
        for binding_id, binding in house.registrar.take_dirty():
            if binding is None:
                disk.pop(binding_id, None)
            else:
                disk[binding_id] = from_document(to_document(binding))
        assert sorted(disk.values(), key=lambda b: b.id) == sorted(house.registrar.all(), key=lambda b: b.id)
        assert len(answer.contacts) == len(house.registrar.bindings(ANN, now))
        own = [str(b.contact) for b in house.registrar.all() if b.device_id == device]
        assert len(own) == len(set(own)) <= 4
