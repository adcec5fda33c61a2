"""Phones that do anything at any time: at the end nothing is left, and every call has one record."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from switchroom.calls import bridge
from switchroom.calls.invite import FINAL
from switchroom.calls.minutes import InvitationRecord
from switchroom.calls.outcomes import Inviter
from switchroom.calls.room_events import EndOrdered, RoomAct
from switchroom.directory.ids import GroupId, RingGroupId
from switchroom.directory.model import (
    Conference,
    ConferenceId,
    ConferenceServer,
    NameAnnouncement,
    Recording,
    UserId,
)
from switchroom.directory.outside import Destination, DestinationKind, RingGroup, UserGroup
from switchroom.directory.personal import Forward, Personal
from switchroom.media.types import LegFailed, LegId, MediaLost, RoomId
from switchroom.sip import events as sip
from tests.calls.samples import ROOM_EVENTS, acts_on
from tests.calls.test_hunting import Lines
from tests.calls.test_transfer import refer
from tests.harness.office import Office, description, snapshot

NUMBERS = (
    "201",
    "202",
    "203",
    "204",
    "8000",
    "8000",
    "8001",
    "8001",
    "8002",
    "8003",
    "8004",
    "8005",
    "777",
    "112",
    "600",
    "601",
    "**202",
    "*72203",
    "*73",
    "*78",
    "*79",
    "*8",
    "*8202",
    "*85",
    "*85",
    "851",
    "852",
    "+3222903490",
)
OFFERS = (
    b"",
    None,
    description("G722"),
    description("opus", "PCMA"),
    description(direction="sendonly"),
    b"nonsense",
)


def crowd() -> Office:
    """An office where much can happen."""
    ends = Conference(
        ConferenceId("c4"),
        "Ends",
        "8004",
        administrator=UserId("201"),
        end_when_administrator_leaves=True,
        max_participants=2,
    )
    strict = Conference(
        ConferenceId("c5"),
        "Strict",
        "8005",
        access_code="4321",
        wait_for_administrator=True,
        administrator_code="777777",
        lobby=True,
        names=NameAnnouncement.RECORDED,
        announce_count=True,
        recording=Recording.ALWAYS,
        max_minutes=1,
        lone_minutes=1,
        dial_in_id="4321",
    )
    open_to_all = Conference(
        ConferenceId("c1"), "Open", "8001", lobby=True, names=NameAnnouncement.SPOKEN, dial_in_id="1"
    )
    configuration = snapshot(conferences=[ends, strict, open_to_all])
    to_room = Destination(DestinationKind.CONFERENCE, "c1")
    sales = RingGroup(
        RingGroupId("g"), "600", "Sales", (UserId("202"), UserId("203"), UserId("204")), otherwise=to_room
    )
    on_duty = RingGroup(
        RingGroupId("h"),
        "601",
        "On duty",
        (UserId("203"), UserId("204")),
        True,
        10,
        Destination(DestinationKind.HANG_UP),
    )
    desk = UserGroup(GroupId("d"), "Desk", (UserId("201"), UserId("202"), UserId("203")), pickup=True)
    office = Office(
        replace(
            configuration,
            conference_server=ConferenceServer("8000"),
            ring_groups={sales.id: sales, on_duty.id: on_duty},
            groups={desk.id: desk},
        )
    )
    office.runner._where.outside = Lines("one", "two")  # type: ignore[method-assign]
    outside = Destination(DestinationKind.NUMBER, "+32475123456")
    colleague = Destination(DestinationKind.EXTENSION, "204")
    office.personal.known["203"] = Personal(
        no_answer=(Forward(outside, 10), Forward(colleague, 10), Forward(to_room, 10)),
        busy=(Forward(colleague, 5),),
    )
    office.personal.known["204"] = Personal(follow_me=(Forward(outside, 20),), follow_me_on=True)
    office.register("202", "a", "b", "c")
    office.register("203", "a", secure=True)
    office.register("204")
    return office


async def step(office: Office, chance: random.Random, callers: list[str]) -> None:
    """One thing happens."""
    rung = [one.session for one in office.signalling.invites()]
    anyone = chance.choice(callers + rung) if callers or rung else ""
    caller = chance.choice(callers) if callers else ""
    device = chance.choice(rung) if rung else ""
    playing = [play.play for leg in office.media.legs.values() for play in leg.playing if not play.repeat]

    async def dial() -> None:
        chosen = chance.choice(("201", "202", "203"))
        callers.append(await office.dial(chosen, chance.choice(NUMBERS), chance.choice(OFFERS)))

    async def played() -> None:
        if playing:
            office.media.finish(chance.choice(playing))

    async def worker() -> None:
        kind = chance.choice(
            (MediaLost(leg=LegId(anyone), seconds=30), LegFailed(leg=LegId(anyone), reason="x"))
        )
        office.runner.on_media_event(kind)

    async def console() -> None:
        office.runner.eject(RoomId(chance.choice(("c1", "c3", "c4"))), LegId(caller))
        for call in office.runner.calls()[: chance.randrange(2)]:
            office.runner.hang_up(call.id)

    async def moderation() -> None:
        for room in office.runner.rooms():
            orders = [*acts_on(LegId(chance.choice(room.participants).leg)), *ROOM_ORDERS]
            for order in chance.choices(orders, k=3):
                if not isinstance(order, EndOrdered) or chance.random() < 0.2:
                    office.runner.room_act(room.conference_id, order)
                    await office.settle()

    async def people() -> None:
        room, number = ConferenceId(chance.choice(("c1", "c2", "c3", "c4", "c9"))), chance.choice(NUMBERS)
        office.runner.invite(room, number, Inviter("Anna", UserId("201"), chance.choice((True, False))))
        await office.settle()
        if rung and chance.random() < 0.5:
            await office.pick_up(office.rung())
            office.media.finish(f"{office.rung()}/welcome")
        for one in office.runner.invitations(room)[: chance.randrange(2)]:
            office.runner.cancel_invitation(room, one.id)

    async def talks() -> None:
        for other in chance.sample(("202", "203"), chance.randrange(3)):
            callers.append(await office.dial("201", other))
            if office.signalling.invites():
                await office.pick_up(office.rung())
        for user in map(UserId, ("201", "202", "203")):
            states = office.runner._engine.states_of(user)
            talking = [state.facts.id for state in states if isinstance(state, bridge.Talking)]
            office.runner.merge(user, talking)
        for room in office.runner.rooms()[: chance.randrange(2)]:
            chance.choice((office.runner.split, office.runner.end_talk))(UserId("201"), room.id)

    async def moves() -> None:
        moving = office.runner.moving
        for user in map(UserId, chance.sample(("201", "202", "203", "204"), 2)):
            names = [str(state.facts.id) for state in office.runner._engine.states_of(user)] or ["none"]
            moving.transfer(user, chance.choice(names), chance.choice(NUMBERS))
            moving.complete(user, chance.choice(names), chance.choice(names))
        if anyone:
            wanted = chance.choice((None, chance.choice(callers + rung)))
            await office.tell(refer(office, anyone, chance.choice(NUMBERS), wanted))

    acts: list[tuple[int, Callable[[], object]]] = [
        (6, dial),
        (3, lambda: office.ring(device, chance.choice((180, 183)), chance.choice(OFFERS) or None)),
        (4, lambda: office.pick_up(device, chance.choice(OFFERS))),
        (2, lambda: office.refuse(device, chance.choice((404, 408, 486, 488, 503, 603)))),
        (2, lambda: office.key(device, chance.choice(("1", "2")))),
        (5, lambda: office.acknowledge(caller, chance.choice((None, description())))),
        (
            3,
            lambda: office.key(
                caller,
                chance.choice(("4321#", "1#", "43", "*", "#", "777777#", "*1", "*5", "*8", "*#", "*6")),
            ),
        ),
        (2, lambda: office.cancel(caller)),
        (3, lambda: office.bye(anyone, chance.choice(list(sip.EndCause)))),
        (3, lambda: office.reinvite(anyone, chance.choice(OFFERS) or None)),
        (1, lambda: office.tell(sip.AnswerReceived(sip.SessionId(anyone), description()))),
        (3, played),
        (3, lambda: office.wait(chance.choice((0.5, 6.0, 40.0)))),
        (1, worker),
        (1, console),
        (6, moderation),
        (3, people),
        (3, talks),
        (3, moves),
    ]
    weights = [weight for weight, _ in acts]
    done = chance.choices([act for _, act in acts], weights)[0]()
    await done  # type: ignore[misc]
    await office.settle()


ROOM_ORDERS = [
    event for event in ROOM_EVENTS if isinstance(event, get_args(RoomAct)) and not hasattr(event, "leg")
]


def as_the_worker_has_it(office: Office) -> None:
    """Who is in a room is in the worker's, heard as the room says; no empty one is open."""
    rooms = {
        room.id: room
        for room in office.runner.rooms()
        if room.conference_id in office.directory.snapshot.conferences
    }
    for room in rooms.values():
        mixed = {one.leg for one in room.participants if not one.waiting}
        assert office.media.members(room.id) == mixed
        assert (room.id in office.media.rooms) == bool(mixed)
        for one in room.participants:
            if one.leg in mixed:
                silent = one.on_hold or one.muted_by is not None
                assert office.media.legs[one.leg].muted == silent
        if room.state == "waiting":
            assert not mixed


