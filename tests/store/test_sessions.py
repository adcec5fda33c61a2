"""store/sessions.py: how long sessions last, what ends them, who is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.directory import Settings, Snapshot, User, UserId
from switchroom.store import Kind, Right, Role, Store, load_demonstration
from switchroom.store.sessions import DAY, HOUR, Login, lifetimes
from tests.store.conftest import Clock


async def login_of(store: Store, name: str = "admin", role: Role = Role.ADMINISTRATOR) -> Login:
    await store.logins.add(name, "a password", role)
    found = await store.logins.find(name)
    assert found is not None
    return found


async def with_user(store: Store) -> Login:
    """The login of a user of revision 1."""
    users = {UserId("user-1"): User(UserId("user-1"), "201", "Anna")}
    await store.configuration.initialise(Snapshot(settings=Settings(), users=users), "tests", "")
    await store.logins.add("anna", "a password", Role.USER, user_id="user-1")
    found = await store.logins.find("anna")
    assert found is not None
    return found


async def test_a_token_is_found_and_ended(store: Store) -> None:
    login = await login_of(store)
    token, session = await store.logins.sessions.issue(login, Kind.SESSION, "a" * 300, "192.0.2.1")
    assert len(session.label) == 128
    found = await store.logins.session(token)
    assert found is not None and (found.id, found.hash) == (session.id, session.hash)
    assert session.rights == frozenset(Right)
    assert token not in repr(session) and session.hash not in repr(session)
    assert await store.logins.session(token + "x") is None
    await store.logins.sign_out(session)
    assert await store.logins.session(token) is None


@pytest.mark.parametrize("role", list(Role))
async def test_a_session_slides_up_to_its_end(store: Store, clock: Clock, role: Role) -> None:
    login = await login_of(store, role=role)
    idle, most = lifetimes(login)
    assert (idle, most) == ((7 * DAY, 30 * DAY) if role is Role.USER else (12 * HOUR, 7 * DAY))
    token, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    begun = clock.now
    while clock.now + idle / 2 < begun + most:
        clock.now += idle / 2
        found = await store.logins.session(token)
        assert found is not None and found.id == session.id
        assert found.expires_at == min(clock.now + idle, begun + most)
    clock.now = begun + most
    assert await store.logins.session(token) is None
    unused, _ = await store.logins.sessions.issue(login, Kind.COOKIE)
    clock.now += idle
    assert await store.logins.session(unused) is None


async def test_a_programs_token_ends_when_it_was_said(store: Store, clock: Clock) -> None:
    await login_of(store)
    token = await store.logins.issue_token("admin", "tests", 600.0)
    clock.now += 599
    assert await store.logins.session(token) is not None
    clock.now += 1
    assert await store.logins.session(token) is None


async def test_another_token_for_the_same_session(store: Store) -> None:
    login = await login_of(store)
    token, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    told: list[str] = []
    store.logins.sessions.watch(session, lambda: told.append("ended"))
    renewed, again = await store.logins.sessions.renew(session)
    assert await store.logins.session(token) is None
    found = await store.logins.session(renewed)
    assert found is not None and (found.id, found.hash) == (again.id, again.hash)
    assert again.id == session.id and again.hash != session.hash
    assert told == []


async def test_whoever_watches_is_told_once_of_the_end_and_only_of_his(store: Store) -> None:
    login = await login_of(store)
    sessions = store.logins.sessions
    made = [(await sessions.issue(login, Kind.COOKIE))[1] for _ in range(4)]
    told: list[int] = []
    stops = [sessions.watch(session, lambda n=n: told.append(n)) for n, session in enumerate(made)]  # type: ignore[misc]
    sessions.watch(made[0], lambda: told.append(10))
    stops[3]()
    assert not await sessions.end(made[0].id, "login-other")
    assert await sessions.end(made[0].id, login.id)
    assert sorted(told) == [0, 10]
    assert await sessions.end_all(login.id, but=made[2].id) == 2
    assert sorted(told) == [0, 1, 10]
    stops[1]()
    await sessions.refresh(at_once=True)
    assert sorted(told) == [0, 1, 10]


async def test_what_another_process_ends_is_told_within_five_seconds(
    store: Store, url: str, tmp_path: Path, clock: Clock
) -> None:
    login = await login_of(store)
    token, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    assert await store.logins.session(token) is not None
    told: list[str] = []
    store.logins.sessions.watch(session, lambda: told.append("ended"))
    await store.refresh()
    assert told == []
    other = await Store.open(url, tmp_path / "key", clock=clock)
    try:
        await other.logins.reset_password("admin")
    finally:
        await other.close()
    clock.now += 5
    await store.refresh()
    assert told == ["ended"]
    assert await store.logins.session(token) is None


async def test_a_watched_session_counts_as_used_until_it_ends_for_good(store: Store, clock: Clock) -> None:
    login = await login_of(store)
    idle, most = lifetimes(login)
    _, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    told: list[str] = []
    store.logins.sessions.watch(session, lambda: told.append("ended"))
    for _ in range(int(most / idle * 2) - 1):
        clock.now += idle / 2
        await store.refresh()
    assert told == []
    clock.now += idle / 2
    await store.refresh()
    assert told == ["ended"]


async def test_a_login_whose_user_is_no_longer_applied_is_out_at_once(store: Store) -> None:
    login = await with_user(store)
    token, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    told: list[str] = []
    store.logins.sessions.watch(session, lambda: told.append("ended"))
    await store.configuration.remove("users", "user-1", "tests")
    assert await store.logins.session(token) is not None
    await store.configuration.apply(1, "tests")
    assert await store.logins.session(token) is None
    assert not store.logins.sessions.lives(login)
    await store.logins.sessions.refresh(at_once=True)
    assert told == ["ended"]
    await store.configuration.roll_back(1, "tests")
    assert store.logins.sessions.lives(login)


async def test_other_rights_end_what_is_watched(store: Store) -> None:
    login = await with_user(store)
    _, session = await store.logins.sessions.issue(login, Kind.COOKIE)
    told: list[str] = []
    store.logins.sessions.watch(session, lambda: told.append("ended"))
    changed = await store.logins.change(
        login, name="anna", role=Role.USER, extra_rights=[Right.AUDIT], user_id="user-1", living={"user-1"}
    )
    assert told == ["ended"]
    assert changed.rights == {Right.AUDIT, Right.PHONE, Right.CONTACTS, Right.RECORDS}


async def test_sessions_are_listed_by_their_last_use(store: Store, clock: Clock) -> None:
    login = await login_of(store)
    first, _ = await store.logins.sessions.issue(login, Kind.COOKIE, "Firefox", "192.0.2.1")
    clock.now += 100
    await store.logins.sessions.issue(login, Kind.SESSION, "Chromium", "192.0.2.2")
    clock.now += 100
    await store.logins.session(first)
    listed = await store.logins.sessions.of(login)
    assert [(session.label, session.source) for session in listed] == [
        ("Firefox", "192.0.2.1"),
        ("Chromium", "192.0.2.2"),
    ]
    assert (await store.logins.list())[0].signed_in_at == clock.now - 100


async def test_the_demonstrations_people_are_signed_in_as_themselves(store: Store) -> None:
    await load_demonstration(store)
    manager = await store.logins.of_user("user-206")
    assert manager is not None and manager.role is Role.CONFERENCE_MANAGER
    assert Right.CONFERENCES in manager.rights and Right.USERS not in manager.rights
