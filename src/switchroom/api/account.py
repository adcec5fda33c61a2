"""One's own account: password, second factor, language, where one is signed in."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Depends, Request, Response

from switchroom.api.account_schemas import (
    AccountPatch,
    CodeInput,
    ConfirmInput,
    OpenSessionView,
    PasswordInput,
    RecoveryView,
    SessionView,
    TotpView,
)
from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import user_of
from switchroom.api.phone_tabs import Pages, TabHub
from switchroom.api.rights import Account, in_person
from switchroom.api.session_view import clear_cookie, own_user, session_view, set_cookie
from switchroom.api.sign_in import limit_tries, refuse_for, source_of
from switchroom.directory.personal import personal_problems
from switchroom.store import InvalidConfiguration, Kind, NotFound, Session, totp
from switchroom.store.logins import name_key
from switchroom.store.password_rules import weakness

router = APIRouter(prefix="/api/account", tags=["account"], dependencies=[Depends(in_person)])


async def _check_password(here: Context, request: Request, who: Session, password: str, field: str) -> None:
    """Raises 422 for a wrong password and 429 after too many."""
    source = source_of(request)
    key = (source, name_key(who.login.name))
    limit_tries(here, source, key)
    if await here.store.logins.verify(who.login.name, password) is None:
        await here.store.audit.note(who.login.name, "password refused", source)
        raise ApiError(422, "wrong-password", "The password is wrong.", field)
    here.tries_by_name.forgive(key)
    here.tries_by_network.give_back(source)


@router.patch("", responses=responses(409))
async def change_account(body: AccountPatch, here: Here, pages: Pages, who: Account) -> SessionView:
    """Choose the language of the screens, or where one's days begin and end."""
    if "time_zone" in body.model_fields_set:
        await _set_time_zone(here, pages, who, body.time_zone)
    if "language" in body.model_fields_set:
        await here.store.logins.set_language(who.login, body.language)
        who = replace(who, login=replace(who.login, language=body.language))
    return session_view(here, who)


async def _set_time_zone(here: Context, pages: TabHub, who: Session, time_zone: str | None) -> None:
    """Another day may be today then: his pages are told."""
    user = user_of(who, here)
    settings = replace(here.store.personal.of(user.id), time_zone=time_zone)
    problems = personal_problems(settings, user.id, here.store.configuration.applied)
    if wrong := tuple(problem for problem in problems if problem.path == "time_zone"):
        raise InvalidConfiguration(wrong)
    await here.store.personal.set(user.id, settings, who.login.name)
    pages.changed("activities", [user.id])


@router.put("/password", responses=responses(429))
async def change_password(
    body: PasswordInput, request: Request, response: Response, here: Here, who: Account
) -> SessionView:
    """Choose another password. All other sessions end; a browser's cookie and CSRF token are changed."""
    await _check_password(here, request, who, body.current, "current")
    user = own_user(here, who)
    names = [who.login.name, *([user.name, user.extension, *user.name.split()] if user else [])]
    problem = weakness(body.new, names)
    if problem is None and body.new == body.current:
        problem = "This is the password you have: choose another one."
    if problem is not None:
        raise ApiError(422, "password-weak", problem, "new")
    await here.store.logins.set_password(who, body.new)
    await here.store.audit.note(who.login.name, "password changed", who.login.name)
    who = replace(who, login=replace(who.login, must_change_password=False))
    if who.kind is Kind.COOKIE:
        token, who = await here.store.logins.sessions.renew(who)
        set_cookie(request, response, token, who, here.clock())
    return session_view(here, who)


@router.post("/totp", responses=responses(409))
async def begin_totp(here: Here, who: Account) -> TotpView:
    """A secret for an authenticator app. Nothing is asked for before a code of it was sent (PUT)."""
    secret = await here.store.logins.begin_totp(who.login)
    issuer = here.store.configuration.applied.settings.name
    return TotpView(secret=totp.base32(secret), uri=totp.uri(secret, who.login.name, issuer))


@router.put("/totp", responses=responses(429))
async def confirm_totp(body: CodeInput, here: Here, who: Account) -> RecoveryView:
    """Ask for codes at every sign-in from now on. All other sessions end."""
    refuse_for(here.tries_of_codes.take(who.login.id, here.clock()))
    codes = await here.store.logins.confirm_totp(who, body.code)
    if codes is None:
        text = "This code is wrong. Is the clock of the phone right?"
        raise ApiError(422, "wrong-code", text, "code")
    here.tries_of_codes.forgive(who.login.id)
    await here.store.audit.note(who.login.name, "codes switched on", who.login.name)
    return RecoveryView(recovery_codes=list(codes))


@router.delete("/totp", status_code=204, responses=responses(404, 429))
async def remove_totp(body: ConfirmInput, request: Request, here: Here, who: Account) -> Response:
    """Ask for no codes any more."""
    await _check_password(here, request, who, body.password, "password")
    if not await here.store.logins.remove_totp(who.login):
        raise NotFound("code to be switched off")
    await here.store.audit.note(who.login.name, "codes switched off", who.login.name)
    return Response(status_code=204)


@router.get("/sessions", responses=responses())
async def list_sessions(here: Here, who: Account) -> list[OpenSessionView]:
    """Where the login is signed in, the place used last first."""
    return [
        OpenSessionView(
            id=session.id,
            kind=session.kind,
            label=session.label,
            source=session.source,
            created_at=session.created_at,
            used_at=session.used_at,
            expires_at=session.expires_at,
            current=session.id == who.id,
        )
        for session in await here.store.logins.sessions.of(who.login)
    ]


@router.delete("/sessions", status_code=204, responses=responses())
async def sign_out_everywhere(request: Request, here: Here, who: Account) -> Response:
    """End all sessions, this one too."""
    await here.store.logins.sessions.end_all(who.login.id)
    await here.store.audit.note(who.login.name, "signed out everywhere", who.login.name)
    response = Response(status_code=204)
    clear_cookie(request, response)
    return response


@router.delete("/sessions/{session_id}", status_code=204, responses=responses(404))
async def end_session(session_id: Id, here: Here, who: Account) -> Response:
    """End one session of one's own."""
    if not await here.store.logins.sessions.end(session_id, who.login.id):
        raise NotFound("session of yours of this id")
    return Response(status_code=204)
