"""A meeting's minutes as a table for spreadsheets, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from switchroom.store.export import safe_cell
from switchroom.store.minutes import AttendanceRow, InvitationRow, MeetingRow
from switchroom.store.recordings import RecordingRow

_COLUMNS = ("what", "name", "number", "how", "administrator", "joined", "entered", "left", "waited", "inside",
            "talked", "remark")  # fmt: skip
_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("What", "Name", "Number", "Came by", "Administrator", "Arrived", "In the room from", "Until",
           "Waited (s)", "In the room (s)", "Talked (s)", "Remark"),
    "fr": ("Quoi", "Nom", "Numéro", "Venu par", "Administrateur", "Arrivée", "Dans la salle dès", "Jusqu'à",
           "Attente (s)", "Dans la salle (s)", "Parole (s)", "Remarque"),
    "it": ("Che cosa", "Nome", "Numero", "Arrivato tramite", "Amministratore", "Arrivo", "Nella stanza da",
           "Fino a", "Attesa (s)", "Nella stanza (s)", "Parola (s)", "Nota"),
}  # fmt: skip
_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "meeting": ("Meeting", "Réunion", "Riunione"),
    "participant": ("Participant", "Participant", "Partecipante"),
    "invited": ("Invitation", "Invitation", "Invito"),
    "recording": ("Recording", "Enregistrement", "Registrazione"),
    "yes": ("yes", "oui", "sì"),
    "everybody": ("Everybody", "Tous", "Tutti"),
    "entrance extension": ("extension", "poste", "interno"),
    "entrance server": ("conference server", "serveur de conférences", "server di conferenze"),
    "entrance invitation": ("invitation", "invitation", "invito"),
    "entrance link": ("link", "lien", "collegamento"),
    "state ringing": ("ringing", "sonne", "squilla"),
    "state answered": ("answered", "a répondu", "ha risposto"),
    "state joined": ("joined", "a rejoint", "è entrato"),
    "state refused": ("refused", "refusée", "rifiutato"),
    "state failed": ("failed", "échouée", "fallito"),
    "state cancelled": ("cancelled", "annulée", "annullato"),
    "caller_hung_up": ("left", "parti", "uscito"),
    "callee_hung_up": ("left", "parti", "uscito"),
    "conference_ended": ("the conference ended", "la conférence s'est terminée", "la conferenza è terminata"),
    "removed": ("removed", "retiré", "rimosso"),
    "hung_up_by_operator": ("removed", "retiré", "rimosso"),
    "time_limit": ("time limit", "limite de durée", "limite di durata"),
    "signalling_lost": ("connection lost", "connexion perdue", "connessione persa"),
    "media_timeout": ("connection lost", "connexion perdue", "connessione persa"),
    "media_failed": ("technical failure", "panne technique", "guasto tecnico"),
    "internal_error": ("technical failure", "panne technique", "guasto tecnico"),
    "crash": ("technical failure", "panne technique", "guasto tecnico"),
    "shutdown": ("system stopped", "système arrêté", "sistema arrestato"),
    "busy": ("busy", "occupé", "occupato"),
    "declined": ("declined", "décliné", "declinato"),
    "no_answer": ("no answer", "sans réponse", "nessuna risposta"),
    "unreachable": ("not reachable", "injoignable", "non raggiungibile"),
    "stopped": ("stopped", "arrêté", "fermata"),
    "ended": ("the meeting ended", "fin de la réunion", "fine della riunione"),
    "left": ("left", "parti", "uscito"),
    "disk": ("disk full", "disque plein", "disco pieno"),
}
_LANGUAGES = tuple(_HEADINGS)


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """All that is known of a meeting."""

    meeting: MeetingRow
    attendances: Sequence[AttendanceRow]
    invitations: Sequence[InvitationRow]
    recordings: Sequence[RecordingRow]


def waited(row: AttendanceRow) -> float | None:
    """How long somebody waited to be let in, in seconds; None while it lasts."""
    end = row.entered_at if row.entered_at is not None else row.left_at
    return None if end is None else max(0.0, round(end - row.joined_at, 3))


def inside(row: AttendanceRow) -> float | None:
    """How long somebody was in the room itself, in seconds; None while it lasts, 0 for who only waited."""
    if row.entered_at is None:
        return 0.0
    return None if row.left_at is None else max(0.0, round(row.left_at - row.entered_at, 3))


@dataclass(frozen=True, slots=True)
class _Reader:
    """In which language and zone the table is written."""

    index: int
    zone: tzinfo

    def word(self, key: str) -> str:
        return _WORDS[key][self.index] if key in _WORDS else key

    def time(self, seconds: float | None) -> str:
        if seconds is None:
            return ""
        return datetime.fromtimestamp(seconds, self.zone).isoformat(timespec="seconds")


def minutes_csv(facts: MeetingFacts, language: str, zone: tzinfo) -> str:
    """The table, as a file: the meeting, who was there, who was called, what was recorded; times in the zone.

    Cells that a spreadsheet would compute are made text.
    """
    index = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    reader = _Reader(index, zone)
    meeting = facts.meeting
    table = [
        {
            "what": reader.word("meeting"),
            "name": meeting.name,
            "joined": reader.time(meeting.started_at),
            "left": reader.time(meeting.ended_at),
        },
        *(_participant(row, reader) for row in facts.attendances),
        *(_invited(row, reader) for row in facts.invitations),
        *(_recording(row, reader) for row in facts.recordings),
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(_HEADINGS[_LANGUAGES[index]])
    writer.writerows([safe_cell(cells.get(column, "")) for column in _COLUMNS] for cells in table)
    return "\ufeff" + buffer.getvalue()


def _participant(row: AttendanceRow, reader: _Reader) -> dict[str, str]:
    return {
        "what": reader.word("participant"),
        "name": row.name,
        "number": row.extension,
        "how": reader.word(f"entrance {row.entrance}"),
        "administrator": reader.word("yes") if row.administrator else "",
        "joined": reader.time(row.joined_at),
        "entered": reader.time(row.entered_at),
        "left": reader.time(row.left_at),
        "waited": _figure(waited(row)),
        "inside": _figure(inside(row)),
        "talked": _figure(row.talk_seconds),
        "remark": reader.word(row.reason),
    }


def _invited(row: InvitationRow, reader: _Reader) -> dict[str, str]:
    state = reader.word(f"state {row.state}")
    return {
        "what": reader.word("invited"),
        "name": row.name,
        "number": row.number,
        "joined": reader.time(row.at),
        "left": reader.time(row.ended_at),
        "remark": f"{state}: {reader.word(row.reason)}" if row.reason else state,
    }


def _recording(row: RecordingRow, reader: _Reader) -> dict[str, str]:
    return {
        "what": reader.word("recording"),
        "name": row.participant or reader.word("everybody"),
        "joined": reader.time(row.started_at),
        "left": reader.time(row.ended_at),
        "inside": _figure(row.seconds),
        "remark": reader.word(row.reason),
    }


def _figure(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"
