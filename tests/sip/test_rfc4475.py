"""Every message of RFC 4475 gets the answer the RFC asks for.

What a parser alone decides is here; what needs an endpoint (420, 416, 483, 501, 401, 415, 406, 404) is read
from the values it decides by, and asked of the endpoint itself in test_rfc4475_endpoint.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
from fuzz.torture import MISSING, torture_messages

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.framing import StreamFramer
from switchroom.sip.headers import CSeq, Via
from switchroom.sip.message import Request, Response, parse_message, validate
from switchroom.sip.uri import OtherUri, SipUri

MESSAGES = torture_messages()
if not MESSAGES:
    warnings.warn(MISSING, stacklevel=1)
    pytest.skip(MISSING, allow_module_level=True)


def sip(uri: object) -> SipUri:
    assert isinstance(uri, SipUri)
    return uri


def contacts(message: Request | Response) -> list[str]:
    assert isinstance(message.contacts, tuple)
    return [str(contact) for contact in message.contacts]


# §3.1.1: valid messages, with what must be read from them.


def wsinv(m: Request) -> None:
    assert sip(m.target).params == (("unknownparam", None),)
    assert (sip(m.to.uri).user, m.to.tag) == ("vivekg", "1918181833n")
    assert (m.from_.display_name, m.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert m.max_forwards == 68
    assert m.cseq == CSeq(9, "INVITE")
    assert m.headers.get("Subject") == ""
    assert m.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert m.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert m.vias == (
        Via("UDP", "192.0.2.2", None, (("branch", "390skdjuw"),)),
        Via("TCP", "spindle.example.com", None, (("branch", "z9hG4bK9ikj8"),)),
        Via("UDP", "192.168.255.111", None, (("branch", "z9hG4bK30239"),)),
    )
    (route,) = m.routes
    assert sip(route.uri).param("lr") == ""
    assert sip(route.uri).param("unknownwith") == "value"
    assert sip(route.uri).param("unknown-no-value") == ""
    assert isinstance(m.contacts, tuple)
    (contact,) = m.contacts
    assert contact.display_name == 'Quoted string ""'
    assert (contact.param("newparam"), contact.param("secondparam"), contact.q) == ("newvalue", "", 0.33)
    assert len(m.body) == 150


def intmeth(m: Request) -> None:
    assert m.method == "!interesting-Method0123456789_*+`.%indeed'~" == m.cseq.method
    assert sip(m.target).user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert sip(m.target).password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert m.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert m.from_.display_name == "token1~` token2'+_ token3*%!.-"
    assert m.from_.param("fromparam''~+*_!.-%") == "работающий"
    assert m.from_.tag == "_token~1'+`*%!-."
    assert m.top_via.branch == "z9hG4bK-.!%66*_+`'~"
    assert m.headers.get("extensionHeader-!.%*+_`'~") == "\ufeff大停電"
    assert m.max_forwards == 255


def esc01(m: Request) -> None:
    assert sip(m.target).username == "sips:user@example.com"
    assert sip(m.target).host == "example.net"
    assert sip(m.to.uri).username == "user"
    assert sip(m.from_.uri).username == "I have spaces"
    assert isinstance(m.contacts, tuple)
    contact = sip(m.contacts[0].uri)
    assert contact.username == "caller"
    assert (contact.param("lr"), contact.param("name")) == ("", "value%41")
    assert m.content_type == "application/sdp"


def escnull(m: Request) -> None:
    assert sip(m.to.uri).username == "null-\x00-null"
    assert contacts(m) == ["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]


def esc02(m: Request) -> None:
    assert m.method == "RE%47IST%45R" == m.cseq.method
    assert m.to.display_name == "%Z%45" == m.from_.display_name
    assert contacts(m) == ["<sip:alias1@host1.example.com>", "<sip:alias3@host3.example.com>"]
    assert m.headers.get("C%6Fntact") == "<sip:alias2@host2.example.com>"


def lwsdisp(m: Request) -> None:
    assert (m.from_.display_name, m.from_.tag) == ("caller", "323")
    assert sip(m.from_.uri).user == "caller"


def longreq(m: Request) -> None:
    assert len(m.vias) == 34
    assert m.vias[0].host == "sip33.example.com"
    assert m.vias[-1].received == "192.0.2.5"
    assert sip(m.to.uri).port == 6000
    assert (m.from_.tag or "").startswith("12982982982982")
    assert isinstance(m.contacts, tuple)
    assert len(m.contacts) == 1


def dblreq(m: Request) -> None:
    assert m.method == "REGISTER"
    assert m.call_id == "dblreq.0ha0isndaksdj99sdfafnl3lk233412"
    assert m.body == b""


def semiuri(m: Request) -> None:
    assert sip(m.target).user == "user;par=u%40example.net"
    assert (sip(m.target).host, sip(m.target).params) == ("example.com", ())
    accept = m.headers.get("Accept") or ""
    assert accept.split(", ")[-1] == "message/sipfrag"


def transports(m: Request) -> None:
    assert [via.transport for via in m.vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def mpart01(m: Request) -> None:
    assert len(m.body) == 553
    assert m.content_type == "multipart/mixed"
    assert m.body.count(b"\x00") > 0
    assert m.body.endswith(b"--7a9cbec02ceef655--\r\n")


def unreason(m: Response) -> None:
    assert m.status == 200
    assert m.reason == "= 2**3 * 5**2 но сто девяносто девять - простое"


def noreason(m: Response) -> None:
    assert (m.status, m.reason) == (100, "")


# §3.1.2.12, §3.2 to §3.4: read well; what an endpoint does with them hangs on these values.


def baddate(m: Request) -> None:
    assert m.headers.get("Date") == "Fri, 01 Jan 2010 16:00:00 EST"  # a Date nobody asks for breaks nothing


def badbranch(m: Request) -> None:
    assert m.top_via.branch == "z9hG4bK"  # unique by luck only: matched as RFC 2543 says


def unkscm(m: Request) -> None:
    assert m.target == OtherUri("nobodyknowsthisscheme", "totallyopaquecontent")


def novelsc(m: Request) -> None:
    assert m.target == OtherUri("soap.beep", "//192.0.2.103:3002")


def unksm2(m: Request) -> None:
    assert m.to.uri == OtherUri("isbn", "2983792873")
    assert m.from_.uri == OtherUri("http", "//www.example.com")
    assert contacts(m) == ["<name:John_Smith>"]


def bext01(m: Request) -> None:
    assert m.require == ("nothingsupportsthis", "nothingsupportsthiseither")


def invut(m: Request) -> None:
    assert m.content_type == "application/unknownformat"


def regaut01(m: Request) -> None:
    assert m.headers.get("Authorization") == "NoOneKnowsThisScheme opaque-data=here"


def bcast(m: Response) -> None:
    assert [via.host for via in m.vias] == ["192.0.2.198", "255.255.255.255"]


def zeromf(m: Request) -> None:
    assert m.max_forwards == 0


def cparam01(m: Request) -> None:
    assert isinstance(m.contacts, tuple)
    (contact,) = m.contacts
    assert (contact.params, sip(contact.uri).params) == ((("unknownparam", None),), ())


def cparam02(m: Request) -> None:
    assert isinstance(m.contacts, tuple)
    (contact,) = m.contacts
    assert (contact.params, sip(contact.uri).params) == ((), (("unknownparam", None),))


def regescrt(m: Request) -> None:
    assert isinstance(m.contacts, tuple)
    (contact,) = m.contacts
    assert sip(contact.uri).headers == (("Route", "%3Csip:sip.example.com%3E"),)


def sdp01(m: Request) -> None:
    assert m.headers.get("Accept") == "text/nobodyKnowsThis"


def inv2543(m: Request) -> None:
    assert m.top_via.branch is None
    assert m.from_.tag is None
    assert "Max-Forwards" not in m.headers
    assert m.max_forwards == 70
    assert m.body.startswith(b"v=0")  # without Content-Length the body goes to the end of the datagram
    assert len(m.record_routes) == 1


VALID_REQUESTS: list[Callable[[Request], None]] = [
    wsinv,
    intmeth,
    esc01,
    escnull,
    esc02,
    lwsdisp,
    longreq,
    dblreq,
    semiuri,
    transports,
    mpart01,
    baddate,
    badbranch,
    unkscm,
    novelsc,
    unksm2,
    bext01,
    invut,
    regaut01,
    zeromf,
    cparam01,
    cparam02,
    regescrt,
    sdp01,
    inv2543,
]
VALID_RESPONSES: list[Callable[[Response], None]] = [unreason, noreason, bcast]

# Refused, and with what. None: a response, which is thrown away.
REFUSED: dict[str, int | None] = {
    "badinv01": 400,
    "clerr": 400,
    "ncl": 400,
    "scalar02": 400,
    "scalarlg": None,
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
    "bigcode": None,
    "insuf": 400,
    "multi01": 400,
    "mcl01": 400,
}


def test_the_table_names_all_49() -> None:
    named = [check.__name__ for check in (*VALID_REQUESTS, *VALID_RESPONSES)] + list(REFUSED)
    assert sorted(named) == sorted(MESSAGES)
    assert len(named) == 49


@pytest.mark.parametrize("check", VALID_REQUESTS, ids=lambda check: str(check.__name__))
def test_a_valid_request_is_read(check: Callable[[Request], None]) -> None:
    message = parse_message(MESSAGES[check.__name__])
    assert isinstance(message, Request)
    validate(message)
    check(message)
    again = parse_message(message.to_bytes())
    assert isinstance(again, Request)
    check(again)


@pytest.mark.parametrize("check", VALID_RESPONSES, ids=lambda check: str(check.__name__))
def test_a_valid_response_is_read(check: Callable[[Response], None]) -> None:
    message = parse_message(MESSAGES[check.__name__])
    assert isinstance(message, Response)
    check(message)
    assert message.to_bytes() == MESSAGES[check.__name__]


@pytest.mark.parametrize(("name", "status"), REFUSED.items())
def test_an_invalid_message_is_refused(name: str, status: int | None) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        message = parse_message(MESSAGES[name])
        if isinstance(message, Request):
            validate(message)
        _ = message.vias, message.from_, message.to, message.cseq, message.call_id
    refusal = caught.value
    if status is None:
        assert refusal.message is None
        return
    assert refusal.status == status
    assert refusal.message is not None
    answer = refusal.message.response(status, refusal.reason, to_tag="t").to_bytes()
    assert answer.startswith(f"SIP/2.0 {status} ".encode())
    sent_via = next(line for line in MESSAGES[name].split(b"\r\n") if line.lower().startswith(b"via"))
    assert sent_via in answer.split(b"\r\n")


def test_baddn_is_refused_for_its_display_name_too() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        request = parse_message(MESSAGES["baddn"].rstrip(b"\r\n") + b"\r\n\r\n")
        assert isinstance(request, Request)
        validate(request)
    assert caught.value.status == 400


@pytest.mark.parametrize("name", sorted(set(MESSAGES) - set(REFUSED) - {"inv2543", "dblreq"}))
def test_over_a_stream_each_is_one_message(name: str) -> None:
    framer = StreamFramer()
    data = MESSAGES[name]
    pieces = [item for i in range(len(data)) for item in framer.feed(data[i : i + 1])]
    assert pieces == [data]
    assert framer.error is None
    assert framer.pending == 0


def test_dblreq_over_a_stream_is_two_messages() -> None:
    found = StreamFramer().feed(MESSAGES["dblreq"])
    requests = [parse_message(item) for item in found if isinstance(item, bytes)]
    assert [request.method for request in requests if isinstance(request, Request)] == ["REGISTER", "INVITE"]
