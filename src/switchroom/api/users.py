"""Users: edits of the draft. A new user's first device gets its secret at once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from switchroom.api.context import Context, Here, Id, listing
from switchroom.api.errors import responses
from switchroom.api.invitations import PLACE, PhoneAccount
from switchroom.api.rights import Needs, Right, Session, may, refuse_beyond
from switchroom.api.schemas import (
    PendingView,
    ResetInput,
    SavedUser,
    SecretView,
    ServerView,
    UserInput,
    UserPatch,
    UserView,
)
from switchroom.api.versions import Seen
from switchroom.directory import User, UserId
from switchroom.directory.document import entry_from_document, entry_to_document, fields_from_document
from switchroom.store import Conflict, Draft, Login, NewSecret, NotFound, generate_id
from switchroom.store.configuration import entry_version

router = APIRouter(prefix="/api/users", tags=["users"])

Editor = Annotated[Session, Needs(Right.USERS)]
WhoLooks = Annotated[Session, Needs(Right.USERS, Right.CONFERENCES)]
"""A conference's administrator is chosen among the users (S1-06)."""


def pending_view(draft: Draft) -> PendingView:
    """Where the draft stands."""
    return PendingView(
        base_revision=draft.base, draft_version=draft.version, changed_entries=len(draft.pending)
    )


def secret_view(here: Context, user: User, made: NewSecret) -> SecretView:
    """A new secret, to be shown this once, and where a phone may fetch it once."""
    server = here.machine.phone_server()
    account = PhoneAccount(user.name, made.device.username, made.secret, here.store.installation.realm)
    key = here.invitations.offer(account, here.clock())
    return SecretView(
        server=ServerView(host=server.host, port=server.port, transport=server.transport),
        provisioning_url=f"{server.web}{PLACE}/{key}",
        device_id=made.device.id,
        username=made.device.username,
        secret=made.secret,
        realm=here.store.installation.realm,
    )


def living(here: Context, draft: Draft) -> set[str]:
    """Ids of all users that are applied or in the draft."""
    return {*here.store.configuration.applied.users, *draft.snapshot.users}


def find_user(draft: Draft, user_id: str) -> User:
    """The user as the draft has him. Raises `NotFound`."""
    user = draft.snapshot.users.get(UserId(user_id))
    if user is None:
        raise NotFound("user")
    return user


def _fields(user: User, draft: Draft, login: Login | None) -> dict[str, Any]:
    return {
        **entry_to_document(user),
        "login": login.name if login else None,
        "role": login.role if login else None,
        "extra_rights": sorted(login.extra_rights) if login else [],
        "totp": login is not None and login.totp,
        "pending": ("users", user.id) in draft.pending,
        "version": entry_version(user),
    }


async def _view(here: Context, who: Session, user: User, draft: Draft) -> UserView:
    login = await here.store.logins.of_user(user.id) if may(who, Right.USERS) else None
    return UserView(**_fields(user, draft, login))


async def protect(here: Context, who: Session, user_id: str) -> None:
    """403 for a user whose login may do more: by his e-mail address a provider lets people in as him."""
    login = await here.store.logins.of_user(user_id)
    if login is not None:
        refuse_beyond(who, login.rights)


@router.get("", response_model=list[UserView], responses=responses())
async def list_users(here: Here, who: WhoLooks) -> Response:
    """All users of the draft, by extension."""
    draft = await here.store.configuration.draft()
    users = sorted(draft.snapshot.users.values(), key=lambda user: (len(user.extension), user.extension))
    logins = await here.store.logins.list() if may(who, Right.USERS) else []
    of_user = {login.user_id: login for login in logins}
    return listing(_fields(user, draft, of_user.get(user.id)) for user in users)


@router.post("", status_code=201, responses=responses(409))
async def add_user(body: UserInput, here: Here, who: Editor) -> SavedUser:
    """Add a user to the draft. The answer shows the secret of the first device, once."""
    document = {**body.model_dump(mode="json"), "id": generate_id("user")}
    user = entry_from_document(User, document, "body")
    draft = await here.store.configuration.save(user, who.login.name)
    made = await add_device(here, draft, user, "First phone", who.login.name)
    view = await _view(here, who, user, draft)
    return SavedUser(user=view, pending=pending_view(draft), secret=secret_view(here, user, made))


@router.get("/{user_id}", responses=responses(404))
async def get_user(user_id: Id, here: Here, who: WhoLooks) -> UserView:
    """One user of the draft."""
    draft = await here.store.configuration.draft()
    return await _view(here, who, find_user(draft, user_id), draft)


@router.patch("/{user_id}", responses=responses(404, 409))
async def change_user(user_id: Id, body: UserPatch, here: Here, who: Editor, seen: Seen) -> SavedUser:
    """Change a user in the draft: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    values = fields_from_document(User, body.model_dump(mode="json", exclude_unset=True), "body")
    if "email" in values:
        await protect(here, who, user_id)
    draft = await here.store.configuration.edit("users", user_id, values, who.login.name, expected=seen)
    view = await _view(here, who, find_user(draft, user_id), draft)
    return SavedUser(user=view, pending=pending_view(draft))


@router.delete("/{user_id}", responses=responses(404, 409))
async def remove_user(user_id: Id, here: Here, who: Editor, seen: Seen) -> PendingView:
    """Remove a user from the draft. His devices are refused once that is applied."""
    configuration = here.store.configuration
    await protect(here, who, user_id)
    staying = (await configuration.draft()).snapshot.users.keys() - {user_id}
    await here.store.logins.check_administrators(staying)
    return pending_view(await configuration.remove("users", user_id, who.login.name, expected=seen))


@router.post("/{user_id}/reset-secret", responses=responses(404, 409))
async def reset_secret(user_id: Id, here: Here, who: Editor, body: ResetInput | None = None) -> SecretView:
    """A new secret for one device of a user, at once: the old one is refused from now on. Shown once."""
    draft = await here.store.configuration.draft()
    user = find_user(draft, user_id)
    devices = await here.store.devices.list(user_id)
    wanted = None if body is None else body.device_id
    if not devices and wanted is None:
        return secret_view(here, user, await add_device(here, draft, user, "First phone", who.login.name))
    device = next((device for device in devices if wanted in (None, device.id)), None)
    if device is None:
        raise NotFound("device of this user")
    author = who.login.name
    if device is devices[0] and device.username != user.extension:
        try:
            made = await here.store.devices.reset(
                device.id, author, username=user.extension, living=living(here, draft)
            )
        except Conflict:
            made = await here.store.devices.reset(device.id, author)
    else:
        made = await here.store.devices.reset(device.id, author)
    here.live.drop_device(device.id)
    return secret_view(here, user, made)


async def add_device(here: Context, draft: Draft, user: User, label: str, author: str) -> NewSecret:
    """A device named by the extension, or by the extension and a number where that is taken."""
    alive = living(here, draft)
    names = [user.extension, *(f"{user.extension}-{number}" for number in range(2, 100))]
    for name in names:
        try:
            return await here.store.devices.add(user.id, name, label, author, living=alive)
        except Conflict:
            continue
    raise Conflict("label", "This user has too many devices: revoke one first.")
