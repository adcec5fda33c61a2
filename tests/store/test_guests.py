"""Guest links and visits, mail that waits, appointments: on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from switchroom.directory import ConferenceId
from switchroom.store import LinkOver, NewLink, NotFound, StaleBase, Store, generate_id
from switchroom.store.appointments import Appointment, Invitee, invited
from switchroom.store.guests import KEPT_SECONDS, LONGEST_VISIT, VISIT_SECONDS
from switchroom.store.mail import MailKind, MailServer, MailState, NewMail
from tests.store.conftest import Clock

ROOM = ConferenceId("conference-1")


async def visit_by(store: Store, token: str, name: str = "Zoë") -> str:
    return (await store.guests.begin(token, name, skip_code=False)).token


async def test_a_visit_lasts_while_its_page_renews_it(store: Store, clock: Clock) -> None:
    _, token = await store.guests.add(NewLink(ROOM))
    made = await store.guests.begin(token, "Zoë", skip_code=True)
    for _ in range(10):
        clock.now += VISIT_SECONDS / 2
        visit = store.guests.guest_of(made.token)
        assert visit is not None and store.guests.credential(visit.username) is not None
        await store.guests.renew(visit, in_call=False)
        await store.guests.refresh()
    clock.now += VISIT_SECONDS + 1
    assert store.guests.guest_of(made.token) is None
    assert store.guests.credential(made.visit.username) is None and store.guests.visit(made.visit.id) is None
    await store.guests.refresh()
    with pytest.raises(LinkOver):
        await store.guests.renew(made.visit, in_call=True)


async def test_no_visit_is_longer_than_a_day(store: Store, clock: Clock) -> None:
    _, token = await store.guests.add(NewLink(ROOM))
    made = await store.guests.begin(token, "Zoë", skip_code=True)
    visit, began = made.visit, clock.now
    while clock.now < began + LONGEST_VISIT - VISIT_SECONDS:
        clock.now += VISIT_SECONDS * 0.9
        visit = await store.guests.renew(visit, in_call=True)
    assert visit.expires_at <= began + LONGEST_VISIT
    clock.now = began + LONGEST_VISIT
    with pytest.raises(LinkOver):
        await store.guests.renew(visit, in_call=True)


async def test_a_visit_survives_a_restart_with_the_same_secret(
    store: Store, url: str, tmp_path: Path, clock: Clock
) -> None:
    _, token = await store.guests.add(NewLink(ROOM, lobby=True))
    made = await store.guests.begin(token, "Zoë", skip_code=True)
    again = await Store.open(url, tmp_path / "key", clock=clock)
    try:
        visit = again.guests.guest_of(made.token)
        assert visit == made.visit and visit.lobby
        assert again.guests.password(visit) == made.password
        before, after = store.guests.credential(visit.username), again.guests.credential(visit.username)
        assert before is not None and after is not None and before.hashes == after.hashes
    finally:
        await again.close()


async def test_a_single_use_link_is_used_once_however_many_come_at_once(store: Store) -> None:
    _, token = await store.guests.add(NewLink(ROOM, single_use=True))
    results = await asyncio.gather(*(visit_by(store, token) for _ in range(4)), return_exceptions=True)
    assert sorted(isinstance(one, LinkOver) for one in results) == [False, True, True, True]
    with pytest.raises(LinkOver):
        await store.guests.find(token)


async def test_links_long_over_are_forgotten_and_those_in_use_are_not(store: Store, clock: Clock) -> None:
    old, token = await store.guests.add(NewLink(ROOM, expires_at=clock.now + 60))
    used, busy = await store.guests.add(NewLink(ROOM, expires_at=clock.now + 60))
    kept, _ = await store.guests.add(NewLink(ROOM))
    made = await store.guests.begin(busy, "Zoë", skip_code=True)
    clock.now += 61
    with pytest.raises(LinkOver):
        await store.guests.find(token)
    async with store.database.writing() as connection:
        ends = clock.now + KEPT_SECONDS + 1000
        await connection.exec_driver_sql(
            f"UPDATE guest_visits SET expires_at = {ends!r} WHERE id = '{made.visit.id}'"
        )
    clock.now += KEPT_SECONDS + 61
    await store.guests.refresh()
    assert {link.id for link in await store.guests.list(ROOM)} == {used.id, kept.id}
    assert old.id not in {used.id, kept.id}


async def test_a_link_of_another_conference_can_not_be_revoked(store: Store) -> None:
    link, _ = await store.guests.add(NewLink(ROOM))
    with pytest.raises(NotFound):
        await store.guests.revoke("conference-2", link.id)


def appointment(store: Store, clock: Clock, *people: str) -> Appointment:
    return Appointment(
        id=generate_id("appointment"),
        conference_id=ROOM,
        title="Plans",
        starts_at=clock.now + 3600,
        local_start="2031-01-01T10:00",
        time_zone="Europe/Paris",
        minutes=60,
        note="",
        sequence=0,
        made_by="admin",
        organizer_name="",
        organizer_email="",
        created_at=clock.now,
        changed_at=clock.now,
        cancelled_at=None,
        attendees=invited([Invitee(one, one.partition("@")[0], "fr") for one in people]),
    )


async def test_an_appointment_its_links_and_its_mails_are_kept_together_or_not_at_all(
    store: Store, clock: Clock
) -> None:
    wanted = appointment(store, clock, "a@example.com", "b@example.com")
    mail = NewMail("a@example.com", "x", MailKind.INVITATION, b"content", wanted.id)
    await store.appointments.add(wanted, [mail])
    assert await store.appointments.get(ROOM, wanted.id) == wanted
    links = await store.guests.list(ROOM)
    assert {link.id for link in links} == {one.link_id for one in wanted.attendees}
    assert all(link.invitation and link.language == "fr" for link in links)
    token = store.guests.invitation_token(wanted.attendees[0].link_id)
    assert (await store.guests.find(token)).name == "a"
    broken = appointment(store, clock, "c@example.com")
    with pytest.raises(Exception, match=r".+"):
        await store.appointments.add(broken, [NewMail("c@example.com", "x", None, b"x")])  # type: ignore[arg-type]
    assert [one.id for one in await store.appointments.list(ROOM)] == [wanted.id]
    assert len(await store.guests.list(ROOM)) == 2


async def test_of_two_changes_at_once_one_is_refused(store: Store, clock: Clock) -> None:
    before = appointment(store, clock, "a@example.com")
    await store.appointments.add(before, [])
    after = replace(before, minutes=30, changed_at=before.changed_at + 1)
    await store.appointments.change(before, after, [])
    with pytest.raises(StaleBase):
        await store.appointments.change(before, replace(before, minutes=90), [])
    cancelled = replace(after, changed_at=after.changed_at + 1, cancelled_at=after.changed_at + 1)
    await store.appointments.change(after, cancelled, [])
    with pytest.raises(LinkOver):
        await store.guests.find(store.guests.invitation_token(before.attendees[0].link_id))


async def test_the_key_of_another_house_opens_no_mail(store: Store, clock: Clock) -> None:
    await store.mail.set_server(MailServer(host="h", sender="a@b.example", password="secret"))
    async with store.database.writing() as connection:
        await store.mail.add(connection, [NewMail("a@b.example", "x", MailKind.UPDATE, b"link")])
    async with store.database.reading() as connection:
        mails = (await connection.exec_driver_sql("SELECT * FROM mails")).all()
        servers = (await connection.exec_driver_sql("SELECT * FROM mail_server")).all()
    assert "link" not in repr(mails) and "secret" not in repr(servers)
    ((mail, content),) = await store.mail.due()
    assert content == b"link" and mail.state is MailState.WAITING
    await store.mail.sent(mail.id)
    clock.now += KEPT_SECONDS + 1
    await store.mail.sweep()
    assert await store.mail.page() == ([], None)
