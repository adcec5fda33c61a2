"""What the SIP endpoint tells its owner: frozen values, read with `Endpoint.poll_event()`.

A *session* is an INVITE usage: from the first INVITE to the last BYE, with its dialog (or, for an outgoing
INVITE that forked downstream, its early dialogs, RFC 3261 §13.2.2.4), offer/answer state, reliable
provisional responses (RFC 3262), UPDATE (RFC 3311) and session timer (RFC 4028). The endpoint answers by
itself whatever needs no decision: 100, ACK to a 2xx, PRACK, 200 to CANCEL, BYE, INFO and session refreshes
without a new description, 481, 491, 500 for a crossing offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NewType

from switchroom.sip.digest import ClientCredentials
from switchroom.sip.flow import Destination, Flow, Transport
from switchroom.sip.headers import NameAddr, Reason, Replaces
from switchroom.sip.message import Request, Response

SessionId = NewType("SessionId", str)
"""An INVITE usage. Chosen by the endpoint for an incoming INVITE, by the owner for an outgoing one."""

TransactionId = NewType("TransactionId", str)
"""A server transaction that waits for `Endpoint.respond`."""

RequestId = NewType("RequestId", str)
"""A client request outside any session, chosen by the owner."""

RegistrationId = NewType("RegistrationId", str)
"""A registration of ours with a provider, chosen by the owner."""

SubscriptionId = NewType("SubscriptionId", str)
"""A subscription to us; it has the name of the transaction of its SUBSCRIBE or REFER."""

LookupId = NewType("LookupId", str)
"""A question to the resolver (RFC 3263)."""


class EndCause(Enum):
    """Why an established or answered session is over."""

    REMOTE_BYE = "remote_bye"
    LOCAL_BYE = "local_bye"
    ACK_MISSING = "ack_missing"
    SESSION_EXPIRED = "session_expired"
    DIALOG_GONE = "dialog_gone"  # 481 or 408 to a request within the dialog
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class DialogNames:
    """What names a dialog (RFC 3261 §12), as seen from here.

    A peer that wants to replace it writes `Replaces: call_id;to-tag=local_tag;from-tag=remote_tag`.
    """

    call_id: str
    local_tag: str
    remote_tag: str


class DialogPhase(Enum):
    """How far a dialog is. RINGING: early, and the INVITE was ours; CALLING: early, and it was theirs."""

    CALLING = "calling"
    RINGING = "ringing"
    CONFIRMED = "confirmed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FoundDialog:
    """A dialog that somebody named in Replaces."""

    session: SessionId
    phase: DialogPhase


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A request outside any dialog, not INVITE, ACK or CANCEL. Answer with `respond(transaction, ...)`."""

    transaction: TransactionId
    request: Request
    flow: Flow


@dataclass(frozen=True, slots=True)
class IncomingInvite:
    """An INVITE outside any dialog; `sdp` is None for a late offer.

    100 goes out by itself when no other response does within 200 ms.
    """

    session: SessionId
    request: Request
    flow: Flow
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class InviteProgress:
    """A provisional response above 100 to our INVITE (a reliable one has been PRACKed already)."""

    session: SessionId
    status: int
    sdp: bytes | None
    response: Response


@dataclass(frozen=True, slots=True)
class InviteAccepted:
    """The first 2xx to our INVITE; the ACK has been sent. 2xx of other forks are ACKed and BYEd unseen."""

    session: SessionId
    sdp: bytes | None
    response: Response


@dataclass(frozen=True, slots=True)
class InviteRejected:
    """Our INVITE failed for good: a final response, 408 (no answer, also after CANCEL), 503 (no way there) or
    487 (taken back before anything came, or a 200 crossed our CANCEL: then it had ACK and BYE).

    `response` is None when no response came.
    """

    session: SessionId
    status: int
    reason: str
    retry_after: int | None
    response: Response | None


@dataclass(frozen=True, slots=True)
class SessionCancelled:
    """The caller cancelled its INVITE; 200 and 487 have been sent. The session is over."""

    session: SessionId
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class SessionConfirmed:
    """The ACK to our 2xx arrived; `sdp` is the answer when our 2xx carried the offer."""

    session: SessionId
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """A re-INVITE or UPDATE with an offer, or (`sdp` None) a re-INVITE that asks us for one.

    Reply with `answer(session, sdp)` or `refuse_offer(session, status)`. To a re-INVITE without
    description `answer` gives our offer, and their answer comes as `AnswerReceived`.
    """

    session: SessionId
    sdp: bytes | None


