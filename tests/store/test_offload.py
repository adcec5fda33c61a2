"""store/offload.py: the helper process computes, raises, dies, comes back, and never outlives us."""

from __future__ import annotations

import asyncio
import json
import math
import os
from collections.abc import AsyncIterator

import pytest

from switchroom.store.offload import HelperDied, Offload


@pytest.fixture
async def offload() -> AsyncIterator[Offload]:
    made = Offload()
    yield made
    made.close()


async def test_it_computes_elsewhere(offload: Offload) -> None:
    assert not offload.started
    assert await offload.run(os.getpid) != os.getpid()
    assert offload.started
    results = await asyncio.gather(*(offload.run(math.sqrt, number) for number in (1.0, 4.0, 9.0)))
    assert results == [1.0, 2.0, 3.0]
    large = "x" * 3_000_000
    assert await offload.run(json.dumps, large) == f'"{large}"'


async def test_what_it_raises_is_raised_here(offload: Offload) -> None:
    with pytest.raises(ValueError, match="math domain"):
        await offload.run(math.sqrt, -1.0)
    assert await offload.run(math.sqrt, 4.0) == 2.0


async def test_it_comes_back_after_its_death(offload: Offload) -> None:
    with pytest.raises(HelperDied):
        await offload.run(os._exit, 3)
    assert await offload.run(math.sqrt, 4.0) == 2.0


async def test_who_gives_up_leaves_no_answer_behind(offload: Offload) -> None:
    import time

    await offload.run(math.sqrt, 4.0)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await offload.run(time.sleep, 60)
    assert await offload.run(math.sqrt, 9.0) == 3.0
    assert time.monotonic() - begun < 20


async def test_it_ends_with_its_owner(offload: Offload) -> None:
    await offload.run(os.getpid)
    process = offload._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.to_thread(process.wait, 10) == 0


async def test_closing_ends_it(offload: Offload) -> None:
    await offload.run(os.getpid)
    process = offload._process
    assert process is not None
    offload.close()
    assert await asyncio.to_thread(process.wait, 10) != 0
