"""store/voicemails.py: messages, greetings, PINs; what a kill leaves (B7, D3-04 to D3-06, G-03)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import switchroom
from switchroom.store import Store
from switchroom.store.voicemails import (
    MOST_MESSAGES,
    Counts,
    GreetingKind,
    MailStage,
    Voicemail,
    WeakPin,
    check_pin,
)
from tests.store.test_recordings import cut_off, mode, names, played, tone


def message(number: int = 1, mailbox: str = "201", **values: object) -> Voicemail:
    """A message that is being recorded."""
    one = Voicemail(f"m{number}", mailbox, "call", "+3221234", "Bob", None, f"m{number}.wav", 1000.0 + number)
    return replace(one, **values)  # type: ignore[arg-type]


@pytest.fixture
def folder(store: Store) -> Path:
    store.voicemails.prepare()
    return store.voicemails.folder


async def reopened(store: Store, url: str) -> Store:
    """The same database as another process finds it."""
    await store.voicemails.settled()
    return await Store.open(url, store.voicemails.folder.parent / "key")


async def left(store: Store, number: int = 1, seconds: float = 3.0, mailbox: str = "201") -> None:
    """Leave a message."""
    tone(store.voicemails.folder / f"m{number}.wav", seconds)
    store.voicemails.begin(message(number, mailbox))
    store.voicemails.finish(f"m{number}", seconds)


async def test_b7_01_a_message_is_new_heard_archived_deleted(store: Store, folder: Path, url: str) -> None:
    assert mode(folder) == 0o700
    changed: list[str] = []
    store.voicemails.when_changed(changed.append)
    tone(folder / "m1.wav")
    store.voicemails.begin(message())
    assert (store.voicemails.of("201"), store.voicemails.counts("201"), changed) == ([], Counts(), [])
    store.voicemails.finish("m1", 3.5)
    assert store.voicemails.counts("201") == Counts(new=1)
    assert changed == ["201"]
    heard = store.voicemails.mark("m1", heard=True)
    assert heard is not None
    assert heard.heard_at is not None
    assert store.voicemails.mark("m1", heard=True) == heard  # when it was heard first
    assert store.voicemails.counts("201") == Counts(old=1)
    store.voicemails.mark("m1", archived=True)
    assert store.voicemails.counts("201") == Counts()
    other = await reopened(store, url)
    try:
        (kept,) = other.voicemails.of("201")
        assert (kept.seconds, kept.heard_at, kept.archived_at is not None) == (3.5, heard.heard_at, True)
        assert kept == store.voicemails.get("m1")
    finally:
        await other.close()
    assert await store.voicemails.delete("m1")
    assert not await store.voicemails.delete("m1")
    assert names(folder) == []
    other = await reopened(store, url)
    assert other.voicemails.of("201") == []
    await other.close()


async def test_what_is_shorter_than_a_second_is_no_message(store: Store, folder: Path) -> None:
    tone(folder / "m1.wav", 0.8)
    store.voicemails.begin(message())
    assert store.voicemails.finish("m1", 0.8) is None
    await store.voicemails.settled()
    assert store.voicemails.of("201") == []
    assert names(folder) == []


async def test_a_file_that_can_not_be_deleted_keeps_its_message(store: Store, folder: Path) -> None:
    await left(store)
    (folder / "m1.wav").unlink()
    (folder / "m1.wav").mkdir()
    await store.voicemails.delete("m1")
    assert [one.id for one in store.voicemails.of("201")] == ["m1"]


async def test_d3_06_pages_are_newest_first_and_of_one_box(store: Store, folder: Path) -> None:
    for number in range(5):
        await left(store, number)
    await left(store, 9, mailbox="202")
    store.voicemails.mark("m4", archived=True)
    first, after = store.voicemails.page("201", limit=3)
    assert [one.id for one in first] == ["m3", "m2", "m1"]
    second, end = store.voicemails.page("201", limit=3, after=after)
    assert ([one.id for one in second], end) == (["m0"], None)
    assert [one.id for one in store.voicemails.page("201", archived=True)[0]] == ["m4"]
    with pytest.raises(ValueError, match="page"):
        store.voicemails.page("201", after="nonsense")


async def test_a_box_is_full_with_many_messages(store: Store, folder: Path) -> None:
    for number in range(MOST_MESSAGES):
        assert not store.voicemails.full("201")
        store.voicemails.begin(message(number))
    assert store.voicemails.full("201")
    assert not store.voicemails.full("202")


async def test_messages_that_a_crash_cut_off_are_closed_by_their_files(
    store: Store, folder: Path, url: str
) -> None:
    for number, seconds in ((1, 4.0), (2, 0.5)):
        cut_off(folder / f"m{number}.wav", 0.2, seconds)
        store.voicemails.begin(message(number))
    store.voicemails.begin(message(3))  # whose file was never made
    after = await reopened(store, url)
    try:
        assert await after.voicemails.close_interrupted(1000.0) == 0  # what began since is not cut off
        assert await after.voicemails.close_interrupted(9e9) == 3
        await after.voicemails.settled()
        (kept,) = after.voicemails.of("201")
        assert kept.id == "m1"
        assert kept.seconds == pytest.approx(4.0)
        assert played(folder / "m1.wav") == pytest.approx(4.0)
        assert names(folder) == ["m1.wav"]
    finally:
        await after.close()


WRITER = """
import asyncio, struct, sys
from pathlib import Path
from switchroom.store import Store
from switchroom.store.voicemails import Voicemail

