"""What a call looks like to a provider (B9; hard-parts, signalling)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls import dialect
from switchroom.calls.dialect import Original
from switchroom.calls.permission import Presented
from switchroom.calls.values import Forwarded, Place, Via
from switchroom.directory.ids import TrunkId
from switchroom.directory.outside import Forwarder, Identity, NumberFormat, Trunk, TrunkKind, TrunkTransport
from switchroom.sip.headers import NameAddr
from switchroom.sip.parties import Diversion, HistoryInfo, RemotePartyId
from switchroom.sip.uri import parse_uri

OUR, THEIR, CALLER = "+3222903490", "+33142685300", "+442079460000"
LINE = Trunk(TrunkId("line"), "Line", TrunkKind.ADDRESS, "sip.provider.example")
ACCOUNT = replace(LINE, kind=TrunkKind.REGISTRATION, username="4711")


SHOWN = Presented(OUR)


def via(trunk: Trunk, presented: Presented = SHOWN, original: Original | None = None) -> Via:
    return dialect.via(trunk, THEIR, presented, "BE", "token", original=original)


def headers(found: Via) -> dict[str, str]:
    return dict(found.headers)


@pytest.mark.parametrize(
    ("style", "abroad", "own"),
    [
        (NumberFormat.E164_PLUS, "+33142685300", "+3222903490"),
        (NumberFormat.E164, "33142685300", "3222903490"),
        (NumberFormat.INTERNATIONAL_00, "0033142685300", "003222903490"),
        (NumberFormat.NATIONAL, "0033142685300", "022903490"),
    ],
)
def test_s2_04_numbers_are_written_as_the_provider_wants(style: NumberFormat, abroad: str, own: str) -> None:
    assert dialect.written(THEIR, style, "BE") == abroad
    assert dialect.written(OUR, style, "BE") == own
    assert dialect.written("112", style, "BE") == "112"
    trunk = replace(LINE, number_format=style)
    found = via(trunk)
    assert found.to_uri == f"sip:{abroad}@sip.provider.example"
    assert found.from_uri == f"sip:{own}@sip.provider.example"
    uri = dialect.target(trunk, found, Place("192.0.2.1", "0.0.0.0"), "BE").uri
    assert uri == f"sip:{abroad}@sip.provider.example;transport=udp"


def test_national_digits_of_the_united_states() -> None:
    assert dialect.written("+12125551234", NumberFormat.NATIONAL, "US") == "2125551234"
    assert dialect.written("+16045551234", NumberFormat.NATIONAL, "US") == "6045551234"
    assert dialect.written(THEIR, NumberFormat.NATIONAL, "US") == "01133142685300"


def test_b9_01_the_number_stands_in_p_asserted_identity() -> None:
    found = via(ACCOUNT)
    assert headers(found) == {"P-Asserted-Identity": f"<sip:{OUR}@sip.provider.example>"}
    assert found.from_uri == "sip:4711@sip.provider.example", "the account is known by From"
    assert via(LINE).from_uri == f"sip:{OUR}@sip.provider.example", "there is no account"


def test_b9_01_the_number_stands_in_remote_party_id() -> None:
    party = RemotePartyId.parse(headers(via(replace(ACCOUNT, identity=Identity.RPID)))["Remote-Party-ID"])
    assert str(party.address.uri) == f"sip:{OUR}@sip.provider.example"
    assert (party.party, party.screened, party.hidden) == ("calling", True, False)


def test_b9_01_the_number_stands_in_from_alone() -> None:
    found = via(replace(ACCOUNT, identity=Identity.FROM))
    assert (found.from_uri, found.headers) == (f"sip:{OUR}@sip.provider.example", ())


@pytest.mark.parametrize("identity", list(Identity))
def test_d2_07_a_hidden_number_is_told_to_the_provider_only(identity: Identity) -> None:
    found = via(replace(ACCOUNT, identity=identity), Presented(OUR, hidden=True))
    assert (found.from_uri, found.from_name) == (dialect.ANONYMOUS, "Anonymous")
    assert headers(found)["Privacy"] == "id"
    telling = headers(found).get("P-Asserted-Identity") or headers(found).get("Remote-Party-ID") or ""
    assert (OUR in telling) is (identity is not Identity.FROM)
    if identity is Identity.RPID:
        assert RemotePartyId.parse(telling).hidden


def test_without_a_number_the_account_is_shown() -> None:
    assert via(ACCOUNT, Presented(None)).from_uri == "sip:4711@sip.provider.example"
    assert via(LINE, Presented(None)).from_uri == "sip:switchroom@sip.provider.example"


def test_b9_a_forwarded_call_shows_its_caller_and_who_pays_by_diversion() -> None:
    found = via(LINE, original=Original(CALLER, why=Forwarded.NO_ANSWER))
    assert found.from_uri == f"sip:{CALLER}@sip.provider.example"
    assert CALLER in headers(found)["P-Asserted-Identity"]
    diversion = Diversion.parse(headers(found)["Diversion"])
    assert str(diversion.address.uri) == f"sip:{OUR}@sip.provider.example"
    assert (diversion.reason, diversion.counter) == ("no-answer", 1)


def test_b9_a_forwarded_call_shows_its_caller_by_history_info() -> None:
    found = via(
        replace(LINE, forwarder=Forwarder.HISTORY_INFO), original=Original(CALLER, why=Forwarded.BUSY)
    )
    entries = [HistoryInfo.parse(value) for name, value in found.headers if name == "History-Info"]
    assert [entry.index for entry in entries] == [(1,), (1, 1)]
    assert OUR in str(entries[0].uri) and THEIR in str(entries[1].uri)
    assert (entries[1].cause, entries[1].why) == (486, "mp=1")


def test_b9_a_trunk_without_a_forwarders_header_shows_our_number() -> None:
    found = via(replace(LINE, forwarder=Forwarder.NONE), original=Original(CALLER))
    assert OUR in found.from_uri and CALLER not in str(found)
    no_number = via(LINE, Presented(None), Original(CALLER))
    assert CALLER not in str(no_number), "nobody to say who pays"


def test_a_caller_who_hid_his_number_stays_hidden_when_sent_on() -> None:
    found = via(LINE, original=Original(CALLER, hidden=True))
    assert found.from_uri == dialect.ANONYMOUS and headers(found)["Privacy"] == "id"
    unknown = via(LINE, original=Original(None, why=Forwarded.BUSY))
    assert unknown.from_uri == dialect.ANONYMOUS and headers(unknown)["Privacy"] == "id"
    assert OUR in headers(unknown)["P-Asserted-Identity"]
    assert Diversion.parse(headers(unknown)["Diversion"]).reason == "user-busy"


@pytest.mark.parametrize(
    ("changes", "uri", "routes"),
    [
        ({}, "sip:1@sip.provider.example;transport=udp", ()),
        ({"port": 5080}, "sip:1@sip.provider.example:5080", ()),
        ({"transport": TrunkTransport.TLS}, "sip:1@sip.provider.example;transport=tls", ()),
        ({"host": "2001:db8::1", "port": 5060}, "sip:1@[2001:db8::1]:5060", ()),
        (
            {"port": 5060, "outbound_proxy": "proxy.example:5062", "transport": TrunkTransport.TCP},
            "sip:1@sip.provider.example:5060;transport=tcp",
            ("<sip:proxy.example:5062;transport=tcp;lr>",),
        ),
        ({"port": 5060, "outbound_proxy": "[2001:db8::2]:5062"}, None, ("<sip:[2001:db8::2]:5062;lr>",)),
    ],
)
def test_requests_go_where_the_trunk_says(
    changes: dict[str, object], uri: str | None, routes: tuple[str, ...]
) -> None:
    trunk = replace(LINE, **changes)  # type: ignore[arg-type]
    if uri is not None:
        assert str(dialect.server(trunk, "1")) == uri
        assert str(parse_uri(uri)) == uri
    assert dialect.route(trunk) == routes
    for text in routes:
        assert str(NameAddr.parse(text)) == text


def test_the_domain_of_our_address_may_be_another() -> None:
    trunk = replace(ACCOUNT, from_domain="company.example")
    found = via(trunk)
    assert found.from_uri == "sip:4711@company.example"
    assert found.to_uri.endswith("@sip.provider.example")


def test_a_number_can_not_smuggle_anything_into_a_header() -> None:
    found = dialect.address(LINE, '+1"> <sip:evil@x>\r\nX: y')
    assert (
        "\r" not in str(found) and "<" not in str(found) and '"' not in str(found) and " " not in str(found)
    )


def test_the_contacts_token_is_the_trunks_and_the_systems() -> None:
    token = dialect.contact_token(b"k" * 32, TrunkId("a"))
    assert token == dialect.contact_token(b"k" * 32, TrunkId("a"))
    assert token != dialect.contact_token(b"k" * 32, TrunkId("b"))
    assert token != dialect.contact_token(b"l" * 32, TrunkId("a"))
    assert token.isalnum() and len(token) == 25
