"""Trying a trunk out: each failure is explained in words."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from switchroom.calls.permission import Denial
from switchroom.calls.trunk_words import ENGLISH
from switchroom.directory.ids import NumberId, TrunkId
from switchroom.directory.model import Settings
from switchroom.directory.outside import IncomingNumber, Trunk, TrunkTransport
from switchroom.sip.events import (
    InviteAccepted,
    InviteProgress,
    InviteRejected,
    OutgoingInvite,
    RegistrationChanged,
    RegistrationState,
    RequestAnswered,
    SessionId,
)
from switchroom.sip.message import Response
from switchroom.trunks import trial
from switchroom.trunks.state import TestStep
from switchroom.trunks.trial import Trials
from tests.trunks.test_keeper import LINE, OK, PEER, House, Sent

MAIN = IncomingNumber(NumberId("main"), "+12125550100")


class Provider(Sent):
    """A provider that answers at once, as told."""

    def __init__(self) -> None:
        super().__init__()
        self.invites: list[OutgoingInvite] = []
        self.ended: list[str] = []
        self.options: Callable[[Any], None] = lambda request: None
        self.registering: Callable[[], None] = lambda: None
        self.calling: Callable[[SessionId], None] = lambda session: None

    def send_request(self, request: Any, method: str, uri: str, **more: Any) -> None:
        super().send_request(request, method, uri, **more)
        asyncio.get_running_loop().call_soon(self.options, request)

    def register(self, registration: Any, wanted: Any) -> None:
        super().register(registration, wanted)
        asyncio.get_running_loop().call_soon(self.registering)

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        self.invites.append(invite)
        asyncio.get_running_loop().call_soon(self.calling, session)

    def hang_up(self, session: SessionId) -> None:
        self.ended.append(session)


class Lab(House):
    """A keeper, its trials, and a provider."""

    def __init__(self, *trunks: Trunk) -> None:
        self.provider = Provider()
        super().__init__(*trunks)
        settings = Settings(country="US", default_number=MAIN.id)
        self.snapshot = replace(self.snapshot, settings=settings, numbers={MAIN.id: MAIN})
        self.sent = self.provider
        self.keeper.signalling = self.provider
        self.provider.options = lambda request: self.hears(RequestAnswered(request, 200, OK))
        self.provider.registering = lambda: self.hear(RegistrationState.REGISTERED)
        self.trials = Trials(self.keeper, self.lines, lambda: self.snapshot)

    def hears(self, event: Any) -> None:
        assert self.trials.take(event) or self.keeper.take(event)

    async def run(self, number: str | None = None, which: str = "t") -> list[TestStep]:
        found = await self.trials.run(TrunkId(which), number, self.now)
        assert found is not None
        return found


def told(steps: list[TestStep]) -> list[tuple[str, bool]]:
    return [(step.step, step.ok) for step in steps]


ALL = [("settings", True), ("name", True), ("reach", True), ("register", True)]


async def test_everything_that_works_says_so() -> None:
    lab = Lab(LINE)
    lab.provider.calling = lambda session: lab.hears(InviteAccepted(session, b"", OK))
    steps = await lab.run("2125550123")
    assert told(steps) == [*ALL, ("call", True)]
    assert steps[1].text == "sip.one.example leads to 192.0.2.10, 192.0.2.11."
    assert "300 s" in steps[3].text and "+12125550123 has answered" in steps[4].text
    (sent,) = lab.provider.invites
    assert sent.uri == "sip:+12125550123@sip.one.example;transport=udp"
    assert sent.credentials is not None and b"m=audio 9 " in sent.sdp
    assert lab.provider.ended, "it is hung up at once"
    assert lab.lines.spending.concurrent("trunks/t") == 0
    assert lab.lines.spending.calls("trunks/t", 1, lab.now) == 1


async def test_a_trunk_by_address_does_not_register() -> None:
    assert told(await Lab(PEER).run(which="p")) == [("settings", True), ("name", True), ("reach", True)]


@pytest.mark.parametrize(
    ("trunk", "secret", "words"),
    [
        (replace(LINE, enabled=False), True, "switched off"),
        (replace(LINE, username=None), True, "user name is missing"),
        (LINE, False, "password is missing"),
    ],
)
async def test_what_is_not_set_is_named(trunk: Trunk, secret: bool, words: str) -> None:
    lab = Lab(trunk)
    if not secret:
        lab.secrets.known.clear()
    (step,) = await lab.run()
    assert not step.ok and words in step.text


async def test_a_name_that_leads_nowhere_is_named() -> None:
    lab = Lab(LINE)
    lab.names = {}
    steps = await lab.run()
    assert told(steps) == [("settings", True), ("name", False)]
    assert "sip.one.example leads nowhere" in steps[1].text


async def test_silence_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "ANSWER_SECONDS", 0.01)
    lab = Lab(LINE)
    lab.provider.options = lambda request: None
    lab.provider.registering = lambda: None
    steps = await lab.run("2125550123")
    assert told(steps) == [*ALL[:2], ("reach", False), ("register", False)]
    assert "does not answer" in steps[2].text


async def test_a_wrong_password_is_told_as_such() -> None:
    lab = Lab(LINE)
    lab.provider.registering = lambda: lab.hear(RegistrationState.FAILED, 401, 0, "Unauthorized")
    steps = await lab.run("2125550123")
    assert steps[-1] == TestStep(
        "register",
        False,
        "Line failed: it does not accept the user name or password (401 Unauthorized).",
        401,
        "password",
        {"name": "Line", "answer": " (401 Unauthorized)"},
    )


async def test_answers_that_come_at_once_are_both_heard() -> None:
    """A connection that can not be made fails REGISTER and OPTIONS in the same moment."""
    lab = Lab(LINE)

    kept = lab.keeper.kept(LINE.id)
    assert kept is not None and kept.registration is not None
    failed = RegistrationChanged(kept.registration, RegistrationState.FAILED, 503, "", 0, 4, None)

    def both(request: Any) -> None:
        lab.hears(failed)
        lab.hears(RequestAnswered(request, 503, None))

    lab.provider.options = both
    assert (await lab.run())[2].code == "out-of-service"


async def test_why_there_is_no_connection_is_told() -> None:
    """A wrong certificate is no answer of the provider's."""
    lab = Lab(replace(LINE, transport=TrunkTransport.TLS))
    lab.faults["192.0.2.10"] = "certificate-name"
    lab.provider.options = lambda request: lab.hears(RequestAnswered(request, 503, None))
    step = (await lab.run())[2]
    assert (step.ok, step.code) == (False, "certificate-name") and "another name" in step.text
    state = lab.keeper.states()[0]
    assert (state.failure, state.failure_code) == (step.text, step.code)


