"""Forwardings, Follow Me and do not disturb: a user's own, and by an administrator (B3-04 to B3-07).

They act at once, are written into the audit log, and stand in no revision.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter

from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import responses
from switchroom.api.outside_schemas import ForwardingsInput, ForwardingsView
from switchroom.api.phone_desk import Me
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.users import protect
from switchroom.directory import DestinationKind, User, UserId, number_plan
from switchroom.directory.document import entry_from_document, entry_to_document
from switchroom.directory.personal import Personal, personal_problems
from switchroom.store import InvalidConfiguration, NotFound

router = APIRouter(prefix="/api", tags=["forwardings"])

Editor = Annotated[Session, Needs(Right.USERS)]


def _user(here: Context, user_id: str) -> User:
    user = here.store.configuration.applied.users.get(UserId(user_id))
    if user is None:
        raise NotFound("user in the applied configuration")
    return user


def _view(here: Context, user: User) -> ForwardingsView:
    document = entry_to_document(here.store.personal.of(user.id))
    del document["time_zone"]
    voicemail = here.store.configuration.applied.mailbox(user.id) is not None
    return ForwardingsView(**document, user=user.id, voicemail=voicemail)


async def _set(here: Context, user: User, body: ForwardingsInput, author: str) -> ForwardingsView:
    snapshot = here.store.configuration.applied
    document = body.model_dump(mode="json") | {"time_zone": here.store.personal.of(user.id).time_zone}
    destinations = [document["always"]] if document["always"] else []
    for name in ("follow_me", "no_answer", "busy"):
        destinations += [forward["destination"] for forward in document[name]]
    for destination in destinations:
        _normalise(destination, snapshot.settings.country)
    personal = entry_from_document(Personal, document, "body")
    if problems := personal_problems(personal, user.id, snapshot, here.store.personal.of):
        raise InvalidConfiguration(tuple(problems))
    await here.store.personal.set(user.id, personal, author)
    return _view(here, user)


def _normalise(destination: dict[str, Any], country: str) -> None:
    """A number outside as it is dialled, whatever the form it was typed in; the rules refuse what is none."""
    if destination["kind"] == DestinationKind.NUMBER:
        read = number_plan.read(destination["target"], country)
        if isinstance(read, number_plan.DialledNumber):
            destination["target"] = read.e164


@router.get("/users/{user_id}/forwardings", responses=responses(404))
async def get_forwardings(user_id: Id, here: Here, who: Editor) -> ForwardingsView:
    """What a user set."""
    return _view(here, _user(here, user_id))


@router.put("/users/{user_id}/forwardings", responses=responses(404))
async def set_forwardings(user_id: Id, body: ForwardingsInput, here: Here, who: Editor) -> ForwardingsView:
    """Set it for a user: at once. Not for one whose login may do more."""
    await protect(here, who, user_id)
    return await _set(here, _user(here, user_id), body, who.login.name)


@router.get("/phone/forwardings", responses=responses(403, 409))
async def get_own_forwardings(here: Here, me: Me) -> ForwardingsView:
    """One's own settings."""
    return _view(here, me.user)


@router.put("/phone/forwardings", responses=responses(403, 409))
async def set_own_forwardings(body: ForwardingsInput, here: Here, me: Me) -> ForwardingsView:
    """Set one's own: at once."""
    return await _set(here, me.user, body, me.session.login.name)
