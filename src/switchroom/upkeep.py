"""What is kept of conferences, looked after: closed after a crash, deleted when its time is over."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from switchroom.calls.minutes import Attendance
from switchroom.happenings import CallEnded, CallFacts, Happenings, VoicemailLeft
from switchroom.store import RecordFilter, Store, StoreError
from switchroom.store.call_log import call_facts
from switchroom.store.minutes_log import attendance_of, ready
from switchroom.store.voicemails import Voicemail

log = logging.getLogger("switchroom")

_EVERY_SECONDS = 3600.0
_DAY = 86400.0
_LATELY = 3600.0
_MOST_LATELY = 500
_WHO = "Switchroom"
"""Who deleted what was past its time, in the audit log."""


class SignOfLife:
    """A file whose time says when the system was last alive: how long those in its rooms were there.

    `touch` it every second while somebody is in a room.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self, now: float) -> float:
        """When it was last alive, in seconds since the epoch; now, if that is not known."""
        try:
            return min(self._path.stat().st_mtime, now)
        except OSError:
            return now

    def touch(self) -> None:
        """It is alive now."""
        try:
            self._path.touch(mode=0o600)
        except OSError as error:
            log.debug("no sign of life can be left: %s", error)


async def close_minutes(store: Store, died_at: float, now: float) -> list[Attendance]:
    """At start: end what a crash cut off. Those who may come back within a minute, as they were."""
    cut = await store.minutes.close_interrupted(died_at)
    if cut:
        log.warning("%d meetings and people in them were cut off by a crash; the minutes are closed", cut)
    found: list[Attendance] = []
    for row in await store.minutes.open_attendances(now):
        try:
            found.append(attendance_of(row))
        except ValueError:  # of another version
            log.warning("an attendance of another version is left alone")
    return found


async def close_calls(store: Store, happenings: Happenings, now: float) -> None:
    """At start: calls that a crash cut off are over, and that is told."""
    cut = await store.records.close_interrupted(now)
    if cut:
        log.warning("%d calls were cut by a crash; their records are closed", len(cut))
    for row in cut:
        happenings.tell(CallEnded(call_facts(row)))


async def note_calls(store: Store, ended: Callable[[CallFacts], None], began: float) -> None:
    """At start: the calls that ended shortly before stand on their records, even if a crash came first."""
    try:
        wanted = RecordFilter(since=began - _LATELY, kind="call")
        rows, _ = await store.records.page(wanted, _MOST_LATELY)
    except (StoreError, SQLAlchemyError) as error:
        log.error("the calls of before the start could not be read: %s", error)
        return
    for row in rows:
        if row.ended_at is not None and row.ended_at < began:
            ended(call_facts(row))


async def close_recordings(store: Store, happenings: Happenings, began: float) -> None:
    """At start, once no worker of before writes any more: recordings that were cut off get their length."""
    try:
        cut = await store.recordings.close_interrupted(began)
        if cut:
            log.warning("%d recordings were cut off by a crash; they can be heard up to then", len(cut))
        for row in cut:
            happenings.tell(ready(row))
    except (StoreError, SQLAlchemyError) as error:
        log.error("recordings that were cut off could not be closed: %s", error)


def tell_messages(store: Store, happenings: Happenings) -> None:
    """Have messages told that are left from now on."""

    def left(message: Voicemail) -> None:
        happenings.tell(
            VoicemailLeft(
                message_id=message.id,
                mailbox=message.mailbox,
                number=message.caller_number,
                name=message.caller_name,
                seconds=message.seconds or 0.0,
                at=message.began,
            )
        )

    store.voicemails.when_left(left)


async def close_voicemails(store: Store, began: float) -> None:
    """At start, once no worker of before writes any more: messages that were cut off get their length."""
    try:
        cut = await store.voicemails.close_interrupted(began)
        if cut:
            log.warning("%d messages were cut off by a crash; they can be heard up to then", cut)
    except (StoreError, SQLAlchemyError) as error:
        log.error("messages that were cut off could not be closed: %s", error)


async def forget_recordings(store: Store, clock: Callable[[], float] = time.time) -> None:
    """Once an hour: recordings and heard messages go that are older than the settings say. Does not end."""
    while True:
        days = store.configuration.applied.settings.recording_days
        try:
            if days is not None:
                gone = await store.recordings.delete_before(clock() - days * _DAY)
                gone += await store.voicemails.delete_before(clock() - days * _DAY)
                if gone:
                    log.info("%d recordings older than %d days deleted", gone, days)
                    detail = f"{gone} older than {days} days"
                    await store.audit.note(_WHO, "recordings deleted", "", detail)
        except (StoreError, SQLAlchemyError) as error:
            log.error("old recordings could not be deleted: %s", error)
        await asyncio.sleep(_EVERY_SECONDS)
