"""What nobody expects: withheld numbers, odd names, both ends at once, numbers out of service, dead lines."""

from __future__ import annotations

import asyncio

import pytest

from switchroom.sip.uri import SipUri
from tests.e2e.test_calls import phones, talk
from tests.e2e.test_forwarding import forwarded, to
from tests.e2e.test_trunks import MAIN, add_number, add_trunk, apply, provider, server, state, until
from tests.harness.phone import Phone
from tests.harness.phone_call import PhoneCall
from tests.harness.rtp import Tone
from tests.harness.server import Server

__all__ = ["server"]

pytestmark = pytest.mark.e2e

OUT_OF_SERVICE = {"destination": {"kind": "number", "target": "+3222900000"}, "seconds": 20}
NAME = "😀 Zoë <b>&amp;</b> " + "x" * 200


async def rings(at: Phone, line: PhoneCall) -> tuple[str, str]:
    """What the phone shows while it rings, after both sides heard each other and hung up at once."""
    here = await at.incoming(20)
    assert here.invite_request is not None
    sender = here.invite_request.from_
    await here.answer(source=Tone(431))
    await line.answered(20)
    await talk(line, here, 617, 431)
    await asyncio.gather(line.hang_up(), here.hang_up())
    assert isinstance(sender.uri, SipUri)
    return sender.display_name or "", sender.uri.username or ""


async def test_issue_5_odd_callers_disconnected_numbers_and_a_line_that_dies(server: Server) -> None:
    async with provider(server) as line:
        line.asks = False
        trunk = add_trunk(server, line.port, secret=line.password, check_seconds=10)
        add_number(server)
        apply(server)
        await until(lambda: state(server, trunk)["registered"] and state(server, trunk)["reachable"], 20)
        async with phones(server, "201", "202", "203") as (anna, bruno, claire):
            # A number that is withheld, and a name that no screen was made for.
            called = ("P-Called-Party-ID", f"<sip:{MAIN}@provider.example>")
            withheld = [
                called,
                ("Privacy", "id"),
                ("P-Asserted-Identity", "<sip:anonymous@anonymous.invalid>"),
            ]
            call = await line.call(line.contact_user, source=Tone(617), headers=withheld)
            name, number = await rings(anna, call)
            assert "+" not in number and not name.startswith("+")
            odd = [called, ("P-Asserted-Identity", f'"{NAME}" <sip:+3222903490@provider.example>')]
            call = await line.call(line.contact_user, source=Tone(617), headers=odd)
            name, number = await rings(anna, call)
            assert name.startswith("😀 Zoë") and "+3222903490" in number
            records = server.call_records()
            assert [record["end_cause"] for record in records] in (
                [first, second]
                for first in ("caller_hung_up", "callee_hung_up")
                for second in ("caller_hung_up", "callee_hung_up")
            )
            assert state(server, trunk)["calls"] == 0
            # A forwarding to a number that is not in service: the next one rings.
            line.status = 404
            async with forwarded(server, u202={"busy": [OUT_OF_SERVICE, to("203")]}):
                call = await anna.call("202", source=Tone(431))
                (await bruno.incoming(20)).reject(486)
                other = await claire.incoming(20)
                await other.answer(source=Tone(617))
                await call.answered(20)
                await talk(call, other, 431, 617)
                await call.hang_up()
                await other.ended(20)
            assert len(line.invited) == 1
        # The provider goes out of service, is said to be so, and is back by itself.
        line.closed = True
        await until(lambda: state(server, trunk)["reachable"] is False, 60)
        assert "503" in state(server, trunk)["failure"]
        line.closed = False
        await until(lambda: state(server, trunk)["reachable"], 60)
        assert not state(server, trunk)["failure"]
