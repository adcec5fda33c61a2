"""Subscriptions to us (RFC 6665, the notifier's side), and the one a REFER brings with it (RFC 3515).

A SUBSCRIBE outside dialogs is a request like any other: the owner proves who sent it, and `accept` makes a
subscription of it. Refreshes and the end are handled here; the owner only says what the news is. News go out
one at a time and in order, and only the newest waits: every body tells the whole state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from switchroom.sip.bodies import SIPFRAG, sipfrag
from switchroom.sip.client import Sent
from switchroom.sip.core import Core
from switchroom.sip.dialog import Dialog, as_called
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.events import ReferReceived, SessionId, SubscriptionEnd, SubscriptionId, Unsubscribed
from switchroom.sip.flow import Destination, Flow
from switchroom.sip.message import Request, Response
from switchroom.sip.parties import EventType, SubscriptionState, refer_to, referred_by
from switchroom.sip.server import ServerTransaction
from switchroom.sip.timers import Timer

MAX_SUBSCRIPTIONS = 20_000
REFER = EventType("refer")
REFER_SECONDS = 300
"""How long a referrer is told about the call he asked for."""
FETCH_SECONDS = 32.0
"""How long the owner has to answer a SUBSCRIBE with Expires: 0."""
MAX_TRIES = 3
RETRY_SECONDS = 5.0
"""A NOTIFY that could not be sent is tried again: the phone may come back by a new connection."""


@dataclass(frozen=True, slots=True)
class News:
    """What a NOTIFY says."""

    body: bytes
    content_type: str
    state: str = "active"
    reason: str | None = None

    @property
    def last(self) -> bool:
        """Whether it ends the subscription."""
        return self.state == "terminated"


class Subscription:
    """One subscription, in `Core.subscriptions` until its last NOTIFY is made."""

    __slots__ = (
        "_core", "_dialog", "_event", "_expiry", "_fetch", "_hold", "_longest", "_news", "_sent", "_tries",
        "_until", "_waiting", "_way", "id", "over",
    )  # fmt: skip

    def __init__(
        self,
        core: Core,
        name: SubscriptionId,
        dialog: Dialog,
        event: EventType,
        way: Callable[[], Destination | None],
        longest: int,
    ) -> None:
        self.id = name
        self.over = False
        self._core = core
        self._dialog = dialog
        self._event = event
        self._way = way
        self._longest = longest
        self._until = 0.0
        self._fetch = False
        self._news: News | None = None
        self._waiting = False
        self._sent: Sent | None = None
        self._tries = 0
        self._hold: Timer | None = None
        self._expiry: Timer | None = None
        core.subscriptions[name] = self
        core.subscribed.setdefault(dialog.key, []).append(self)

    def last_for(self, asked: int | None, now: float) -> int:
        """Begin or go on for the seconds asked for, at most as long as it may; those granted."""
        granted = self._longest if asked is None else min(asked, self._longest)
        self._until = now + granted
        self._fetch = granted == 0
        self._core.timers.stop(self._expiry)
        self._expiry = self._core.timers.start(now + (granted or FETCH_SECONDS), self._expired)
        return granted

    # The owner's news

    def notify(self, news: News, now: float) -> None:
        """Tell the subscriber, as soon as he has answered the last NOTIFY."""
        if self.over:
            return
        if self._fetch and not news.last:
            news = News(news.body, news.content_type, "terminated", "timeout")
            self._ended(SubscriptionEnd.UNSUBSCRIBED)
        self._news = news
        self._waiting = True
        if news.last:
            self._forget()
        self._push(now)

    def _push(self, now: float) -> None:
        news = self._news
        if not self._waiting or news is None or self._sent is not None or self._hold is not None:
            return
        self._waiting = False
        seconds = None if news.last else max(0, round(self._until - now))
        state = SubscriptionState(news.state, seconds, news.reason)
        extra = f"Event: {self._event}\r\nSubscription-State: {state}\r\n{self._core.agent_header}"
        draft = self._dialog.draft("NOTIFY", body=news.body, extra=extra)
        draft.content_type = news.content_type
        draft.contact = True
        self._sent = self._core.send(draft, self._way(), self._dialog.next_hop, self._on_result, now)

    def _on_result(self, _: Sent, status: int, response: Response | None, now: float) -> None:
        if status < 200:
            return
        self._sent = None
        if status < 300:
            self._tries = 0
        elif status >= 500 and self._tries + 1 < MAX_TRIES:
            self._tries += 1
            self._waiting = True
            self._hold = self._core.timers.start(now + RETRY_SECONDS, self._release)
        else:
            # 481, no answer, or any other refusal: he is gone (RFC 6665 §4.2.2).
            self._waiting = False
            if not self.over:
                self._forget()
                self._ended(SubscriptionEnd.GONE)
        self._push(now)

    def _release(self, now: float) -> None:
        self._hold = None
        self._push(now)

    # The subscriber

    def asks_for(self, event: EventType) -> bool:
        """Whether a SUBSCRIBE in the dialog means this one."""
        return event == self._event

    def on_subscribe(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A refresh or, with Expires: 0, the end (RFC 6665 §4.2.1)."""
        dialog = self._dialog
        number = request.cseq.number
        if dialog.remote_cseq is not None and number <= dialog.remote_cseq:
            transaction.refuse(500, now, reason="CSeq Out Of Order")
            return
        dialog.remote_cseq = number
        dialog.heard(request, transaction.flow)
        granted = self.last_for(request.expires, now)
        lines = _contact_line(self._core, transaction.flow, dialog)
        transaction.respond(200, now, extra=f"{lines}Expires: {granted}\r\n")
        if not granted:
            self._end(SubscriptionEnd.UNSUBSCRIBED, now)
        elif self._news is not None:
            self.notify(self._news, now)

    # The end

    def _expired(self, now: float) -> None:
        self._expiry = None
        self._end(SubscriptionEnd.EXPIRED, now)

    def _end(self, why: SubscriptionEnd, now: float) -> None:
        self._ended(why)
        last = self._news or News(b"", "text/plain")
        self.notify(News(last.body, last.content_type, "terminated", "timeout"), now)

    def _ended(self, why: SubscriptionEnd) -> None:
        self._core.events.append(Unsubscribed(self.id, why))

    def _forget(self) -> None:
        """No SUBSCRIBE finds it any more."""
        core = self._core
        self.over = True
        core.timers.stop(self._expiry)
        self._expiry = None
        core.subscriptions.pop(self.id, None)
        there = core.subscribed.get(self._dialog.key, [])
        if self in there:
            there.remove(self)
        if not there:
            core.subscribed.pop(self._dialog.key, None)


