"""What was confirmed survives SIGKILL: a subprocess writes and is killed in the middle, again and again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import switchroom
from switchroom.store import CallRow, RecordFilter, Store, StoredBinding, load_demonstration

WRITER = """
import asyncio, sys
from pathlib import Path
from switchroom.store import CallRow, Store, StoredBinding
from switchroom.directory import User, UserId

async def main(url, key, start):
    store = await Store.open(url, Path(key))
    async def calls(worker):
        for number in range(100000):
            name = f"{start}-{worker}-{number}"
            row = CallRow(name, name, "call", "internal", 1.0)
            store.records.open(row)
            await store.records.finish(CallRow(name, name, "call", "internal", 1.0, ended_at=2.0))
            print("record", name, flush=True)
            store.bindings.put(StoredBinding(name, "user-201", 9e9, "{}"))
            await store.settled()
            print("binding", name, flush=True)
    async def edits():
        for number in range(1000):
            user = User(UserId(f"u{start}-{number}"), str(10000 + start * 1000 + number), "Somebody")
            await store.configuration.save(user, "writer")
            made = await store.configuration.apply(store.configuration.applied.revision, "writer")
            print("revision", made.number, user.id, flush=True)
    await asyncio.gather(edits(), *(calls(worker) for worker in range(20)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def killed_in_the_middle(url: str, key: Path, start: int, lines: int) -> list[list[str]]:
    """What the writer said was confirmed before it was killed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(switchroom.__file__).parent.parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(key), str(start)], stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait(timeout=30)
    return [line.decode().split() for line in said if line.endswith(b"\n")]


async def test_what_was_confirmed_survives_sigkill(store: Store, url: str, tmp_path: Path) -> None:
    await load_demonstration(store)
    said: list[list[str]] = []
    for start in range(3):
        said += await asyncio.to_thread(killed_in_the_middle, url, tmp_path / "key", start, 300 + 77 * start)
    assert {line[0] for line in said} == {"record", "binding", "revision"}

    await store.refresh()
    kept: dict[str, CallRow] = {}
    after: str | None = None
    while True:
        rows, after = await store.records.page(RecordFilter(), 500, after)
        kept.update({row.id: row for row in rows})
        if after is None:
            break
    assert [line for line in said if line[0] == "record" and kept[line[1]].ended_at != 2.0] == []
    found = {row.id: row for row in await store.bindings.load(0.0)}
    assert [line for line in said if line[0] == "binding" and line[1] not in found] == []
    assert isinstance(next(iter(found.values())), StoredBinding)
    revisions = [line for line in said if line[0] == "revision"]
    assert revisions
    for _, number, user_id in revisions:
        assert any(user == user_id for user in (await store.configuration.snapshot(int(number))).users)
    assert store.configuration.applied.revision >= max(int(line[1]) for line in revisions)
