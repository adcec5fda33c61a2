"""Registering with a provider (RFC 3261 §10.2): the machine that keeps one registration alive.

It refreshes in time, learns the shortest interval the registrar takes (423), waits longer after each failure,
and as long as it is told to (Retry-After). Challenges and the other hosts of a provider are none of its
business: the request below answers and tries them by itself.
"""

from __future__ import annotations

from switchroom.sip.authentication import Authenticator
from switchroom.sip.client import Sent
from switchroom.sip.compose import Draft, header_lines
from switchroom.sip.core import Core
from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.events import (
    OutgoingRegistration,
    RegistrationChanged,
    RegistrationId,
    RegistrationState,
)
from switchroom.sip.flow import Flow, Hop
from switchroom.sip.grammar import clamp_number
from switchroom.sip.header_names import REASONS
from switchroom.sip.headers import STAR, NameAddr
from switchroom.sip.message import Response
from switchroom.sip.timers import Timer
from switchroom.sip.uri import SipUri, Uri, parse_uri

MAX_EXPIRES = 86400
FIRST_WAIT, LONGEST_WAIT = 4.0, 120.0
"""Seconds before the next try when the registrar is down; twice as long each time."""
FIRST_REFUSED, LONGEST_REFUSED = 60.0, 3600.0
"""The same when it says no: a wrong secret tried again and again locks accounts."""
LONGEST_RETRY_AFTER = 3600.0
RECONNECT = (0.5, 3.0)
"""Seconds after which a registration whose connection is gone is made anew: not all at once."""


