"""How a call is written for a provider: number format, identity headers, request URI. Pure.

Everything is built from typed values; no header of one peer is ever passed on to another.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from switchroom.calls.permission import Presented
from switchroom.calls.values import Forwarded, Place, Target, Via
from switchroom.directory import number_plan
from switchroom.directory.ids import TrunkId
from switchroom.directory.model import UserId
from switchroom.directory.outside import Forwarder, Identity, NumberFormat, Trunk, TrunkKind, TrunkTransport
from switchroom.media.offer_answer import ALL_CODECS
from switchroom.media.types import CodecName
from switchroom.sip.headers import NameAddr
from switchroom.sip.parties import Diversion, HistoryInfo, Privacy, RemotePartyId
from switchroom.sip.uri import SipUri, escape_user

ANONYMOUS = "sip:anonymous@anonymous.invalid"
_TOKEN_MARK = "t"
_NOBODY = "switchroom"
"""In From, when there is neither a number nor an account."""


_CAUSES = {Forwarded.ALWAYS: 302, Forwarded.NO_ANSWER: 408, Forwarded.BUSY: 486, Forwarded.TRANSFERRED: 480}
"""The same in History-Info (RFC 4458 §2)."""


@dataclass(frozen=True, slots=True)
class Original:
    """Who called first, of a call that is sent on to the outside."""

    number: str | None
    """E.164; None: it is withheld from us, too."""
    hidden: bool = False
    why: Forwarded = Forwarded.ALWAYS


def contact_token(key: bytes, trunk: TrunkId) -> str:
    """The user part of our Contact at a trunk: what its calls are known by. Nobody else can guess it."""
    digest = hmac.new(key, b"trunk contact " + trunk.encode(), hashlib.sha256)
    return _TOKEN_MARK + digest.hexdigest()[:24]


def written(number: str, style: NumberFormat, country: str) -> str:
    """A number as the provider writes it; an emergency number (no plus) as it was dialled."""
    if not number.startswith("+"):
        return number
    match style:
        case NumberFormat.E164_PLUS:
            return number
        case NumberFormat.E164:
            return number[1:]
        case NumberFormat.INTERNATIONAL_00:
            return "00" + number[1:]
        case NumberFormat.NATIONAL:
            return number_plan.dialled_from(number, country)


def address(trunk: Trunk, number: str | None) -> SipUri:
    """An address of ours at the provider: a number (as written), or the account."""
    user = number or trunk.username or _NOBODY
    return SipUri("sip", escape_user(user), None, domain(trunk))


def domain(trunk: Trunk) -> str:
    """The domain of our own addresses there."""
    return trunk.from_domain or trunk.host


def server(trunk: Trunk, user: str | None = None) -> SipUri:
    """The provider's server, as request URI. A name without a port is looked up for the wanted transport."""
    params: tuple[tuple[str, str | None], ...] = ()
    if trunk.transport is not TrunkTransport.UDP or trunk.port is None:
        params = (("transport", trunk.transport.value),)
    escaped = escape_user(user) if user is not None else None
    return SipUri("sip", escaped, None, trunk.host, trunk.port, params)


def route(trunk: Trunk) -> tuple[str, ...]:
    """The outbound proxy that requests go by, as Route."""
    if trunk.outbound_proxy is None:
        return ()
    host, port = host_and_port(trunk.outbound_proxy)
    params: tuple[tuple[str, str | None], ...] = (("lr", None),)
    if trunk.transport is not TrunkTransport.UDP or port is None:
        params = (("transport", trunk.transport.value), *params)
    return (f"<{SipUri('sip', None, None, host, port, params)}>",)


def host_and_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[address]:port` or an IPv6 address taken apart."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest[1:]) if rest[1:].isdigit() else None
    if text.count(":") == 1:
        host, _, digits = text.partition(":")
        return host, int(digits) if digits.isdigit() else None
    return text, None


def codecs_of(trunk: Trunk) -> tuple[CodecName, ...]:
    """What a trunk is offered, and may answer with."""
    return tuple(name for name in trunk.codecs if name in ALL_CODECS)


def via(
    trunk: Trunk,
    number: str,
    presented: Presented,
    country: str,
    token: str,
    *,
    original: Original | None = None,
    account: UserId | None = None,
) -> Via:
    """How a call to `number` (E.164, or an emergency number) is written for a trunk."""

    def ours(e164: str | None) -> str | None:
        return None if e164 is None else written(e164, trunk.number_format, country)

    def theirs(e164: str) -> SipUri:
        return address(trunk, ours(e164))

    own, shown, hidden = presented.number, presented.number, presented.hidden
    sent_on = original if trunk.forwarder is not Forwarder.NONE and own is not None else None
    if sent_on is not None:
        shown = sent_on.number or own
        hidden = hidden or sent_on.hidden or sent_on.number is None
    called = server(trunk, ours(number))
    headers = _identity(trunk, address(trunk, ours(shown)), hidden)
    if sent_on is not None and own is not None:
        headers += _diverted(trunk, theirs(own), called, sent_on.why)
    return Via(
        trunk=trunk.id,
        number=number,
        from_uri=ANONYMOUS if hidden else str(_from(trunk, ours(shown))),
        from_name="Anonymous" if hidden else "",
        to_uri=str(SipUri("sip", called.user, None, trunk.host)),
        headers=headers,
        contact_user=token,
        codecs=codecs_of(trunk),
        account=account,
        shown=own,
    )


def target(trunk: Trunk, via: Via, place: Place, country: str, otherwise: Target | None = None) -> Target:
    """The target that a number is by a trunk; `place` is where our media for the provider is."""
    return Target(
        ref="",
        uri=str(server(trunk, written(via.number, trunk.number_format, country))),
        place=place,
        path=route(trunk),
        srtp=trunk.srtp,
        trunk=via,
        otherwise=otherwise,
    )


def _from(trunk: Trunk, number: str | None) -> SipUri:
    """From: the number where the provider looks for it there, or has no account of ours to know us by."""
    by_account = trunk.kind is TrunkKind.REGISTRATION and trunk.username is not None
    if trunk.identity is not Identity.FROM and by_account:
        number = None
    return address(trunk, number)


def _identity(trunk: Trunk, shown: SipUri, hidden: bool) -> tuple[tuple[str, str], ...]:
    """Who calls, also when the called person must not see it (RFC 3325 §7)."""
    who = NameAddr("", shown)
    withheld = (("Privacy", str(Privacy(("id",)))),) if hidden else ()
    match trunk.identity:
        case Identity.PAI:
            return (("P-Asserted-Identity", str(who)), *withheld)
        case Identity.RPID:
            party = RemotePartyId(who, privacy="full" if hidden else "off")
            return (("Remote-Party-ID", str(party)), *withheld)
        case Identity.FROM:
            return withheld


def _diverted(trunk: Trunk, by: SipUri, to: SipUri, why: Forwarded) -> tuple[tuple[str, str], ...]:
    """For whom the call was: the number of ours that sent it on, and pays."""
    if trunk.forwarder is Forwarder.DIVERSION:
        return (("Diversion", str(Diversion(NameAddr("", by), why.value))),)
    first, then = HistoryInfo(by), HistoryInfo(to, (1, 1), cause=_CAUSES[why], why="mp=1")
    return (("History-Info", str(first)), ("History-Info", str(then)))
