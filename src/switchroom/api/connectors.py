"""Other systems of customer records: set up by administrators, and each person's own key to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Path, Request, Response

from switchroom.api.connector_schemas import (
    ActKind,
    ActView,
    ConnectorInput,
    ConnectorStepView,
    ConnectorTestInput,
    ConnectorTestView,
    ConnectorView,
    KeyInput,
    KeyStateView,
    MyConnectorView,
)
from switchroom.api.context import Context, Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import TokenBuckets
from switchroom.api.phone_desk import Caller, caller
from switchroom.api.rights import Needs, Right, Session, in_person
from switchroom.api.sign_in import refuse_for
from switchroom.connectors.odoo import OdooConnector
from switchroom.connectors.odoo_check import examine
from switchroom.connectors.odoo_wire import OdooFault
from switchroom.connectors.outward import forbidden, trust
from switchroom.connectors.systems import Systems
from switchroom.crm.connector import (
    Act,
    CancelActivity,
    ChangeActivity,
    FaultKind,
    ForgetCall,
    LogCall,
    MarkDone,
    ScheduleCall,
)
from switchroom.store import NotFound
from switchroom.store.connector_acts import StoredAct
from switchroom.store.connectors import ConnectorKey, ConnectorSettings

router = APIRouter(tags=["connectors"])

Administrator = Annotated[Session, Needs(Right.SYSTEM)]
Mine = Annotated[Caller, Depends(caller)]
ConnectorId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,31}$", max_length=32)]
TAKEN: Final = frozenset({"own", "users"})
"""Sources that are built in."""


@dataclass(frozen=True, slots=True)
class ConnectorDesk:
    """What the routes share."""

    systems: Systems
    tries: TokenBuckets = field(default_factory=lambda: TokenBuckets(10, 6.0))
    """Of one login: tests and keys, which make this system ask another one."""


def connector_desk(request: Request) -> ConnectorDesk:
    """The app's."""
    found = request.app.state.connector_desk
    assert isinstance(found, ConnectorDesk)
    return found


Desk = Annotated[ConnectorDesk, Depends(connector_desk)]


# --- administrators -----------------------------------------------------------------------------------------


def _view(settings: ConnectorSettings, here: Context, desk: ConnectorDesk) -> ConnectorView:
    connector = desk.systems.of(settings.id)
    version = connector.wire.known_version if connector is not None else None
    return ConnectorView(
        id=settings.id,
        kind="odoo",
        name=settings.name,
        url=settings.url,
        database=settings.database,
        ca=settings.ca,
        enabled=settings.enabled,
        changed_at=settings.changed_at,
        version=None if version is None else version.text,
        people=len(here.store.connectors.keys(settings.id)),
    )


@router.get("/api/connectors", responses=responses())
async def list_connectors(here: Here, who: Administrator, desk: Desk) -> list[ConnectorView]:
    """Every other system that is set up."""
    return [_view(settings, here, desk) for settings in here.store.connectors.all()]


@router.put("/api/connectors/{connector_id}", responses=responses())
async def put_connector(
    connector_id: ConnectorId, body: ConnectorInput, here: Here, who: Administrator, desk: Desk
) -> ConnectorView:
    """Set one up, or change it, at once. At another address everybody has to give his key again."""
    if connector_id in TAKEN:
        raise ApiError(422, "taken", "This name is used by the system itself.", "connector_id")
    await desk.systems.prepare()
    saved = await here.store.connectors.put(_settings(connector_id, body), who.login.name)
    return _view(saved, here, desk)


@router.delete("/api/connectors/{connector_id}", status_code=204, responses=responses(404))
async def remove_connector(connector_id: ConnectorId, here: Here, who: Administrator) -> Response:
    """Forget it, everybody's keys to it, and what was still to be written there."""
    await here.store.connectors.remove(connector_id, who.login.name)
    return Response(status_code=204)


