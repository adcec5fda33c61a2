"""Toll fraud: every way to run up somebody else's bill fails, and who may know is told why.

Everywhere: nothing reaches the provider, the caller is told, the administrator finds it under Live, or in the
audit.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import httpx
import pytest

from switchroom.sip.message import Request
from tests.e2e.test_calls import phones, talk, talked
from tests.e2e.test_forwarding import apply, forward
from tests.e2e.test_guests import guest_phone, link, stranger
from tests.e2e.test_transfer import answered, login, quiet
from tests.e2e.test_trunks import MAIN, add_number, add_trunk, stranger_says
from tests.e2e.test_voicemail import own
from tests.harness.audio import rms
from tests.harness.phone import Phone, token
from tests.harness.phone_call import PhoneCall
from tests.harness.ports import free_port
from tests.harness.provider import REALM, Provider
from tests.harness.rtp import Tone
from tests.harness.server import Server, running_server
from tests.harness.until import until
from tests.outbox.mailbox import mail_server

pytestmark = pytest.mark.e2e

PREMIUM = "+19005551234"
HERE, BRUSSELS, LONDON = "+12125550123", "+3222903490", "+442079460000"
VOICEMAIL = "+12125550104"
ALWAYS = {"days": list(range(7)), "begins": "00:00", "ends": "00:00"}
"""It is night all day long."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A company in the United States, at night, with a trunk of three lines and an account elsewhere."""
    with running_server() as running:
        add_trunk(running, free_port(), kind="address", username=None, countries=None, capacity=3)
        add_trunk(running, free_port(), name="Account", secret="line secret", countries=["FR"], order=5)
        add_number(running, "extension", "user-202")
        settings = {"emergency_notice": ["guard@example.org"], "night": ALWAYS}
        settings["emergency_callback"] = running.api("GET", "/api/numbers")[0]["id"]
        running.api("PATCH", "/api/settings", settings)
        running.api("PATCH", "/api/users/user-204", {"voicemail": True})
        box = {"kind": "voicemail", "target": "user-204"}
        running.api("POST", "/api/numbers", {"e164": VOICEMAIL, "destination": box})
        revision = running.api("GET", "/api/configuration")["base_revision"]
        running.api("POST", "/api/configuration/apply", {"base_revision": revision})
        yield running


async def the_trunk(server: Server) -> dict[str, Any]:
    """The company's trunk."""
    trunks = await server.api_async("GET", "/api/trunks")
    return next(dict(one) for one in trunks if one["name"] == "Line")


@contextlib.asynccontextmanager
async def provider(server: Server) -> AsyncIterator[Provider]:
    """The provider is there; at the end no call must be left at it."""
    line = Provider(server.sip)
    line.asks = False
    await line.start((await the_trunk(server))["port"])
    try:
        yield line
    finally:
        await line.stop()


def asked(line: Provider) -> list[str]:
    """Whom the provider was asked to call, in order."""
    found: dict[str, str] = {}
    for direction, message in line.log:
        if direction == "received" and isinstance(message, Request) and message.method == "INVITE":
            found.setdefault(message.call_id, str(message.uri))
    return [uri.removeprefix("sip:").partition("@")[0] for uri in found.values()]


async def problem(server: Server, kind: str, subject: str = "") -> dict[str, Any]:
    """What Live shows the administrator."""
    seen: list[dict[str, Any]] = []
    for _ in range(30):
        seen = await server.api_async("GET", "/api/problems")
        for one in seen:
            if one["kind"] == kind and subject in one["subject"]:
                return one
        await asyncio.sleep(0.1)
    raise AssertionError(
        f"{kind} of {subject} is not among {[(one['kind'], one['subject']) for one in seen]}"
    )


async def audited(server: Server, action: str, text: str = "") -> dict[str, Any]:
    """What stands in the audit."""
    for _ in range(30):
        for entry in (await server.api_async("GET", "/api/audit?limit=200"))["entries"]:
            if entry["action"] == action and text in f"{entry['subject']} {entry['detail']}":
                return dict(entry)
        await asyncio.sleep(0.1)
    raise AssertionError(f"{action} {text} is not in the audit")


async def allow(server: Server, key: str) -> None:
    """Press "Allow this", and apply what is not in force at once."""
    done = await server.api_async("POST", "/api/problems/allow-call", {"key": key})
    if not done["at_once"]:
        await apply(server)


async def refusal(phone: Phone, number: str, *, spoken: bool = True) -> int:
    """The status with which a call is refused, after words; at once where there is no offer to hear them."""
    call = await phone.call(number, late_offer=not spoken)
    if spoken:
        await call.ringing()
        assert rms(await call.media.listen(1.5)) > 100, f"{number}: nothing is said"
    return await call.refused(20)


