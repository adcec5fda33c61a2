"""The browser's phone: what it begins with, what it registers with, what a typed number means."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from switchroom.api.context import Here
from switchroom.api.errors import ApiError, responses
from switchroom.api.phone_desk import (
    Desk,
    Me,
    feature_name,
    ice_servers,
    internal_name,
    is_internal,
    language_of,
    names_of,
)
from switchroom.api.phone_schemas import (
    CredentialInput,
    CredentialView,
    IceServer,
    PhoneUser,
    PhoneView,
    SipPlace,
    TypedInput,
    TypedView,
)
from switchroom.directory.country_names import country_name
from switchroom.directory.number_plan import FEATURES, Feature
from switchroom.directory.typed import Typed, TypedKind, read_typed
from switchroom.store import NotFound, Revoked

router = APIRouter(prefix="/api/phone", tags=["phone"])

SIP_PATH = "/sip"
_ECHO = next(code for code, feature in FEATURES.items() if feature is Feature.ECHO_TEST)


@router.get("", responses=responses(403, 409))
async def get_phone(here: Here, desk: Desk, me: Me) -> PhoneView:
    """What a phone in the browser begins with. 409 `no-extension`: the login has none."""
    settings = here.store.configuration.applied.settings
    servers = ice_servers(desk.site, me.user.id, here.clock())
    return PhoneView(
        user=PhoneUser(id=me.user.id, extension=me.user.extension, name=me.user.name),
        country=settings.country,
        language=language_of(me, here),
        echo=_ECHO,
        ice_servers=[IceServer(**server) for server in servers],
        sip=SipPlace(path=SIP_PATH, domain=desk.site.domain),
    )


@router.post("/credentials", responses=responses(403, 409, 429))
async def get_credentials(body: CredentialInput, here: Here, desk: Desk, me: Me) -> CredentialView:
    """What this tab registers with for some minutes: a device of the user, revoked with the session."""
    wait = desk.credentials.take(me.session.id, here.clock())
    if wait:
        headers = {"Retry-After": str(int(wait) + 1)}
        raise ApiError(429, "too-many-tries", "Too many tries. Wait a moment.", headers=headers)
    try:
        made = await here.store.browsers.issue(me.session.id, me.user.id, me.user.extension, body.tab)
    except Revoked:
        text = "An administrator revoked the phone in this tab. Open another one, or sign in again."
        raise ApiError(403, "device-revoked", text) from None
    except NotFound:
        raise ApiError(401, "not-signed-in", "Sign in first.") from None
    for device_id in here.store.browsers.take_gone():
        here.live.drop_device(device_id)
    servers = ice_servers(desk.site, me.user.id, here.clock())
    return CredentialView(
        username=made.device.username,
        password=made.password,
        realm=here.store.installation.realm,
        expires_at=made.device.expires_at,
        ice_servers=[IceServer(**server) for server in servers],
    )


@router.post("/number", responses=responses(403, 409))
async def read_number(body: TypedInput, here: Here, me: Me) -> TypedView:
    """What a typed or pasted number means and is dialled as. A refused one is no error of the request."""
    snapshot = here.store.configuration.applied
    internal = partial(is_internal, snapshot)
    typed = read_typed(body.text, snapshot.settings.country, internal, FEATURES)
    name: str | None = None
    match typed.kind:
        case TypedKind.EXTENSION:
            name = internal_name(snapshot, typed.dial)
        case TypedKind.FEATURE:
            name = feature_name(typed.dial)
        case TypedKind.NUMBER:
            name = (await names_of(here, [typed.dial])).get(typed.dial)
    return _view(typed, body.text, name, language_of(me, here))


def _view(typed: Typed, text: str, name: str | None, language: str) -> TypedView:
    refused = typed.kind is TypedKind.REFUSED
    return TypedView(
        kind=typed.kind.value,
        dial=None if refused else typed.dial,
        shown=" ".join(text.split())[:80] if refused else typed.shown,
        name=name,
        country=country_name(typed.country, language) if typed.country else None,
        country_code=typed.country,
        then=typed.then,
        error_id=typed.error_id,
        message=typed.message,
    )