@router.post("/api/connectors/{connector_id}/test", responses=responses(429))
async def check_connector(
    connector_id: ConnectorId, body: ConnectorTestInput, here: Here, who: Administrator, desk: Desk
) -> ConnectorTestView:
    """Try these settings, saved or not, and say which step fails."""
    refuse_for(desk.tries.take(who.login.id, here.clock()))
    settings = _settings(connector_id, body)
    credentials = (body.login.strip(), body.key) if body.login.strip() and body.key else None
    own = here.store.connectors.key(connector_id, who.user_id) if who.user_id is not None else None
    if credentials is None and own is not None and _same_place(settings, here):
        credentials = own.login, own.key
    await desk.systems.prepare()
    connector = desk.systems.make(settings)
    try:
        https = urlsplit(settings.url).scheme == "https"
        steps, version = await examine(connector, credentials, https=https)
    finally:
        await connector.wire.close()
    return ConnectorTestView(
        works=all(step.state != "failed" for step in steps),
        version=version or None,
        steps=[
            ConnectorStepView(
                step=step.name, state=step.state, error_id=step.cause or None, message=step.text or None
            )
            for step in steps
        ],
    )


def _same_place(settings: ConnectorSettings, here: Context) -> bool:
    """Whether a kept key is meant for this address."""
    try:
        kept = here.store.connectors.get(settings.id)
    except NotFound:
        return False
    return (kept.url, kept.database) == (settings.url, settings.database)


def _settings(connector_id: str, body: ConnectorInput) -> ConnectorSettings:
    """What was entered, checked as far as it can be without asking anybody."""
    url = body.url.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.query or parts.fragment:
        text = "Give the address that browsers open, such as https://odoo.example.com."
        raise ApiError(422, "bad-url", text, "url")
    if problem := forbidden(parts.hostname or ""):
        raise ApiError(422, "odoo-address", problem, "url")
    try:
        if body.ca.strip():
            trust(body.ca)
    except ValueError as error:
        raise ApiError(422, "bad-certificate", str(error), "ca") from None
    return ConnectorSettings(
        id=connector_id,
        kind=body.kind,
        name=body.name.strip() or "Odoo",
        url=url,
        database=body.database,
        ca=body.ca.strip(),
        enabled=body.enabled,
    )


# --- one's own ----------------------------------------------------------------------------------------------


@router.get("/api/phone/connectors", responses=responses(409))
async def list_my_connectors(here: Here, me: Mine) -> list[MyConnectorView]:
    """The systems that are switched on, and whether you gave a key."""
    shown: list[MyConnectorView] = []
    for settings in here.store.connectors.all():
        if not settings.enabled:
            continue
        key = here.store.connectors.key(settings.id, me.user.id)
        acts = await here.store.connectors.acts.open(settings.id, me.user.id)
        shown.append(
            MyConnectorView(
                id=settings.id,
                kind="odoo",
                name=settings.name,
                url=settings.url,
                login=None if key is None else key.login,
                changed_at=None if key is None else key.changed_at,
                waiting=sum(act.next_at is not None for act in acts),
                failed=sum(act.next_at is None for act in acts),
            )
        )
    return shown


@router.get("/api/phone/connectors/{connector_id}/key", responses=responses(404, 409, 429))
async def get_key_state(connector_id: ConnectorId, here: Here, me: Mine, desk: Desk) -> KeyStateView:
    """Whether your key works, tried now."""
    connector = _connector(desk, connector_id)
    key = here.store.connectors.key(connector_id, me.user.id)
    if key is None:
        return KeyStateView(login=None, state="none", error_id=None, message=None)
    refuse_for(desk.tries.take(me.session.login.id, here.clock()))
    try:
        await connector.wire.sign_in(key.login, key.key)
    except OdooFault as fault:
        state = "refused" if fault.kind is FaultKind.KEY_REFUSED else "unreachable"
        return KeyStateView.model_validate(
            {"login": key.login, "state": state, "error_id": fault.cause, "message": fault.text}
        )
    return KeyStateView(login=key.login, state="good", error_id=None, message=None)


