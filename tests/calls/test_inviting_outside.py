"""Calling somebody outside into a conference, by a trunk (S1-10, S1-11)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from switchroom.calls.outcomes import Inviter, InviteRefusal
from switchroom.calls.records import Cause
from switchroom.calls.room_events import EjectOrdered
from switchroom.calls.values import Refuse
from switchroom.directory.ids import NumberId
from switchroom.directory.outside import Destination, DestinationKind, IncomingNumber
from switchroom.directory.personal import Personal
from switchroom.media.types import LegId
from tests.calls.test_hunting import Lines, assert_over
from tests.calls.test_invitations import ANNA, BOARD, OPERATOR, answer, configured, invite, now
from tests.harness.office import Office, description, snapshot

NUMBER = "+3222903490"


def with_lines(
    *names: str, refuse: Refuse | None = None, office: Office | None = None
) -> tuple[Office, Lines]:
    """An office that calls outside."""
    office, lines = office or Office(), Lines(*names, refuse=refuse)
    office.runner._where.outside = lines  # type: ignore[method-assign]
    return office, lines


async def test_s1_10_a_number_outside_is_rung_at_once_on_the_account_of_who_invites() -> None:
    office, lines = with_lines()
    made = await invite(office, "022903490")
    (rung,) = office.signalling.invites()
    assert rung.invite is not None and rung.invite.uri == f"sip:{NUMBER}@one"
    wanted, by = lines.asked[0]
    assert (wanted.number, wanted.account, by.extension) == (NUMBER, "201", "201")
    assert (made.number, made.name) == (NUMBER, NUMBER)
    await invite(office, "+3222903491", by=OPERATOR)
    assert (lines.asked[1][0].account, lines.asked[1][1].name) == (None, "admin")


async def test_s1_11_who_answers_outside_is_linked_into_the_room_without_a_code() -> None:
    office, _ = with_lines()
    inside = await office.join("201", "8002")
    await office.key(inside, "4321#")
    await invite(office, NUMBER)
    await office.ring(office.rung(), 183, description("PCMA"))
    session = await answer(office)
    assert office.media.members("c2") == {inside, session}
    assert now(office) == [("joined", "")]
    await office.bye(session)
    await office.bye(inside)
    assert_over(office)


async def test_g_05_where_the_conference_wants_it_the_key_1_is_asked_for() -> None:
    office, _ = with_lines(office=configured(confirm_invitees=True))
    await invite(office, NUMBER)
    machine = office.rung()
    await office.pick_up(machine)
    office.media.finish(f"{machine}/welcome")
    await office.wait(60)
    assert office.media.members("c2") == set() and now(office) == [("failed", "not_confirmed")]
    await invite(office, NUMBER)
    await office.pick_up(office.rung())
    await office.key(office.rung(), "1")
    assert office.media.members("c2") == {office.rung()}


async def test_an_invitation_goes_by_the_next_trunk_when_one_can_not() -> None:
    office, _ = with_lines("one", "two")
    await invite(office, NUMBER)
    await office.refuse(office.rung(), 503)
    assert [one.invite.uri for one in office.signalling.invites() if one.invite] == [
        f"sip:{NUMBER}@one",
        f"sip:{NUMBER}@two",
    ]
    await office.ring(office.rung())
    await office.refuse(office.rung(), 408)
    assert now(office) == [("failed", "unreachable")]
    assert_over(office)


@pytest.mark.parametrize(
    ("status", "why"),
    [(403, InviteRefusal.NOT_ALLOWED), (404, InviteRefusal.EXTERNAL), (480, InviteRefusal.BUSY)],
)
async def test_what_may_not_be_called_is_not_invited(status: int, why: InviteRefusal) -> None:
    office, _ = with_lines(refuse=Refuse(status, Cause.NOT_ALLOWED))
    assert office.runner.invite(BOARD, NUMBER, ANNA) is why
    assert office.signalling.invites() == [] and office.runner.status().calls == 0


async def test_s1_11_f_10_who_does_not_answer_outside_is_told_of_after_a_minute() -> None:
    office, _ = with_lines()
    await invite(office, NUMBER)
    await office.ring(office.rung(), 180)
    await office.wait(59)
    assert now(office) == [("ringing", "")]
    await office.wait(2)
    assert now(office) == [("failed", "no_answer")]
    assert office.signalling.verbs(office.rung()) == ["invite", "hang_up"]


async def test_nobody_outside_is_called_twice_at_once_or_while_he_is_there() -> None:
    office, _ = with_lines()
    await invite(office, "022903490")
    assert office.runner.invite(BOARD, NUMBER, ANNA) is InviteRefusal.ALREADY_INVITED
    await invite(office, "+3222903491")
    await answer(office, office.rung(0))
    assert office.runner.invite(BOARD, "022903490", ANNA) is InviteRefusal.ALREADY_INSIDE


async def test_f_11_who_was_removed_is_not_called_back_by_others() -> None:
    office, _ = with_lines()
    await invite(office, NUMBER)
    session = await answer(office)
    await invite(office)
    await answer(office)
    office.runner.room_act(BOARD, EjectOrdered(LegId(session)))
    await office.settle()
    guest = Inviter("Bruno", None, moderator=False)
    refused = office.runner.invite(BOARD, NUMBER, guest)
    assert refused is InviteRefusal.REMOVED


async def test_a_number_of_ours_is_its_users_or_nobodys() -> None:
    direct = IncomingNumber(NumberId("a"), NUMBER, destination=Destination(DestinationKind.EXTENSION, "202"))
    server = IncomingNumber(NumberId("b"), "+3222903491")
    office, lines = with_lines(
        office=Office(replace(snapshot(), numbers={direct.id: direct, server.id: server}))
    )
    made = await invite(office, NUMBER)
    assert made.name == "User 202" and lines.asked == []
    assert office.runner.invite(BOARD, "+3222903491", ANNA) is InviteRefusal.NOT_A_PERSON


async def test_who_does_not_want_to_be_disturbed_is_not_rung() -> None:
    office = Office()
    office.personal.known["202"] = Personal(do_not_disturb=True)
    await invite(office)
    assert office.signalling.invites() == [] and now(office) == [("failed", "busy")]
