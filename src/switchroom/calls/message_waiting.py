"""Message waiting: phones that subscribed are told how many messages their mailbox has (RFC 3842).

Nobody watches another's mailbox. A phone is told at once when it subscribes, and then at every change.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.calls.engine import Engine
from switchroom.directory.ids import MailboxId, UserId
from switchroom.directory.model import Snapshot, User
from switchroom.directory.outside import Mailbox
from switchroom.sip.bodies import MESSAGE_SUMMARY, MessageSummary
from switchroom.sip.events import IncomingRequest, SubscriptionId
from switchroom.sip.flow import BindingRef
from switchroom.sip.parties import EventType
from switchroom.sip.uri import SipUri

PACKAGE = "message-summary"
LONGEST_SECONDS = 3600
MOST_OF_ONE = 20
"""Subscriptions of one user."""


@dataclass(slots=True)
class _Watch:
    """One subscription, and what it was told last."""

    id: SubscriptionId
    watcher: UserId
    mailbox: MailboxId
    told: tuple[int, int] | None = None


class MessageWaiting:
    """The subscriptions to mailboxes."""

    def __init__(self, engine: Engine, domain: str) -> None:
        self._engine = engine
        self._signalling = engine.ports.signalling
        self._account = str(SipUri("sip", "*98", None, domain))
        self._watches: dict[SubscriptionId, _Watch] = {}

    def __len__(self) -> int:
        return len(self._watches)

    def subscribe(self, event: IncomingRequest, watcher: User, ref: BindingRef | None) -> bool:
        """Take or refuse a SUBSCRIBE of a user; False when its package is none of ours.

        `ref` is the registration of the phone. Raises RemoteProtocolError for a malformed one.
        """
        if EventType.of(event.request).package != PACKAGE:
            return False
        target = event.request.target
        number = target.username if isinstance(target, SipUri) else ""
        mailbox = _own(self._engine.ports.directory.current(), watcher, number)
        if mailbox is None:
            self._signalling.respond(event.transaction, 404)
        elif sum(one.watcher == watcher.id for one in self._watches.values()) >= MOST_OF_ONE:
            self._signalling.respond(event.transaction, 403, reason="Too many subscriptions")
        else:
            made = self._signalling.accept_subscription(event.transaction, LONGEST_SECONDS, destination=ref)
            if made is not None:
                self._watches[made] = _Watch(made, watcher.id, mailbox)
                self._tell(self._watches[made])
        return True

    def unsubscribed(self, subscription: SubscriptionId) -> None:
        """A subscription is over."""
        self._watches.pop(subscription, None)

    def changed(self, mailbox: str) -> None:
        """Something changed in a mailbox."""
        for watch in self._watches.values():
            if watch.mailbox == mailbox:
                self._tell(watch)

    def configuration_applied(self) -> None:
        """Another configuration is in force: mailboxes may be gone, or another's."""
        snapshot = self._engine.ports.directory.current()
        for watch in list(self._watches.values()):
            box, watcher = snapshot.mailbox(watch.mailbox), snapshot.users.get(watch.watcher)
            if box is None or watcher is None or box.user != watcher.id:
                body = bytes(MessageSummary(0, 0))
                self._signalling.notify(
                    watch.id, body, MESSAGE_SUMMARY, state="terminated", reason="noresource"
                )
                self.unsubscribed(watch.id)

    def _tell(self, watch: _Watch) -> None:
        counts = self._engine.ports.boxes.counts(watch.mailbox)
        if counts != watch.told:
            watch.told = counts
            body = bytes(MessageSummary(*counts, self._account))
            self._signalling.notify(watch.id, body, MESSAGE_SUMMARY)


def _own(snapshot: Snapshot, watcher: User, number: str) -> MailboxId | None:
    """The mailbox of the user that is meant by an extension: his own one, or another that is his."""
    match snapshot.by_extension.get(number):
        case User(id=user) if user == watcher.id:
            box = snapshot.mailbox(user)
        case Mailbox(user=user) as found if user == watcher.id:
            box = snapshot.mailbox(found.id)
        case _:
            return None
    return None if box is None else box.id
