"""What providers do besides plain calls: TLS and certificates, early media, changes within a call, fax,
redirection, proofs. Each against the tests' own provider, with sound."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from switchroom.certificates import ensure
from switchroom.sip.flow import Transport
from switchroom.sip.message import Request, Response
from switchroom.sip.uri import SipUri
from tests.e2e.test_calls import phones, talk, talked
from tests.e2e.test_trunks import (
    MAIN,
    OUTSIDE,
    add_number,
    add_trunk,
    apply,
    provider,
    state,
    stranger_says,
    until,
)
from tests.harness import phone_sdp
from tests.harness.audio import share
from tests.harness.name_server import name_server
from tests.harness.phone import Phone
from tests.harness.phone_call import CallError, PhoneCall
from tests.harness.provider import Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server

pytestmark = pytest.mark.e2e

FAX = "m=image 4444 udptl t38\r\na=T38FaxVersion:0\r\n"


@pytest.fixture
def server() -> Iterator[Server]:
    """A Switchroom of its own: its trunks are the test's."""
    with running_server() as running:
        yield running


def certificate(folder: Path, name: str, authority: Path | None = None) -> ssl.SSLContext:
    """A provider's TLS, by an authority of its own or by that of another folder."""
    folder.mkdir()
    if authority is not None:
        for file in authority.glob("authority*"):
            shutil.copy(file, folder)
    files = ensure(folder, [name], dt.datetime.now(dt.UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    return context


async def hears(call: PhoneCall, hertz: float) -> None:
    """There is that tone, and no other, before anybody has answered or after."""
    await asyncio.sleep(0.3)
    heard = await call.media.listen(0.7)
    assert share(heard, call.media.codec.rate, hertz) > 0.95


def sent(phone: Phone, method: str) -> list[Request]:
    """The requests that came to a phone."""
    found = [message for way, message in phone.log if way == "received"]
    return [message for message in found if isinstance(message, Request) and message.method == method]


def offered(line: Provider) -> list[str]:
    """The codecs of the last offer that came to a provider, in its order."""
    described = phone_sdp.read(line.invited[-1].body)
    assert described is not None
    return [name for name, _ in described.codecs]


async def both_ways(anna: Phone, line: Phone, server: Server) -> str:
    """A call out and a call in, each heard at both ends; the codec of the first one at the provider."""
    rung = await talked(anna, OUTSIDE["+44"], line)
    await talked(line, MAIN, anna)
    return rung.media.codec.name


async def test_trunks_by_tls_with_srtp_and_by_tcp_and_certificates_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trunks: UDP, TCP, TLS with SRTP; a "Test" button that explains each failure."""
    good = certificate(tmp_path / "good", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "good" / "authority.pem"))
    with running_server() as server:
        secure = {"transport": Transport.TLS, "srtp": True}
        wrong = {
            "certificate-name": certificate(tmp_path / "name", "sip.example", tmp_path / "good"),
            "certificate-unknown": certificate(tmp_path / "unknown", "127.0.0.1"),
        }
        fields = {"transport": "tls", "srtp": True}
        for code, context in wrong.items():
            async with provider(server, certificate=context, **secure) as line:
                trunk = add_trunk(server, line.port, secret=line.password, **fields)
                apply(server)
                found = await asyncio.to_thread(server.api, "POST", f"/api/trunks/{trunk}/test", {})
                failed = {step["step"]: step["code"] for step in found["steps"] if not step["ok"]}
                assert failed == {"reach": code, "register": code}
                assert state(server, trunk)["failure_code"] == code
                server.api("DELETE", f"/api/trunks/{trunk}")
        add_number(server)
        async with (
            provider(server, certificate=good, **secure) as line,
            phones(server, "201") as (anna,),
        ):
            trunk = add_trunk(server, line.port, secret=line.password, **fields)
            apply(server)
            await until(lambda: state(server, trunk)["registered"])
            await both_ways(anna, line, server)
            offers = [request.body for request in line.invited]
            assert offers and all(b"RTP/SAVP" in body and b"a=crypto:" in body for body in offers)
            server.api("DELETE", f"/api/trunks/{trunk}")
        async with provider(server, transport=Transport.TCP) as line, phones(server, "201") as (anna,):
            trunk = add_trunk(
                server, line.port, secret=line.password, transport="tcp", codecs=["G722", "PCMA"]
            )
            apply(server)
            await until(lambda: state(server, trunk)["registered"])
            # The codecs of the trunk and no others, in its order; the provider takes the first.
            line.codecs, line.takes_their_order = ("PCMU", "PCMA", "G722"), True
            assert await both_ways(anna, line, server) == "G722"
            assert offered(line) == ["G722", "PCMA"]
            server.api("PATCH", f"/api/trunks/{trunk}", {"codecs": ["PCMA", "G722"]})
            apply(server)
            await until(lambda: len(line.contacts) > 1 and state(server, trunk)["registered"])
            assert await both_ways(anna, line, server) == "PCMA"
            assert offered(line) == ["PCMA", "G722"]


async def test_early_media_changes_within_a_call_fax_and_session_timers(server: Server) -> None:
    """Trunks: late offer, early media, 183 with and without PRACK, re-INVITE and UPDATE from the provider,
    session timers; fax (m=image) is refused and the voice stays."""
    async with provider(server) as line, phones(server, "201") as (anna,):
        line.asks = False
        line.on_invite = _leave
        add_trunk(server, line.port, kind="address", username=None)
        add_number(server)
        apply(server)
        for reliable in (False, True):
            out = await anna.call(OUTSIDE["+32"], source=Tone(431))
            rung = await _rung(line)
            assert rung.invite_request is not None
            assert "100rel" in (rung.invite_request.headers.get("Supported") or "")
            assert "timer" in rung.invite_request.supported
            rung.ring_with_sound(Tone(617), reliable=reliable)
            await hears(out, 617)
            assert out.state == "calling" and bool(sent(line, "PRACK")) is reliable
            await rung.answer()
            await out.answered()
            await talk(out, rung, 431, 617)
            if not reliable:
                await out.hang_up()
                await rung.ended()
        # What the provider changes within the call.
        await rung.reinvite("sendrecv", method="UPDATE")
        await talk(out, rung, 431, 617)
        answer = await rung.reinvite("sendonly")
        assert answer.direction in ("recvonly", "inactive")
        await rung.reinvite("sendrecv")
        await talk(out, rung, 431, 617)
        with pytest.raises(CallError, match="488"):
            await rung.reinvite(body=_alone(FAX))
        await talk(out, rung, 431, 617)
        both = await rung.reinvite(extra=FAX)
        assert both.others == 1 and "m=image 0 " in both.text
        await talk(out, rung, 431, 617)
        await out.hang_up()
        await rung.ended()
        # A late offer, with a timer.
        back = await line.call(
            MAIN,
            source=Tone(617),
            late_offer=True,
            headers=[("Supported", "timer"), ("Session-Expires", "1800;refresher=uac")],
        )
        here = await anna.incoming()
        await here.answer(source=Tone(431))
        await back.answered()
        assert isinstance(back.final, Response)
        assert (back.final.headers.get("Session-Expires") or "").startswith("1800;refresher=uac")
        await talk(back, here, 617, 431)
        await back.hang_up()
        await here.ended()
        brief = await line.call(MAIN, headers=[("Supported", "timer"), ("Session-Expires", "20")])
        assert await brief.refused() == 422


def _alone(media: str) -> bytes:
    """A description without any voice."""
    return ("v=0\r\no=fax 1 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + media).encode()


async def _leave(call: PhoneCall) -> None:
    """Say nothing yet."""


async def _rung(line: Phone) -> PhoneCall:
    """The call that has come, with nothing said to it."""

    def found() -> list[PhoneCall]:
        return [call for call in line.calls.values() if not call.outgoing and call.state == "ringing"]

    await until(found)
    return found()[0]


async def test_redirection_proofs_order_and_weight(server: Server) -> None:
    """Trunks: 3xx is ignored unless allowed; a challenge is answered only for the trunk it belongs to; an
    inbound call's trunk is known by a token or digest; order, weight."""
    other = {"username": "4712", "secret": "other secret"}
    async with (
        provider(server) as line,
        provider(server, **other) as second,
        phones(server, "201") as (anna,),
    ):
        first = add_trunk(server, line.port, secret=line.password, name="First", weight=2)
        others = [
            add_trunk(
                server, second.port, secret=second.password, name="Two", username="4712", countries=["GB"]
            ),
            add_trunk(server, second.port, name="Last", kind="address", username=None, order=5),
        ]
        add_number(server)
        apply(server)
        await until(lambda: state(server, first)["registered"] and second.contacts)
        # Both ask with the same realm: each is answered by its own account alone.
        for number, asking in ((OUTSIDE["+32"], line), (OUTSIDE["+44"], second)):
            call = await anna.call(number)
            rung = await asking.incoming()
            await rung.answer()
            await call.answered()
            await call.hang_up()
            await rung.ended()
        assert line.wrong == second.wrong == 0
        assert not any(
            "4711" in str(request.headers.get("Proxy-Authorization")) for request in second.invited
        )
        # By weight: of three calls to a country that both lead to, the one with the double weight has two.
        before = len(_numbers(line)), len(_numbers(second))
        line.status = second.status = 486
        for _ in range(3):
            assert await (await anna.call(OUTSIDE["+44"])).refused() == 486
        assert (len(_numbers(line)) - before[0], len(_numbers(second)) - before[1]) == (2, 1)
        line.status = second.status = None
        # 3xx.
        line.moved[OUTSIDE["+32"]] = OUTSIDE["+1"]
        call = await anna.call(OUTSIDE["+32"])
        assert await call.refused() >= 400 and OUTSIDE["+1"] not in _numbers(line)
        server.api("PATCH", f"/api/trunks/{first}", {"redirects": True})
        apply(server)
        call = await anna.call(OUTSIDE["+32"], source=Tone(431))
        rung = await line.incoming()
        await rung.answer(source=Tone(617))
        await call.answered()
        assert _numbers(line)[-1] == OUTSIDE["+1"]
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        # Who calls: a provider on an address that nobody knows, by our Contact's token, and by the account.
        assert await asyncio.to_thread(stranger_says, server, line.contact_user) in ("404", "180")
        assert await asyncio.to_thread(stranger_says, server, "t" + "0" * 24) == "401"
    async with phones(server, "201") as (anna,):
        moved = Phone("provider", "line secret", server.sip, username="4711")
        server.api("PATCH", f"/api/trunks/{first}", {"host": "192.0.2.9"})
        for trunk in others:
            server.api("DELETE", f"/api/trunks/{trunk}")
        apply(server)
        async with moved:
            back = await moved.call(MAIN, source=Tone(617))
            here = await anna.incoming()
            await here.answer(source=Tone(431))
            await back.answered()
            await talk(back, here, 617, 431)
            assert any(isinstance(one, Response) and one.status == 401 for _, one in moved.log)
            await back.hang_up()
            await here.ended()


async def test_names_by_srv_lead_to_the_provider_and_say_who_calls_as_it() -> None:
    """Trunks: an inbound call's trunk is known by its addresses, SRV included; nobody else is it."""
    zone: dict[tuple[str, str], list[str]] = {
        ("proxy.provider.test.", "A"): ["127.0.0.5"],
        ("_sip._udp.senders.test.", "SRV"): ["0 0 5060 out.senders.test."],
        ("out.senders.test.", "A"): ["127.0.0.7"],
    }
    async with name_server(zone) as names:
        with running_server(machine=f'name_servers = ["127.0.0.1:{names.port}"]') as server:
            async with (
                provider(server, host="127.0.0.5") as line,
                Phone("sender", "", server.sip, host="127.0.0.7") as sender,
                phones(server, "201") as (anna,),
            ):
                line.asks = False
                zone["_sip._udp.provider.test.", "SRV"] = [f"0 0 {line.port} proxy.provider.test."]
                place: dict[str, Any] = {"host": "provider.test", "port": None, "addresses": ["senders.test"]}
                add_trunk(server, 0, kind="address", username=None, **place)
                add_number(server)
                apply(server)
                nobody = OUTSIDE["+44"]  # none of our numbers: what a trunk is told, and no stranger
                await until(lambda: stranger_says(server, nobody, "127.0.0.7") == "404")
                assert await asyncio.to_thread(stranger_says, server, MAIN, "127.0.0.8") == "401"
                assert anna.ringing == 0
                for calling in (sender, line):
                    await talked(calling, MAIN, anna)
                await talked(anna, OUTSIDE["+32"], line)


@asynccontextmanager
async def session_timers(server: Server) -> AsyncIterator[None]:
    """Trunks: session timers. A call each way, of 90 s at most without a sign of life (the least there is);
    after the block each was refreshed by us, at 45 s, and is heard as before."""
    async with provider(server) as line, phones(server, "203", "204") as (claire, david):
        line.asks = False
        add_trunk(server, line.port, kind="address", username=None)
        add_number(server, target="user-203")
        apply(server)
        ask = [("Supported", "timer"), ("Session-Expires", "90;refresher=uas")]
        back = await line.call(MAIN, source=Tone(617), headers=ask)
        here = await claire.incoming()
        await here.answer(source=Tone(431))
        await back.answered()
        assert isinstance(back.final, Response)
        assert back.final.headers.get("Session-Expires") == "90;refresher=uas"
        out = await david.call(OUTSIDE["+44"], source=Tone(523))
        rung = await line.incoming()
        agreed = [("Require", "timer"), ("Session-Expires", "90;refresher=uac")]
        await rung.answer(source=Tone(660), headers=agreed)
        await out.answered()
        assert not (refreshes(line, back) or refreshes(line, rung))
        yield
        await until(lambda: refreshes(line, back) and refreshes(line, rung), 60)
        first, second = refreshes(line, back)[0], refreshes(line, rung)[0]
        assert (first.method, second.method) == ("UPDATE", "INVITE"), "as the other side allows"
        for refresh in (first, second):
            assert refresh.headers.get("Session-Expires") == "90;refresher=uac"
        for near, far, heard in ((back, here, (617, 431)), (out, rung, (523, 660))):
            await talk(near, far, *heard)
            await near.hang_up()
            await far.ended()


def refreshes(line: Phone, call: PhoneCall) -> list[Request]:
    """The requests that came within a call and that may keep it alive."""
    found = [*sent(line, "UPDATE"), *sent(line, "INVITE")]
    return [request for request in found if request.call_id == call.call_id and request.to.tag]


def _numbers(line: Phone) -> list[str]:
    """The numbers that were called by a provider's line, each time."""
    targets = [request.target for request in line.invited]  # type: ignore[attr-defined]
    return [target.username for target in targets if isinstance(target, SipUri)]
