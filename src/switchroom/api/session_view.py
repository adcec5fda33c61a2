"""Who is signed in, as the web app sees it, and the cookie that says so."""

from __future__ import annotations

from fastapi import Request, Response

from switchroom.api.account_schemas import OwnUser, SessionView
from switchroom.api.context import COOKIE, Context, csrf_token
from switchroom.api.public_side import usable
from switchroom.directory import LANGUAGES, User
from switchroom.store import Right, Session


def own_user(here: Context, session: Session) -> User | None:
    """The applied user the session's login belongs to."""
    if session.user_id is None:
        return None
    return here.store.configuration.applied.users.get(session.user_id)


def session_language(here: Context, session: Session) -> str:
    """The language of the screens: the login's, else the user's, else the system's."""
    user = own_user(here, session)
    chosen = session.login.language or (user.language if user else None)
    return chosen if chosen in LANGUAGES else here.store.configuration.applied.settings.language


def session_view(here: Context, session: Session) -> SessionView:
    """Who is signed in."""
    user = own_user(here, session)
    known = None
    if user is not None:
        chosen = here.store.personal.of(user.id).time_zone
        known = OwnUser(
            id=user.id,
            extension=user.extension,
            name=user.name,
            language=user.language,
            time_zone=chosen,
        )
    login, rights = session.login, usable(session.rights)
    return SessionView(
        id=session.id,
        name=login.name,
        role=login.role,
        rights=sorted(rights),
        user=known,
        language=session_language(here, session),
        time_zone=here.store.time_zone_of(user.id if user is not None else None),
        csrf=csrf_token(here, session),
        expires_at=session.expires_at,
        totp=login.totp,
        must_change_password=login.must_change_password,
        setup_needed=Right.USERS in rights and not here.store.configuration.applied.users,
    )


def set_cookie(request: Request, response: Response, token: str, session: Session, now: float) -> None:
    """Let the browser keep the session: no script reads it, no other site's page sends it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=max(0, int(session.ends_at - now)),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Let the browser forget the session."""
    secure = request.url.scheme == "https"
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="strict")
