"""Where a dialled number leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.routing import (
    EnterConference,
    EnterServer,
    Refuse,
    RingUser,
    dialled,
    language_of,
    route,
)
from switchroom.calls.values import Party, Prompt
from switchroom.directory.model import Conference, ConferenceId, ConferenceServer, User, UserId
from switchroom.sip.uri import parse_uri
from tests.harness.office import snapshot

HERE = snapshot()


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:202@pbx", "202"),
        ("sip:202;phone-context=x@pbx;user=phone", "202"),
        ("sips:%32%30%32@pbx", "202"),
        ("tel:+3222903490;phone-context=y", "+3222903490"),
        ("sip:pbx", ""),
        ("mailto:x@y", ""),
    ],
)
def test_what_was_dialled(uri: str, number: str) -> None:
    assert dialled(parse_uri(uri)) == number


def test_an_extension_rings_its_user_for_the_systems_time() -> None:
    assert route(HERE, "202") == RingUser(HERE.users[UserId("202")], 30)


def test_a_conference_is_entered() -> None:
    assert route(HERE, "8002") == EnterConference(HERE.conferences[ConferenceId("c2")])


def test_s3_01_the_conference_server_has_an_extension() -> None:
    server = ConferenceServer("8000", language="fr")
    here = replace(HERE, conference_server=server)
    assert route(here, "8000") == EnterServer(server)
    assert isinstance(route(HERE, "8000"), Refuse)


def test_busy_counts_only_without_call_waiting() -> None:
    single = snapshot([User(UserId("202"), "202", "Single", call_waiting=False)])
    assert route(single, "202", busy=True) == Refuse(486, route(single, "202", busy=True).cause)  # type: ignore[union-attr]
    assert isinstance(route(single, "202", busy=False), RingUser)
    assert isinstance(route(HERE, "202", busy=True), RingUser)


@pytest.mark.parametrize(
    ("number", "status", "prompt"),
    [
        ("777", 404, Prompt.NUMBER_UNKNOWN),
        ("", 404, Prompt.NUMBER_UNKNOWN),
        ("300&SIP/x", 404, Prompt.NUMBER_UNKNOWN),
        ("9" * 500, 404, Prompt.NUMBER_UNKNOWN),
        ("+3222903490", 404, Prompt.OUTSIDE_IMPOSSIBLE),
        ("022903490", 404, Prompt.OUTSIDE_IMPOSSIBLE),
        ("112", 403, Prompt.EMERGENCY_IMPOSSIBLE),
    ],
)
def test_what_leads_nowhere_says_why(number: str, status: int, prompt: Prompt) -> None:
    plan = route(HERE, number)
    assert isinstance(plan, Refuse)
    assert (plan.status, plan.prompts) == (status, (prompt,))


def test_an_extension_never_shadows_an_emergency_number() -> None:
    plan = route(snapshot([User(UserId("112"), "112", "Trap")]), "112")
    assert isinstance(plan, Refuse) and plan.prompts == (Prompt.EMERGENCY_IMPOSSIBLE,)


def test_g_09_the_language_of_prompts() -> None:
    room = Conference(ConferenceId("c"), "C", "8000", language="it")
    assert language_of(HERE, Party("201", language="fr"), room) == "it"
    assert language_of(HERE, Party("201", language="fr"), None) == "fr"
    assert language_of(HERE, Party("201")) == "en"
    server = ConferenceServer("8000", language="fr")
    silent = Conference(ConferenceId("s"), "S", dial_in_id="314")
    assert language_of(HERE, Party("201", language="en"), None, server) == "fr"
    assert language_of(HERE, Party("201", language="en"), room, server) == "it"
    assert language_of(HERE, Party("201", language="en"), silent, server) == "fr"