FORM = (b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16, b"data", 0)
HEAD = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36, *FORM)

async def record(store, start, number):
    name = f"m{start}-{number}"
    path = store.voicemails.file(f"{name}.wav")
    store.voicemails.begin(Voicemail(name, "201", "call", "1", "", None, path.name, 1000.0 + number))
    with path.open("wb", buffering=0) as file:  # as the worker: the first half second, then the next ones
        for half in range(6):
            await asyncio.sleep(0.06)
            file.write((HEAD if not half else b"") + bytes(16000))
            print(name, half + 1, flush=True)
    if number % 2:  # whose header the worker wrote
        store.voicemails.finish(name, 3.0)

async def main(url, key, start):
    store = await Store.open(url, Path(key))
    store.voicemails.prepare()
    for number in range(10000):
        asyncio.create_task(record(store, start, number))
        await asyncio.sleep(0.02)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_no_message_is_lost_by_sigkill_at_any_moment(store: Store, folder: Path, url: str) -> None:
    written: dict[str, int] = {}
    environment = {**os.environ, "PYTHONPATH": str(Path(switchroom.__file__).parent.parent)}
    for start in range(2):
        process = await asyncio.to_thread(
            subprocess.Popen,
            [sys.executable, "-c", WRITER, url, str(folder.parent / "key"), str(start)],
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert process.stdout is not None
        lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(60 + 37 * start)]
        process.send_signal(signal.SIGKILL)
        lines += await asyncio.to_thread(process.stdout.readlines)
        process.wait(timeout=30)
        for line in lines:
            if line.endswith(b"\n"):
                name, halves = line.decode().split()
                written[name] = int(halves)
    after = await reopened(store, url)
    try:
        await after.voicemails.close_interrupted(9e9)
        kept = {one.id: one.seconds or 0.0 for one in after.voicemails.of("201")}
        lost = [name for name, halves in written.items() if halves >= 2 and kept.get(name, 0) < halves / 2]
        assert lost == []
        assert sum(halves >= 2 for halves in written.values()) > 5
        assert all(played(folder / f"{name}.wav") >= 1.0 for name in kept if int(name.split("-")[1]) % 2 == 0)
    finally:
        await after.close()


async def test_old_messages_go_once_they_were_heard(store: Store, folder: Path) -> None:
    for number in (1, 2, 3):
        await left(store, number)
    store.voicemails.mark("m1", heard=True)
    store.voicemails.mark("m3", heard=True)
    assert await store.voicemails.delete_before(1002.5) == 1
    assert [one.id for one in store.voicemails.of("201")] == ["m3", "m2"]