# --- what may be called ------------------------------------------------------------------------------------


async def test_irsf_premium_numbers_are_refused_however_they_are_written(server: Server) -> None:
    """International revenue share fraud: premium, satellite, unassigned ranges; prefixes that hide them."""
    refused = {
        PREMIUM: 403,
        "9005551234": 403,
        "01119005551234": 403,
        "0019005551234": 403,
        "19005551234": 403,
        "+881612345678": 403,
        "+979123456789": 403,
        "+3200900123": 403,
        "+3290612345678": 404,
        "+447012345678": 403,
        "+33142685300": 403,
        "101028819005551234": 404,
        "10102880119005551234": 404,
        "300&Zap%2Fg1%2F19005551234": 404,
        f"{HERE}%0d%0aContact:%20%3Csip:x%40y%3E": 400,
        f"{PREMIUM};phone-context=+1;tgrp=any": 403,
    }
    async with provider(server) as line, phones(server, "201") as (anna,):
        found = await asyncio.gather(
            *(refusal(anna, number, spoken=refused[number] != 400) for number in refused)
        )
        assert dict(zip(refused, found, strict=True)) == refused
        assert asked(line) == []
        told = await problem(server, "outside-premium-not-allowed", "201")
        assert told["allow"] == "rights/user-201/premium" and "Anna Weber (201)" in told["text"]
        assert (await problem(server, "outside-country-not-allowed", "201"))["allow"].endswith("country/FR")
        assert (await audited(server, "call outside refused", PREMIUM))["who"] == "201"
    metrics = await asyncio.to_thread(urllib.request.urlopen, f"{server.url}/metrics")
    lines = metrics.read().decode().splitlines()
    assert any(one.startswith('switchroom_calls_outside_refused_total{reason="premium') for one in lines), [
        one for one in lines if "outside" in one
    ]


async def test_s2_04_at_night_nobody_is_called_abroad_and_the_first_call_to_a_country_asks(
    server: Server,
) -> None:
    async with provider(server) as line, phones(server, "201", "203") as (anna, claire):
        found = await asyncio.gather(refusal(anna, LONDON), refusal(claire, BRUSSELS))
        assert set(found) == {403}
        told = await problem(server, "outside-not-at-night", "201")
        assert (
            told["allow"] == "night/GB"
            and (await problem(server, told["kind"], "203"))["allow"] == "night/BE"
        )
        await allow(server, told["allow"])
        found = await asyncio.gather(refusal(anna, LONDON), refusal(claire, LONDON))
        assert set(found) == {403} and asked(line) == []
        told = await problem(server, "outside-new-country", "GB")
        assert (told["allow"], told["count"]) == ("country/GB", 2), "it is refused until it is allowed"
        await audited(server, "call outside refused", LONDON)
        await allow(server, told["allow"])
        await talked(anna, LONDON, line)
        await talked(claire, LONDON.removeprefix("+"), line)  # as Odoo's open add-on writes it
        assert await refusal(anna, BRUSSELS, spoken=False) == 403, "its night was not allowed"
        assert asked(line) == [LONDON, LONDON]


async def test_three_hundred_calls_at_once_are_three_and_emergencies_pass(server: Server) -> None:
    """A burst over the limit; then, with every line of the trunk taken, somebody calls for help."""
    async with (
        mail_server() as box,
        provider(server) as line,
        phones(server, "201", "205") as (anna, elena),
    ):
        mail = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "pbx@example.com"}
        await server.api_async("PUT", "/api/mail", mail)
        calls = [await anna.call(HERE, late_offer=True) for _ in range(300)]
        # The three are sent on once their records are durable, which may be after the last refusal.
        await until(lambda: sum(one.status is not None for one in calls) >= 297 and len(asked(line)) >= 3, 60)
        refused = [call.status for call in calls if call.status is not None]
        assert len(refused) == 297 and set(refused) <= {403, 503} and len(asked(line)) == 3
        told = await problem(server, "outside-too-many-calls", "201")
        assert told["allow"] == "at-once/user-201"
        assert await refusal(elena, HERE, spoken=False) == 480, "all lines are taken"
        await problem(server, "outside-trunks-full", "205")
        await forward(server, "205", do_not_disturb=True)
        help_ = await elena.call("911", source=Tone(431))
        for _ in range(4):
            there = await line.incoming(15)  # the account elsewhere may be tried first
            if there.invite_request is not None and "911" in str(there.invite_request.uri):
                break
        assert there.invite_request is not None
        assert MAIN in (there.invite_request.headers.get("P-Asserted-Identity") or "")
        await there.answer(source=Tone(617))
        await help_.answered()
        await talk(help_, there, 431, 617)
        assert len([call for call in line.calls.values() if call.state == "ringing"]) == 2, "one made room"
        told = (await problem(server, "emergency-call", "205"))["text"]
        assert "Elena Rossi" in told and MAIN in told, "who, and where help calls back"
        await problem(server, "room-for-emergency")
        await audited(server, "emergency call", "911")
        await until(lambda: box.taken)
        assert box.taken[0][1] == ["guard@example.org"] and b"911" in box.taken[0][2]
        assert MAIN.encode() in box.taken[0][2]
        await help_.hang_up()
        await asyncio.gather(*(call.cancel() for call in calls if call.status is None and call.provisionals))
    await forward(server, "205", do_not_disturb=False)
    await quiet(server)


