"""The row of the address book: a search in a large one, as the phone's search box asks for it."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

from bench.measure import Effort, middle
from bench.table import Row
from switchroom.crm import Card, Contact, ContactId, ContactNumber
from switchroom.store import Store, read_search
from switchroom.store.contacts import insert_contacts

_CONTACTS = 50_000
_LIMIT = 50.0
"""ms."""
_SHOWN = 50
_TEXTS = ("fam", "name3 family1", "family1999", "2404", "+32240123", "nobody", "p4999@ex")
"""The beginning of a common word, two words, a rare one, digits, a number, nothing, an address."""


async def _fill(store: Store) -> None:
    chance = random.Random(1)
    book = [
        Contact(
            ContactId(f"c{n}"),
            Card(
                name=f"Name{chance.randrange(400)} Family{chance.randrange(2000)}",
                company=f"Company {chance.randrange(5000)}",
                email=f"p{n}@example.com",
                numbers=(ContactNumber("work", f"+3224{n:06}"),),
            ),
            1.0,
            1.0,
        )
        for n in range(_CONTACTS)
    ]
    for start in range(0, _CONTACTS, 5000):
        async with store.contacts.database.writing() as connection:
            await insert_contacts(connection, book[start : start + 5000])


async def _measured(folder: Path, turns: int) -> dict[str, list[float]]:
    store = await Store.open(str(folder / "switchroom.db"), folder / "secret.key")
    spent: dict[str, list[float]] = {text: [] for text in _TEXTS}
    try:
        await _fill(store)
        for _ in range(turns):
            for text in _TEXTS:
                begin = time.perf_counter()
                await store.contacts.search(read_search(text), _SHOWN)
                spent[text].append((time.perf_counter() - begin) * 1000)
    finally:
        await store.close()
    return spent


def contact_search(effort: Effort) -> list[Row]:
    """Searches of seven kinds in turn on SQLite, in our own process, from the text to 50 contacts."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        spent = asyncio.run(_measured(Path(folder), 31 if effort.full else 11))
    slowest = max(spent, key=lambda text: middle(spent[text]))
    median, worst = middle(spent[slowest]), max(max(times) for times in spent.values())
    measured = f"{median:.0f} ms for {slowest!r}, the slowest kind; slowest of all {worst:.0f} ms"
    return [
        Row(
            f"a search in {_CONTACTS:,} contacts",
            f"<= {_LIMIT:.0f} ms",
            measured,
            median <= _LIMIT,
            data={"ms": spent},
        )
    ]


ROWS = [contact_search]