class Registration:
    """One registration. It lives in `Core.registrations` from `begin` until it has ended."""

    def __init__(self, core: Core, name: RegistrationId, wanted: OutgoingRegistration, now: float) -> None:
        self._core = core
        self.id = name
        self._call_id = core.new_id() + core.new_id()
        self._tag = core.new_id()
        self._cseq = core.ids.getrandbits(16)
        self._sent: Sent | None = None
        self._to: Flow | Hop | None = None
        self._timer: Timer | None = None
        self._failures = 0
        self._until = now
        self._leaving = False
        self._told: RegistrationState | None = None
        self._take(wanted)

    def _take(self, wanted: OutgoingRegistration) -> None:
        self._wanted = wanted
        self._target: Uri = _target(wanted.registrar)
        self._expires = wanted.expires
        self._signer: Authenticator | None = self._core.signer(wanted.credentials)

    # The owner's verbs

    def begin(self, wanted: OutgoingRegistration, now: float) -> None:
        """Register now, with these settings."""
        self._leaving = False
        self._failures = 0
        self._take(wanted)
        if self._sent is None:
            self._send(now)

    def end(self, now: float) -> None:
        """Remove the registration; the one under way is waited for, so that both do not cross."""
        self._leaving = True
        if self._sent is None:
            self._leave(now)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection is gone: calls to us came by it."""
        to = self._to
        same = to is not None and (to.transport, to.remote) == (flow.transport, flow.remote)
        if same and self._sent is None and not self._leaving:
            self._to = None
            self._later(self._core.ids.uniform(*RECONNECT), now)

    # Sending

    def _send(self, now: float, *, expires: int | None = None) -> None:
        core, wanted = self._core, self._wanted
        core.timers.stop(self._timer)
        self._timer = None
        if self._told is None:
            self._tell(RegistrationState.REGISTERING, 0, "", None, 0.0, now)
        routes = "".join([f"Route: {route}\r\n" for route in wanted.route])
        seconds = self._expires if expires is None else expires
        draft = Draft(
            "REGISTER",
            wanted.registrar,
            str(wanted.aor.with_tag(self._tag)),
            str(wanted.aor),
            self._call_id,
            self._number(),
            routes,
            f"Expires: {seconds}\r\n{core.supported_line}{header_lines(wanted.headers)}{core.agent_header}",
            contact=True,
            contact_user=wanted.contact_user,
            opens=True,
            signer=self._signer,
            number=self._number,
        )
        way = wanted.route[0].uri if wanted.route else self._target
        on_result = self._on_left if seconds == 0 else self._on_result
        self._sent = core.send(draft, wanted.destination, way, on_result, now)

    def _number(self) -> int:
        self._cseq += 1
        return self._cseq

    def _later(self, wait: float, now: float) -> None:
        self._core.timers.stop(self._timer)
        self._timer = self._core.timers.start(now + wait, self._send)

    # Results

    def _on_result(self, sent: Sent, status: int, response: Response | None, now: float) -> None:
        if status < 200:
            return
        self._sent = None
        if response is not None and status < 300:
            self._accepted(sent, response, now)
        elif self._leaving:
            self._leave(now)
        elif not self._too_brief(status, response, now):
            self._refused(status, response, now)

    def _accepted(self, sent: Sent, response: Response, now: float) -> None:
        granted = min(max(_granted(response, self._wanted.contact_user, self._expires), 1), MAX_EXPIRES)
        self._failures = 0
        self._until = now + granted
        self._to = sent.to
        if self._leaving:
            self._leave(now)
            return
        # Early enough that a refresh which nobody answers fails before the registration is over.
        latest = max(granted - 64 * self._core.config.t1, granted * 0.5)
        refresh = min(granted * self._core.ids.uniform(0.5, 0.9), latest)
        self._later(refresh, now)
        self._tell(RegistrationState.REGISTERED, response.status, response.reason, response, refresh, now)

    def _too_brief(self, status: int, response: Response | None, now: float) -> bool:
        """423: ask for as long as the registrar wants (RFC 3261 §10.3), once for each longer time."""
        if status != 423 or response is None:
            return False
        least = _seconds(response.headers.get("Min-Expires"))
        if least is None or not self._expires < least <= MAX_EXPIRES:
            return False
        self._expires = least
        self._send(now)
        return True

    def _refused(self, status: int, response: Response | None, now: float) -> None:
        self._failures += 1
        down = response is None or status >= 500 or status in (408, 480, 430)
        first, longest = (FIRST_WAIT, LONGEST_WAIT) if down else (FIRST_REFUSED, LONGEST_REFUSED)
        wait = min(first * 2.0 ** min(self._failures - 1, 20), longest)
        wait *= self._core.ids.uniform(0.75, 1.0)
        told = None
        if response is not None:
            text = response.headers.get("Retry-After") or ""
            told = _seconds(text.partition(";")[0].partition("(")[0])
        if told is not None:
            wait = min(max(float(told), 1.0), LONGEST_RETRY_AFTER)
        self._later(wait, now)
        reason = REASONS.get(status, "") if response is None else response.reason
        self._tell(RegistrationState.FAILED, status, reason, response, wait, now)

    # The end

    def _leave(self, now: float) -> None:
        if self._until > now:
            self._send(now, expires=0)
        else:
            self._over(0, "", None, now)

    def _on_left(self, _: Sent, status: int, response: Response | None, now: float) -> None:
        if status < 200:
            return
        self._sent = None
        self._until = now
        if self._leaving:
            self._over(status, "" if response is None else response.reason, response, now)
        else:
            self._send(now)  # It was wanted again meanwhile.

    def _over(self, status: int, reason: str, response: Response | None, now: float) -> None:
        self._core.timers.stop(self._timer)
        self._timer = None
        self._core.registrations.pop(self.id, None)
        self._tell(RegistrationState.ENDED, status, reason, response, 0.0, now)

    def _tell(
        self,
        state: RegistrationState,
        status: int,
        reason: str,
        response: Response | None,
        next_in: float,
        now: float,
    ) -> None:
        self._told = state
        valid = max(0.0, self._until - now)
        self._core.events.append(
            RegistrationChanged(self.id, state, status, reason, valid, next_in, response)
        )


def check_registration(wanted: OutgoingRegistration) -> None:
    """Raises LocalProtocolError for a registration that can not be sent."""
    _target(wanted.registrar)
    if not 0 < wanted.expires <= MAX_EXPIRES:
        raise LocalProtocolError("a registration lasts from a second to a day")


def _target(registrar: str) -> Uri:
    try:
        return parse_uri(registrar)
    except RemoteProtocolError as error:
        raise LocalProtocolError(f"malformed registrar {registrar!r}") from error


def _granted(response: Response, user: str, asked: int) -> int:
    """For how long our Contact is registered (RFC 3261 §10.2.4): its expires, else Expires, else as asked."""
    try:
        contacts = response.contacts
    except RemoteProtocolError:
        contacts = ()
    found: list[NameAddr] = [] if contacts is STAR else list(contacts)
    ours = [one for one in found if isinstance(one.uri, SipUri) and one.uri.username == user]
    for contact in ours or (found if len(found) == 1 else []):
        if contact.expires is not None:
            return contact.expires
    general = response.expires
    return asked if general is None else general


def _seconds(text: str | None) -> int | None:
    """A number of seconds, None when there is none that can be read."""
    try:
        return None if text is None else clamp_number(text, "seconds", 2**31)
    except RemoteProtocolError:
        return None