# --- on whose account --------------------------------------------------------------------------------------


async def test_social_forwarding_calls_nobody_that_its_owner_may_not_call(server: Server) -> None:
    """Somebody is talked into *72 and a premium number; then he is called, from inside and from outside."""
    async with provider(server) as line, phones(server, "201", "203", "204") as (anna, claire, david):
        code = await claire.call("*72" + PREMIUM.removeprefix("+"))
        await code.answered()
        await spoken_to(code)
        await code.hang_up()
        assert await refusal(anna, "203") == 480
        told = await problem(server, "outside-premium-not-allowed", "203")
        assert "Claire Petit (203)" in told["text"] and PREMIUM in told["text"]
        await audited(server, "call outside refused", "Claire Petit")
        await forward(server, "203", always=None)
        await forward(server, "203", always={"kind": "extension", "target": "user-204"})
        with pytest.raises(urllib.error.HTTPError) as error:
            await forward(server, "204", always={"kind": "extension", "target": "user-203"})
        assert error.value.code == 422 and "destination-loop" in error.value.read().decode()
        assert await refusal(david, "*72203") == 480, "nor by the code"
        await forward(server, "203", always=None)
        assert asked(line) == []


async def test_a_transfer_or_an_invitation_has_the_rights_of_who_asks(server: Server) -> None:
    async with provider(server) as line, phones(server, "201", "202", "203") as (anna, bruno, claire):
        call, rung = await answered(anna, "202", bruno, (431, 617))
        assert await rung.refer(PREMIUM) == 403
        assert await rung.refer("911") == 403
        assert await rung.refer(PREMIUM, replaces=call) in (403, 603), "of a dialog that is not his"
        for to in (PREMIUM, f"{HERE}\r\nContact: <sip:x@y>", "300&Zap/g1/19005551234"):
            own = (await server.api_async("GET", "/api/calls"))[0]["id"]
            with pytest.raises(urllib.error.HTTPError) as error:
                await asyncio.to_thread(
                    server.api,
                    "POST",
                    f"/api/phone/calls/{own}/transfer",
                    {"to": to},
                    token=login(server, "201"),
                )
            assert error.value.code in (403, 409, 422), to
        await talk(call, rung, 431, 617)
        await call.hang_up()
        await rung.ended()
        inside = await claire.call("8001")
        await inside.answered()
        with pytest.raises(urllib.error.HTTPError) as error:
            body = {"number": PREMIUM}
            path = "/api/rooms/conference-8001/invitations"
            await asyncio.to_thread(server.api, "POST", path, body, token=login(server, "203"))
        assert error.value.code in (403, 422)
        _, joining = await link(server, "conference-8001")
        async with stranger(server) as page:
            visit = (await page.post(f"/api/join/{joining}", json={"name": "Zoë"})).json()
            assert (await page.post(path, json={"number": BRUSSELS})).status_code in (401, 403)
            async with guest_phone(server, visit) as guest:
                for target in (BRUSSELS, PREMIUM, "911"):
                    assert await (await guest.call(target)).refused(10) == 403
        await inside.hang_up()
        assert asked(line) == []
        await problem(server, "outside-premium-not-allowed", "202")
        await problem(server, "outside-premium-not-allowed", "203")


# --- from outside ------------------------------------------------------------------------------------------


async def refer_from_nowhere(phone: Phone, to: str) -> int:
    """A REFER outside any call, without credentials; the final answer."""
    uri = phone.uri("202")
    names = {"from_": f"<{phone.uri('201')}>;tag={token(6)}", "to": f"<{uri}>"}
    request = phone.new_request("REFER", uri, call_id=token(), cseq=1, **names)
    for header in (("Refer-To", f"<{phone.uri(to)}>"), ("Contact", phone.contact)):
        request.headers.add(*header)
    return (await phone.transact(request, within=8)).status


