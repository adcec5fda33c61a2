"""The mail that says that somebody calls for help."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from switchroom.outbox.invitation import new_message
from switchroom.store.mail import MailKind, MailServer, NewMail

_WORDS = {
    "en": ("{who} calls the emergency number {number}", "{who} called {number} at {time}."),
    "fr": ("{who} appelle le numéro d'urgence {number}", "{who} a appelé le {number} à {time}."),
    "it": ("{who} chiama il numero di emergenza {number}", "{who} ha chiamato il {number} alle {time}."),
}


def emergency_mail(
    server: MailServer,
    system: str,
    recipient: str,
    language: str,
    who: str,
    number: str,
    now: float,
    zone: str,
) -> NewMail:
    """Who called which emergency number, and when (in the system's time zone)."""
    subject, text = _WORDS.get(language, _WORDS["en"])
    at = datetime.fromtimestamp(now, ZoneInfo(zone))
    values = {"who": " ".join(who.split()), "number": number, "time": f"{at:%H:%M:%S %Z, %Y-%m-%d}"}
    message = new_message(server, system, recipient, "", subject.format(**values))
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<emergency.{now:.6f}@{server.sender.rpartition('@')[2]}>"
    message["Importance"] = "high"
    message.set_content(text.format(**values) + "\n")
    return NewMail(recipient, subject.format(**values), MailKind.EMERGENCY, bytes(message))
