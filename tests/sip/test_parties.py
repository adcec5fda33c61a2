"""Header values about the parties of a call: what is printed is read again, and nonsense harms nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.headers import NameAddr, Replaces
from switchroom.sip.message import Request
from switchroom.sip.parties import (
    Diversion,
    EventType,
    HistoryInfo,
    Privacy,
    ReferTo,
    RemotePartyId,
    SubscriptionState,
    asserted,
    diversions,
    header_fields,
    history,
    number_of,
    privacy,
    refer_to,
    referred_by,
    remote_parties,
    replaces_of,
)
from switchroom.sip.uri import parse_uri

ANNA = NameAddr.parse('"Anna, \\"A\\"" <sip:+32470000001@example.org;user=phone>')


def message(*headers: tuple[str, str]) -> Request:
    request = Request("INVITE", "sip:a@b")
    for name, value in headers:
        request.headers.add(name, value)
    return request


VALUES: list[tuple[Callable[[str], object], object, str]] = [
    (
        RemotePartyId.parse,
        RemotePartyId(NameAddr.parse("<sip:201@h>"), "called", "full", False),
        "<sip:201@h>;party=called;screen=no;privacy=full",
    ),
    (
        Diversion.parse,
        Diversion(NameAddr.parse("<tel:+3225550100>"), "user-busy", 2, "full"),
        "<tel:+3225550100>;reason=user-busy;counter=2;privacy=full",
    ),
    (
        HistoryInfo.parse,
        HistoryInfo(parse_uri("sip:202@h"), (1, 1), "Bo", 486, "rc=1", hidden=True),
        '"Bo" <sip:202@h;cause=486?Privacy=history>;index=1.1;rc=1',
    ),
    (Privacy.parse, Privacy(("id", "critical")), "id;critical"),
    (
        ReferTo.parse,
        ReferTo(NameAddr.parse("<sip:bob@h>"), Replaces("c1@h", "t", "f", early_only=True)),
        "<sip:bob@h?Replaces=c1%40h%3Bto-tag%3Dt%3Bfrom-tag%3Df%3Bearly-only>",
    ),
    (ReferTo.parse, ReferTo(NameAddr.parse("<sip:bob@h>"), None, "BYE"), "<sip:bob@h;method=BYE>"),
    (EventType.parse, EventType("dialog", "7"), "dialog;id=7"),
    (
        SubscriptionState.parse,
        SubscriptionState("terminated", None, "timeout", 5),
        "terminated;reason=timeout;retry-after=5",
    ),
    (SubscriptionState.parse, SubscriptionState("active", 60), "active;expires=60"),
]


@pytest.mark.parametrize(("parse", "value", "text"), VALUES)
def test_values_are_written_and_read(parse: Callable[[str], object], value: object, text: str) -> None:
    assert str(value) == text
    assert parse(text) == value


def test_how_others_write_them() -> None:
    """RFC 5806 §6, RFC 7044 §11, and what phones send."""
    found = Diversion.parse('"Bob" <sip:bob@b>;counter=1;reason="no-answer";limit=3')
    assert (found.reason, found.counter, found.address.display_name) == ("no-answer", 1, "Bob")
    assert RemotePartyId.parse("sip:1@h").party == "calling"
    assert HistoryInfo.parse("<sip:b@h?Reason=SIP%3Bcause%3D302>;index=1").index == (1,)
    assert EventType.parse(" Message-Summary ; ID=a").package == "message-summary"
    assert ReferTo.parse("sip:203@h").target.uri == parse_uri("sip:203@h")
    assert ReferTo.parse("tel:+3225550100").target.uri == parse_uri("tel:+3225550100")
    assert SubscriptionState.parse("Active;expires=3600").state == "active"


def test_all_values_of_a_message_are_found_and_broken_ones_left_out() -> None:
    request = message(
        ("P-Asserted-Identity", '"Anna, A" <sip:201@h>, <tel:+3225550100>'),
        ("Diversion", "<sip:c@h>;reason=deflection, rubbish"),
        ("Diversion", "<sip:b@h>;reason=user-busy"),
        ("History-Info", "<sip:b@h>;index=1.1, <sip:a@h>;index=1, <sip:x@h>"),
        ("Remote-Party-ID", "<sip:201@h>;privacy=full"),
        ("b", "<sip:carol@h>"),
        ("Replaces", "c;to-tag=a;from-tag=b"),
    )
    assert [number_of(one) for one in asserted(request)] == ["201", "+3225550100"]
    assert [number_of(one.address) for one in diversions(request)] == ["c", "b"]
    assert [one.index for one in history(request)] == [(1,), (1, 1)]
    assert remote_parties(request)[0].hidden
    assert referred_by(request) == NameAddr.parse("<sip:carol@h>")
    assert replaces_of(request) == Replaces("c", "a", "b")
    assert referred_by(message()) is None and replaces_of(message()) is None and asserted(message()) == ()


def test_a_withheld_number_is_withheld_even_when_the_wish_is_malformed() -> None:
    assert privacy(message()) is None
    for text, hides in (("id", True), ("none", False), ("header;critical", True), ("<x", True)):
        found = privacy(message(("Privacy", text)))
        assert found is not None and found.hides_identity is hides


def test_one_refer_to_is_needed() -> None:
    """RFC 3515 §2.4.1."""
    one = ("Refer-To", "<sip:a@b>")
    assert refer_to(message(one)).target == NameAddr.parse("<sip:a@b>")
    for headers in ((), (one, one), (("Refer-To", "<sip:a@b>, <sip:c@d>"),)):
        with pytest.raises(RemoteProtocolError):
            refer_to(message(*headers))
    with pytest.raises(RemoteProtocolError):
        replaces_of(message(*2 * (("Replaces", "c;to-tag=a;from-tag=b"),)))


def test_an_embedded_line_break_gets_nowhere() -> None:
    with pytest.raises(RemoteProtocolError):
        ReferTo.parse("<sip:a@b?Replaces=c%0D%0AX-Evil%3A1%3Bto-tag%3Dt%3Bfrom-tag%3Df>")


def test_a_subscription_needs_an_event() -> None:
    """RFC 6665 §7.2.1: 489."""
    with pytest.raises(RemoteProtocolError) as caught:
        EventType.of(message())
    assert caught.value.status == 489


def test_header_fields_are_one_for_each_value() -> None:
    fields = header_fields("Diversion", [Diversion(ANNA), Diversion(ANNA, "away")])
    assert fields[1] == ("Diversion", f"{ANNA};reason=away;counter=1;privacy=off")
    assert Diversion.parse(fields[0][1]).address == ANNA


PARSERS: list[Callable[[str], object]] = [
    RemotePartyId.parse, Diversion.parse, HistoryInfo.parse, Privacy.parse, ReferTo.parse,
    EventType.parse, SubscriptionState.parse,
]  # fmt: skip
PIECES = (
    *(
        "<sip:a@b>",
        "<sip:a@b;cause=486?Privacy=history>",
        "<tel:+1>",
        "sip:x",
        '"',
        '"n" ',
        "<",
        ">",
        ";",
        ",",
    ),
    *(
        "=",
        "index=1.1",
        ";index=1.99999",
        "reason=",
        ";counter=",
        "1",
        "999999999999999999999",
        "%",
        "?Replaces=",
    ),
    *(
        "c%3Bto-tag%3Da%3Bfrom-tag%3Db",
        "active",
        ";expires=",
        "dialog",
        ";id",
        "\u00e9",
        "\udcff",
        "\x00",
        "\t",
    ),
)
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=80
)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=texts)
def test_parsers_refuse_or_read_what_prints_to_the_same(parse: Callable[[str], object], text: str) -> None:
    try:
        value = parse(text)
    except RemoteProtocolError:
        return
    assert parse(str(value)) == value


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                (
                    "Diversion",
                    "History-Info",
                    "Privacy",
                    "P-Asserted-Identity",
                    "Remote-Party-ID",
                    "Referred-By",
                )
            ),
            texts,
        ),
        max_size=40,
    )
)
def test_readers_of_messages_never_fail_and_are_bounded(headers: list[tuple[str, str]]) -> None:
    request = message(*headers)
    for read in (diversions, history, asserted, remote_parties):
        assert len(read(request)) <= 16
    privacy(request)
    referred_by(request)


def test_very_long_lists_are_cut() -> None:
    many = ", ".join(16 * ["<sip:a@b>"])
    assert len(diversions(message(*40 * (("Diversion", many),)))) == 16
    with pytest.raises(RemoteProtocolError):
        HistoryInfo.parse(f"<sip:a@b>;index={'.'.join(1000 * ['1'])}")
