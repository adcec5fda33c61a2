"""CSV, chunk by chunk, at the pace of whoever reads; call records are made in the helper process."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from switchroom.directory import LANGUAGES
from switchroom.store.audit import Audit, AuditEntry, AuditFilter
from switchroom.store.database import Database
from switchroom.store.offload import Offload
from switchroom.store.records import CallRow, RecordFilter, call_seconds, call_state, read_page

_ROWS = 4000
_AUDIT_ROWS = 500
"""A chunk of these is made on the loop: a millisecond or two."""
_RECORD_FIELDS = tuple(CallRow.__dataclass_fields__)
COLUMNS = (*_RECORD_FIELDS, "state", "seconds")
_HEADINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    "id": ("ID", "Identifiant", "Identificativo"),
    "journey": ("Journey", "Parcours", "Percorso"),
    "kind": ("What", "Quoi", "Che cosa"),
    "direction": ("Type", "Type", "Tipo"),
    "started_at": ("Start", "Début", "Inizio"),
    "answered_at": ("Answered", "Réponse", "Risposta"),
    "ended_at": ("End", "Fin", "Fine"),
    "dialled": ("Dialled", "Composé", "Composto"),
    "caller_extension": ("Caller's extension", "Poste de l'appelant", "Interno del chiamante"),
    "caller_user": ("Caller's ID", "Identifiant de l'appelant", "Identificativo del chiamante"),
    "caller_display": ("Caller's name", "Nom de l'appelant", "Nome del chiamante"),
    "callee_extension": ("Callee's extension", "Poste de l'appelé", "Interno del chiamato"),
    "callee_user": ("Callee's ID", "Identifiant de l'appelé", "Identificativo del chiamato"),
    "callee_display": ("Callee's name", "Nom de l'appelé", "Nome del chiamato"),
    "conference_id": ("Conference's ID", "Identifiant de la conférence", "Identificativo della conferenza"),
    "end_cause": ("Cause of the end", "Cause de la fin", "Causa della fine"),
    "sip_status": ("SIP status", "Code SIP", "Codice SIP"),
    "codec": ("Codec", "Codec", "Codec"),
    "quality": ("Quality", "Qualité", "Qualità"),
    "state": ("Result", "Résultat", "Esito"),
    "seconds": ("Talked (s)", "Parole (s)", "Parola (s)"),
}
AUDIT_COLUMNS = tuple(name for name in AuditEntry.__dataclass_fields__ if name != "id")
_TIMES = frozenset({"started_at", "answered_at", "ended_at", "time"})
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"\+?[0-9 ]+")


async def csv_chunks(
    database: Database, offload: Offload, wanted: RecordFilter, language: str = "en", zone: str = "UTC"
) -> AsyncIterator[str]:
    """The headings, in a language, then the records that match, newest first; times in the zone of an IANA
    name."""
    index = LANGUAGES.index(language) if language in LANGUAGES else 0
    yield "\ufeff" + _lines([[_HEADINGS[name][index] for name in COLUMNS]])
    url = database.url.render_as_string(hide_password=False)
    after: str | None = None
    while True:
        text, after = await offload.run(csv_chunk, url, wanted, after, zone)
        if text:
            yield text
        if after is None:
            return


def csv_chunk(url: str, wanted: RecordFilter, after: str | None, zone: str) -> tuple[str, str | None]:
    """One chunk of lines and where the next begins; opens the database itself, being in another process."""
    return asyncio.run(_chunk(url, wanted, after, ZoneInfo(zone)))


async def _chunk(url: str, wanted: RecordFilter, after: str | None, zone: tzinfo) -> tuple[str, str | None]:
    database = Database(url)
    try:
        rows, following = await read_page(database, wanted, _ROWS, after)
    finally:
        await database.close()
    return _lines([cells(row, zone) for row in rows]), following


def cells(row: CallRow, zone: tzinfo) -> list[str]:
    """A record's cells: times in ISO 8601, nothing that a spreadsheet would compute."""
    seconds = call_seconds(row)
    return [
        *_cells(row, _RECORD_FIELDS, zone),
        call_state(row).value,
        "" if seconds is None else f"{seconds:.3f}",
    ]


async def audit_chunks(audit: Audit, wanted: AuditFilter, zone: tzinfo) -> AsyncIterator[str]:
    """The header line, then the acts that match, newest first."""
    yield "\ufeff" + _lines([AUDIT_COLUMNS])
    after: int | None = None
    while True:
        entries, after = await audit.page(wanted, _AUDIT_ROWS, after)
        yield _lines(_cells(entry, AUDIT_COLUMNS, zone) for entry in entries)
        if after is None:
            return


def _cells(row: object, names: Iterable[str], zone: tzinfo) -> list[str]:
    out = []
    for name in names:
        value = getattr(row, name)
        if value is None:
            out.append("")
        elif name in _TIMES:
            out.append(datetime.fromtimestamp(value, zone).isoformat(timespec="milliseconds"))
        else:
            out.append(safe_cell(str(value)))
    return out


def safe_cell(text: str) -> str:
    """The text, led by an apostrophe where a spreadsheet would take it for a formula."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def _lines(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
