"""The mail that says that somebody calls for help."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from switchroom.outbox.invitation import new_message
from switchroom.store.mail import MailKind, MailServer, NewMail

_WORDS = {
    "en": (
        "{who} calls the emergency number {number}",
        "{who} called {number} at {time}.",
        "The number shown, by which the emergency services call back: {shown}.",
        "No number was shown: the emergency services can not call back. Choose one under System, Calls "
        "outside.",
    ),
    "fr": (
        "{who} appelle le numéro d'urgence {number}",
        "{who} a appelé le {number} à {time}.",
        "Le numéro affiché, auquel les secours rappellent : {shown}.",
        "Aucun numéro n'a été affiché : les secours ne peuvent pas rappeler. Choisissez-en un sous Système, "
        "Appels externes.",
    ),
    "it": (
        "{who} chiama il numero di emergenza {number}",
        "{who} ha chiamato il {number} alle {time}.",
        "Il numero mostrato, al quale i soccorsi richiamano: {shown}.",
        "Nessun numero è stato mostrato: i soccorsi non possono richiamare. Sceglietene uno in Sistema, "
        "Chiamate esterne.",
    ),
}


def emergency_mail(
    server: MailServer,
    system: str,
    recipient: str,
    language: str,
    who: str,
    number: str,
    shown: str | None,
    now: float,
    zone: str,
) -> NewMail:
    """Who called which emergency number, when (in the system's time zone), and by which number of ours
    (E.164) they can call back."""
    subject, text, called_back, never = _WORDS.get(language, _WORDS["en"])
    at = datetime.fromtimestamp(now, ZoneInfo(zone))
    values = {"who": " ".join(who.split()), "number": number, "time": f"{at:%H:%M:%S %Z, %Y-%m-%d}"}
    values["shown"] = shown or ""
    message = new_message(server, system, recipient, "", subject.format(**values))
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<emergency.{now:.6f}@{server.sender.rpartition('@')[2]}>"
    message["Importance"] = "high"
    lines = (text, called_back if shown else never)
    message.set_content("".join(line.format(**values) + "\n" for line in lines))
    return NewMail(recipient, subject.format(**values), MailKind.EMERGENCY, bytes(message))
