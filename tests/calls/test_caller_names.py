"""Emoji, 200 characters and mischief in a caller's name: from the trunk to the other phone, the console and
the spreadsheet, unharmed and limited."""

from __future__ import annotations

import pytest

from switchroom.calls.callers import clean_name
from switchroom.sip.errors import LocalProtocolError
from switchroom.sip.events import IncomingInvite, SessionId
from switchroom.sip.headers import NameAddr
from switchroom.store.export import safe_cell
from tests.calls.test_outside_calls import House
from tests.harness.office import description, flow_of


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Zoé 👩\u200d👧 Müller", "Zoé 👩\u200d👧 Müller"),
        ('Ada \\"Countess\\" Lovelace', 'Ada "Countess" Lovelace'),
        ("x" * 200, "x" * 79 + "…"),
        ("👩\u200d👧" * 70, None),
        ("a\tb", "a b"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("<sip:201@pbx.example.org>;tag=1, <sip:b@c>", "<sip:201@pbx.example.org>;tag=1, <sip:b@c>"),
    ],
)
async def test_a_callers_name_reaches_everybody_as_it_is_and_as_text(sent: str, shown: str | None) -> None:
    house = House()
    caller = await house.arrive(sender=f'"{sent}" <sip:+33142685300@x>;tag=1')
    name = house.invited().from_.display_name
    assert name == (shown or name) and 0 < len(name) <= 80 and not name.endswith("\u200d…")
    written = str(house.invited().from_)
    assert "\r" not in written and "\n" not in written
    again = NameAddr.parse(written)
    assert again.display_name == name and again.uri == house.invited().from_.uri
    (call,) = house.runner.calls()
    assert call.caller.name == name, "the console"
    assert safe_cell(name).removeprefix("'") == name, "the spreadsheet"
    await house.pick_up(house.rung())
    await house.bye(caller)
    assert house.ended.caller.name == name


async def test_a_line_break_in_a_name_is_in_no_message() -> None:
    with pytest.raises(LocalProtocolError, match="line break"):
        await House().arrive(sender='"a\r\nContact: <sip:evil@evil.example>" <sip:+33142685300@x>;tag=1')
    assert clean_name("a\r\nContact: x") == "a Contact: x", "and it would not come that far"


async def test_what_a_phone_calls_itself_is_not_believed() -> None:
    house = House()
    request = house.request("INVITE", "201", "202")
    request.headers.set("From", '"😈 Boss" <sip:201@pbx.example.org>;tag=1')
    assert request.from_.display_name == "😈 Boss"
    await house.tell(IncomingInvite(SessionId("phone"), request, flow_of("192.0.2.9"), description()))
    assert house.invited().from_.display_name == "User 201"


def test_a_name_that_a_spreadsheet_would_compute_is_text() -> None:
    assert safe_cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
