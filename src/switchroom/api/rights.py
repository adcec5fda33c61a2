"""Which route needs which right: `who: Annotated[Session, Needs(Right.USERS)]`, checked on the server."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials

from switchroom.api.context import Here, authenticated, bearer, from_this_machine
from switchroom.api.errors import ApiError
from switchroom.store import Kind, Right, Role, Session

__all__ = ["Account", "Inside", "Needs", "Right", "Role", "Session", "may", "need", "refuse_beyond"]


class Requirement:
    """A dependency: somebody is signed in who has one of the rights (or every one of them).

    Without rights: anybody who is signed in, even who has to change a password first.
    """

    def __init__(self, rights: tuple[Right, ...], every: bool = False) -> None:
        self.rights = rights
        self.every = every

    def allows(self, session: Session) -> bool:
        """Whether the session has what is needed."""
        if not self.rights:
            return True
        having = [right in session.rights for right in self.rights]
        return all(having) if self.every else any(having)

    async def __call__(
        self,
        request: Request,
        here: Here,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    ) -> Session:
        """Who asks. Raises 401 and 403."""
        session = await authenticated(request, here, credentials)
        if self.rights:
            check(session, self)
        return session


def check(session: Session, requirement: Requirement) -> None:
    """Raises 403 unless the session meets the requirement."""
    if session.login.must_change_password and session.kind not in (Kind.TOKEN, Kind.SITE):
        raise ApiError(403, "password-change-needed", "Choose a password of your own first.")
    if not requirement.allows(session):
        raise ApiError(403, "not-allowed", "Your role does not allow this. Ask an administrator.")


def Needs(*rights: Right, every: bool = False) -> Any:
    """A route's requirement: one of the rights, or every one of them. Its value is the `Session`."""
    if not rights:
        raise TypeError("name a right; `Account` is for whoever is signed in")
    return Depends(Requirement(rights, every))


def need(session: Session, *rights: Right, every: bool = False) -> None:
    """The same check where there is no dependency, such as in a WebSocket. Raises 403."""
    check(session, Requirement(rights, every))


Account = Annotated[Session, Depends(Requirement(()))]
"""Whoever is signed in, even with a password that has to be changed first: routes of one's own account."""


def in_person(who: Account) -> None:
    """Raises 403 for a phone on another site's page: it is somebody's phone, not his account."""
    if who.kind is Kind.SITE:
        text = "Sign in to the console: this phone was signed in by another site."
        raise ApiError(403, "not-allowed", text)


async def insider(
    request: Request,
    here: Here,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> bool:
    """Whether a program on this machine asks, or somebody who is signed in."""
    if from_this_machine(request):
        return True
    try:
        await authenticated(request, here, credentials)
    except ApiError:
        return False
    return True


Inside = Annotated[bool, Depends(insider)]


def may(session: Session, right: Right) -> bool:
    """Whether the session has a right."""
    return right in session.rights


def refuse_beyond(session: Session, rights: frozenset[Right]) -> None:
    """Raises 403 unless the session itself has all these rights: nobody gives more than he has."""
    if not rights <= session.rights:
        text = "This needs rights that you do not have yourself. Ask an administrator."
        raise ApiError(403, "not-allowed", text)
