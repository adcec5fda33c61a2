"""Header values that say who a call is from, for whom it was, and who sent it on, as frozen dataclasses.

`parse` reads one value and raises RemoteProtocolError(400); `str()` prints what parses to an equal one.
`asserted`, `diversions` and their like read all values of a message and leave out those that can not be read:
what only informs never fails a call. None of it is proof of anything unless it came from a trunk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.grammar import is_token, parse_number, quote, split_values
from switchroom.sip.headers import NameAddr, Replaces
from switchroom.sip.message import Request, Response
from switchroom.sip.uri import OtherUri, SipUri, Uri, escape_user, unescape

MAX_VALUES = 16
"""Values of one header that are looked at."""
MAX_DEPTH = 16
"""Numbers of a History-Info index."""

_index = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,15}")

T = TypeVar("T")
Message = Request | Response


def _all(message: Message, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
    found: list[T] = []
    for line in message.headers.get_all(name)[:MAX_VALUES]:
        try:
            parts = split_values(line, MAX_VALUES)
        except RemoteProtocolError:
            continue
        for part in parts:
            try:
                found.append(parse(part))
            except RemoteProtocolError:
                continue
    return tuple(found[:MAX_VALUES])


# Who it is


def asserted(message: Message) -> tuple[NameAddr, ...]:
    """P-Asserted-Identity (RFC 3325 §9.1): a sip(s) and a tel URI at most."""
    return _all(message, "P-Asserted-Identity", NameAddr.parse)[:2]


@dataclass(frozen=True, slots=True)
class RemotePartyId:
    """Remote-Party-ID, the older form (draft-ietf-sip-privacy-04 §4): one party of a call.

    `party` is "calling" or "called"; `screened` says that the sender vouches for it.
    """

    address: NameAddr
    party: str = "calling"
    privacy: str = "off"
    screened: bool = True

    @classmethod
    def parse(cls, text: str) -> RemotePartyId:
        """Raises RemoteProtocolError(400)."""
        whole = NameAddr.parse(text)
        party = (whole.param("party") or "calling").lower()
        privacy = (whole.param("privacy") or "off").lower()
        screened = (whole.param("screen") or "no").lower() == "yes"
        if not is_token(party) or not is_token(privacy):
            raise RemoteProtocolError(400, "Malformed Remote-Party-ID")
        return cls(NameAddr(whole.display_name, whole.uri), party, privacy, screened)

    @property
    def hidden(self) -> bool:
        """Whether the party must not be shown."""
        return self.privacy != "off"

    def __str__(self) -> str:
        screen = "yes" if self.screened else "no"
        return f"{self.address};party={self.party};screen={screen};privacy={self.privacy}"


def remote_parties(message: Message) -> tuple[RemotePartyId, ...]:
    """Remote-Party-ID."""
    return _all(message, "Remote-Party-ID", RemotePartyId.parse)


@dataclass(frozen=True, slots=True)
class Privacy:
    """Privacy (RFC 3323 §4.2): what a user wants hidden, in lower case."""

    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Privacy:
        """Raises RemoteProtocolError(400)."""
        values = [value.strip(" \t").lower() for value in text.split(";")]
        if len(values) > MAX_VALUES or not all(is_token(value) for value in values):
            raise RemoteProtocolError(400, "Malformed Privacy")
        return cls(tuple(values))

    @property
    def hides_identity(self) -> bool:
        """Whether the caller's number is withheld: id (RFC 3325 §9.3), user, header or full."""
        return not {"id", "user", "header", "full"}.isdisjoint(self.values)

    def __str__(self) -> str:
        return ";".join(self.values)


def privacy(message: Message) -> Privacy | None:
    """Privacy; a value that can not be read hides everything, for it was meant to hide something."""
    text = message.headers.get("Privacy")
    if text is None:
        return None
    try:
        return Privacy.parse(";".join(message.headers.get_all("Privacy")[:MAX_VALUES]))
    except RemoteProtocolError:
        return Privacy(("full",))


# For whom it was


@dataclass(frozen=True, slots=True)
class Diversion:
    """One Diversion (RFC 5806 §4): who sent the call on, and why (`user-busy`, `no-answer`, ...)."""

    address: NameAddr
    reason: str = "unknown"
    counter: int = 1
    privacy: str = "off"

    @classmethod
    def parse(cls, text: str) -> Diversion:
        """Raises RemoteProtocolError(400)."""
        whole = NameAddr.parse(text)
        reason, hidden = whole.param("reason") or "unknown", (whole.param("privacy") or "off").lower()
        counter = whole.param("counter")
        if not is_token(hidden) or any(ord(character) < 32 for character in reason):
            raise RemoteProtocolError(400, "Malformed Diversion")
        times = parse_number(counter, "counter", 99) if counter else 1
        return cls(NameAddr(whole.display_name, whole.uri), reason.lower(), times, hidden)

    def __str__(self) -> str:
        reason = self.reason if is_token(self.reason) else quote(self.reason)
        return f"{self.address};reason={reason};counter={self.counter};privacy={self.privacy}"


