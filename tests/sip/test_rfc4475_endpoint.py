"""The 49 messages of RFC 4475 thrown at an endpoint: what it answers, and what it hands on."""

from __future__ import annotations

import random
import warnings

import pytest
from fuzz.torture import MISSING, torture_messages

from switchroom.sip.config import EndpointConfig
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.events import Event, IncomingInvite, IncomingRequest, MessageDropped
from switchroom.sip.flow import Address, Flow, Transport
from switchroom.sip.message import Response, parse_message

MESSAGES = torture_messages()
if not MESSAGES:
    warnings.warn(MISSING, stacklevel=1)
    pytest.skip(MISSING, allow_module_level=True)

FLOW = Flow(Transport.UDP, Address("192.0.2.250", 5060), Address("192.0.2.251", 5060))

# The status of the answer, or what the owner of the endpoint is asked to decide.
EXPECTED: dict[str, int | type[Event]] = {
    # §3.1.1 valid
    "wsinv": 481,  # its To has a tag, and we know of no such dialog
    "intmeth": 501,
    "esc01": IncomingInvite,
    "escnull": IncomingRequest,
    "esc02": 501,  # RE%47IST%45R is not REGISTER
    "lwsdisp": 200,
    "longreq": IncomingInvite,
    "dblreq": IncomingRequest,
    "semiuri": 200,
    "transports": 200,
    "mpart01": IncomingRequest,
    "unreason": MessageDropped,  # a response to nothing we asked, as are the next three
    "noreason": MessageDropped,
    "bcast": MessageDropped,
    "bigcode": MessageDropped,
    "scalarlg": MessageDropped,
    # §3.1.2 invalid
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "quotbal": 400,
    "ltgtruri": 400,
    "lwsruri": 400,
    "lwsstart": 400,
    "trws": 400,
    "escruri": 400,
    "baddate": IncomingInvite,
    "regbadct": 400,
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    # §3.2 transaction layer
    "badbranch": 200,
    # §3.3 application layer
    "insuf": 400,
    "unkscm": 416,
    "novelsc": 416,
    "unksm2": IncomingRequest,
    "bext01": 420,
    "invut": 415,
    "regaut01": IncomingRequest,
    "multi01": 400,
    "mcl01": 400,
    "zeromf": 200,  # we are where it goes: only who would forward it answers 483
    "cparam01": IncomingRequest,
    "cparam02": IncomingRequest,
    "regescrt": IncomingRequest,
    "sdp01": 406,
    # §3.4 backward compatibility
    "inv2543": IncomingInvite,
}


def endpoint() -> Endpoint:
    config = EndpointConfig("test", lambda _transport, _host: FLOW.local)
    return Endpoint(config, random.Random(1))


def throw(it: Endpoint, data: bytes) -> tuple[list[Response], list[Event]]:
    """The responses and events that `data` causes at once."""
    it.receive(data, FLOW, 0.0)
    responses = []
    while (transmit := it.poll_transmit()) is not None:
        message = parse_message(transmit.data)
        assert isinstance(message, Response)
        responses.append(message)
    events = []
    while (event := it.poll_event()) is not None:
        events.append(event)
    return responses, events


def test_the_table_names_all_49() -> None:
    assert sorted(EXPECTED) == sorted(MESSAGES)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_the_answer_is_the_one_of_the_rfc(name: str, expected: int | type[Event]) -> None:
    responses, events = throw(endpoint(), MESSAGES[name])
    if isinstance(expected, int):
        assert [response.status for response in responses] == [expected]
        assert events == []
    else:
        assert [type(event) for event in events] == [expected]
        assert [response.status for response in responses if response.status >= 200] == []


def test_bext01_is_told_what_is_not_supported() -> None:
    (response,), _ = throw(endpoint(), MESSAGES["bext01"])
    named = (response.headers.get("Unsupported") or "").lower()
    assert named == "nothingsupportsthis, nothingsupportsthiseither"


def test_invut_and_sdp01_are_told_what_is_accepted() -> None:
    for name in ("invut", "sdp01"):
        (response,), _ = throw(endpoint(), MESSAGES[name])
        assert "application/sdp" in (response.headers.get("Accept") or "")


def test_501_names_the_methods_that_are_taken() -> None:
    (response,), _ = throw(endpoint(), MESSAGES["intmeth"])
    assert "INVITE" in response.allow


def test_requests_with_the_bare_magic_cookie_are_told_apart() -> None:
    it = endpoint()
    first = MESSAGES["badbranch"].replace(b"OPTIONS", b"MESSAGE")
    second = first.replace(b"Call-ID: badbranch", b"Call-ID: other")
    for data in (first, second):
        _, events = throw(it, data)
        assert [type(event) for event in events] == [IncomingRequest]
    _, events = throw(it, first)
    assert events == []


def test_dblreq_is_one_request_and_no_invite() -> None:
    _, events = throw(endpoint(), MESSAGES["dblreq"])
    assert [event.request.method for event in events if isinstance(event, IncomingRequest)] == ["REGISTER"]


def test_zeromf_as_an_invite_goes_no_further() -> None:
    (response,), _ = throw(endpoint(), MESSAGES["zeromf"].replace(b"OPTIONS", b"INVITE"))
    assert response.status == 483


def test_no_message_keeps_memory_that_stays() -> None:
    it = endpoint()
    now = 0.0
    for round_ in range(3):
        for data in MESSAGES.values():
            it.receive(data, FLOW, now)
            while it.poll_transmit() is not None:
                pass
            while (event := it.poll_event()) is not None:
                if isinstance(event, IncomingInvite):
                    it.reject(event.session, 404, now)
                elif isinstance(event, IncomingRequest):
                    it.respond(event.transaction, 404, now)
        now += 100.0 * (round_ + 1)
        while (due := it.next_timeout()) is not None and due <= now:
            it.handle_timeout(due)
            while it.poll_transmit() is not None or it.poll_event() is not None:
                pass
        assert (it.transactions, it.sessions) == (0, 0)
