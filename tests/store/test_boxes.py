"""store/boxes.py: call control's mailboxes on top of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from switchroom.calls.boxes import Greeting, MessageId, NewMessage
from switchroom.calls.values import CallId, Party
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.outside import Mailbox
from switchroom.store import Store
from switchroom.store.boxes import VoicemailBoxes
from tests.harness.until import LONG
from tests.store.test_recordings import cut_off, names, tone

ANNE = MailboxId("202")
BOX = Mailbox(ANNE, "Anne", user=UserId("202"))


@dataclass
class Told:
    """Waits for what is told."""

    answers: list[bool] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, answer: bool) -> None:
        self.answers.append(answer)
        self.came.set()


async def answer(ask: Callable[[Told], None]) -> bool:
    """What is told."""
    told = Told()
    ask(told)
    async with asyncio.timeout(LONG):
        await told.came.wait()
    (found,) = told.answers
    return found


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def boxes(store: Store, problems: list[str]) -> VoicemailBoxes:
    return VoicemailBoxes(store.voicemails, lambda kind, *_: problems.append(kind))


def new(name: str = "m1", began: float = 1000.0) -> NewMessage:
    """A message that begins."""
    return NewMessage(MessageId(name), ANNE, CallId("call"), Party("203", "Bob", UserId("203")), began)


async def test_a_message_from_begin_to_end(store: Store, boxes: VoicemailBoxes) -> None:
    file = boxes.begin(new())
    tone(Path(file), 2.0)
    assert boxes.look(BOX).messages == ()
    boxes.finish(MessageId("m1"), 2.0)
    boxes.begin(new("m0", 500.0))
    boxes.finish(MessageId("m0"), 3.0)
    older, one = boxes.look(BOX).messages
    assert (older.id, one.id, one.file, one.heard) == ("m0", "m1", file, False)
    assert one.caller == Party("203", "Bob", UserId("203"))
    boxes.heard(MessageId("m1"))
    assert boxes.look(BOX).messages[1].heard
    boxes.drop(MessageId("m1"))
    await store.voicemails.settled()
    assert names(store.voicemails.folder) == []


async def test_a_message_whose_worker_died_is_as_long_as_its_file(
    store: Store, boxes: VoicemailBoxes
) -> None:
    cut_off(Path(boxes.begin(new())), 0.5, 4.0)
    changed = asyncio.Event()
    store.voicemails.when_changed(lambda mailbox: changed.set())
    boxes.finish(MessageId("m1"), None)
    async with asyncio.timeout(LONG):
        await changed.wait()
    (one,) = boxes.look(BOX).messages
    assert one.seconds == pytest.approx(4.0)


async def test_without_a_folder_there_is_a_problem_and_no_file(
    store: Store, boxes: VoicemailBoxes, problems: list[str]
) -> None:
    store.voicemails.folder.parent.mkdir(exist_ok=True)
    store.voicemails.folder.write_text("in the way")
    assert boxes.begin(new()) == ""
    assert boxes.greeting_file() == ""
    assert problems == ["voicemail-folder"] * 2


async def test_a_greeting_is_kept_or_forgotten(store: Store, boxes: VoicemailBoxes) -> None:
    first, second = boxes.greeting_file(), boxes.greeting_file()
    tone(Path(first))
    tone(Path(second))
    assert await answer(lambda told: boxes.keep_greeting(ANNE, Greeting.BUSY, first, told))
    assert not await answer(lambda told: boxes.keep_greeting(ANNE, None, second, told))
    assert not await answer(lambda told: boxes.keep_greeting(ANNE, Greeting.NAME, second, told))
    assert dict(boxes.look(BOX).greetings) == {Greeting.BUSY: first}
    assert names(store.voicemails.folder) == [Path(first).name]


async def test_pins(store: Store, boxes: VoicemailBoxes) -> None:
    assert not boxes.look(BOX).has_pin
    assert not await answer(lambda told: boxes.check_pin(ANNE, "", told))
    assert not await answer(lambda told: boxes.set_pin(ANNE, "0202", "202", "Anne", told))
    assert await answer(lambda told: boxes.set_pin(ANNE, "4711", "202", "Anne", told))
    assert boxes.look(BOX).has_pin
    assert await answer(lambda told: boxes.check_pin(ANNE, "4711", told))
    assert not await answer(lambda told: boxes.check_pin(ANNE, "4712", told))
    assert not await answer(lambda told: boxes.check_pin(None, "4711", told))
