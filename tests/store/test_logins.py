"""store/logins.py: names, passwords, the second factor, the last administrator."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from switchroom.store import Conflict, Kind, LastAdministrator, NotFound, Right, Role, Store, secrets, totp
from switchroom.store.sessions import Login, Session
from tests.store.conftest import Clock

PASSWORD = "a password"


async def login_of(store: Store, name: str = "admin", role: Role = Role.ADMINISTRATOR) -> Login:
    await store.logins.add(name, PASSWORD, role)
    found = await store.logins.find(name)
    assert found is not None
    return found


async def signed_in(store: Store, login: Login) -> tuple[str, Session]:
    return await store.logins.sessions.issue(login, Kind.COOKIE)


async def test_names_are_compared_without_case_and_width(store: Store) -> None:
    await login_of(store, "Anna@Example.com")
    for name in ("anna@example.com", " ANNA@EXAMPLE.COM ", "ａnna@example.com"):
        found = await store.logins.verify(name, PASSWORD)
        assert found is not None and found.name == "Anna@Example.com"
        with pytest.raises(Conflict):
            await store.logins.add(name)
    assert await store.logins.verify("anna@example.co", PASSWORD) is None


@pytest.mark.parametrize(
    "name", ["", "\x00", "\ud800", "' OR 1=1 --", "%", "a" * 5000, "<script>", "İ" * 300]
)
async def test_hostile_names_are_only_names(store: Store, name: str) -> None:
    await login_of(store)
    assert await store.logins.verify(name, PASSWORD) is None
    assert await store.logins.find(name) is None


async def test_an_unknown_name_is_as_much_work_as_a_wrong_password(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.logins.add("admin")
    costs: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, hash: str, password: str) -> bool:
        costs.append(hash.rpartition("$")[0].rpartition("$")[0])
        return bool(verify(self, hash, password))

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert await store.logins.verify("admin", "wrong") is None
    assert await store.logins.verify("nobody", "wrong") is None
    known, unknown = costs
    assert known == unknown
    assert known.startswith("$argon2id$")


async def test_a_new_password_ends_the_sessions(store: Store) -> None:
    login = await login_of(store)
    token, _ = await signed_in(store, login)
    renewed = await store.logins.reset_password("admin", temporary=True)
    assert await store.logins.session(token) is None
    assert await store.logins.verify("admin", PASSWORD) is None
    found = await store.logins.verify("admin", renewed)
    assert found is not None and found.must_change_password
    with pytest.raises(NotFound):
        await store.logins.reset_password("nobody")


async def test_a_password_of_ones_own_ends_the_other_sessions(store: Store) -> None:
    login = await login_of(store)
    mine, session = await signed_in(store, login)
    other, _ = await signed_in(store, login)
    await store.logins.set_password(session, "another one")
    assert await store.logins.session(mine) is not None
    assert await store.logins.session(other) is None
    assert await store.logins.verify("admin", "another one") is not None


async def test_the_last_administrator_stays(store: Store) -> None:
    login = await login_of(store)
    for role in (Role.USER, Role.CONFERENCE_MANAGER):
        with pytest.raises(LastAdministrator):
            await store.logins.change(
                login, name="admin", role=role, extra_rights=list(Right), user_id=None, living=()
            )
    with pytest.raises(LastAdministrator):
        await store.logins.remove(login)
    # One whose user is not applied can not help.
    await store.logins.add("gone", PASSWORD, user_id="user-gone")
    with pytest.raises(LastAdministrator):
        await store.logins.remove(login)
    second = await login_of(store, "second")
    await store.logins.remove(login)
    with pytest.raises(LastAdministrator):
        await store.logins.remove(second)
    with pytest.raises(LastAdministrator):
        await store.logins.check_administrators(()) if await _bound(store, second) else None
    await store.logins.check_administrators({"user-2"})


async def _bound(store: Store, login: Login) -> bool:
    changed = await store.logins.change(
        login, name=login.name, role=login.role, extra_rights=(), user_id="user-2", living={"user-2"}
    )
    return changed.user_id == "user-2"


async def test_a_name_is_held_by_the_living_only(store: Store) -> None:
    await store.logins.add("201", PASSWORD, Role.USER, user_id="user-gone")
    with pytest.raises(Conflict):
        await store.logins.add("201", PASSWORD, Role.USER, user_id="user-1", living={"user-1", "user-gone"})
    await store.logins.add("201", PASSWORD, Role.USER, user_id="user-1", living={"user-1"})
    found = await store.logins.find("201")
    assert found is not None and found.user_id == "user-1"
    await login_of(store)
    with pytest.raises(Conflict):
        await store.logins.add("admin", PASSWORD, living=())


async def totp_on(store: Store, session: Session, clock: Clock) -> tuple[bytes, tuple[str, ...]]:
    secret = await store.logins.begin_totp(session.login)
    code = totp.hotp(secret, int(clock.now // 30))
    assert await store.logins.confirm_totp(session, "000000" if code != "000000" else "000001") is None
    codes = await store.logins.confirm_totp(session, code)
    assert codes is not None and len(set(codes)) == 10
    return secret, codes


async def test_codes_are_asked_for_once_one_was_shown(store: Store, clock: Clock) -> None:
    login = await login_of(store)
    mine, session = await signed_in(store, login)
    other, _ = await signed_in(store, login)
    await store.logins.begin_totp(login)
    assert not (await store.logins.list())[0].totp
    secret, _ = await totp_on(store, session, clock)
    assert (await store.logins.list())[0].totp
    assert await store.logins.session(mine) is not None
    assert await store.logins.session(other) is None
    with pytest.raises(Conflict):
        await store.logins.begin_totp(login)
    assert not await store.logins.use_code(login, totp.hotp(secret, int(clock.now // 30)))
    clock.now += 30
    code = totp.hotp(secret, int(clock.now // 30))
    assert await store.logins.use_code(login, f" {code[:3]} {code[3:]} ")
    assert not await store.logins.use_code(login, code)
    async with store.database.reading() as connection:
        from switchroom.store.tables import logins

        row = (await connection.execute(logins.select())).one()
    assert secret not in row.totp_secret
    assert totp.base32(secret).encode() not in row.totp_secret


async def test_a_recovery_code_is_good_once(store: Store, clock: Clock) -> None:
    login = await login_of(store)
    _, session = await signed_in(store, login)
    _, codes = await totp_on(store, session, clock)
    assert await store.logins.use_code(login, codes[0].upper())
    assert not await store.logins.use_code(login, codes[0])
    assert await store.logins.use_code(login, codes[1].replace("-", ""))
    for wrong in ("", "-", "\ud800", "'", codes[2][:-1], "abcde-fghij"):
        assert not await store.logins.use_code(login, wrong)
    assert await store.logins.remove_totp(login)
    assert not await store.logins.remove_totp(login)
    assert not await store.logins.use_code(login, codes[3])


async def test_a_provider_that_vouches_takes_a_temporary_passwords_place(store: Store) -> None:
    password = await store.logins.add("anna", role=Role.USER, temporary=True)
    login = await store.logins.find("anna")
    assert login is not None
    await store.logins.bind_openid(login, "https://issuer", "subject")
    assert await store.logins.verify("anna", password) is None
    found = await store.logins.of_openid("https://issuer", "subject")
    assert found is not None and found.openid and not found.must_change_password
    assert await store.logins.of_openid("https://other", "subject") is None
    assert await store.logins.verify("anna", "") is None


async def test_rights_of_another_program_are_not_given(store: Store) -> None:
    from sqlalchemy import update

    from switchroom.store.tables import logins

    await login_of(store)
    async with store.database.writing() as connection:
        values = {"role": "emperor", "extra_rights": '["audit", "everything"]'}
        await connection.execute(update(logins).values(**values))
    found = await store.logins.find("admin")
    assert found is not None
    assert found.rights == {Right.AUDIT, Right.PHONE, Right.CONTACTS, Right.RECORDS}


async def test_passwords_are_kept_as_argon2id_that_takes_32_mib(
    password_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "_LOW_MEMORY_KIB", password_memory)
    passwords = secrets.Passwords()
    try:
        kept = await passwords.hash("correct horse")
        assert kept.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
        assert await passwords.verify(kept, "correct horse") and not await passwords.verify(kept, "correct")
    finally:
        passwords.close()