def diversions(message: Message) -> tuple[Diversion, ...]:
    """Diversion, the latest first (RFC 5806 §5)."""
    return _all(message, "Diversion", Diversion.parse)


@dataclass(frozen=True, slots=True)
class HistoryInfo:
    """One History-Info entry (RFC 7044 §5): whom the call was for at a point of its way.

    `index` is its place, (1, 2) for 1.2. `cause` says why it left the one before (RFC 4458: 486 busy,
    408 no answer, 302 always); it stands in the URI. `why` is the parameter rc, mp or np with its index,
    empty without. `hidden`: with Privacy: history.
    """

    uri: Uri
    index: tuple[int, ...] = (1,)
    display_name: str = ""
    cause: int | None = None
    why: str = ""
    hidden: bool = False

    @classmethod
    def parse(cls, text: str) -> HistoryInfo:
        """Raises RemoteProtocolError(400)."""
        whole = NameAddr.parse(text)
        numbers = (whole.param("index") or "").split(".")
        if len(numbers) > MAX_DEPTH:
            raise RemoteProtocolError(400, "Malformed History-Info")
        index = tuple([parse_number(number, "index", 9999) for number in numbers])
        reasons = [(key, whole.param(key) or "") for key in ("rc", "mp", "np")]
        why = next((f"{key}={value}" for key, value in reasons if _index.fullmatch(value)), "")
        uri, cause, hidden = whole.uri, None, False
        if isinstance(uri, SipUri):
            text_cause = uri.param("cause")
            if text_cause:
                cause = parse_number(text_cause, "cause", 699)
            wanted = _embedded(uri, "privacy")
            hidden = wanted is not None and "none" not in wanted.lower()
            params = tuple([one for one in uri.params if one[0].lower() != "cause"])
            uri = SipUri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params)
        return cls(uri, index, whole.display_name, cause, why, hidden)

    def __str__(self) -> str:
        uri = self.uri
        if isinstance(uri, SipUri):
            params = uri.params if self.cause is None else (*uri.params, ("cause", str(self.cause)))
            headers = (("Privacy", "history"),) if self.hidden else ()
            uri = SipUri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params, headers)
        why = f";{self.why}" if self.why else ""
        return f"{NameAddr(self.display_name, uri)};index={'.'.join(map(str, self.index))}{why}"


def history(message: Message) -> tuple[HistoryInfo, ...]:
    """History-Info, oldest first."""
    return tuple(sorted(_all(message, "History-Info", HistoryInfo.parse), key=lambda one: one.index))


# Who sent it on


def referred_by(message: Message) -> NameAddr | None:
    """Referred-By (RFC 3892 §2.1): who asked for this call; unproved."""
    return next(iter(_all(message, "Referred-By", NameAddr.parse)), None)


@dataclass(frozen=True, slots=True)
class ReferTo:
    """Refer-To (RFC 3515 §2.1): the target without what was embedded, and the dialog to replace there.

    `method` is what is to be sent, INVITE unless the URI says otherwise.
    """

    target: NameAddr
    replaces: Replaces | None = None
    method: str = "INVITE"

    @classmethod
    def parse(cls, text: str) -> ReferTo:
        """Raises RemoteProtocolError(400)."""
        parts = split_values(text, 2)
        if len(parts) > 1:
            raise RemoteProtocolError(400, "Several Refer-To")
        whole = NameAddr.parse(text)
        uri = whole.uri
        if not isinstance(uri, SipUri):
            return cls(whole)
        replaces = _embedded(uri, "replaces")
        method = (uri.param("method") or "INVITE").upper()
        if not is_token(method):
            raise RemoteProtocolError(400, "Malformed Refer-To")
        params = tuple([one for one in uri.params if one[0].lower() != "method"])
        bare = SipUri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params)
        found = None if replaces is None else Replaces.parse(replaces)
        return cls(NameAddr(whole.display_name, bare, whole.params), found, method)

    def __str__(self) -> str:
        uri = self.target.uri
        if isinstance(uri, SipUri):
            params = uri.params if self.method == "INVITE" else (*uri.params, ("method", self.method))
            headers: tuple[tuple[str, str], ...] = ()
            if self.replaces is not None:
                headers = (("Replaces", _escape_header(str(self.replaces))),)
            uri = SipUri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params, headers)
        return str(NameAddr(self.target.display_name, uri, self.target.params))


