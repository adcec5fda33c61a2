"""Appointments of a conference: invitations by mail, with an entry for the receiver's calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.guest_links import public_url
from switchroom.api.mail import mail_not_set
from switchroom.api.mail_schemas import (
    AppointmentInput,
    AppointmentPatch,
    AppointmentView,
    AttendeeInput,
    AttendeeView,
)
from switchroom.api.room_keeper import Keeper, RoomKeeper
from switchroom.api.versions import Seen
from switchroom.directory import Conference, Snapshot
from switchroom.outbox import BadAddress, Dial, Invitation, compose, read_address
from switchroom.store import StaleBase, generate_id
from switchroom.store.appointments import Appointment, Attendee, Invitee, invited
from switchroom.store.mail import Mail, MailKind, MailServer, NewMail

router = APIRouter(prefix="/api/conferences/{conference_id}/appointments", tags=["appointments"])

MOST: Final = 1000
"""Appointments of a conference that are not over."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_TOLD = ("title", "local_start", "time_zone", "minutes", "note")
"""A change of these is told to everybody."""


@router.get("", responses=responses(404, 409))
async def list_appointments(who: RoomKeeper, here: Here) -> list[AppointmentView]:
    """The dates of a conference, the latest first, with what became of the mails."""
    found = await here.store.appointments.list(who.conference.id)
    mails = await here.store.mail.latest([one.id for one in found])
    return [_view(one, mails) for one in found]


@router.post("", status_code=201, responses=responses(404, 409))
async def add_appointment(
    body: AppointmentInput, request: Request, who: RoomKeeper, here: Here
) -> AppointmentView:
    """Plan a date and invite to it. 409 `mail-not-set`: nobody can be invited by mail yet."""
    now, snapshot = here.clock(), here.store.configuration.applied
    known = await here.store.appointments.list(who.conference.id)
    if sum(one.ends_at > now and one.cancelled_at is None for one in known) >= MOST:
        raise ApiError(409, "too-many-appointments", f"A conference has at most {MOST} dates to come.")
    zone = body.time_zone or snapshot.settings.time_zone
    server = await here.store.mail.server()
    organizer = snapshot.users.get(who.session.user_id) if who.session.user_id is not None else None
    wanted = Appointment(
        id=generate_id("appointment"),
        conference_id=who.conference.id,
        title=_title(body.title),
        starts_at=moment(body.starts_at, zone),
        local_start=_local(body.starts_at).isoformat(timespec="minutes"),
        time_zone=zone,
        minutes=body.minutes,
        note=body.note.strip(),
        sequence=0,
        made_by=who.name,
        organizer_name=organizer.name if organizer is not None else "",
        organizer_email=_organizer(organizer.email if organizer is not None else None, server),
        created_at=now,
        changed_at=now,
        cancelled_at=None,
        attendees=invited(_invitees(body.attendees, who.conference, snapshot)),
    )
    if wanted.ends_at <= now:
        raise ApiError(422, "past", "This date is over already: choose a later one.", "starts_at")
    desk = await _PostDesk.of(request, who, here, server)
    await here.store.appointments.add(wanted, await desk.write(wanted, wanted.attendees, MailKind.INVITATION))
    await here.store.audit.note(who.name, "appointment added", who.subject, wanted.title)
    return await _shown(wanted, here)


@router.patch("/{appointment_id}", responses=responses(404, 409))
async def change_appointment(
    appointment_id: Id, body: AppointmentPatch, request: Request, who: RoomKeeper, here: Here, seen: Seen
) -> AppointmentView:
    """Move a date, or change who is invited. Who stays invited gets the change, who does not a cancellation,
    who is new an invitation. 409 `changed-meanwhile`: it is no longer the one of `If-Match`."""
    before = await _find(appointment_id, who, here, seen)
    given = body.model_fields_set
    after = _changed(before, body, here, who)
    told = "send_again" in given and body.send_again
    told = told or any(getattr(before, name) != getattr(after, name) for name in _TOLD)
    if not told and after.attendees == before.attendees:
        return await _shown(before, here)
    after = replace(after, changed_at=_later(before, here), sequence=before.sequence + told)
    desk = await _PostDesk.of(request, who, here, await here.store.mail.server())
    same, known = set(before.attendees), {one.link_id for one in before.attendees}
    kept = [one for one in after.attendees if one.link_id in known and (told or one not in same)]
    new = [one for one in after.attendees if one.link_id not in known]
    still = {one.link_id for one in after.attendees}
    gone = [one for one in before.attendees if one.link_id not in still]
    mails = [
        *await desk.write(replace(after, sequence=before.sequence + 1), gone, MailKind.CANCELLATION),
        *await desk.write(after, kept, MailKind.UPDATE),
        *await desk.write(after, new, MailKind.INVITATION),
    ]
    await _keep(before, after, mails, here)
    await here.store.audit.note(who.name, "appointment changed", who.subject, after.title)
    return await _shown(after, here)