async def test_d3_04_a_mail_is_due_once(store: Store, folder: Path, url: str) -> None:
    store.voicemails.begin(message(2))
    await left(store)
    assert [one.id for one in store.voicemails.with_mail(MailStage.DUE)] == ["m1"]
    store.voicemails.mailed("m1", MailStage.DONE)
    assert store.voicemails.with_mail(MailStage.DUE, MailStage.QUEUED) == []
    other = await reopened(store, url)
    assert other.voicemails.with_mail(MailStage.DUE) == []
    await other.close()


async def test_d3_05_a_greeting_takes_the_place_of_the_former(store: Store, folder: Path, url: str) -> None:
    tone(folder / "one.wav", 2.0)
    tone(folder / "two.wav", 1.0)
    await store.voicemails.set_greeting("201", GreetingKind.BUSY, "one.wav")
    await store.voicemails.set_greeting("201", GreetingKind.BUSY, "two.wav", "I am busy.")
    assert names(folder) == ["two.wav"]
    other = await reopened(store, url)
    try:
        found = other.voicemails.greeting("201", GreetingKind.BUSY)
        assert found is not None
        assert (found.path, found.seconds, found.text) == ("two.wav", 1.0, "I am busy.")
        assert other.voicemails.greeting("201", GreetingKind.UNAVAILABLE) is None
        assert await other.voicemails.remove_greeting("201", GreetingKind.BUSY)
        assert not await other.voicemails.remove_greeting("201", GreetingKind.BUSY)
        assert names(folder) == []
    finally:
        await other.close()


async def test_what_is_no_sound_is_no_greeting(store: Store, folder: Path) -> None:
    (folder / "text.wav").write_bytes(b"no sound")
    with pytest.raises(ValueError, match="RIFF"):
        await store.voicemails.set_greeting("201", GreetingKind.NAME, "text.wav")
    for path in ("../key", "", ".hidden", "a/b.wav"):
        with pytest.raises(ValueError, match="no file"):
            store.voicemails.file(path)


@pytest.mark.parametrize(
    "pin", ["123", "123456789", "12a4", "1234", "0000", "9876", "8901", "201", "0201", "201201", "１２８４"]
)
def test_d3_04_a_pin_that_is_guessed_first_is_refused(pin: str) -> None:
    with pytest.raises(WeakPin):
        check_pin(pin, "201")


@pytest.mark.parametrize("pin", ["4711", "20115", "90210", "31415926"])
def test_d3_04_a_pin_has_4_to_8_digits(pin: str) -> None:
    check_pin(pin, "201")


async def test_a_pin_is_kept_as_a_hash_and_audited(store: Store, url: str) -> None:
    assert store.voicemails.key("201").ask_pin
    assert not await store.voicemails.pin_is("201", "")
    await store.voicemails.set_pin("201", "4711", "Anne", "201")
    with pytest.raises(WeakPin):
        await store.voicemails.set_pin("201", "0201", "Anne", "201")
    await store.voicemails.set_ask_pin("201", False, "Anne")
    other = await reopened(store, url)
    try:
        key = other.voicemails.key("201")
        assert not key.ask_pin
        assert "4711" not in repr(key) + (key.pin_hash or "")
        assert await other.voicemails.pin_is("201", "4711")
        assert not await other.voicemails.pin_is("201", "4712")
        assert not await other.voicemails.pin_is("202", "4711")
        entries = await other.audit.list()
        assert [(one.who, one.action, one.subject) for one in entries] == [
            ("Anne", "voicemail PIN not asked", "mailboxes/201"),
            ("Anne", "voicemail PIN set", "mailboxes/201"),
        ]
        await other.voicemails.set_pin("201", None, "admin")
        assert other.voicemails.key("201").pin_hash is None
    finally:
        await other.close()
