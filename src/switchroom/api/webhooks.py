"""Webhooks: who is told what happens, what became of each delivery, a test, one more try. In no revision."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from switchroom.api.context import Here, Id
from switchroom.api.errors import ApiError, responses
from switchroom.api.limits import TokenBuckets
from switchroom.api.mail_schemas import Line
from switchroom.api.rights import Needs, Right, Session
from switchroom.api.sign_in import refuse_for
from switchroom.api.versions import Seen
from switchroom.outbox.webhook_rules import BadUrl, checked_url
from switchroom.outbox.webhooks import WebhookPost
from switchroom.store.webhook_events import Event
from switchroom.store.webhooks import MOST_WEBHOOKS, Delivery, Webhook, shown_secret

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"])

Editor = Annotated[Session, Needs(Right.SYSTEM)]
Url = Annotated[str, Field(min_length=1, max_length=2000)]
Events = Annotated[list[Event], Field(min_length=1, max_length=len(Event))]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookInput(_Input):
    """An address to be told what happens."""

    name: Annotated[Line, Field(min_length=1, max_length=100)]
    url: Url = Field(
        description="An address of http or https that takes POST, such as of a program of yours."
    )
    events: Events
    enabled: bool = True


class WebhookPatch(_Input):
    """What to change; what is not named stays."""

    name: Annotated[Line, Field(min_length=1, max_length=100)] = ""
    url: Url = ""
    events: Events = list(Event)
    enabled: bool = True


class DeliveryView(BaseModel):
    """One event for one webhook, and what became of it."""

    id: str
    event_id: str = Field(description="What the receiver saw as `webhook-id`: the same at every try.")
    event: str
    body: str
    created_at: float
    state: str = Field(description="delivered, waiting (for its next try) or failed (given up).")
    attempts: int
    next_at: float | None
    delivered_at: float | None
    status: int | None = Field(description="HTTP status of the last answer; null: there was none.")
    problem: str = Field(description="Why the last try failed, in a sentence.")
    answer: str = Field(description="How the last answer began.")


class LastDelivery(BaseModel):
    """How the last event went that was tried."""

    at: float
    state: str
    status: int | None
    problem: str


class WebhookView(BaseModel):
    """A webhook. Its secret is not told."""

    id: str
    name: str
    url: str
    events: list[Event]
    enabled: bool
    created_at: float
    changed_at: float
    waiting: int = Field(description="Events that wait to be told.")
    last: LastDelivery | None
    version: str = Field(description="Send it as `If-Match` with a change: 409 if somebody was faster.")


class NewWebhookView(WebhookView):
    """A webhook with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_` and base64: what events are signed with (Standard Webhooks).")


class DeliveryPage(BaseModel):
    """Deliveries, the newest first; `next` is the `after` of the next page."""

    deliveries: list[DeliveryView]
    next: str | None


class WebhookDesk:
    """What the routes need besides the store. `post` is the one who tells."""

    def __init__(self, post: WebhookPost) -> None:
        self.post = post
        self.tests = TokenBuckets(10, 0.2)
        """Of one login: a test has us send something somewhere at once."""


def _desk(request: Request) -> WebhookDesk:
    found = request.app.state.webhook_desk
    assert isinstance(found, WebhookDesk)
    return found


def _state(delivery: Delivery) -> str:
    if delivery.next_at is not None:
        return "waiting"
    return "failed" if delivery.delivered_at is None else "delivered"


def _delivery(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        event_id=delivery.event_id,
        event=delivery.event,
        body=delivery.body,
        created_at=delivery.created_at,
        state=_state(delivery),
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        delivered_at=delivery.delivered_at,
        status=delivery.status,
        problem=delivery.problem,
        answer=delivery.answer,
    )


def _values(here: Here, hook: Webhook, last: Delivery | None = None) -> dict[str, Any]:
    return {
        "id": hook.id,
        "name": hook.name,
        "url": hook.url,
        "events": [event for event in Event if event in hook.events],
        "enabled": hook.enabled,
        "created_at": hook.created_at,
        "changed_at": hook.changed_at,
        "waiting": here.store.webhooks.waiting(hook.id),
        "last": None
        if last is None
        else LastDelivery(at=last.created_at, state=_state(last), status=last.status, problem=last.problem),
        "version": f"{hook.changed_at:.6f}",
    }


def _checked(url: str) -> str:
    try:
        return checked_url(url)
    except BadUrl as error:
        raise ApiError(422, error.error_id, str(error), "url") from None


@router.get("", responses=responses())
async def list_webhooks(here: Here, who: Editor) -> list[WebhookView]:
    """All of them, by name."""
    last = await here.store.webhooks.latest()
    return [WebhookView(**_values(here, hook, last.get(hook.id))) for hook in here.store.webhooks.all()]


@router.post("", status_code=201, responses=responses(409))
async def add_webhook(body: WebhookInput, here: Here, who: Editor) -> NewWebhookView:
    """A new one, at once in force. 422 with the field `url`: an address that is told nothing."""
    if len(here.store.webhooks.all()) >= MOST_WEBHOOKS:
        raise ApiError(409, "too-many", f"There are {MOST_WEBHOOKS} webhooks: delete one first.")
    url = _checked(body.url)
    hook = await here.store.webhooks.add(body.name.strip(), url, body.events, body.enabled)
    await here.store.audit.note(who.login.name, "webhook added", hook.name, hook.url)
    return NewWebhookView(**_values(here, hook), secret=shown_secret(hook))


@router.patch("/{webhook_id}", responses=responses(404, 409))
async def change_webhook(
    webhook_id: Id, body: WebhookPatch, here: Here, who: Editor, seen: Seen
) -> WebhookView:
    """Change it, at once: the fields that are named. 409 `changed-meanwhile`: see `If-Match`."""
    named = body.model_dump(exclude_unset=True)
    if "url" in named:
        named["url"] = _checked(body.url)
    if "events" in named:
        named["events"] = frozenset(body.events)
    if "name" in named:
        named["name"] = body.name.strip()

    def changed(hook: Webhook) -> Webhook:
        if seen is not None and seen != f"{hook.changed_at:.6f}":
            text = "Somebody changed it meanwhile. Look at it again; nothing was saved."
            raise ApiError(409, "changed-meanwhile", text)
        return replace(hook, **named)

    hook = await here.store.webhooks.change(webhook_id, changed)
    await here.store.audit.note(who.login.name, "webhook changed", hook.name, hook.url)
    return WebhookView(**_values(here, hook))


@router.delete("/{webhook_id}", status_code=204, responses=responses(404))
async def remove_webhook(webhook_id: Id, here: Here, who: Editor) -> Response:
    """Tell it nothing more, and forget what was told."""
    hook = await here.store.webhooks.remove(webhook_id)
    await here.store.audit.note(who.login.name, "webhook removed", hook.name, hook.url)
    return Response(status_code=204)


@router.post("/{webhook_id}/secret", responses=responses(404))
async def renew_secret(webhook_id: Id, here: Here, who: Editor) -> NewWebhookView:
    """Another secret, at once: the one before is worth nothing any more."""
    hook = await here.store.webhooks.renew(webhook_id)
    await here.store.audit.note(who.login.name, "webhook secret renewed", hook.name)
    return NewWebhookView(**_values(here, hook), secret=shown_secret(hook))


@router.post("/{webhook_id}/test", responses=responses(404, 429))
async def test_webhook(webhook_id: Id, request: Request, here: Here, who: Editor) -> DeliveryView:
    """Tell it something harmless now, once, even while it is off. Answers within 10 seconds how it went."""
    hook = here.store.webhooks.get(webhook_id)
    refuse_for(_desk(request).tests.take(who.login.id, here.clock()))
    return _delivery(await _desk(request).post.test(hook))


@router.get("/{webhook_id}/deliveries", responses=responses(404))
async def list_deliveries(
    webhook_id: Id,
    here: Here,
    who: Editor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> DeliveryPage:
    """What it was told, or has to be, in the last 30 days."""
    hook = here.store.webhooks.get(webhook_id)
    try:
        found, following = await here.store.webhooks.page(hook.id, limit, after)
    except ValueError:
        raise ApiError(422, "invalid", "No page begins there.", "after") from None
    return DeliveryPage(deliveries=[_delivery(one) for one in found], next=following)


@router.post("/deliveries/{delivery_id}/send", responses=responses(404, 409, 429))
async def send_again(delivery_id: Id, request: Request, here: Here, who: Editor) -> DeliveryView:
    """Tell one event again, now and by the id it had. 409 `webhook-off`: switch its webhook on first."""
    refuse_for(_desk(request).tests.take(who.login.id, here.clock()))
    found = await here.store.webhooks.delivery(delivery_id)
    hook = here.store.webhooks.get(found.webhook_id)
    if not hook.enabled:
        raise ApiError(409, "webhook-off", "This webhook is switched off: switch it on first.")
    again = await here.store.webhooks.again(delivery_id)
    await here.store.audit.note(who.login.name, "webhook told again", hook.name, found.event_id)
    return _delivery(again)
