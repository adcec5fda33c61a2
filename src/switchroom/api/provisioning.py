"""One-time addresses under which phones fetch their settings: scanned as a QR code, or typed in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.context import Context, Here, Id, derived_key
from switchroom.api.errors import ApiError, ErrorBody, responses
from switchroom.api.invitations import PLACE, linphone_settings
from switchroom.api.limits import network
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.users import find_user
from switchroom.directory.model import Snapshot, User
from switchroom.provisioning import (
    MOST_LAMPS,
    Account,
    Colleague,
    SettingsFile,
    Vendor,
    first_file,
    is_settings,
    settings_file,
)
from switchroom.store import NotFound
from switchroom.store.provisioning_links import ProvisioningLink

router = APIRouter(tags=["phones"])

Editor = Annotated[Session, Needs(Right.USERS)]
LINK = "/provision"
LINK_SECONDS = 24 * 3600.0
_RANDOM, _SIGNATURE = 16, 16
"""Bytes of a link's token: chance, then the signature over it."""
_FILE_RESPONSES: dict[int | str, dict[str, object]] = {
    200: {"content": {"application/xml": {}, "text/xml": {}, "text/plain": {}}, "description": "The file."},
    404: {"model": ErrorBody},
    422: {"model": ErrorBody},
    429: {"model": ErrorBody},
    503: {"model": ErrorBody},
}


class ProvisioningInput(BaseModel):
    """Whose phone it is that is to be set up."""

    model_config = ConfigDict(extra="forbid")

    vendor: Vendor


class ProvisioningView(BaseModel):
    """Where a phone fetches its settings, once. The link is shown this once and kept nowhere."""

    url: str = Field(description="What one types into the phone as the address of its settings.")
    qr: str = Field(description="The same, for a QR code.")
    expires_at: float = Field(description="Seconds since the epoch.")
    trusted: bool = Field(
        description="False: the certificate is the system's own, which a phone has to be told to trust."
    )


@router.get(
    PLACE + "/{key}",
    response_class=Response,
    responses={
        200: {"content": {"application/xml": {}}, "description": "Linphone's remote provisioning."},
        404: {"model": ErrorBody},
        422: {"model": ErrorBody},
        429: {"model": ErrorBody},
    },
)
async def fetch(
    key: Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{16,64}$")], request: Request, here: Here
) -> Response:
    """A phone's settings, for whoever has the address: once, within 15 minutes of the secret's making."""
    source = _try(request, here)
    account = here.invitations.take(key, here.clock())
    if account is None:
        text = "This address was used already, or is older than 15 minutes. Make a new secret for the phone."
        raise ApiError(404, "invitation-used", text)
    here.tries_by_network.forgive(source)
    await here.store.audit.note(account.username, "phone settings fetched", source)
    return Response(linphone_settings(account, here.machine.phone_server()), media_type="application/xml")


@router.post(
    "/api/users/{user_id}/devices/{device_id}/provisioning", status_code=201, responses=responses(404, 409)
)
async def offer(
    user_id: Id, device_id: Id, body: ProvisioningInput, here: Here, who: Editor
) -> ProvisioningView:
    """A link under which the device fetches its settings: once, within a day, over HTTPS.

    The device gets a new secret in that moment and not before; the old one works until then. A link made
    earlier for it is worth nothing from now on.
    """
    find_user(await here.store.configuration.draft(), user_id)
    devices = await here.store.devices.list(user_id)
    device = next((one for one in devices if one.id == device_id and not one.revoked), None)
    if device is None:
        raise NotFound("device of this user that may register")
    server = here.machine.phone_server()
    if server.https is None:
        text = "Settings hold a password: they are given out over HTTPS only, which is switched off here."
        raise ApiError(409, "no-https", text)
    token = _new_token(here)
    subject = f"{device.username} ({device.label})"
    link = await here.store.provisioning_links.offer(
        device.id, token, body.vendor, LINK_SECONDS, who.login.name, subject
    )
    url = f"{server.https}{LINK}/{token}{body.vendor.asks_for}"
    return ProvisioningView(
        url=url, qr=url, expires_at=link.expires_at, trusted=server.web.startswith("https:")
    )


