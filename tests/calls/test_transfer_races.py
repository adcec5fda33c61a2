"""Transfers while everything happens at once: whatever the order, nobody is left with a dead line and every
record is closed ("a transfer during a transfer", "both ends hanging up at once")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from switchroom.directory.model import UserId
from switchroom.sip.events import EndCause, InviteAccepted, InviteRejected, SessionEnded, SessionId
from switchroom.sip.message import Response
from tests.calls.test_transfer import ANNA, HELD, ids, refer
from tests.harness.office import Office, description

CARLA = UserId("203")


class Story:
    """Bruno (202) talks with Anna (201). What is done by name happens at once, without a turn in between."""

    def __init__(self, office: Office, bruno: str, anna: str) -> None:
        self.office, self.bruno, self.anna = office, bruno, anna
        self.carla = self.second = ""
        """The leg that rings at Carla's, and Anna's own one to her, where she asks first."""
        self.gone: set[str] = set()

    def _bye(self, leg: str) -> None:
        if leg and leg not in self.gone:
            self.gone.add(leg)
            self.office.runner.on_sip_event(SessionEnded(SessionId(leg), EndCause.REMOTE_BYE))

    def act(self, name: str) -> None:
        """One of the things that happen."""
        acts: dict[str, Callable[[], object]] = {
            "carla answers": self._answers,
            "carla is busy": self._busy,
            "carla hangs up": lambda: self._bye(self.carla),
            "bruno hangs up": lambda: self._bye(self.bruno),
            "anna hangs up": lambda: self._bye(self.anna),
            "anna cancels": lambda: self._bye(self.second),
            "anna transfers": lambda: self._transfer(ANNA, "204"),
            "anna's phone refers": self._refers,
            "carla transfers": lambda: self._transfer(CARLA, "204"),
            "anna completes": self._completes,
            "anna's phone completes": lambda: self._refers(self.second),
        }
        acts[name]()

    def _answers(self) -> None:
        if self.carla not in self.gone:
            answer = InviteAccepted(SessionId(self.carla), description("PCMU"), Response(200))
            self.office.runner.on_sip_event(answer)

    def _busy(self) -> None:
        if self.carla not in self.gone:
            self.gone.add(self.carla)
            rejected = InviteRejected(SessionId(self.carla), 486, "", None, None)
            self.office.runner.on_sip_event(rejected)

    def _transfer(self, by: UserId, to: str) -> None:
        for call in ids(self.office):
            self.office.runner.moving.transfer(by, call, to)

    def _refers(self, replaces: str | None = None) -> None:
        if self.anna not in self.gone:
            self.office.runner.on_sip_event(refer(self.office, self.anna, "204", replaces or None))

    def _completes(self) -> None:
        running = ids(self.office)
        if len(running) > 1:
            self.office.runner.moving.complete(ANNA, running[0], running[-1])

    def everybody_hears(self) -> None:
        """Who is in a call hears somebody, music or words; where it still rings there is nothing to hear."""
        media = self.office.media
        quiet = {
            leg.leg for call in self.office.runner.calls() if call.state == "ringing" for leg in call.legs
        }
        for leg in media.legs:
            heard = media.hears(leg)
            if heard.startswith("leg "):
                other = heard.removeprefix("leg ")
                assert other in media.legs, f"{leg} is left alone"
                assert media.hears(other) in (f"leg {leg}", "music"), f"{leg} hears one who does not hear it"
            else:
                assert heard or leg in quiet, f"{leg} hears nothing"

    async def is_over(self) -> None:
        """Everybody hangs up; then there is nothing left, and every call has its end."""
        office = self.office
        for _ in range(6):
            for leg in list(office.media.legs):
                self._bye(leg)
            await office.wait(60)
        assert office.media.legs == {} and office.runner.status().calls == 0
        opened, finished = (
            {one.id for one in found} for found in (office.records.opened, office.records.finished)
        )
        assert opened == finished and len(office.records.finished) == len(finished)
        assert len({one.journey for one in office.records.opened if one.id in opened}) <= 2


async def blind() -> Story:
    """Anna leads Bruno to Carla, whose phone rings."""
    office = Office()
    story = Story(office, *await office.talk("202", "201"))
    await office.tell(refer(office, story.anna, "203"))
    story.carla = office.rung()
    await office.ring(story.carla)
    return story


async def asking(*, answered: bool) -> Story:
    """Anna holds Bruno and calls Carla, who rings or talks with her."""
    office = Office()
    story = Story(office, *await office.talk("202", "201"))
    await office.reinvite(story.anna, HELD)
    story.second = await office.dial("201", "203")
    story.carla = office.rung()
    await office.ring(story.carla)
    if answered:
        await office.pick_up(story.carla)
        await office.acknowledge(story.second)
    return story


BLIND = ("carla answers", "carla is busy", "carla hangs up", "bruno hangs up", "anna hangs up",
         "anna transfers", "anna's phone refers", "carla transfers")  # fmt: skip
ASKED = ("carla answers", "carla hangs up", "bruno hangs up", "anna hangs up", "anna cancels",
         "anna completes", "anna's phone completes", "anna transfers")  # fmt: skip


def orders(acts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Any three of them, in any order."""
    return permutations(acts, 3)


@pytest.mark.parametrize("turns", [False, True], ids=["at once", "in turns"])
@pytest.mark.parametrize("first", BLIND)
async def test_blind_transfers_in_any_order(first: str, turns: bool) -> None:
    for order in orders(BLIND):
        if order[0] == first:
            await _play(await blind(), order, turns=turns)


@pytest.mark.parametrize("answered", [False, True], ids=["ringing", "talking"])
@pytest.mark.parametrize("first", ASKED)
async def test_attended_transfers_in_any_order(first: str, answered: bool) -> None:
    for order in orders(ASKED):
        if order[0] == first and not (answered and "carla answers" in order):
            await _play(await asking(answered=answered), order, turns=False)


async def _play(story: Story, order: tuple[str, ...], *, turns: bool) -> None:
    try:
        for name in order:
            story.act(name)
            if turns:
                await story.office.settle()
        await story.office.settle()
        story.everybody_hears()
        await story.is_over()
    except AssertionError as wrong:
        raise AssertionError(f"{' -> '.join(order)}: {wrong}") from wrong