def accept(
    core: Core,
    transaction: ServerTransaction,
    longest: int,
    destination: Destination | None,
    now: float,
) -> SubscriptionId | None:
    """Make a subscription of an open SUBSCRIBE. Raises RemoteProtocolError for a malformed one."""
    request = transaction.request
    if request is None or transaction.method != "SUBSCRIBE" or not transaction.open:
        return None
    event = EventType.of(request)
    dialog = as_called(request, transaction.to_tag, transaction.flow)
    if len(core.subscriptions) >= MAX_SUBSCRIPTIONS:
        raise RemoteProtocolError(503, "Too Many Subscriptions", request, (("Retry-After", "60"),))
    dialog.destination = destination
    name = SubscriptionId(transaction.id)
    made = Subscription(core, name, dialog, event, partial(_way, core, dialog), longest)
    granted = made.last_for(request.expires, now)
    lines = transaction.head.record_route + _contact_line(core, transaction.flow, dialog)
    transaction.respond(200, now, extra=f"{lines}Expires: {granted}\r\n")
    return name


def referred(core: Core, session: SessionId, transaction: ServerTransaction, request: Request) -> None:
    """Tell the owner of a REFER inside a session. Raises RemoteProtocolError(400) for a malformed one."""
    wanted = refer_to(request)
    if wanted.method != "INVITE":
        raise RemoteProtocolError(400, "Only Calls Are Referred To", request)
    by = referred_by(request)
    name = SubscriptionId(transaction.id)
    core.events.append(
        ReferReceived(session, name, wanted.target, wanted.replaces, by, transaction.id, request)
    )


def accept_refer(
    core: Core,
    transaction: ServerTransaction,
    dialog: Dialog,
    way: Callable[[], Destination | None],
    now: float,
) -> None:
    """Send 202 and the first NOTIFY (RFC 3515 §2.4.4). The first REFER of a dialog goes without an id."""
    request = transaction.request
    if request is None:
        return
    event = EventType("refer", str(request.cseq.number)) if dialog.referred else REFER
    dialog.referred = True
    made = Subscription(core, SubscriptionId(transaction.id), dialog, event, way, REFER_SECONDS)
    made.last_for(None, now)
    transaction.respond(202, now, extra=_contact_line(core, transaction.flow, dialog))
    made.notify(News(sipfrag(100), SIPFRAG), now)


def _way(core: Core, dialog: Dialog) -> Destination | None:
    """The subscriber's binding; while it has no connection, that which he was last heard on."""
    way, flow = dialog.way, dialog.flow
    if flow is not None and flow.connection and isinstance(way, str) and core.find(way) is None:
        return flow
    return way


def _contact_line(core: Core, flow: Flow, dialog: Dialog) -> str:
    address = core.config.address_for(flow.transport, flow.remote.host)
    return core.contact_line(flow.transport, address, dialog.secure, dialog.contact_user)