@router.delete("/{appointment_id}", status_code=204, responses=responses(404, 409))
async def cancel_appointment(
    appointment_id: Id, request: Request, who: RoomKeeper, here: Here, seen: Seen
) -> Response:
    """Cancel a date: everybody is told, and the links that were sent are worth nothing any more."""
    before = await _find(appointment_id, who, here, seen)
    now = _later(before, here)
    after = replace(before, changed_at=now, cancelled_at=now, sequence=before.sequence + 1)
    mails: Sequence[NewMail] = ()
    if before.ends_at > now and before.attendees:
        desk = await _PostDesk.of(request, who, here, await here.store.mail.server())
        mails = await desk.write(after, after.attendees, MailKind.CANCELLATION)
    await _keep(before, after, mails, here)
    await here.store.audit.note(who.name, "appointment cancelled", who.subject, before.title)
    return Response(status_code=204)


# --- what is typed ----------------------------------------------------------------------------------------


def _title(text: str) -> str:
    found = " ".join(text.split())
    if not found:
        raise ApiError(422, "title-missing", "Give the date a name.", "title")
    return found


def _local(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        text = "Give date and time such as 2026-03-26T14:30, without an offset."
        raise ApiError(422, "bad-time", text, "starts_at")
    return found.replace(second=0, microsecond=0)


def moment(text: str, zone: str) -> float:
    """When a local time is, in seconds since the epoch. Raises 422, also for an hour that is left out."""
    local = _local(text)
    try:
        place = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise ApiError(422, "bad-time-zone", "There is no such time zone.", "time_zone") from None
    at = local.replace(tzinfo=place).astimezone(UTC)
    if at.astimezone(place).replace(tzinfo=None) != local:
        text = "This time does not exist: clocks are put forward then."
        raise ApiError(422, "no-such-time", text, "starts_at")
    return at.timestamp()


def _invitees(
    attendees: Collection[AttendeeInput], conference: Conference, snapshot: Snapshot
) -> list[Invitee]:
    """Each address once, the last one counts."""
    language = conference.language or snapshot.settings.language
    found: dict[str, Invitee] = {}
    for attendee in attendees:
        try:
            email = read_address(attendee.email)
        except BadAddress as error:
            text = f"{attendee.email}: {error}"
            raise ApiError(422, "bad-address", text, "attendees") from None
        name = " ".join(attendee.name.split())
        found[email.lower()] = Invitee(email, name, attendee.language or language)
    return list(found.values())


def _changed(before: Appointment, body: AppointmentPatch, here: Context, who: Keeper) -> Appointment:
    given = body.model_fields_set
    after = before
    if "title" in given:
        after = replace(after, title=_title(body.title))
    if "minutes" in given:
        after = replace(after, minutes=body.minutes)
    if "note" in given:
        after = replace(after, note=body.note.strip())
    if given & {"starts_at", "time_zone"}:
        zone = body.time_zone if "time_zone" in given and body.time_zone else before.time_zone
        text = body.starts_at if "starts_at" in given else before.local_start
        local = _local(text).isoformat(timespec="minutes")
        after = replace(after, time_zone=zone, local_start=local, starts_at=moment(text, zone))
    if "attendees" in given:
        wanted = _invitees(body.attendees, who.conference, here.store.configuration.applied)
        after = replace(after, attendees=invited(wanted, before.attendees))
    return after


# --- what is kept and sent --------------------------------------------------------------------------------


async def _find(appointment_id: str, who: Keeper, here: Context, seen: str | None) -> Appointment:
    found = await here.store.appointments.get(who.conference.id, appointment_id)
    if seen is not None and seen != _version(found):
        raise _changed_meanwhile()
    if found.cancelled_at is not None:
        raise ApiError(409, "cancelled", "This date was cancelled: plan a new one.")
    return found


async def _keep(before: Appointment, after: Appointment, mails: Sequence[NewMail], here: Context) -> None:
    try:
        await here.store.appointments.change(before, after, mails)
    except StaleBase:
        raise _changed_meanwhile() from None


def _changed_meanwhile() -> ApiError:
    text = "Somebody changed this date meanwhile. Look at it again; nothing was saved."
    return ApiError(409, "changed-meanwhile", text)


def _later(before: Appointment, here: Context) -> float:
    """Now, and never the time of the state before: that is its version."""
    return max(here.clock(), before.changed_at + 0.001)


def _version(appointment: Appointment) -> str:
    return f"{appointment.sequence}-{appointment.changed_at:.6f}"


def _organizer(email: str | None, server: MailServer) -> str:
    """Who gets the answers of calendars: the person, where there is an address."""
    try:
        return read_address(email) if email else server.sender
    except BadAddress:
        return server.sender


class _PostDesk:
    """Writes the mails of one request."""

    def __init__(self, who: Keeper, here: Context, server: MailServer, url: str) -> None:
        self._who = who
        self._here = here
        self._server = server
        self._url = url

    @classmethod
    async def of(cls, request: Request, who: Keeper, here: Context, server: MailServer) -> _PostDesk:
        """For a request."""
        return cls(who, here, server, await public_url(request, here))

    async def write(
        self, appointment: Appointment, receivers: Collection[Attendee], kind: MailKind
    ) -> list[NewMail]:
        """A mail for each receiver, each with his own link. Raises 409 when no mail can be sent."""
        if not receivers:
            return []
        if not self._server.ready:
            raise mail_not_set()
        if not appointment.organizer_email:
            appointment = replace(appointment, organizer_email=self._server.sender)
        invitations = [self._invitation(appointment, attendee, kind) for attendee in receivers]
        return await asyncio.to_thread(self._compose, invitations)

    def _compose(self, invitations: Collection[Invitation]) -> list[NewMail]:
        return [compose(invitation, self._server) for invitation in invitations]

    def _invitation(self, appointment: Appointment, attendee: Attendee, kind: MailKind) -> Invitation:
        snapshot, room = self._here.store.configuration.applied, self._who.conference
        server = snapshot.conference_server
        token = self._here.store.guests.invitation_token(attendee.link_id)
        return Invitation(
            kind=kind,
            appointment=appointment,
            attendee=attendee,
            conference=room.name,
            system=snapshot.settings.name,
            link="" if kind is MailKind.CANCELLATION else f"{self._url}/join/{token}",
            dial=Dial(
                extension=room.extension,
                conference_server=server.extension if server is not None else None,
                conference_id=room.dial_in_id,
                code=room.access_code,
            ),
        )


async def _shown(appointment: Appointment, here: Context) -> AppointmentView:
    return _view(appointment, await here.store.mail.latest([appointment.id]))


def _view(appointment: Appointment, mails: dict[tuple[str, str], Mail]) -> AppointmentView:
    people = []
    for attendee in appointment.attendees:
        mail = mails.get((appointment.id, attendee.email))
        people.append(
            AttendeeView(
                email=attendee.email,
                name=attendee.name,
                language=attendee.language,
                link_id=attendee.link_id,
                mail=mail.state.value if mail is not None else None,
                problem=mail.error or None if mail is not None else None,
            )
        )
    return AppointmentView(
        id=appointment.id,
        conference_id=appointment.conference_id,
        title=appointment.title,
        starts_at=appointment.local_start,
        time=appointment.starts_at,
        minutes=appointment.minutes,
        time_zone=appointment.time_zone,
        note=appointment.note,
        cancelled=appointment.cancelled_at is not None,
        made_by=appointment.made_by,
        attendees=people,
        version=_version(appointment),
    )
