"""store/recent.py: one's own calls, newest first, in pages."""

from __future__ import annotations

import pytest

from switchroom.store import CallRow, Store, recent_calls


def call(number: int, caller: str, callee: str, ended: bool = True) -> CallRow:
    return CallRow(
        id=f"call-{number:03}",
        journey=f"j-{number}",
        kind="call",
        direction="internal",
        started_at=1000.0 + number // 2,
        ended_at=2000.0 if ended else None,
        caller_user=caller,
        callee_user=callee,
    )


async def test_recent_calls_are_one_s_own_made_and_received(store: Store) -> None:
    rows = [call(n, *[("anna", "bruno"), ("bruno", "anna"), ("carla", "bruno")][n % 3]) for n in range(30)]
    rows += [call(40, "anna", "bruno", ended=False), call(41, "anna", "anna")]
    for row in rows:
        store.records.put(row)
    await store.settled()
    mine = [row.id for row in rows if "anna" in (row.caller_user, row.callee_user) and row.ended_at]
    seen: list[str] = []
    after: str | None = None
    while True:
        page, after = await recent_calls(store.database, "anna", 4, after)
        seen += [row.id for row in page]
        if after is None:
            break
    assert seen == sorted(mine, reverse=True)
    assert await recent_calls(store.database, "nobody", 4) == ([], None)
    with pytest.raises(ValueError, match="no page"):
        await recent_calls(store.database, "anna", 4, "x")
