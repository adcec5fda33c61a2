"""Call records as CSV, made in the helper process chunk by chunk, at the pace of whoever reads."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from switchroom.store.database import Database
from switchroom.store.offload import Offload
from switchroom.store.records import CallRow, RecordFilter, read_page

_ROWS = 4000
COLUMNS = tuple(CallRow.__dataclass_fields__)
_TIMES = frozenset({"started_at", "answered_at", "ended_at"})
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"\+?[0-9 ]+")


async def csv_chunks(database: Database, offload: Offload, wanted: RecordFilter) -> AsyncIterator[str]:
    """The header line, then the records that match, newest first."""
    yield "\ufeff" + _lines([COLUMNS])
    url = database.url.render_as_string(hide_password=False)
    after: str | None = None
    while True:
        text, after = await offload.run(csv_chunk, url, wanted, after)
        if text:
            yield text
        if after is None:
            return


def csv_chunk(url: str, wanted: RecordFilter, after: str | None) -> tuple[str, str | None]:
    """One chunk of lines and where the next begins; opens the database itself, being in another process."""
    return asyncio.run(_chunk(url, wanted, after))


async def _chunk(url: str, wanted: RecordFilter, after: str | None) -> tuple[str, str | None]:
    database = Database(url)
    try:
        rows, following = await read_page(database, wanted, _ROWS, after)
    finally:
        await database.close()
    return _lines([cells(row) for row in rows]), following


def cells(row: CallRow) -> list[str]:
    """A record's cells: times in ISO 8601 (UTC), nothing that a spreadsheet would compute."""
    out = []
    for name in COLUMNS:
        value = getattr(row, name)
        if value is None:
            out.append("")
        elif name in _TIMES:
            out.append(datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds"))
        else:
            out.append(safe_cell(str(value)))
    return out


def safe_cell(text: str) -> str:
    """The text, led by an apostrophe where a spreadsheet would take it for a formula."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _lines(rows: list[list[str]] | list[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
