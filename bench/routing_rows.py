"""The rows of a large configuration: how long it takes to decide where a call goes, and to apply a change."""

from __future__ import annotations

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.harness.server import Server

from bench.measure import Effort, middle
from bench.table import Row
from switchroom.calls.routing import Known, arrive, route
from switchroom.directory.ids import GroupId, MailboxId, NumberId, RingGroupId, TrunkId
from switchroom.directory.model import Settings, Snapshot, User, UserId
from switchroom.directory.outside import (
    Destination,
    DestinationKind,
    IncomingNumber,
    Mailbox,
    RingGroup,
    Schedule,
    Trunk,
    TrunkKind,
    UserGroup,
)
from switchroom.directory.personal import UNSET, Forward, Personal
from switchroom.store import Store

_USERS = 1000
_NUMBERS = 1000
_TRUNKS = 20
_LIMIT = 50.0
"""us."""


def _configuration() -> tuple[Snapshot, dict[UserId, Personal]]:
    """People with every kind of forwarding, numbers with hours, groups of ten, mailboxes."""
    names = [UserId(f"u{number}") for number in range(_USERS)]
    users = {
        name: User(name, str(2000 + number), f"User {number}", voicemail=number % 2 == 0, language="fr")
        for number, name in enumerate(names)
    }
    to = [Destination(DestinationKind.EXTENSION, name) for name in names]
    mobile = Destination(DestinationKind.NUMBER, "+32475123456")
    personal: dict[UserId, Personal] = {}
    for number, name in enumerate(names):
        following = to[(number + 1) % _USERS]
        lists = (Forward(following, 15), Forward(mobile, 20), Forward(to[(number + 7) % _USERS], 20))
        kinds = (
            Personal(no_answer=lists, no_answer_voicemail=True, busy=lists, busy_voicemail=True),
            Personal(follow_me=lists, follow_me_on=True),
            Personal(always=following),
            UNSET,
        )
        personal[name] = kinds[number % len(kinds)]
    hours = (Schedule((0, 1, 2, 3, 4), "09:00", "17:30"), Schedule((5,), "10:00", "13:00"))
    numbers = [
        IncomingNumber(NumberId(f"n{n}"), f"+3222{n:06}", destination=to[n], schedule=hours, otherwise=to[-n])
        for n in range(_NUMBERS)
    ]
    groups = [
        RingGroup(RingGroupId(f"g{n}"), str(5000 + n), f"Group {n}", tuple(names[10 * n : 10 * n + 10]))
        for n in range(100)
    ]
    boxes = [Mailbox(MailboxId(f"b{n}"), f"Box {n}", extension=str(6000 + n)) for n in range(100)]
    trunks = [
        Trunk(TrunkId(f"t{n}"), f"T{n}", TrunkKind.ADDRESS, "192.0.2.1", check_seconds=0)
        for n in range(_TRUNKS)
    ]
    teams = [UserGroup(GroupId(f"p{n}"), f"Team {n}", tuple(names[n::20])) for n in range(20)]
    snapshot = Snapshot(
        settings=Settings(country="BE", time_zone="Europe/Brussels"),
        users=users,
        trunks={one.id: one for one in trunks},
        numbers={one.id: one for one in numbers},
        ring_groups={one.id: one for one in groups},
        groups={one.id: one for one in teams},
        mailboxes={one.id: one for one in boxes},
    )
    return snapshot, personal


def route_decision(effort: Effort) -> list[Row]:
    """Calls to all extensions, codes, own numbers and numbers outside, and calls that come in by numbers."""
    snapshot, personal = _configuration()
    known = Known(snapshot, personal.__getitem__, lambda user: user[-1] == "3", 1_763_994_600.0)
    caller = UserId("u3")
    dialled = [
        *(user.extension for user in snapshot.users.values()),
        *(group.extension for group in snapshot.ring_groups.values()),
        *(f"**{2000 + n}" for n in range(0, _USERS, 10)),
        *(number.e164 for number in snapshot.numbers.values()),
        *(f"0475{n:06}" for n in range(1000)),
    ]
    decisions: list[Callable[[], object]] = [partial(route, known, number, caller) for number in dialled]
    decisions += [partial(arrive, known, number) for number in snapshot.numbers.values()]
    random.Random(1).shuffle(decisions)
    first = _spent(decisions)
    means = [sum(_spent(decisions)) / len(decisions) for _ in range(9 if effort.full else 3)]
    mean, cold = middle(means) * 1e6, sum(first) / len(first) * 1e6
    late = sorted(_spent(decisions))[int(len(decisions) * 0.99)] * 1e6
    measured = f"{mean:.1f} us, p99 {late:.0f} us; at first {cold:.0f} us"
    what = f"where a call goes: {_USERS:,} users, {_NUMBERS:,} numbers, {_TRUNKS} trunks"
    data = {"mean_us": mean, "p99_us": late, "first_us": cold, "calls": len(decisions)}
    return [Row(what, f"<= {_LIMIT:.0f} us", measured, mean <= _LIMIT, data=data)]


def _spent(decisions: list[Callable[[], object]]) -> list[float]:
    gc.collect()
    found = []
    for decide in decisions:
        begin = time.perf_counter()
        decide()
        found.append(time.perf_counter() - begin)
    return found


async def _fill(data: Path) -> None:
    snapshot, _ = _configuration()
    store = await Store.open(str(data / "switchroom.db"), data / "secret.key")
    try:
        kinds = (snapshot.users, snapshot.trunks, snapshot.numbers, snapshot.ring_groups, snapshot.groups)
        await store.configuration.save(
            snapshot.settings,
            "bench",
            *(one for kind in (*kinds, snapshot.mailboxes) for one in kind.values()),
        )
        await store.configuration.apply(store.configuration.applied.revision, "bench")
    finally:
        await store.close()


def apply_change(effort: Effort) -> list[Row]:
    """A number, a user and a trunk are changed, and the change is applied to a server that runs."""
    changes = {
        "/api/numbers/n7": ("destination", [{"kind": "extension", "target": f"u{n}"} for n in (8, 9)]),
        "/api/users/u7": ("name", ["Somebody", "Somebody else"]),
        "/api/trunks/t7": ("order", [1, 2]),
    }
    spent = []
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        server = Server(Path(folder))
        try:
            asyncio.run(_fill(Path(folder)))
            server.start()
            for turn in range(9 if effort.full else 5):
                for path, (field, values) in changes.items():
                    server.api("PATCH", path, {field: values[turn % 2]})
                base = server.api("GET", "/api/configuration")["base_revision"]
                begin = time.perf_counter()
                server.api("POST", "/api/configuration/apply", {"base_revision": base})
                spent.append(time.perf_counter() - begin)
        finally:
            server.close()
    what = f"apply a change: {_USERS:,} users, {_NUMBERS:,} numbers, {_TRUNKS} trunks"
    text = f"{middle(spent):.2f} s, the slowest of {len(spent)} {max(spent):.2f} s"
    return [Row(what, "<= 1 s", text, max(spent) <= 1.0, data={"seconds": spent})]


ROWS = [route_decision, apply_change]
