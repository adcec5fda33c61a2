"""Whose call it is that comes from outside, who calls and whom (S1-12, B2; peers.md section 5)."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest

from switchroom.calls.admission import Admission, Refused
from switchroom.calls.callers import LONGEST_NAME, Caller, caller_of, clean_name
from switchroom.calls.ports import Credential
from switchroom.calls.trunk_admission import FromTrunk, TrunkDoor
from switchroom.directory.ids import NumberId, TrunkId
from switchroom.directory.model import Settings, Snapshot
from switchroom.directory.outside import IncomingNumber, Trunk, TrunkKind
from switchroom.sip.digest import ClientCredentials, Nonces, respond
from switchroom.sip.headers import Challenge
from switchroom.sip.message import Headers, Request
from tests.harness.office import REALM, FakeDirectory, flow_of
from tests.harness.office import snapshot as office

PROVIDER, OTHER, STRANGER = "198.51.100.7", "203.0.113.9", "192.0.2.66"
ONE = Trunk(TrunkId("one"), "One", TrunkKind.REGISTRATION, "one.example", order=1)
TWO = Trunk(TrunkId("two"), "Two", TrunkKind.ADDRESS, "two.example", order=2)
MAIN = IncomingNumber(NumberId("main"), "+3222903490")
BOUND = IncomingNumber(NumberId("bound"), "+3222903491", trunk=TWO.id)
HERE = replace(
    office(),
    settings=Settings(country="BE"),
    trunks={trunk.id: trunk for trunk in (ONE, TWO)},
    numbers={number.id: number for number in (MAIN, BOUND)},
)


def token(trunk: TrunkId) -> str:
    return f"token-{trunk}"


def door(*senders: tuple[TrunkId, str]) -> TrunkDoor:
    directory = FakeDirectory(HERE)

    def known(username: str) -> Credential | None:
        return directory.credential(username)

    made = TrunkDoor(token, known)
    for trunk, network in senders or ((ONE.id, f"{PROVIDER}/32"), (TWO.id, "203.0.113.0/24")):
        made.sends_from(trunk, [ipaddress.ip_network(network)])
    return made


def invite(
    target: str = "sip:+3222903490@pbx.example",
    *,
    to: str = "<sip:+3222903490@pbx.example>",
    sender: str = '"Zoé" <sip:+33142685300@one.example>;tag=x',
    **more: str | list[str],
) -> Request:
    lines = [
        ("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1"),
        ("From", sender),
        ("To", to),
        ("Call-ID", "id"),
        ("CSeq", "1 INVITE"),
        ("Max-Forwards", "70"),
        ("Contact", "<sip:trunk@198.51.100.7>"),
    ]
    for name, values in more.items():
        for value in [values] if isinstance(values, str) else values:
            lines = [line for line in lines if line[0] != name] + [(name.replace("_", "-"), value)]
    return Request("INVITE", target, Headers(lines))


def came(request: Request, source: str = PROVIDER, here: Snapshot = HERE) -> FromTrunk | Refused | None:
    return door().admit(request, flow_of(source), here)


# --- whose it is -------------------------------------------------------------------------------------------


def test_s1_12_a_call_from_a_trunks_address_is_the_trunks() -> None:
    found = came(invite())
    assert isinstance(found, FromTrunk)
    assert (found.trunk, found.number) == (ONE, MAIN)
    assert found.caller == Caller("+33142685300", "Zoé")


def test_s1_12_a_call_with_our_contacts_token_is_the_trunks_from_wherever_it_comes() -> None:
    found = came(invite("sip:token-two@pbx.example"), STRANGER)
    assert isinstance(found, FromTrunk)
    assert (found.trunk, found.number) == (TWO, MAIN)


@pytest.mark.parametrize("user", ["token", "token-", "token-three", "TOKEN-ONE", "+3222903490"])
def test_a_call_from_elsewhere_is_no_trunks(user: str) -> None:
    assert came(invite(f"sip:{user}@pbx.example"), STRANGER) is None


def test_who_proves_a_trunks_account_is_the_trunk_from_wherever_he_calls() -> None:
    admission = Admission(FakeDirectory(HERE), REALM, Nonces(b"k" * 32), lambda host: True)
    account = ClientCredentials("4711", "line secret")
    made = TrunkDoor(
        token,
        FakeDirectory(HERE).credential,
        lambda trunk: account if trunk == TWO.id else None,
        lambda request, flow, claimed: admission.prove(request, flow, claimed, 1000.0),
    )
    flow = flow_of(STRANGER)

    def asked(secret: str, username: str = "4711", target: str = BOUND.e164) -> Request:
        first = admission.admit(invite(), flow, 1000.0)
        assert isinstance(first, Refused) and first.status == 401
        challenge = Challenge.parse(dict(first.headers)["WWW-Authenticate"])
        uri = f"sip:{target}@pbx.example"
        said = respond(
            challenge, username=username, secret=secret, method="INVITE", uri=uri, cnonce="c", nc=1
        )
        return invite(uri, to=f"<{uri}>", Authorization=str(said))

    found = made.admit(asked("line secret"), flow, HERE)
    assert isinstance(found, FromTrunk) and (found.trunk, found.number) == (TWO, BOUND)
    wrong = made.admit(asked("guess"), flow, HERE)
    assert isinstance(wrong, Refused) and wrong.status == 401
    for inside in ("201", "8001"):
        refused = made.admit(asked("line secret", target=inside), flow, HERE)
        assert isinstance(refused, Refused) and refused.status == 404, (
            "the numbers that come in, nothing else"
        )
    assert made.admit(asked("secret", "201"), flow, HERE) is None, "a phone's account is a phone's"
    assert made.admit(invite(), flow, HERE) is None, "asked for a digest like all phones"


def test_a_trunk_that_is_off_is_no_trunk() -> None:
    off = replace(HERE, trunks={ONE.id: replace(ONE, enabled=False)})
    assert came(invite(), PROVIDER, off) is None
    assert came(invite("sip:token-one@pbx.example"), PROVIDER, off) is None
    assert came(invite(), PROVIDER, replace(HERE, trunks={})) is None


def test_an_address_in_a_network_or_mapped_into_ipv6_is_known() -> None:
    made = door()
    assert made.is_sender("203.0.113.200", TWO.id)
    assert made.is_sender(f"::ffff:{PROVIDER}", ONE.id)
    assert not made.is_sender(PROVIDER, TWO.id)
    made.keep([TWO.id])
    assert not made.is_sender(PROVIDER, ONE.id)


def test_of_two_trunks_of_one_provider_the_number_decides() -> None:
    both = door((ONE.id, f"{PROVIDER}/32"), (TWO.id, f"{PROVIDER}/32"))
    bound = invite("sip:+3222903491@pbx.example", to="<sip:+3222903491@pbx.example>")
    found = both.admit(bound, flow_of(PROVIDER), HERE)
    assert isinstance(found, FromTrunk) and found.trunk == TWO
    found = both.admit(invite(), flow_of(PROVIDER), HERE)
    assert isinstance(found, FromTrunk) and found.trunk == ONE


def test_a_number_of_another_trunk_does_not_come_in() -> None:
    bound = invite("sip:+3222903491@pbx.example", to="<sip:+3222903491@pbx.example>")
    found = came(bound)
    assert isinstance(found, Refused) and found.status == 404
    assert found.problem is not None and "+3222903491" in found.problem.text


def test_a_number_that_is_not_ours_gets_404_and_is_told() -> None:
    found = came(invite("sip:+33999@pbx.example", to="<sip:201@pbx.example>"))
    assert isinstance(found, Refused) and found.status == 404
    assert found.problem is not None
    assert found.problem.text == "One sent a call to +33999 / 201, which is none of the incoming numbers."


def test_a_trunk_reaches_no_extension_and_no_conference() -> None:
    for number in ("201", "8001", "8002", "*43"):
        found = came(invite(f"sip:{number}@pbx.example", to=f"<sip:{number}@pbx.example>"))
        assert isinstance(found, Refused) and found.status == 404


def test_a_phone_at_the_providers_address_stays_a_phone() -> None:
    dialling = invite("sip:202@pbx.example", to="<sip:202@pbx.example>", sender="<sip:201@pbx.example>;tag=x")
    assert came(dialling) is None
    proving = invite("sip:202@pbx.example", to="<sip:202@pbx.example>", Authorization='Digest realm="x"')
    assert came(proving) is None


def test_a_call_of_ours_that_comes_back_is_a_loop() -> None:
    found = came(invite(Contact="<sip:token-two@192.0.2.1>"))
    assert isinstance(found, Refused) and found.status == 482
    assert found.problem is not None and found.problem.kind == "call-loop"


@pytest.mark.parametrize(
    "header",
    [
        {"Diversion": ["<sip:+32111@x>;reason=unconditional;counter=6"]},
        {"History_Info": [f"<sip:+32{n}@x>;index=1{'.1' * n}" for n in range(7)]},
    ],
)
def test_a_call_that_was_sent_on_too_often_is_a_loop(header: dict[str, list[str]]) -> None:
    lines = [(name.replace("_", "-"), value) for name, values in header.items() for value in values]
    request = invite()
    for name, value in lines:
        request.headers.add(name, value)
    found = came(request)
    assert isinstance(found, Refused) and found.status == 482
    assert isinstance(came(invite(Diversion="<sip:+32111@x>;counter=1")), FromTrunk)


# --- whom --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["+3222903490", "3222903490", "003222903490", "022903490", "02 290 34 90", "+32-2-290-34-90"],
)
def test_s1_12_our_number_is_found_however_it_is_written(written: str) -> None:
    user = written.replace(" ", "%20")
    found = came(invite(f"sip:{user}@pbx.example", to="<sip:nobody@pbx.example>"))
    assert isinstance(found, FromTrunk) and found.number == MAIN


def test_s1_12_the_number_may_stand_in_to_or_in_p_called_party_id() -> None:
    by_to = invite("sip:token-one@pbx.example", to="<tel:+3222903490>")
    assert isinstance(came(by_to), FromTrunk)
    by_party = invite(
        "sip:token-two@pbx.example",
        to="<sip:4711@pbx.example>",
        P_Called_Party_ID="<sip:+3222903491@x;user=phone>",
    )
    found = came(by_party)
    assert isinstance(found, FromTrunk) and found.number == BOUND
    nonsense = invite("sip:token-two@pbx.example", P_Called_Party_ID="<<nonsense")
    assert isinstance(came(nonsense), FromTrunk)


# --- who ---------------------------------------------------------------------------------------------------


def test_what_the_provider_vouches_for_wins_over_from() -> None:
    by_pai = invite(P_Asserted_Identity='"Real" <sip:+442079460000@x>', sender="<sip:+33142685300@x>;tag=1")
    assert caller_of(by_pai, "BE") == Caller("+442079460000", "Real")
    by_rpid = invite(Remote_Party_ID="<sip:0442079460000@x>;party=calling", sender="<sip:022903490@x>;tag=1")
    assert caller_of(by_rpid, "BE").number == "+3222903490", "what can not be read is passed over"
    called = invite(Remote_Party_ID="<sip:+442079460000@x>;party=called")
    assert caller_of(called, "BE").number == "+33142685300"


@pytest.mark.parametrize(
    "more",
    [
        {"Privacy": "id", "P_Asserted_Identity": "<sip:+442079460000@x>"},
        {"Remote_Party_ID": "<sip:+442079460000@x>;party=calling;privacy=full"},
        {"sender": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'},
        {"sender": "<sip:Restricted@x>;tag=1"},
        {"Privacy": "()"},
    ],
)
def test_a_withheld_number_stays_withheld(more: dict[str, str]) -> None:
    found = caller_of(invite(**more), "BE")
    assert found == Caller(None, "", hidden=True)


def test_privacy_none_hides_nothing() -> None:
    assert caller_of(invite(Privacy="none"), "BE").number == "+33142685300"


def test_digits_that_are_no_number_are_never_taken_for_an_extension() -> None:
    assert caller_of(invite(sender="<sip:201@x>;tag=1"), "BE") == Caller(None, "201")
    assert caller_of(invite(sender='"Boss" <sip:201@x>;tag=1'), "BE") == Caller(None, "Boss")


def test_a_name_that_is_only_the_number_is_left_out() -> None:
    assert caller_of(invite(sender='"01 42 68 53 00" <sip:+33142685300@x>;tag=1'), "FR").name == ""


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Zoé \t Dupont ", "Zoé Dupont"),
        ("a\r\nEvil: header\x00", "a Evil: header"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("👩\u200d👩\u200d👧 family", "👩\u200d👩\u200d👧 family"),
        ("\ud83d lonely", "? lonely"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
    ],
)
def test_a_name_is_one_line_that_can_be_shown(text: str, clean: str) -> None:
    assert clean_name(text) == clean


def test_200_characters_and_emoji_are_cut_where_nothing_breaks() -> None:
    assert len(clean_name("x" * 200)) == LONGEST_NAME
    family = "👩\u200d👩\u200d👧\u200d👦"
    for pad in range(60, 80):
        cut = clean_name("x" * pad + family * 30)
        assert len(cut) <= LONGEST_NAME and cut.endswith("…")
        assert not cut[:-1].endswith("\u200d")
        cut.encode()
    accents = clean_name("e" + "\u0301" * 500)
    assert len(accents) <= LONGEST_NAME
