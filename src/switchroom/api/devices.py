"""Devices: what may register for a user. They act at once and are in no revision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api.context import Here, Id, listing, plain
from switchroom.api.errors import responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import DeviceInput, DeviceView, SecretView
from switchroom.api.users import add_device, find_user, secret_view
from switchroom.store import Device

router = APIRouter(prefix="/api", tags=["devices"])

Editor = Annotated[Session, Needs(Right.USERS)]


def _view(device: Device) -> DeviceView:
    return DeviceView(**plain(device))


@router.get("/devices", response_model=list[DeviceView], responses=responses())
async def list_devices(here: Here, who: Editor) -> Response:
    """All devices, user by user."""
    return listing(plain(device) for device in await here.store.devices.list())


@router.get("/users/{user_id}/devices", responses=responses(404))
async def list_devices_of_user(user_id: Id, here: Here, who: Editor) -> list[DeviceView]:
    """A user's devices, the first one first."""
    find_user(await here.store.configuration.draft(), user_id)
    return [_view(device) for device in await here.store.devices.list(user_id)]


@router.post("/users/{user_id}/devices", status_code=201, responses=responses(404, 409))
async def add_device_of_user(user_id: Id, body: DeviceInput, here: Here, who: Editor) -> SecretView:
    """A further device, with a secret of its own, shown once."""
    draft = await here.store.configuration.draft()
    user = find_user(draft, user_id)
    return secret_view(here, user, await add_device(here, draft, user, body.label, who.login.name))


@router.delete("/devices/{device_id}", responses=responses(404))
async def revoke_device(device_id: Id, here: Here, who: Editor) -> DeviceView:
    """A device may no longer register or call, at once. Its registrations end."""
    device = await here.store.devices.revoke(device_id, who.login.name)
    here.live.drop_device(device.id)
    return _view(device)
