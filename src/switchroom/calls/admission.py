"""Who may come in: every request outside a dialog is authenticated or refused, in one place. Pure: time is an
argument."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from switchroom.calls.budget import Budget
from switchroom.calls.ports import Credential, Directory
from switchroom.calls.problem_words import worded
from switchroom.calls.values import GuestPass, Problem
from switchroom.directory.model import Conference, DeviceId, User
from switchroom.sip.digest import Algorithm, ClientCredentials, Nonces, Verdict, challenge, ha1, judge
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Flow, Transport
from switchroom.sip.headers import Credentials
from switchroom.sip.message import Request
from switchroom.sip.uri import SipUri

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request is this device's. `user` is as configured now."""

    credential: Credential
    user: User


@dataclass(frozen=True, slots=True)
class AdmittedGuest:
    """A guest's INVITE to the one conference that he may call. `conference` is as configured now."""

    guest: GuestPass
    conference: Conference


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer, and what to tell the administrator, if anything."""

    status: int
    reason: str | None = None
    headers: tuple[Header, ...] = ()
    problem: Problem | None = None


# What is answered to an authenticated request outside a dialog that nothing here serves yet.
_ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK")
UNSERVED: dict[str, Refused] = {
    "SUBSCRIBE": Refused(489, headers=(("Allow-Events", "dialog, presence, message-summary"),)),
    "PUBLISH": Refused(489),
    "REFER": Refused(403, "REFER is taken within a call only"),
    "NOTIFY": Refused(481),
    "BYE": Refused(481),
    "UPDATE": Refused(481),
    "INFO": Refused(481),
    "PRACK": Refused(481),
}
_OTHER = Refused(405, headers=(_ALLOW,))
_NOT_FOR_GUESTS = Refused(403, "Not for guests")


def unserved(method: str) -> Refused:
    """The answer to a request outside a dialog that is neither INVITE nor REGISTER nor OPTIONS."""
    return UNSERVED.get(method, _OTHER)


class Admission:
    """Digest authentication and its budgets.

    `is_local(host)` says whether a request URI's host is ours. Requests other than REGISTER from `trusted`
    networks are believed their From without a challenge. A wrong answer to a challenge spends from two
    budgets: that of the source address (20, one back every 15 s) and that of the account as seen from that
    source (8, one back every 60 s), so that a stranger's guessing does not lock the owner out. With a budget
    spent, the answer is 403, whatever comes.
    """

    def __init__(
        self,
        directory: Directory,
        realm: str,
        nonces: Nonces,
        is_local: Callable[[str], bool],
        trusted: Sequence[Network] = (),
    ) -> None:
        self._directory = directory
        self._realm = realm
        self._nonces = nonces
        self.is_local = is_local
        self._trusted = tuple(trusted)
        self._trusts = lru_cache(maxsize=4096)(self._in_trusted)
        self.sources = Budget(size=20, refill=15.0)
        self.accounts = Budget(size=8, refill=60.0)
        self.guests = Budget(size=20, refill=10.0)
        """Calls of one guest: a page that comes back calls again; what calls on and on is refused."""

    def admit(self, request: Request, flow: Flow, now: float) -> Admitted | AdmittedGuest | Refused:
        """Decide about a request outside any dialog. Never raises for what a peer sent."""
        try:
            target, sender = request.target, request.from_.uri
        except RemoteProtocolError as error:
            return Refused(error.status, error.reason)
        if isinstance(target, SipUri) and not self.is_local(target.host):
            source = flow.remote.host
            return Refused(
                404,
                problem=worded("unknown-host", source, values={"source": source, "host": target.host}),
            )
        claimed = sender.username if isinstance(sender, SipUri) else ""
        if self._trusted and request.method != "REGISTER" and self._trusts(flow.remote.host):
            known = self._directory.credential(claimed)
            if known is None or known.guest is None:
                return self._believed(claimed)
        return self._authenticate(request, flow, claimed, now)

    def refused_sources(self, now: float) -> set[str]:
        """Addresses from which requests are refused now for wrong secrets, for all accounts or one."""
        found = {str(source) for source in self.sources.spent(now)}
        return found | {account[1] for account in self.accounts.spent(now) if isinstance(account, tuple)}

    def allow(self, source: str, now: float) -> bool:
        """Forget the wrong secrets of an address; False when there was nothing to forget."""
        known = source in self.refused_sources(now)
        self.sources.forgive(source)
        for account in self.accounts.spent(now):
            if isinstance(account, tuple) and account[1] == source:
                self.accounts.forgive(account)
        return known

    def _in_trusted(self, host: str) -> bool:
        address = ipaddress.ip_address(host)
        return any(address in network for network in self._trusted)

    def _believed(self, claimed: str) -> Admitted | Refused:
        found = self._directory.current().by_extension.get(claimed)
        if not isinstance(found, User):
            return Refused(403, "Unknown extension")
        return Admitted(Credential(found.id, None, claimed, {}), found)

    def prove(self, request: Request, flow: Flow, account: ClientCredentials, now: float) -> Refused | None:
        """None: a request answers our challenge by an account that is no device's (a trunk's)."""
        ha1s = {
            algorithm: ha1(account.username, self._realm, account.secret, algorithm)
            for algorithm in Algorithm
        }
        given = self._credentials(request)
        return self._judged(given, request, flow.remote.host, ha1s, Algorithm.MD5, now)

    def _authenticate(
        self, request: Request, flow: Flow, claimed: str, now: float
    ) -> Admitted | AdmittedGuest | Refused:
        given = self._credentials(request)
        username = (given.param("username") or "") if given else ""
        credential = self._directory.credential(username or claimed)
        algorithm = credential.algorithm if credential else Algorithm.MD5
        ha1s = credential.ha1s if credential else None
        refused = self._judged(given, request, flow.remote.host, ha1s, algorithm, now)
        if refused is not None:
            return refused
        assert credential is not None
        if credential.guest is not None:
            return self._guest(credential.guest, credential.username == claimed, request, flow, now)
        return self._right(credential, claimed)

    def _judged(
        self,
        given: Credentials | None,
        request: Request,
        source: str,
        ha1s: Mapping[Algorithm, str] | None,
        algorithm: Algorithm,
        now: float,
    ) -> Refused | None:
        """What is answered to credentials that are not right; None: they are. Without any, the challenge."""
        if given is None:
            return self._challenge(algorithm, now)
        account = (given.param("username") or "", source)
        if not (self.sources.allows(source, now) and self.accounts.allows(account, now)):
            return Refused(403)
        match judge(given, request.method, request.uri, self._realm, ha1s, self._nonces, now):
            case Verdict.STALE:
                return self._challenge(algorithm, now, stale=True)
            case Verdict.WRONG:
                return self._challenge(algorithm, now, problem=self._failed(source, account, now))
            case Verdict.RIGHT:
                return None

    def _right(self, credential: Credential, claimed: str) -> Admitted | Refused:
        user = self._directory.current().users.get(credential.user_id)
        if user is None:
            return Refused(403, "The user is not in the applied configuration")
        if claimed not in (user.extension, credential.username):
            return Refused(403, "From is not yours")
        return Admitted(credential, user)

    def _guest(
        self, guest: GuestPass, named: bool, request: Request, flow: Flow, now: float
    ) -> AdmittedGuest | Refused:
        """A guest calls one conference over a WebSocket, and that is all he does."""
        if request.method != "INVITE" or flow.transport not in (Transport.WS, Transport.WSS) or not named:
            return _NOT_FOR_GUESTS
        if "Replaces" in request.headers:
            return _NOT_FOR_GUESTS
        conference = self._directory.current().conferences.get(guest.conference_id)
        target = request.target
        if conference is None or not isinstance(target, SipUri):
            return _NOT_FOR_GUESTS
        if target.username not in reached_by(conference):
            return _NOT_FOR_GUESTS
        if not self.guests.allows(guest.pass_id, now):
            return Refused(403)
        self.guests.fail(guest.pass_id, now)
        return AdmittedGuest(guest, conference)

    def _credentials(self, request: Request) -> Credentials | None:
        """The digest credentials for our realm, or None."""
        for text in request.headers.get_all("Authorization"):
            try:
                found = Credentials.parse(text)
            except RemoteProtocolError:
                continue
            if found.is_digest and found.param("realm") == self._realm:
                return found
        return None

    def _challenge(
        self, algorithm: Algorithm, now: float, *, stale: bool = False, problem: Problem | None = None
    ) -> Refused:
        value = str(challenge(self._realm, self._nonces.issue(now), algorithm, stale=stale))
        return Refused(401, headers=(("WWW-Authenticate", value),), problem=problem)

    def _failed(self, source: str, account: tuple[str, str], now: float) -> Problem | None:
        """Count a wrong secret (or an unknown user, which is the same)."""
        source_done = self.sources.fail(source, now)
        account_done = self.accounts.fail(account, now)
        if source_done:
            return worded("wrong-secrets", source, values={"source": source})
        if account_done:
            values = {"account": account[0], "source": source}
            return worded("wrong-secrets", account[0], "wrong-secrets-of", values)
        return None


def reached_by(conference: Conference) -> set[str]:
    """What a guest of a conference may dial: its id, which stays, or one of its numbers."""
    return {str(conference.id)} | {n for n in (conference.extension, conference.dial_in_id) if n}


def device_of(admitted: Admitted) -> DeviceId | None:
    """The device a request came from, where it proved one."""
    return admitted.credential.device_id
