"""One-time addresses under which a phone fetches its settings: what the QR code of a new secret says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath

from switchroom.api.context import Here
from switchroom.api.errors import ApiError, ErrorBody
from switchroom.api.invitations import PLACE, linphone_settings
from switchroom.api.limits import network

router = APIRouter(tags=["phones"])


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
    source = network(request.client.host if request.client else None)
    if here.tries_by_network.take(source, here.clock()):
        raise ApiError(429, "too-many-tries", "Too many tries. Wait a minute.", headers={"Retry-After": "60"})
    account = here.invitations.take(key, here.clock())
    if account is None:
        text = "This address was used already, or is older than 15 minutes. Make a new secret for the phone."
        raise ApiError(404, "invitation-used", text)
    here.tries_by_network.forgive(source)
    await here.store.audit.note(account.username, "phone settings fetched", source)
    return Response(linphone_settings(account, here.machine.phone_server()), media_type="application/xml")