async def test_strangers_and_the_provider_itself_can_not_call_out_through_us(server: Server) -> None:
    """Relay from trunk to trunk, a forged token, P-Asserted-Identity of a colleague, REFER, Replaces."""
    async with provider(server) as line, phones(server, "201", "202") as (anna, bruno):
        forged = f"t{'0' * 24}"
        for target in (PREMIUM, HERE, "201", "*98", "911", forged, MAIN):
            assert await asyncio.to_thread(stranger_says, server, target) == "401"
        identity = [("P-Asserted-Identity", f"<sip:201@{server.sip[0]}>"), ("X-Account", "201")]
        for target in (PREMIUM, HERE, "8001", "*98", f"*72{PREMIUM}", forged):
            back = await line.call(target, headers=identity)
            assert await back.refused() == 404, target
        assert (await problem(server, "number-not-ours"))["count"] == 6
        async with Phone("201", "", server.sip) as nobody:
            assert 400 <= await refer_from_nowhere(nobody, PREMIUM) < 500
        call = await line.call(MAIN, source=Tone(617), headers=identity)
        rung = await bruno.incoming()
        assert rung.invite_request is not None
        assert "201" not in str(rung.invite_request.from_.uri), (
            "a colleague's number from outside is no number"
        )
        await rung.answer(source=Tone(431))
        await call.answered()
        assert await call.refer(PREMIUM) == 403
        async with Phone("203", "", server.sip) as nobody:
            steals = await nobody.call("202", headers=[("Replaces", rung.replaces)])
            assert await steals.refused() == 401
        taken = await anna.call("202", headers=[("Replaces", rung.replaces)])
        assert await taken.refused() in (403, 481)
        await talk(call, rung, 617, 431)
        await call.hang_up()
        await rung.ended()
        assert len(asked(line)) == 0
    await quiet(server)


async def test_our_password_at_one_provider_is_told_to_nobody_else(server: Server) -> None:
    """Whom we call asks for a password in the realm of a provider: another trunk, and a phone."""
    async with provider(server) as line, phones(server, "201", "202") as (anna, bruno):

        async def asks(rung: PhoneCall) -> None:
            assert rung.invite_request is not None
            response = rung.invite_request.response(407, to_tag=token(6))
            challenge = f'Digest realm="{REALM}", nonce="{token()}", qop="auth", algorithm=MD5'
            response.headers.add("Proxy-Authenticate", challenge)
            bruno.answer(rung.invite_request, response)

        line.asks, bruno.on_invite = True, asks
        for number in (HERE, "202"):
            await (await anna.call(number)).refused(20)
        for phone in (line, bruno):
            asked_for = [
                message.headers.get("Proxy-Authorization") or message.headers.get("Authorization")
                for direction, message in phone.log
                if direction == "received" and isinstance(message, Request) and message.method == "INVITE"
            ]
            assert asked_for == [None]


async def spoken_to(call: PhoneCall) -> None:
    """Wait until somebody speaks, from now on."""
    begin = asyncio.get_running_loop().time()
    for _ in range(200):
        await asyncio.sleep(0.05)
        if rms(call.media.heard(begin + 0.2)) > 100:
            return
    raise AssertionError("nothing is said")


async def guess(line: Provider, pins: Sequence[str]) -> None:
    """Call a mailbox from outside and try PINs; `*` leads from the greeting to the question."""
    call = await line.call(VOICEMAIL)
    await call.answered(10)
    for keys in ("*", *(f"{pin}#" for pin in pins)):
        await spoken_to(call)
        await call.media.dtmf(keys)
    await call.ended(20)


async def test_who_guesses_the_pin_of_a_mailbox_gets_nothing_and_calls_nobody(server: Server) -> None:
    await own(server, "204", "PUT", "/api/phone/mailbox/pin", {"pin": "4711"})
    async with provider(server) as line:
        await asyncio.gather(*(guess(line, (f"{n}907", f"{n}826", f"{n}733")) for n in range(1, 4)))
        assert (await problem(server, "wrong-pins"))["text"]
        assert asked(line) == []


async def test_settings_of_a_phone_are_given_out_once(server: Server) -> None:
    """A stolen link of a phone's settings: whoever comes second gets nothing, and it is known."""
    (device, *_) = await server.api_async("GET", "/api/users/user-206/devices")
    path = f"/api/users/user-206/devices/{device['id']}/provisioning"
    made = await server.api_async("POST", path, {"vendor": "yealink"})
    address = made["url"].partition("/provision/")[2]
    trust = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.pem"))
    base = f"https://127.0.0.1:{server.https_port}/provision/"
    async with httpx.AsyncClient(base_url=base, verify=trust, timeout=20) as phone:
        first, second = await phone.get(address), await phone.get(address)
        forged = await phone.get("A" + address[1:])
    assert (first.status_code, second.status_code, forged.status_code) == (200, 404, 404)
    assert second.text == forged.text
    await audited(server, "phone settings fetched")
    assert "127.0.0" in (await audited(server, "phone settings refused"))["subject"]
