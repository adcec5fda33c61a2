"""Browser tabs' credentials: bound to their session, renewed while a page is open, gone with the session."""

from __future__ import annotations

import pytest

from switchroom.directory import UserId
from switchroom.store import NotFound, Revoked, Session, Store
from switchroom.store.browsers import LIFETIME, MOST_OF_USER
from switchroom.store.secrets import digest_hashes
from switchroom.store.sessions import Kind
from tests.store.conftest import Clock

USER = UserId("user-1")


async def signed_in(store: Store, name: str = "anna") -> Session:
    if await store.logins.find(name) is None:
        await store.logins.add(name)
    login = await store.logins.find(name)
    assert login is not None
    return (await store.logins.sessions.issue(login, Kind.COOKIE))[1]


async def test_a_tab_registers_with_a_credential_of_its_own(store: Store) -> None:
    session = await signed_in(store)
    made = await store.browsers.issue(session.id, USER, "201", "tab-1")
    known = store.browsers.credential(made.device.username)
    assert known is not None
    assert known.hashes == digest_hashes(made.device.username, store.installation.realm, made.password)
    assert (known.user_id, known.device_id) == (USER, made.device.id)
    assert made.device.username.startswith("201-web-")
    assert made.device.id == store.browsers.device_id(session.id, "tab-1")
    assert made.password not in repr(made)
    other = await store.browsers.issue(session.id, USER, "201", "tab-2")
    assert other.device.username != made.device.username
    assert other.password != made.password


async def test_a_renewal_changes_nothing_but_the_time(store: Store, clock: Clock) -> None:
    session = await signed_in(store)
    made = await store.browsers.issue(session.id, USER, "201", "tab-1")
    clock.now += LIFETIME / 2
    renewed = await store.browsers.issue(session.id, USER, "201", "tab-1")
    assert (renewed.device.username, renewed.password) == (made.device.username, made.password)
    clock.now += LIFETIME * 0.75
    await store.browsers.refresh()
    assert store.browsers.credential(made.device.username) is not None
    assert store.browsers.take_gone() == []


async def test_a_credential_that_is_not_renewed_ends_and_its_registration_goes(
    store: Store, clock: Clock
) -> None:
    session = await signed_in(store)
    made = await store.browsers.issue(session.id, USER, "201", "tab-1")
    clock.now += LIFETIME
    assert store.browsers.credential(made.device.username) is None
    await store.browsers.refresh()
    assert store.browsers.take_gone() == [made.device.id]
    again = await store.browsers.issue(session.id, USER, "201", "tab-1")
    assert again.password == made.password
    assert store.browsers.credential(made.device.username) is not None


async def test_signing_out_ends_the_session_s_tabs_and_no_other(store: Store) -> None:
    first, second = await signed_in(store), await signed_in(store)
    gone = await store.browsers.issue(first.id, USER, "201", "tab-1")
    kept = await store.browsers.issue(second.id, USER, "201", "tab-1")
    assert gone.device.username != kept.device.username
    await store.logins.sessions.end(first.id, first.login.id)
    await store.browsers.refresh()
    assert store.browsers.credential(gone.device.username) is None
    assert store.browsers.credential(kept.device.username) is not None
    assert store.browsers.take_gone() == [gone.device.id]
    assert store.browsers.take_gone() == []
    with pytest.raises(NotFound):
        await store.browsers.issue(first.id, USER, "201", "tab-1")


async def test_tabs_survive_a_restart(store: Store, clock: Clock) -> None:
    session = await signed_in(store)
    made = await store.browsers.issue(session.id, USER, "201", "tab-1")
    known = store.browsers.credential(made.device.username)
    store.browsers._known.clear()  # as another process would begin
    await store.browsers.refresh()
    assert store.browsers.credential(made.device.username) == known


async def test_a_user_has_so_many_tabs_and_the_one_renewed_longest_ago_goes(
    store: Store, clock: Clock
) -> None:
    session = await signed_in(store)
    made = []
    for number in range(MOST_OF_USER + 1):
        clock.now += 1
        made.append(await store.browsers.issue(session.id, USER, "201", f"tab-{number}"))
    assert len(await store.browsers.list(USER)) == MOST_OF_USER
    assert store.browsers.take_gone() == [made[0].device.id]
    assert store.browsers.credential(made[0].device.username) is None
    assert store.browsers.credential(made[-1].device.username) is not None


async def test_an_administrator_revokes_one_tab_for_good(store: Store) -> None:
    session = await signed_in(store)
    made = await store.browsers.issue(session.id, USER, "201", "tab-1")
    await store.browsers.revoke(made.device.id)
    assert store.browsers.credential(made.device.username) is None
    assert store.browsers.take_gone() == [made.device.id]
    with pytest.raises(Revoked):
        await store.browsers.issue(session.id, USER, "201", "tab-1")
    with pytest.raises(NotFound):
        await store.browsers.revoke("browser-none")
