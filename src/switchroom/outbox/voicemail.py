"""Mail about a message in a mailbox, with its sound (B7-02, D3-04).

It goes into the outbox once: the mail carries the message's id, and who died before he noted it finds it
there. What is done after the mail (heard, deleted) is done when the mail server has taken it, not before.
"""

from __future__ import annotations

import asyncio
import email.policy
import logging
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from switchroom.directory import Mailbox
from switchroom.directory.outside import AfterMail
from switchroom.outbox.words import day_of, words_of
from switchroom.store import Store
from switchroom.store.mail import MailKind, MailServer, MailState, NewMail
from switchroom.store.tables import mails
from switchroom.store.voicemails import MailStage, Voicemail

log = logging.getLogger(__name__)

_POLICY: Final = email.policy.SMTP.clone(max_line_length=76)
_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    text: str
    withheld: str
    attached: str
    listen: str
    deleted: str


_WORDS: Final = {
    "en": _Words(
        subject="Voicemail from {caller} ({length})",
        text="{caller} left a message of {length} in the mailbox {box} on {date} at {time}.",
        withheld="a withheld number",
        attached="The message is attached.",
        listen="To listen to it by phone, call *98.",
        deleted="It is deleted from the mailbox now that this mail has been sent.",
    ),
    "fr": _Words(
        subject="Message vocal de {caller} ({length})",
        text="{caller} a laissé un message de {length} dans la boîte vocale {box}, {date} à {time}.",
        withheld="un numéro masqué",
        attached="Le message est joint.",
        listen="Pour l’écouter par téléphone, appelez le *98.",
        deleted="Il est supprimé de la boîte vocale maintenant que cet e-mail est envoyé.",
    ),
    "it": _Words(
        subject="Messaggio vocale da {caller} ({length})",
        text="{caller} ha lasciato un messaggio di {length} nella casella vocale {box}, {date} alle {time}.",
        withheld="un numero nascosto",
        attached="Il messaggio è allegato.",
        listen="Per ascoltarlo per telefono, chiami il *98.",
        deleted="Ora che questa e-mail è stata inviata, viene eliminato dalla casella vocale.",
    ),
}


class VoicemailMail:
    """Writes the mail of messages. `look` is called again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.voicemails.when_changed(self._changed)

    def _changed(self, mailbox: str) -> None:
        if self._store.voicemails.with_mail(MailStage.DUE):
            self._store.mail.wake()

    async def look(self) -> None:
        """Write what is due, and do what is to be done after a mail."""
        kept = self._store.voicemails
        due = kept.with_mail(MailStage.DUE)
        if due:
            server = await self._store.mail.server()
            for message in due:
                await self._due(message, server)
        waiting = kept.with_mail(MailStage.QUEUED)
        if waiting:
            known = await self._store.mail.latest([message.id for message in waiting])
            states = {reference: mail.state for (reference, _), mail in known.items()}
            for message in waiting:
                await self._after(message, states.get(message.id))

    async def _due(self, message: Voicemail, server: MailServer) -> None:
        applied = self._store.configuration.applied
        box = applied.mailbox(message.mailbox)
        if box is None or not box.email or not server.ready:
            self._store.voicemails.mailed(message.id, MailStage.DONE)
            return
        settings = applied.settings
        language = box.language or settings.language
        zone = ZoneInfo(settings.time_zone)
        sound = self._store.voicemails.file(message.path) if box.attach else None
        try:
            mail = await asyncio.to_thread(
                compose, message, box, server, settings.name, language, zone, sound
            )
        except (OSError, ValueError) as error:
            log.error("the mail about a message could not be written: %s", error)
            self._store.voicemails.mailed(message.id, MailStage.DONE)
            return
        async with self._store.database.writing() as connection:
            there = select(mails.c.id).where(mails.c.reference == message.id)
            if (await connection.execute(there)).first() is None:
                await self._store.mail.add(connection, [mail])
        keeps = box.after_mail is AfterMail.KEEP
        self._store.voicemails.mailed(message.id, MailStage.DONE if keeps else MailStage.QUEUED)

    async def _after(self, message: Voicemail, state: MailState | None) -> None:
        if state is MailState.WAITING:
            return
        box = self._store.configuration.applied.mailbox(message.mailbox)
        self._store.voicemails.mailed(message.id, MailStage.DONE)
        if state is not MailState.SENT or box is None:
            return
        if box.after_mail is AfterMail.DELETE:
            await self._store.voicemails.delete(message.id)
        elif box.after_mail is AfterMail.HEARD:
            self._store.voicemails.mark(message.id, heard=True)


def compose(
    message: Voicemail,
    box: Mailbox,
    server: MailServer,
    system: str,
    language: str,
    zone: ZoneInfo,
    sound: Path | None,
) -> NewMail:
    """The mail, with the sound where it is given. Raises OSError, ValueError."""
    words = _WORDS.get(language, _WORDS["en"])
    when = datetime.fromtimestamp(message.began, zone)
    seconds = round(message.seconds or 0)
    caller = _one_line(message.caller_name or message.caller_number) or words.withheld
    if message.caller_name and message.caller_number:
        caller = f"{caller} ({_one_line(message.caller_number)})"
    length = f"{seconds // 60}:{seconds % 60:02}"
    text = words.text.format(
        caller=caller,
        length=length,
        box=_one_line(box.name),
        date=day_of(words_of(language), when),
        time=f"{when:%H:%M}",
    )
    subject = words.subject.format(caller=caller, length=length)[:_LONGEST_SUBJECT]
    after = words.deleted if box.after_mail is AfterMail.DELETE else words.listen
    lines = [text, *([words.attached] if sound is not None else []), after]
    lines.append(words_of(language).sent_by.format(system=system))
    mail = EmailMessage(_POLICY)
    domain = server.sender.rpartition("@")[2]
    mail["From"] = _address(system, server.sender)
    mail["To"] = _address(box.name, box.email or "")
    mail["Subject"] = subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Content-Language"] = language
    mail.set_content("\n\n".join(lines) + "\n", cte="quoted-printable")
    if sound is not None:
        name = f"{when:%Y-%m-%d %H.%M}.wav"
        mail.add_attachment(sound.read_bytes(), maintype="audio", subtype="wav", filename=name)
    return NewMail(box.email or "", subject, MailKind.VOICEMAIL, bytes(mail), message.id)


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(_one_line(name), local, domain)


def _one_line(text: str) -> str:
    """What a caller calls himself, as text that can stand in a header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