@router.put(
    "/api/phone/connectors/{connector_id}/key",
    responses=responses(404, 409, 429),
    dependencies=[Depends(in_person)],
)
async def set_key(
    connector_id: ConnectorId, body: KeyInput, here: Here, me: Mine, desk: Desk
) -> KeyStateView:
    """Give your own key: it is tried first. 422: the other system does not take it, or can not be asked."""
    connector = _connector(desk, connector_id)
    refuse_for(desk.tries.take(me.session.login.id, here.clock()))
    login = body.login.strip()
    try:
        uid = await connector.wire.sign_in(login, body.key)
    except OdooFault as fault:
        of_key = fault.kind is FaultKind.KEY_REFUSED
        raise ApiError(422, fault.cause, fault.text, "key" if of_key else None) from None
    key = ConnectorKey(connector_id, me.user.id, login, str(uid), body.key)
    await here.store.connectors.set_key(key, me.session.login.name)
    _tell(desk, me)
    return KeyStateView(login=login, state="good", error_id=None, message=None)


@router.delete(
    "/api/phone/connectors/{connector_id}/key",
    status_code=204,
    responses=responses(404, 409),
    dependencies=[Depends(in_person)],
)
async def remove_key(connector_id: ConnectorId, here: Here, me: Mine, desk: Desk) -> Response:
    """Take your key back. What was still to be written waits for another one."""
    await here.store.connectors.remove_key(connector_id, me.user.id, me.session.login.name)
    _tell(desk, me)
    return Response(status_code=204)


@router.get("/api/phone/connectors/{connector_id}/acts", responses=responses(409))
async def list_acts(connector_id: ConnectorId, here: Here, me: Mine) -> list[ActView]:
    """What of yours is still to be written there, and what was refused."""
    return [_act_view(act) for act in await here.store.connectors.acts.open(connector_id, me.user.id)]


@router.post(
    "/api/phone/connectors/{connector_id}/acts/{act_id}/retry", status_code=204, responses=responses(404, 409)
)
async def retry_act(connector_id: ConnectorId, act_id: Id, here: Here, me: Mine) -> Response:
    """Try it once more, now."""
    await here.store.connectors.acts.retry(act_id, connector_id, me.user.id)
    return Response(status_code=204)


@router.delete(
    "/api/phone/connectors/{connector_id}/acts/{act_id}", status_code=204, responses=responses(404, 409)
)
async def drop_act(connector_id: ConnectorId, act_id: Id, here: Here, me: Mine, desk: Desk) -> Response:
    """Give it up: it will not be written."""
    await here.store.connectors.acts.drop(act_id, connector_id, me.user.id)
    _tell(desk, me)
    return Response(status_code=204)


def _tell(desk: ConnectorDesk, me: Caller) -> None:
    """The lists of this person's pages are others now."""
    desk.systems.courier.tell(me.user.id)


def _connector(desk: ConnectorDesk, connector_id: str) -> OdooConnector:
    found = desk.systems.of(connector_id)
    if found is None:
        raise NotFound("connector that is switched on")
    return found


def _act_view(stored: StoredAct) -> ActView:
    kind, text = _told(stored.act)
    act = stored.act
    return ActView(
        id=stored.id,
        kind=kind,
        text=text,
        app=getattr(act, "app", None),
        record=getattr(act, "record", None),
        activity=getattr(act, "activity", None),
        created_at=stored.created_at,
        attempts=stored.attempts,
        next_at=stored.next_at,
        problem=stored.problem or None,
    )


def _told(act: Act) -> tuple[ActKind, str]:
    """What an act is called, and the words in it."""
    match act:
        case MarkDone():
            return "done", act.feedback
        case ChangeActivity():
            return "change", act.summary or ""
        case CancelActivity():
            return "cancel", ""
        case ScheduleCall():
            return "schedule", act.summary
        case LogCall():
            return "log", act.call.note
        case ForgetCall():
            return "forget", ""
