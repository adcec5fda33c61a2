"""What invitations say, in the receiver's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that is written in one language; `{...}` is filled in."""

    invitation: str
    update: str
    cancellation: str
    invites: str
    changed: str
    cancelled: str
    when: str
    duration: str
    minutes: str
    room: str
    by_link: str
    join: str
    colon: str
    by_phone: str
    extension: str
    server: str
    number: str
    code: str
    personal: str
    note: str
    open: str
    sent_by: str
    test_subject: str
    test_text: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    date: str


WORDS = {
    "en": Words(
        invitation="Invitation: {title}, {date}",
        update="Changed: {title}, {date}",
        cancellation="Cancelled: {title}, {date}",
        invites="{who} invites you to a conference call.",
        changed="{who} changed this conference call.",
        cancelled="{who} cancelled this conference call. The link you were sent no longer works.",
        when="When",
        duration="Planned for",
        minutes="{minutes} minutes",
        room="Conference",
        by_link="In your browser, nothing needs to be installed",
        join="Join the conference",
        colon=":",
        by_phone="Or by phone",
        extension="call extension {extension}",
        server="call extension {extension} and enter the conference ID {id}, then #",
        number="call {number}",
        code="Access code: {code}, then #",
        personal="This link is yours alone: please do not pass it on.",
        note="Note",
        open="The conference is open at any time, before and after this appointment, too.",
        sent_by="Sent by {system}.",
        test_subject="Test from {system}",
        test_text="Mail from {system} arrives: invitations to conferences can be sent.",
        months=(
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ),
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        date="{day} {number} {month} {year}",
    ),
    "fr": Words(
        invitation="Invitation : {title}, {date}",
        update="Modifié : {title}, {date}",
        cancellation="Annulé : {title}, {date}",
        invites="{who} vous invite à une conférence téléphonique.",
        changed="{who} a modifié cette conférence téléphonique.",
        cancelled="{who} a annulé cette conférence téléphonique. Le lien reçu ne fonctionne plus.",
        when="Date",
        duration="Durée prévue",
        minutes="{minutes} minutes",
        room="Conférence",
        by_link="Dans votre navigateur, sans rien installer",
        join="Rejoindre la conférence",
        colon=" :",
        by_phone="Ou par téléphone",
        extension="appelez l’extension {extension}",
        server="appelez l’extension {extension} et saisissez l’ID de conférence {id}, puis #",
        number="appelez le {number}",
        code="Code d’accès : {code}, puis #",
        personal="Ce lien est personnel : merci de ne pas le transmettre.",
        note="Note",
        open="La conférence est ouverte à tout moment, avant comme après ce rendez-vous.",
        sent_by="Envoyé par {system}.",
        test_subject="Essai de {system}",
        test_text="Les e-mails de {system} arrivent : les invitations aux conférences peuvent être envoyées.",
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        days=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        date="{day} {number} {month} {year}",
    ),
    "it": Words(
        invitation="Invito: {title}, {date}",
        update="Modificata: {title}, {date}",
        cancellation="Annullata: {title}, {date}",
        invites="{who} La invita a una conferenza telefonica.",
        changed="{who} ha modificato questa conferenza telefonica.",
        cancelled="{who} ha annullato questa conferenza telefonica. Il link ricevuto non è più valido.",
        when="Quando",
        duration="Durata prevista",
        minutes="{minutes} minuti",
        room="Conferenza",
        by_link="Dal browser, senza installare nulla",
        join="Partecipare alla conferenza",
        colon=":",
        by_phone="Oppure per telefono",
        extension="chiamare l’interno {extension}",
        server="chiamare l’interno {extension} e digitare l’ID della conferenza {id}, poi #",
        number="chiamare il numero {number}",
        code="Codice di accesso: {code}, poi #",
        personal="Questo link è personale: si prega di non inoltrarlo.",
        note="Nota",
        open="La conferenza è aperta in qualsiasi momento, anche prima e dopo questo appuntamento.",
        sent_by="Inviato da {system}.",
        test_subject="Prova di {system}",
        test_text="Le e-mail di {system} arrivano: gli inviti alle conferenze possono essere inviati.",
        months=(
            "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
            "ottobre", "novembre", "dicembre",
        ),
        days=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        date="{day} {number} {month} {year}",
    ),
}  # fmt: skip


def words_of(language: str) -> Words:
    """The words of a language; English where there are none."""
    return WORDS.get(language, WORDS["en"])


def day_of(words: Words, moment: datetime) -> str:
    """A date in words, without the time."""
    return words.date.format(
        day=words.days[moment.weekday()],
        number=moment.day,
        month=words.months[moment.month - 1],
        year=moment.year,
    )


def offset_of(moment: datetime) -> str:
    """How far a moment's clock is from UTC: `UTC+1`, `UTC+5:30`."""
    seconds = (moment.utcoffset() or timedelta()).total_seconds()
    minutes = int(abs(seconds)) // 60
    text = f"{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")
    return f"UTC{'-' if seconds < 0 else '+'}{text}"