def refer_to(message: Message) -> ReferTo:
    """The one Refer-To of a REFER. Raises RemoteProtocolError(400) without exactly one (RFC 3515 §2.4.1)."""
    lines = message.headers.get_all("Refer-To")
    if len(lines) != 1:
        raise RemoteProtocolError(400, "One Refer-To is needed")
    return ReferTo.parse(lines[0])


def replaces_of(message: Message) -> Replaces | None:
    """The one Replaces of an INVITE, None without. Raises RemoteProtocolError(400) (RFC 3891 §3)."""
    lines = message.headers.get_all("Replaces")
    if len(lines) > 1:
        raise RemoteProtocolError(400, "Several Replaces")
    return Replaces.parse(lines[0]) if lines else None


def number_of(address: NameAddr) -> str:
    """What of an address may be a number: the user part of a SIP URI, the subscriber of a tel one."""
    if isinstance(address.uri, OtherUri):
        return unescape(address.uri.rest.partition(";")[0]) if address.uri.scheme == "tel" else ""
    return address.uri.username.partition(";")[0]


# Events


@dataclass(frozen=True, slots=True)
class EventType:
    """Event (RFC 6665 §8.2.1): the package, in lower case, and the id."""

    package: str
    id: str | None = None

    @classmethod
    def parse(cls, text: str) -> EventType:
        """Raises RemoteProtocolError(400)."""
        package, params = _with_params(text, "Event")
        return cls(package, params.get("id"))

    @classmethod
    def of(cls, message: Message) -> EventType:
        """The Event of a SUBSCRIBE or NOTIFY. Raises RemoteProtocolError(489) without (§7.2.1)."""
        text = message.headers.get("Event")
        if text is None:
            raise RemoteProtocolError(489, "Bad Event")
        return cls.parse(text)

    def __str__(self) -> str:
        return self.package if self.id is None else f"{self.package};id={self.id}"


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """Subscription-State (RFC 6665 §8.2.3): "active", "pending" or "terminated"; times in seconds."""

    state: str
    expires: int | None = None
    reason: str | None = None
    retry_after: int | None = None

    @classmethod
    def parse(cls, text: str) -> SubscriptionState:
        """Raises RemoteProtocolError(400)."""
        state, params = _with_params(text, "Subscription-State")
        expires, retry = params.get("expires"), params.get("retry-after")
        reason = params.get("reason")
        return cls(
            state,
            parse_number(expires, "expires", 2**32 - 1) if expires else None,
            reason.lower() if reason else None,
            parse_number(retry, "retry-after", 2**32 - 1) if retry else None,
        )

    def __str__(self) -> str:
        text = self.state
        if self.expires is not None:
            text += f";expires={self.expires}"
        if self.reason is not None:
            text += f";reason={self.reason}"
        return text if self.retry_after is None else f"{text};retry-after={self.retry_after}"


def _with_params(text: str, what: str) -> tuple[str, dict[str, str]]:
    """A token and its parameters, names in lower case, the first of each name."""
    head, _, rest = text.partition(";")
    name = head.strip(" \t").lower()
    if not is_token(name):
        raise RemoteProtocolError(400, f"Malformed {what}")
    params: dict[str, str] = {}
    for part in rest.split(";", MAX_VALUES)[:MAX_VALUES] if rest else ():
        key, _, value = part.partition("=")
        if not is_token(key.strip(" \t")) or not (not value.strip() or is_token(value.strip(" \t"))):
            raise RemoteProtocolError(400, f"Malformed {what}")
        params.setdefault(key.strip(" \t").lower(), value.strip(" \t"))
    return name, params


def _embedded(uri: SipUri, name: str) -> str | None:
    """A header embedded in a URI (RFC 3261 §19.1.1), unescaped. Raises RemoteProtocolError(400)."""
    for key, value in uri.headers:
        if unescape(key).lower() == name:
            text = unescape(value)
            if "\r" in text or "\n" in text:
                raise RemoteProtocolError(400, "Line break in an embedded header")
            return text
    return None


def _escape_header(text: str) -> str:
    """`text` as the value of a header embedded in a URI: what the grammar does not allow becomes %XX."""
    return escape_user(text).replace(";", "%3B").replace("=", "%3D").replace("&", "%26").replace(",", "%2C")


def header_fields(name: str, values: Iterable[object]) -> tuple[tuple[str, str], ...]:
    """Header fields, one for each value."""
    return tuple([(name, str(value)) for value in values])
