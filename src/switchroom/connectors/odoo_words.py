"""What stands in Odoo's chatter about a call, as safe HTML in the language of the system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from typing import Final
from zoneinfo import ZoneInfo

from switchroom.crm.connector import CallNote
from switchroom.directory.typed import shown

_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?: |$)")
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3"})
_UNSEEN: Final = frozenset({"script", "style", "head"})


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is written in one language; `{...}` is filled in."""

    outgoing: str
    incoming: str
    ended: Mapping[str, str]
    outcome: Mapping[str, str]
    talked: str
    recording: str
    result: str


WORDS: Final = {
    "en": Words(
        outgoing="Call to {who}",
        incoming="Call from {who}",
        ended={"missed": "not answered", "refused": "refused", "failed": "failed"},
        outcome={
            "reached": "reached",
            "no_answer": "no answer",
            "busy": "busy",
            "voicemail": "left a voicemail",
            "wrong_number": "wrong number",
        },
        talked="talked for {time}",
        recording="Recording",
        result="Result: {outcome}",
    ),
    "fr": Words(
        outgoing="Appel à {who}",
        incoming="Appel de {who}",
        ended={"missed": "sans réponse", "refused": "refusé", "failed": "échoué"},
        outcome={
            "reached": "joint",
            "no_answer": "pas de réponse",
            "busy": "occupé",
            "voicemail": "message vocal laissé",
            "wrong_number": "mauvais numéro",
        },
        talked="durée {time}",
        recording="Enregistrement",
        result="Résultat : {outcome}",
    ),
    "it": Words(
        outgoing="Chiamata a {who}",
        incoming="Chiamata da {who}",
        ended={"missed": "senza risposta", "refused": "rifiutata", "failed": "non riuscita"},
        outcome={
            "reached": "raggiunto",
            "no_answer": "nessuna risposta",
            "busy": "occupato",
            "voicemail": "messaggio in segreteria",
            "wrong_number": "numero sbagliato",
        },
        talked="durata {time}",
        recording="Registrazione",
        result="Esito: {outcome}",
    ),
}


def words_in(language: str) -> Words:
    """The words of a language of ours; English for any other."""
    return WORDS.get(language, WORDS["en"])


def call_text(call: CallNote, language: str, time_zone: str, recording_url: str) -> str:
    """A call's entry in the chatter, as HTML: every text from outside is escaped."""
    words = words_in(language)
    number = shown(call.number) if call.number.startswith("+") else call.number
    who = f"{call.name} ({number})" if call.name and number else call.name or number
    title = words.outgoing if call.direction == "out" else words.incoming
    when = datetime.fromtimestamp(call.started_at, ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")
    facts = [when]
    if call.seconds is not None:
        facts.append(words.talked.format(time=_duration(call.seconds)))
    elif call.ended in words.ended:
        facts.append(words.ended[call.ended])
    lines = [f"<p><b>{escape(title.format(who=who))}</b><br>{escape(', '.join(facts))}</p>"]
    if call.outcome:
        outcome = words.outcome.get(call.outcome, call.outcome)
        lines.append(f"<p>{escape(words.result.format(outcome=outcome))}</p>")
    if call.note.strip():
        lines.append(paragraph(call.note))
    if recording_url:
        lines.append(f'<p><a href="{escape(recording_url)}">{escape(words.recording)}</a></p>')
    return "".join(lines)


def feedback_text(feedback: str, outcome: str, language: str) -> str:
    """What came of an activity, as plain text: Odoo escapes it."""
    word = words_in(language).outcome.get(outcome, outcome)
    return ": ".join(part for part in (word[:1].upper() + word[1:], feedback.strip()) if part)


def paragraph(text: str, marker: str = "") -> str:
    """Text with its line breaks as HTML; `marker` finds it again, and nobody sees it."""
    inner = "<br>".join(escape(line) for line in text.strip().splitlines()) or "<br>"
    return f'<p class="{escape(marker)}">{inner}</p>' if marker else f"<p>{inner}</p>"


def plain(html: str) -> str:
    """The text of HTML, with its line breaks."""
    reader = _Reader()
    reader.feed(html[:20_000])
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def with_time(time: str, summary: str) -> str:
    """A summary that tells the time of day: Odoo's activities know days only."""
    return f"{time} {summary}".strip()


def without_time(summary: str) -> tuple[str, str]:
    """The time of day a summary begins with, empty for none, and the rest."""
    found = _TIME.match(summary)
    return (found[0].strip(), summary[found.end() :].strip()) if found else ("", summary.strip())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Reader(HTMLParser):
    """Keeps the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)
