"""Dates of conferences that are no longer there: they are cancelled, and who is invited is told.

It is looked at what is in force, and not at what somebody did: whoever deleted the conference, and however
(applied at once, with other changes, by going back to an earlier revision), the outcome is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from switchroom.directory import ConferenceId
from switchroom.outbox.invitation import Invitation, compose
from switchroom.store import NotFound, StaleBase, Store
from switchroom.store.appointments import Appointment
from switchroom.store.mail import MailKind, MailServer, NewMail

WHO: Final = "Switchroom"
"""Who cancelled, in the audit log."""


class Cancellations:
    """Cancels what can no longer take place. `look` is called again and again."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def look(self) -> None:
        """Cancel the dates to come of conferences that are gone. Without a mail server they wait for one."""
        applied = self._store.configuration.applied
        planned = await self._store.appointments.coming()
        gone = sorted(planned - applied.conferences.keys())
        if not gone or applied.revision == 0:
            return
        server = await self._store.mail.server()
        if not server.ready:
            return
        for conference in gone:
            name = await self._former_name(conference)
            for date in await self._store.appointments.list(conference):
                if date.cancelled_at is None and date.ends_at > self._clock():
                    await self._cancel(date, name, server)

    async def _former_name(self, conference: ConferenceId) -> str:
        """What the conference was called; empty when it is gone for longer."""
        try:
            before = await self._store.configuration.snapshot(self._store.configuration.applied.revision - 1)
        except NotFound:
            return ""
        room = before.conferences.get(conference)
        return room.name if room is not None else ""

    async def _cancel(self, before: Appointment, conference: str, server: MailServer) -> None:
        now = max(self._clock(), before.changed_at + 0.001)
        after = replace(before, changed_at=now, cancelled_at=now, sequence=before.sequence + 1)
        shown = replace(after, organizer_email=after.organizer_email or server.sender)
        system = self._store.configuration.applied.settings.name
        told = [
            Invitation(MailKind.CANCELLATION, shown, attendee, conference, system, link="")
            for attendee in after.attendees
        ]
        mails = await asyncio.to_thread(_composed, told, server)
        try:
            await self._store.appointments.change(before, after, mails)
        except StaleBase:  # somebody was faster: the next look sees what is left
            return
        subject = f"conferences/{before.conference_id}"
        await self._store.audit.note(WHO, "appointment cancelled", subject, before.title)


def _composed(told: list[Invitation], server: MailServer) -> list[NewMail]:
    return [compose(invitation, server) for invitation in told]
