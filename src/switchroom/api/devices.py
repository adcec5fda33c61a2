"""Devices: what may register for a user. They act at once and are in no revision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from switchroom.api.context import Here, Id, listing, plain
from switchroom.api.errors import responses
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.schemas import DeviceInput, DeviceView, SecretView
from switchroom.api.users import add_device, find_user, secret_view
from switchroom.store import BrowserDevice, Device
from switchroom.store.browsers import BROWSER_PREFIX, LIFETIME

router = APIRouter(prefix="/api", tags=["devices"])

Editor = Annotated[Session, Needs(Right.USERS)]


def _view(device: Device) -> DeviceView:
    return DeviceView(**plain(device))


def _browser(device: BrowserDevice) -> DeviceView:
    return DeviceView(
        id=device.id,
        user_id=device.user_id,
        username=device.username,
        label="Browser",
        revoked=device.revoked,
        created_at=device.created_at,
        changed_at=device.expires_at - LIFETIME,
        kind="browser",
        expires_at=device.expires_at,
    )


@router.get("/devices", response_model=list[DeviceView], responses=responses())
async def list_devices(here: Here, who: Editor) -> Response:
    """All devices, user by user; then the browser tabs that may register now."""
    phones = [_view(device) for device in await here.store.devices.list()]
    browsers = [_browser(device) for device in await here.store.browsers.list()]
    return listing(view.model_dump() for view in (*phones, *browsers))


@router.get("/users/{user_id}/devices", responses=responses(404))
async def list_devices_of_user(user_id: Id, here: Here, who: Editor) -> list[DeviceView]:
    """A user's devices, the first one first; then the browser tabs that may register now."""
    find_user(await here.store.configuration.draft(), user_id)
    phones = [_view(device) for device in await here.store.devices.list(user_id)]
    return [*phones, *(_browser(device) for device in await here.store.browsers.list(user_id))]


@router.post("/users/{user_id}/devices", status_code=201, responses=responses(404, 409))
async def add_device_of_user(user_id: Id, body: DeviceInput, here: Here, who: Editor) -> SecretView:
    """A further device, with a secret of its own, shown once."""
    draft = await here.store.configuration.draft()
    user = find_user(draft, user_id)
    return secret_view(here, user, await add_device(here, draft, user, body.label, who.login.name))


@router.delete("/devices/{device_id}", responses=responses(404))
async def revoke_device(device_id: Id, here: Here, who: Editor) -> DeviceView:
    """A device may no longer register or call, at once. Its registrations end."""
    if device_id.startswith(BROWSER_PREFIX):
        browser = await here.store.browsers.revoke(device_id)
        await here.store.audit.note(who.login.name, "device revoked", f"{browser.username} (Browser)")
        here.live.drop_device(browser.id)
        return _browser(browser)
    device = await here.store.devices.revoke(device_id, who.login.name)
    here.live.drop_device(device.id)
    return _view(device)