def test_the_console_says_the_same() -> None:
    """Each sentence is in the web app's words, in English as here (its own tests compare the languages)."""
    file = Path(__file__).parents[2] / "web/src/locales/en/outside.json"
    words = json.loads(file.read_text())["trunks"]["said"]
    known = {code: re.sub(r"{(\w+)}", r"{{\1}}", text) for code, text in ENGLISH.items()}
    assert {code: words.get(code) for code in known} == known
    denied = {f"denied-{reason.value}" for reason in Denial}
    assert words.keys() - known.keys() <= denied


@pytest.mark.parametrize(
    ("status", "ok", "words"),
    [
        (404, False, "another format"),
        (484, False, "another format"),
        (403, False, "or show this number"),
        (488, False, "none of the codecs"),
        (503, False, "no free line"),
        (999, False, "refuses the call"),
        (486, True, "the trunk works"),
        (603, True, "the trunk works"),
        (480, True, "the trunk itself works"),
    ],
)
async def test_what_the_provider_says_to_a_call_is_told_in_words(status: int, ok: bool, words: str) -> None:
    lab = Lab(LINE)
    lab.provider.calling = lambda session: lab.hears(InviteRejected(session, status, "Reason", None, None))
    step = (await lab.run("+12125550123"))[-1]
    assert (step.step, step.ok, step.status) == ("call", ok, status)
    assert words in step.text and f"({status} Reason)" in step.text


async def test_a_phone_that_rings_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "RING_SECONDS", 0.02)
    lab = Lab(LINE)
    lab.provider.calling = lambda session: lab.hears(InviteProgress(session, 180, None, Response(180)))
    step = (await lab.run("+12125550123"))[-1]
    assert step.ok and "rang" in step.text and step.status == 180
    lab.provider.calling = lambda session: None
    step = (await lab.run("+12125550123"))[-1]
    assert not step.ok and "does not answer" in step.text
    assert len(lab.provider.ended) == 2


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("911", "emergency"),
        ("hello", "no telephone number"),
        ("+33142685300", "may not call FR"),
        ("+881612345678", "cost more"),
    ],
)
async def test_a_test_calls_nothing_that_costs_or_alarms(number: str, words: str) -> None:
    lab = Lab(LINE)
    step = (await lab.run(number))[-1]
    assert (step.step, step.ok) == ("call", False) and words in step.text
    assert not lab.provider.invites


async def test_an_answer_after_the_test_is_hung_up() -> None:
    lab = Lab(LINE)
    lab.hears(InviteAccepted(SessionId("trunk-test-77"), b"", OK))
    assert lab.provider.ended == ["trunk-test-77"]
    assert not lab.trials.take(InviteAccepted(SessionId("else"), b"", OK))


async def test_one_test_at_a_time() -> None:
    lab = Lab(LINE)
    both = await asyncio.gather(lab.run(), lab.run())
    assert sorted(len(steps) for steps in both) == [1, 4]
    assert await lab.trials.run(TrunkId("unknown"), None, 0.0) is None