@dataclass(frozen=True, slots=True)
class AnswerReceived:
    """The answer to an offer made with `offer` (or asked for by an empty re-INVITE)."""

    session: SessionId
    sdp: bytes


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """Our offer inside the session was refused, the session goes on as before. 491 is retried unseen."""

    session: SessionId
    status: int


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """An INFO inside the session, answered 200 already (DTMF: application/dtmf-relay or application/dtmf)."""

    session: SessionId
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class DialogRequest:
    """Any other request inside the session (NOTIFY, MESSAGE ...). Answer with `respond`."""

    session: SessionId
    transaction: TransactionId
    request: Request


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """A REFER inside the session: the peer wants it transferred (RFC 3515), to `refer_to`.

    `replaces` names the dialog that the new call is to take over, as its owner sees it (RFC 3891);
    `referred_by` is unproved. Answer with `accept_refer(subscription)` and then `notify` with sipfrag bodies,
    or `refuse_refer(subscription, status)`.
    """

    session: SessionId
    subscription: SubscriptionId
    refer_to: NameAddr
    replaces: Replaces | None
    referred_by: NameAddr | None
    transaction: TransactionId
    request: Request


class SubscriptionEnd(Enum):
    """Why a subscription is over. GONE: a NOTIFY met 481 or nothing at all."""

    UNSUBSCRIBED = "unsubscribed"
    EXPIRED = "expired"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A subscription is over without the owner having ended it; its last NOTIFY has been made."""

    subscription: SubscriptionId
    why: SubscriptionEnd


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """An accepted session is over, whoever ended it; the last event of the session."""

    session: SessionId
    cause: EndCause
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The final response to `send_request`; 408 made up locally when none came (then `response` is None)."""

    request: RequestId
    status: int
    response: Response | None


class RegistrationState(Enum):
    """REGISTERING: nothing is known yet; FAILED: it is tried again; ENDED: as wanted, and for good."""

    REGISTERING = "registering"
    REGISTERED = "registered"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """News of a registration: with each refresh and each failure.

    `status` is that of the last answer, 408 (none came) and 503 (no way there) are made up here; 0 without a
    request. `valid_for`: seconds that the registrar still has us, also while FAILED. `next_in`: seconds
    until the next try.
    """

    registration: RegistrationId
    state: RegistrationState
    status: int
    reason: str
    valid_for: float
    next_in: float
    response: Response | None


@dataclass(frozen=True, slots=True)
class LookupNeeded:
    """A host name has to be resolved (RFC 3263): answer with `Endpoint.resolved(lookup, hops, now)`."""

    lookup: LookupId
    host: str
    port: int | None
    transport: Transport | None
    secure: bool


@dataclass(frozen=True, slots=True)
class MessageDropped:
    """A message was thrown away unanswered, or refused; for logs, counters and the Live page."""

    flow: Flow
    reason: str


Event = (
    IncomingRequest
    | IncomingInvite
    | InviteProgress
    | InviteAccepted
    | InviteRejected
    | SessionCancelled
    | SessionConfirmed
    | OfferReceived
    | AnswerReceived
    | OfferRefused
    | InfoReceived
    | DialogRequest
    | ReferReceived
    | Unsubscribed
    | SessionEnded
    | RequestAnswered
    | RegistrationChanged
    | LookupNeeded
    | MessageDropped
)


@dataclass(frozen=True, slots=True)
class OutgoingInvite:
    """What `Endpoint.invite` sends. `headers` are further header fields, without line ends.

    `destination` also carries the later requests of the dialog. `route` is put before every request as
    Route (the Path of a registration, RFC 3327). `max_forwards` is the caller's, less one. `credentials`
    answer challenges to it and to all later requests of the dialog; the owner sees a 401 or 407 only when
    they were refused. `contact_user` is the user part of our Contact, instead of the usual one. `patience`:
    seconds after which a place that does not answer at all, not even with 100, is given up (408).
    """

    uri: str
    from_: NameAddr
    to: NameAddr
    sdp: bytes
    destination: Destination | None = None
    headers: tuple[tuple[str, str], ...] = ()
    route: tuple[NameAddr, ...] = ()
    max_forwards: int = 70
    credentials: ClientCredentials | None = None
    contact_user: str | None = None
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class OutgoingRegistration:
    """What `Endpoint.register` keeps alive: `aor` at `registrar` (a URI) leads to `contact_user` here.

    `expires` is asked for in seconds. Without a `destination` it goes where the first `route` (an outbound
    proxy) leads, else the registrar.
    """

    registrar: str
    aor: NameAddr
    contact_user: str
    credentials: ClientCredentials | None = None
    expires: int = 300
    destination: Destination | None = None
    route: tuple[NameAddr, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DialogRecord:
    """All that a confirmed session needs to go on after a restart (hard-parts.md, media 10). Plain data.

    `destination` is what the owner bound it to, `flow` what was heard last when only that leads to the peer.
    `expires_in` and `refresh_in` are seconds from the moment of export, None without a session timer.
    """

    schema: int
    session: str
    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    local_cseq: int
    remote_cseq: int | None
    route_set: tuple[str, ...]
    target: str
    destination: Destination | None
    flow: Flow | None
    allow: str
    local_sdp: bytes
    remote_sdp: bytes
    interval: int | None
    refresher: bool
    expires_in: float | None
    refresh_in: float | None
    secure: bool = False
    contact_user: str | None = None
