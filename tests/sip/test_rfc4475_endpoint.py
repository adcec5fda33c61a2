"""What the endpoint does with each message of RFC 4475: the status it answers, or whom it asks."""

from __future__ import annotations

import warnings

import pytest
from fuzz.torture import MISSING, torture_messages

from switchroom.sip.events import IncomingInvite, IncomingRequest, MessageDropped
from tests.sip.raw import RawPhone

MESSAGES = torture_messages()
if not MESSAGES:
    warnings.warn(MISSING, stacklevel=1)
    pytest.skip(MISSING, allow_module_level=True)

ANSWERED: dict[str, int] = {
    # Valid, and answered by the endpoint itself
    "wsinv": 481,  # has a To tag of a dialog we do not have
    "intmeth": 501,
    "esc02": 501,
    "lwsdisp": 200,
    "semiuri": 200,
    "transports": 200,
    "badbranch": 200,
    "zeromf": 200,  # Max-Forwards limits forwarding; an OPTIONS for us is answered (§3.3.11)
    # Refused for what they say
    "unkscm": 416,
    "novelsc": 416,
    "bext01": 420,
    "invut": 415,
    "sdp01": 406,
    # Malformed
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
    "regbadct": 400,
    "badaspec": 400,
    "baddn": 400,
    "badvers": 505,
    "mismatch01": 400,
    "mismatch02": 400,
    "insuf": 400,
    "multi01": 400,
    "mcl01": 400,
}

CALLS = ("esc01", "longreq", "baddate", "inv2543")
"""INVITEs that are put to the owner."""

REQUESTS = ("escnull", "dblreq", "mpart01", "unksm2", "regaut01", "cparam01", "cparam02", "regescrt")
"""Requests that are put to the owner."""

DROPPED = ("unreason", "noreason", "bcast", "scalarlg", "bigcode")
"""Responses to nothing."""


def test_the_table_names_all_49() -> None:
    assert sorted((*ANSWERED, *CALLS, *REQUESTS, *DROPPED)) == sorted(MESSAGES)


@pytest.mark.parametrize(("name", "status"), ANSWERED.items())
def test_answered(name: str, status: int) -> None:
    phone = RawPhone()
    phone.endpoint.receive(MESSAGES[name], phone.flow, phone.now)
    transmit = phone.endpoint.poll_transmit()
    assert transmit is not None and transmit.data.startswith(f"SIP/2.0 {status} ".encode())
    assert phone.endpoint.poll_transmit() is None and phone.endpoint.poll_event() is None
    assert phone.endpoint.transactions == 0 and phone.endpoint.next_timeout() is None
    assert transmit.to.remote.host == phone.flow.remote.host
    if name == "bext01":
        assert b"Unsupported: nothingsupportsthis, nothingsupportsthiseither\r\n" in transmit.data


@pytest.mark.parametrize("name", CALLS)
def test_put_to_the_owner_as_a_call(name: str) -> None:
    phone = RawPhone()
    phone.send(MESSAGES[name])
    incoming = next(iter(phone.of_kind(IncomingInvite)))
    phone.endpoint.reject(incoming.session, 404, phone.now)
    assert [response.status for response in phone.responses()] == [404]


@pytest.mark.parametrize("name", REQUESTS)
def test_put_to_the_owner(name: str) -> None:
    phone = RawPhone()
    phone.send(MESSAGES[name])
    incoming = next(iter(phone.of_kind(IncomingRequest)))
    phone.endpoint.respond(incoming.transaction, 404, phone.now)
    assert [response.status for response in phone.responses()] == [404]


@pytest.mark.parametrize("name", DROPPED)
def test_dropped(name: str) -> None:
    phone = RawPhone()
    phone.send(MESSAGES[name])
    assert phone.sent == [] and len(phone.of_kind(MessageDropped)) == 1
