"""The outside world in the configuration: trunks, numbers, groups, mailboxes, and where calls lead."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from switchroom.directory.ids import GroupId, MailboxId, NumberId, RingGroupId, TrunkId, UserId

CODECS = ("PCMA", "PCMU", "G722", "opus")
"""What a trunk may be offered."""


class TrunkKind(StrEnum):
    """How the provider knows us."""

    REGISTRATION = "registration"
    ADDRESS = "address"


class TrunkTransport(StrEnum):
    """How signalling gets to the provider."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class Identity(StrEnum):
    """Which header tells the provider who calls."""

    PAI = "p-asserted-identity"
    RPID = "remote-party-id"
    FROM = "from"


class Forwarder(StrEnum):
    """Which header tells the provider for whom a forwarded call was."""

    NONE = "none"
    DIVERSION = "diversion"
    HISTORY_INFO = "history-info"


class NumberFormat(StrEnum):
    """How the provider writes numbers: +32..., 32..., 0032..., 02..."""

    E164_PLUS = "e164-plus"
    E164 = "e164"
    INTERNATIONAL_00 = "international-00"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line to a provider. Its password is a credential and stands in no revision."""

    id: TrunkId
    name: str
    kind: TrunkKind
    host: str
    """Registrar or proxy: a name (SRV is looked up unless there is a port) or an address."""
    port: int | None = None
    transport: TrunkTransport = TrunkTransport.UDP
    username: str | None = None
    auth_username: str | None = None
    """For the digest; None: `username`."""
    from_domain: str | None = None
    """Domain of our own address there; None: `host`."""
    outbound_proxy: str | None = None
    """`host` or `host:port` that requests are sent to; None: `host`."""
    srtp: bool = False
    """Speech is encrypted, with the keys in the description (SDES); only over TLS."""
    addresses: tuple[str, ...] = ()
    """Networks, addresses or host names it calls from, besides those of `host`."""
    order: int = 0
    """Lower ones are tried first."""
    weight: int = 1
    """How calls are spread over trunks of the same order."""
    capacity: int | None = None
    """Calls at once, both ways; None: no limit."""
    codecs: tuple[str, ...] = ("PCMA", "PCMU", "G722")
    """In the order they are offered."""
    identity: Identity = Identity.PAI
    forwarder: Forwarder = Forwarder.DIVERSION
    number_format: NumberFormat = NumberFormat.E164_PLUS
    expires: int = 300
    """Seconds a registration is asked for."""
    check_seconds: int = 60
    """Seconds between two OPTIONS that ask whether it works; 0: none."""
    redirects: bool = False
    """3xx is followed."""
    countries: tuple[str, ...] | None = None
    """ISO 3166 codes of where calls may lead by it; None: anywhere."""
    calls_per_hour: int | None = None
    calls_per_day: int | None = None
    minutes_per_hour: int | None = None
    minutes_per_day: int | None = None
    enabled: bool = True


class DestinationKind(StrEnum):
    """What a call is led to."""

    NOT_CONFIGURED = "not-configured"
    EXTENSION = "extension"
    """A user, by id."""
    CONFERENCE = "conference"
    CONFERENCE_SERVER = "conference-server"
    RING_GROUP = "ring-group"
    VOICEMAIL = "voicemail"
    """A mailbox: its id, or the id of the user whose box it is."""
    HANG_UP = "hang-up"
    NUMBER = "number"
    """A number outside, in E.164; in forwardings only."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call is led: the kind, and the id or number of what is meant ("" where there is only one)."""

    kind: DestinationKind
    target: str = ""


NOWHERE = Destination(DestinationKind.NOT_CONFIGURED)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours of some days of the week, in the system's time zone. `ends` before `begins`: over midnight."""

    days: tuple[int, ...]
    """0 is Monday."""
    begins: str
    """`HH:MM`."""
    ends: str
    """`HH:MM`, no longer in it; the same as `begins`: the whole day."""


@dataclass(frozen=True, slots=True)
class IncomingNumber:
    """A telephone number of ours, and where its callers are led (S1-12, B2)."""

    id: NumberId
    e164: str
    label: str = ""
    trunk: TrunkId | None = None
    """By which it comes in and goes out; None: any."""
    destination: Destination = NOWHERE
    schedule: tuple[Schedule, ...] = ()
    """When `destination` holds; empty: always."""
    otherwise: Destination | None = None
    """Outside the schedule; None: the call is hung up."""
    language: str | None = None
    """Of its prompts (G-09)."""


@dataclass(frozen=True, slots=True)
class RingGroup:
    """One extension that rings many people (D2-04)."""

    id: RingGroupId
    extension: str
    name: str
    members: tuple[UserId, ...] = ()
    in_turn: bool = False
    """One after the other, in the order of `members`; else all together."""
    ring_seconds: int = 20
    """Of all together, or of each."""
    otherwise: Destination | None = None
    """When nobody answers."""


@dataclass(frozen=True, slots=True)
class CallRights:
    """Who may be called outside. The own country goes by `national` and `mobile`, others by the list."""

    national: bool = True
    mobile: bool = True
    countries: tuple[str, ...] = ()
    """ISO 3166 codes of the countries abroad."""
    premium: bool = False

    def __or__(self, other: CallRights) -> CallRights:
        """What either allows."""
        return CallRights(
            self.national or other.national,
            self.mobile or other.mobile,
            tuple(sorted({*self.countries, *other.countries})),
            self.premium or other.premium,
        )


@dataclass(frozen=True, slots=True)
class UserGroup:
    """People who share rights, and who may pick up each other's calls (B5)."""

    id: GroupId
    name: str
    members: tuple[UserId, ...] = ()
    rights: CallRights = field(default_factory=CallRights)
    pickup: bool = False
    """Members pick up calls that ring at another member (`*8`)."""


class AfterMail(StrEnum):
    """What becomes of a message once it was sent by mail."""

    KEEP = "keep"
    HEARD = "heard"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where callers leave messages: a box of its own, or how the box of a user is otherwise than usual.

    A user with `voicemail` has a box by the user's id, without an entry here; an entry of that id changes it.
    """

    id: MailboxId
    name: str
    extension: str | None = None
    user: UserId | None = None
    """Whose box it is; None: nobody's."""
    email: str | None = None
    attach: bool = True
    """The message's sound goes with the mail."""
    after_mail: AfterMail = AfterMail.KEEP
    language: str | None = None

    @property
    def is_users(self) -> bool:
        """Whether it is the box that the user has by his own id."""
        return self.user is not None and str(self.id) == str(self.user)


@dataclass(frozen=True, slots=True)
class OutgoingRule:
    """Calls to numbers that begin so show this number (B9-03)."""

    prefix: str
    """`+` and the first digits."""
    number: NumberId