@router.get(LINK + "/{token}", response_class=Response, responses=_FILE_RESPONSES)
async def deliver(token: str, request: Request, here: Here) -> Response:
    """The settings of a device, for whoever has the link: once."""
    return await _deliver(token, "", request, here)


@router.get(LINK + "/{token}/{name:path}", response_class=Response, responses=_FILE_RESPONSES)
async def deliver_file(token: str, name: str, request: Request, here: Here) -> Response:
    """The same by the names that phones give their files; what a phone asks for besides is not there."""
    return await _deliver(token, name, request, here)


async def _deliver(token: str, name: str, request: Request, here: Context) -> Response:
    source = _try(request, here)
    link = await _link(token, source, request, here)
    vendor = Vendor(link.vendor)
    file = first_file(vendor, name)
    if file is None:
        if not is_settings(vendor, name):
            raise _nothing()
        file = await _settings(link, token, source, here)
    here.tries_by_network.forgive(source)
    return Response(file.text, media_type=file.media_type, headers={"Cache-Control": "no-store"})


async def _settings(link: ProvisioningLink, token: str, source: str, here: Context) -> SettingsFile:
    """The link is used up, then the device gets a secret that stands in this one answer and nowhere else."""
    devices = await here.store.devices.list()
    device = next((one for one in devices if one.id == link.device_id and not one.revoked), None)
    snapshot = (await here.store.configuration.draft()).snapshot
    user = None if device is None else snapshot.users.get(device.user_id)
    if device is None or user is None or not await here.store.provisioning_links.take(token):
        raise _nothing()
    made = await here.store.devices.reset(device.id, link.made_by)
    here.live.drop_device(device.id)
    await here.store.audit.note(device.username, "phone settings fetched", source, link.vendor)
    server = here.machine.phone_server()
    account = Account(
        name=user.name,
        username=made.device.username,
        secret=made.secret,
        realm=here.store.installation.realm,
        host=server.host,
        port=server.port,
        transport=server.transport,
        mailbox=user.voicemail,
        colleagues=_colleagues(snapshot, user),
    )
    return settings_file(Vendor(link.vendor), account)


def _colleagues(snapshot: Snapshot, user: User) -> tuple[Colleague, ...]:
    """Whose lamps a phone shows: those of the user's groups, or everybody where he is in none."""
    groups = [group.members for group in snapshot.groups.values() if user.id in group.members]
    near = {member for members in groups for member in members} if groups else set(snapshot.users)
    others = sorted((snapshot.users[one] for one in near - {user.id}), key=lambda other: other.extension)
    return tuple(Colleague(other.extension, other.name) for other in others[:MOST_LAMPS])


async def _link(token: str, source: str, request: Request, here: Context) -> ProvisioningLink:
    """What a link is for. One answer for all that are none: forged, used, too old, asked for in the clear.

    One of ours that was used, or replaced, may be in wrong hands: the audit tells who asked for it.
    """
    if request.url.scheme != "https" or not _signed(token, here):
        raise _nothing()
    link = await here.store.provisioning_links.find(token)
    if link is None:
        await here.store.audit.note("unknown", "phone settings refused", source)
        raise _nothing()
    return link


def _try(request: Request, here: Context) -> str:
    """Count this try of a network, which is returned. Raises 429."""
    source = network(request.client.host if request.client else None)
    if here.tries_by_network.take(source, here.clock()):
        raise ApiError(429, "too-many-tries", "Too many tries. Wait a minute.", headers={"Retry-After": "60"})
    return source


def _nothing() -> ApiError:
    return ApiError(
        404, "not-found", "There is nothing here. A link works once: make a new one for the phone."
    )


def _new_token(here: Context) -> str:
    chance = secrets.token_bytes(_RANDOM)
    return base64.urlsafe_b64encode(chance + _signature(chance, here)).rstrip(b"=").decode()


def _signed(token: str, here: Context) -> bool:
    """Whether we made this token: what was not never reaches the database."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except ValueError:
        return False
    if len(raw) != _RANDOM + _SIGNATURE or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return False
    return hmac.compare_digest(raw[_RANDOM:], _signature(raw[:_RANDOM], here))


def _signature(chance: bytes, here: Context) -> bytes:
    return hmac.digest(derived_key(here, "provisioning links"), chance, hashlib.sha256)[:_SIGNATURE]
