"""Invitations as mail: plain text, HTML, and the calendar entry, for one receiver at a time."""

from __future__ import annotations

import email.policy
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from switchroom.outbox.calendar import Entry, Method, calendar_entry
from switchroom.outbox.words import Words, day_of, offset_of, words_of
from switchroom.store.appointments import Appointment, Attendee
from switchroom.store.mail import MailKind, MailServer, NewMail

_POLICY: Final = email.policy.SMTP.clone(max_line_length=76)
LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class Dial:
    """How to come by phone."""

    extension: str | None = None
    conference_server: str | None = None
    conference_id: str | None = None
    code: str | None = field(default=None, repr=False)
    numbers: tuple[str, ...] = ()
    """From outside."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that one receiver is told."""

    kind: MailKind
    appointment: Appointment
    attendee: Attendee
    conference: str
    """Its name; empty where it is not known any more."""
    system: str
    link: str = field(repr=False)
    """His own; empty once it is cancelled."""
    dial: Dial = field(default_factory=Dial)


def compose(invitation: Invitation, server: MailServer) -> NewMail:
    """The mail. Raises ValueError for what can not stand in a header."""
    appointment, attendee = invitation.appointment, invitation.attendee
    words = words_of(attendee.language)
    blocks = _blocks(invitation, words)
    subject = _subject(invitation, words)
    method = Method.CANCEL if invitation.kind is MailKind.CANCELLATION else Method.REQUEST
    entry = calendar_entry(_entry(invitation, server, _plain(blocks[1:], words)), method)
    message = new_message(server, invitation.system, attendee.email, attendee.name, subject)
    if appointment.organizer_email != server.sender:
        organizer = appointment.organizer_name, appointment.organizer_email
        message["Reply-To"] = _address(*organizer)
    number = f"{appointment.sequence}.{attendee.link_id}"
    domain = server.sender.rpartition("@")[2]
    message["Message-ID"] = f"<{appointment.uid.partition('@')[0]}.{invitation.kind.value}.{number}@{domain}>"
    message["Date"] = format_datetime(datetime.fromtimestamp(appointment.changed_at, ZoneInfo("UTC")))
    message.set_content(_plain(blocks, words) + "\n", cte="quoted-printable")
    message.add_alternative(_html(blocks, attendee.language), subtype="html", cte="quoted-printable")
    message.add_alternative(entry.decode(), subtype="calendar", params={"method": method.value}, cte="base64")
    message.add_attachment(entry, maintype="application", subtype="ics", filename="invite.ics")
    message["Content-Language"] = attendee.language
    return NewMail(attendee.email, subject, invitation.kind, bytes(message), appointment.id)


def trial_mail(server: MailServer, system: str, recipient: str, language: str, now: float) -> bytes:
    """A message that says that mail arrives."""
    words = words_of(language)
    message = new_message(server, system, recipient, "", _one_line(words.test_subject.format(system=system)))
    message["Date"] = format_datetime(datetime.fromtimestamp(now, ZoneInfo("UTC")))
    message["Message-ID"] = f"<test.{now:.6f}@{server.sender.rpartition('@')[2]}>"
    message.set_content(words.test_text.format(system=system) + "\n")
    return bytes(message)


def new_message(server: MailServer, system: str, email: str, name: str, subject: str) -> EmailMessage:
    """A message without a text. Raises ValueError for what can not stand in a header."""
    message = EmailMessage(_POLICY)
    message["From"] = _address(system, server.sender)
    message["To"] = _address(name, email)
    message["Subject"] = subject
    return message


def _address(name: str, email: str) -> Address:
    local, _, domain = email.rpartition("@")
    return Address(_one_line(name), local, domain)


