"""Lamps of desk phones: who watches whom, and what they are told (RFC 4235 dialogs, RFC 3856 presence).

Every change is told within a moment, several at once when they come together; a change that nobody watches
costs nothing. Only users of the system watch, and only those who may pick a call up are told whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from switchroom.calls import bridge, invite, parking, ringing
from switchroom.calls.engine import Engine
from switchroom.calls.leg import Leg
from switchroom.calls.live import CallState, legs_of
from switchroom.calls.pickup import may_pick_up
from switchroom.calls.ports import Timer
from switchroom.calls.values import Party
from switchroom.directory.model import User, UserId
from switchroom.sip.bodies import DIALOG_INFO, PIDF, DialogState, WatchedDialog, dialog_info, pidf
from switchroom.sip.events import IncomingRequest, SessionId, SubscriptionId
from switchroom.sip.flow import BindingRef
from switchroom.sip.parties import EventType
from switchroom.sip.uri import SipUri, escape_user

LONGEST_SECONDS = 3600
MOST_OF_ONE = 200
"""Subscriptions of one user; a desk phone with three side cars has 120 lamps."""
SOON = 0.05
"""Seconds in which changes are gathered."""
AT_ONCE = 100
"""Notices sent in one go."""
LOOK_SECONDS = 5.0
"""How often it is looked who is registered, while somebody watches presence."""
PACKAGES = {"dialog": DIALOG_INFO, "presence": PIDF}


@dataclass(slots=True)
class _Watch:
    """One subscription. `version` counts the notices, as RFC 4235 wants it."""

    id: SubscriptionId
    watcher: UserId
    watched: UserId
    package: str
    entity: str
    version: int = 0
    told: object = None


class Lamps:
    """The subscriptions to what users do. `reachable`: whether a phone of a user is registered."""

    def __init__(self, engine: Engine, reachable: Callable[[UserId], bool], domain: str) -> None:
        self._engine = engine
        self._signalling = engine.ports.signalling
        self._reachable = reachable
        self._domain = domain
        self._watches: dict[SubscriptionId, _Watch] = {}
        self._watched: dict[UserId, dict[SubscriptionId, _Watch]] = {}
        self._of: dict[UserId, int] = {}
        self._due: dict[SubscriptionId, None] = {}
        self._timer: Timer | None = None
        self._look: Timer | None = None

    def __len__(self) -> int:
        return len(self._watches)

    # --- subscriptions ----------------------------------------------------------------------------------

    def subscribe(self, event: IncomingRequest, watcher: User, ref: BindingRef | None) -> bool:
        """Take or refuse a SUBSCRIBE of a user; False when its package is none of ours.

        `ref` is the registration of the phone. Raises RemoteProtocolError for a malformed one.
        """
        package = EventType.of(event.request).package
        if package not in PACKAGES:
            return False
        target = event.request.target
        number = target.username if isinstance(target, SipUri) else ""
        watched = self._watchable().get(number)
        if watched is None:
            self._signalling.respond(event.transaction, 404)
            return True
        if self._of.get(watcher.id, 0) >= MOST_OF_ONE:
            self._signalling.respond(event.transaction, 403, reason="Too many subscriptions")
            return True
        made = self._signalling.accept_subscription(event.transaction, LONGEST_SECONDS, destination=ref)
        if made is not None:
            entity = str(SipUri("sip", escape_user(number), None, self._domain))
            watch = _Watch(made, watcher.id, watched, package, entity)
            self._watches[made] = watch
            if self._engine.changed is None:
                self._engine.changed = set()
            self._watched.setdefault(watched, {})[made] = watch
            self._of[watcher.id] = self._of.get(watcher.id, 0) + 1
            self._tell(watch)
            self._look_again()
        return True

    def _watchable(self) -> dict[str, UserId]:
        """What has a lamp, by its number: people, and the places for parked calls."""
        snapshot = self._engine.ports.directory.current()
        found = {orbit: parking.watched(orbit) for orbit in snapshot.orbits}
        found.update((user.extension, user.id) for user in snapshot.users.values())
        return found

    def unsubscribed(self, subscription: SubscriptionId) -> None:
        """A subscription is over."""
        watch = self._watches.pop(subscription, None)
        if watch is None:
            return
        self._due.pop(subscription, None)
        of_watched = self._watched[watch.watched]
        del of_watched[subscription]
        if not of_watched:
            del self._watched[watch.watched]
        self._of[watch.watcher] -= 1
        if not self._of[watch.watcher]:
            del self._of[watch.watcher]

    def configuration_applied(self) -> None:
        """Another configuration is in force: who is not in it neither watches nor is watched."""
        users, watchable = self._engine.ports.directory.current().users, set(self._watchable().values())
        for watch in list(self._watches.values()):
            if watch.watcher in users and watch.watched in watchable:
                self._due[watch.id] = None
                continue
            body = self._body(watch, ())
            self._signalling.notify(
                watch.id, body, PACKAGES[watch.package], state="terminated", reason="noresource"
            )
            self.unsubscribed(watch.id)
        self._soon()

    # --- changes ----------------------------------------------------------------------------------------

    def turned(self) -> None:
        """A turn of calls is over: something may have changed."""
        if self._engine.changed:
            self._soon()

    def registered(self, user: UserId) -> None:
        """A phone of a user came, or went."""
        for watch in self._watched.get(user, {}).values():
            if watch.package == "presence":
                self._due[watch.id] = None
        self._soon()

    def _soon(self) -> None:
        if self._timer is None and self._watches:
            self._timer = self._engine.clock.after(SOON, self._push)

    def _push(self) -> None:
        self._timer = None
        for user in self._engine.changed or ():
            for subscription in self._watched.get(user, ()):
                self._due[subscription] = None
        self._engine.changed = set() if self._watches else None
        for subscription in list(self._due)[:AT_ONCE]:
            del self._due[subscription]
            self._tell(self._watches[subscription])
        if self._due:
            self._soon()

    def _look_again(self) -> None:
        """Registrations run out by themselves."""
        if self._look is None and any(watch.package == "presence" for watch in self._watches.values()):
            self._look = self._engine.clock.after(LOOK_SECONDS, self._looked)

    def _looked(self) -> None:
        self._look = None
        for user in self._watched:
            self.registered(user)
        self._look_again()

    # --- what is told -----------------------------------------------------------------------------------

    def _tell(self, watch: _Watch) -> None:
        """Tell a subscriber what he does not know yet."""
        dialogs = tuple(self._dialogs(watch))
        news: object = dialogs
        if watch.package == "presence":
            news = (bool(dialogs), self._open(watch.watched))
        if news == watch.told:
            return
        watch.told = news
        self._signalling.notify(watch.id, self._body(watch, dialogs), PACKAGES[watch.package])
        watch.version += 1

    def _body(self, watch: _Watch, dialogs: tuple[WatchedDialog, ...]) -> bytes:
        if watch.package == "presence":
            return pidf(watch.entity, open=self._open(watch.watched), busy=bool(dialogs))
        return dialog_info(watch.entity, watch.version, dialogs)

    def _open(self, watched: UserId) -> bool:
        """Whether one can call there now; a place for parked calls is always there."""
        return parking.is_orbit(watched) or self._reachable(watched)

    def _dialogs(self, watch: _Watch) -> Iterator[WatchedDialog]:
        user = watch.watched
        told = watch.package == "dialog" and may_pick_up(
            self._engine.ports.directory.current(), watch.watcher, user
        )
        for state in self._engine.states_of(user):
            if isinstance(state, parking.Parked) and parking.is_orbit(user):
                yield self._parked(state)
                continue
            own = [leg for leg in legs_of(state) if leg.party.user_id == user]
            if own:
                yield self._dialog(state, own[0], told=told)

    def _parked(self, state: parking.Parked) -> WatchedDialog:
        """Who waits in an orbit: everybody may take him, and sees who it is."""
        party = state.leg.party
        return WatchedDialog(f"{state.facts.id}", DialogState.CONFIRMED, True, self._uri(party), party.name)

    def _uri(self, party: Party) -> str:
        if not party.extension:
            return ""
        return str(SipUri("sip", escape_user(party.extension), None, self._domain))

    def _dialog(self, state: CallState, leg: Leg, *, told: bool) -> WatchedDialog:
        facts = state.facts
        incoming = leg.id != facts.leg
        early = isinstance(state, ringing.Preparing | ringing.Ringing | invite.Preparing | invite.Ringing)
        found = WatchedDialog(
            f"{facts.id}",
            DialogState.EARLY if early else DialogState.CONFIRMED,
            incoming,
            held=leg.held,
        )
        if not told:
            return found
        other = _other(state, leg)
        names = self._signalling.dialog_names(SessionId(leg.id)) if early and incoming else None
        return WatchedDialog(
            found.id,
            found.state,
            incoming,
            self._uri(other),
            other.name,
            names.call_id if names is not None else "",
            names.remote_tag if names is not None else "",
            names.local_tag if names is not None else "",
            found.held,
        )


def _other(state: CallState, leg: Leg) -> Party:
    """Who is at the other end."""
    if isinstance(state, bridge.Talking | bridge.Confirming):
        return state.callee.party if leg.id == state.caller.id else state.caller.party
    facts = state.facts
    return facts.caller if leg.id != facts.leg else facts.callee or Party(facts.dialled)