@pytest.mark.parametrize("seed", range(40))
async def test_nothing_is_left_behind(seed: int) -> None:
    office, chance = crowd(), random.Random(seed)
    callers: list[str] = []
    for _ in range(80):
        await step(office, chance, callers)
        as_the_worker_has_it(office)
    if seed % 4 == 0:
        office.media.lost = True
        office.runner.worker_lost()
    else:
        await office.runner.drain(0)
    await office.wait(0)
    status = office.runner.status()
    assert (status.calls, status.legs, status.rooms) == (0, 0, 0) and office.runner.rooms() == []
    last = {one.id: one.state for one in office.minutes.kept if isinstance(one, InvitationRecord)}
    assert set(last.values()) <= FINAL
    await office.wait(61)  # who was cut off has so long to come back
    assert office.clock.pending <= 1, "only dialogs waiting to be saved"
    opened = [record.id for record in office.records.opened]
    assert sorted(opened) == sorted(record.id for record in office.records.finished)
    assert len(opened) == status.started >= 3
    if seed % 4:
        assert office.media.legs == {} and office.media.rooms == {}
        assert office.media.failures == []
    assert office.records.dialogs == {}
    assert [problem for problem in office.problems.found if problem.kind == "call-failed"] == []
    assert not any(office.runner._engine.busy(UserId(name)) for name in ("201", "202", "203"))