def _one_line(text: str) -> str:
    """Text that can stand in a header. Raises ValueError for a line break or the like: nobody types one."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("a control character in a header")
    return " ".join(text.split())  # U+0085 and U+2028 are line breaks, too


def _subject(invitation: Invitation, words: Words) -> str:
    pattern = {
        MailKind.INVITATION: words.invitation,
        MailKind.UPDATE: words.update,
        MailKind.CANCELLATION: words.cancellation,
    }[invitation.kind]
    starts = _start(invitation.appointment)
    date = f"{day_of(words, starts)}, {starts:%H:%M}"
    return _one_line(pattern.format(title=invitation.appointment.title, date=date))[:LONGEST_SUBJECT]


def _room(invitation: Invitation) -> str:
    title, name = invitation.appointment.title, invitation.conference
    return f"{title} ({name})" if name else title


def _start(appointment: Appointment) -> datetime:
    return datetime.fromtimestamp(appointment.starts_at, ZoneInfo(appointment.time_zone))


def _when(invitation: Invitation, words: Words) -> str:
    starts = _start(invitation.appointment)
    zone = invitation.appointment.time_zone
    return f"{day_of(words, starts)}, {starts:%H:%M} ({zone}, {offset_of(starts)})"


@dataclass(frozen=True, slots=True)
class _Block:
    """A label (or none) and what is said under it, a line each."""

    label: str
    lines: tuple[str, ...]
    link: str = ""
    """What the line is called that leads there, in HTML."""


def _blocks(invitation: Invitation, words: Words) -> list[_Block]:
    appointment, dial = invitation.appointment, invitation.dial
    opening = {
        MailKind.INVITATION: words.invites,
        MailKind.UPDATE: words.changed,
        MailKind.CANCELLATION: words.cancelled,
    }[invitation.kind].format(who=appointment.organizer_name or appointment.made_by)
    duration = words.minutes.format(minutes=appointment.minutes)
    found = [
        _Block("", (opening,)),
        _Block(words.room, (_room(invitation),)),
        _Block(words.when, (_when(invitation, words),)),
        _Block(words.duration, (duration,)),
    ]
    if invitation.kind is not MailKind.CANCELLATION:
        found.append(_Block(words.by_link, (invitation.link,), words.join))
        if ways := ways_by_phone(dial, words):
            code = (words.code.format(code=dial.code),) if dial.code else ()
            found.append(_Block(words.by_phone, (*ways, *code)))
        found.append(_Block("", (words.personal, words.open)))
    if appointment.note:
        found.append(_Block(words.note, tuple(appointment.note.splitlines())))
    found.append(_Block("", (words.sent_by.format(system=invitation.system),)))
    return found


def ways_by_phone(dial: Dial, words: Words) -> list[str]:
    """How to come by phone, a sentence each; numbers from outside first."""
    found = [words.number.format(number=number) for number in dial.numbers]
    if dial.extension:
        found.append(words.extension.format(extension=dial.extension))
    if dial.conference_server and dial.conference_id:
        found.append(words.server.format(extension=dial.conference_server, id=dial.conference_id))
    return found


def _plain(blocks: list[_Block], words: Words) -> str:
    return "\n\n".join(
        "\n".join((f"{block.label}{words.colon}", *block.lines) if block.label else block.lines)
        for block in blocks
    )


_BUTTON = (
    "display:inline-block;padding:10px 18px;border-radius:6px;background:#1a7f4b;color:#fff;"
    "text-decoration:none;font-weight:bold"
)


def _html(blocks: list[_Block], language: str) -> str:
    """The same as HTML. Whatever somebody typed is text."""
    found = []
    for block in blocks:
        text = "<br>".join(escape(line) for line in block.lines)
        if block.link:
            href = escape(block.lines[0])
            text = f'<a href="{href}" style="{_BUTTON}">{escape(block.link)}</a><br><small>{text}</small>'
        label = f"<strong>{escape(block.label)}</strong><br>" if block.label else ""
        found.append(f"<p>{label}{text}</p>\n")
    style = "font-family:sans-serif;font-size:15px;line-height:1.5;max-width:40em;color:#222"
    head = f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"></head>'
    return f'{head}\n<body style="{style}">\n{"".join(found)}</body></html>\n'


def _entry(invitation: Invitation, server: MailServer, description: str) -> Entry:
    appointment, attendee = invitation.appointment, invitation.attendee
    words = words_of(attendee.language)
    ways = [invitation.link] if invitation.link else ways_by_phone(invitation.dial, words)
    return Entry(
        uid=appointment.uid,
        sequence=appointment.sequence,
        title=appointment.title,
        starts_at=appointment.starts_at,
        minutes=appointment.minutes,
        time_zone=appointment.time_zone,
        location=ways[0] if ways else invitation.conference,
        description=description,
        url=invitation.link,
        organizer_name=appointment.organizer_name or appointment.made_by,
        organizer_email=appointment.organizer_email,
        sender=server.sender,
        attendee_name=attendee.name,
        attendee_email=attendee.email,
        created_at=appointment.created_at,
        changed_at=appointment.changed_at,
    )
