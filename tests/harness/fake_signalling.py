"""A SIP endpoint that only notes what it is told to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from switchroom.sip.events import (
    DialogNames,
    DialogRecord,
    FoundDialog,
    OutgoingInvite,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.flow import BindingRef
from switchroom.sip.headers import Reason

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """One verb that was used."""

    verb: str
    session: str
    status: int = 0
    sdp: bytes | None = None
    reasons: tuple[Reason, ...] = ()
    headers: tuple[Header, ...] = ()
    invite: OutgoingInvite | None = None
    body: bytes = b""
    state: str = ""


@dataclass
class FakeSignalling:
    """Implements `calls.ports.Signalling`."""

    sent: list[Sent] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)
    dialogs: dict[DialogNames, FoundDialog] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)

    def of(self, session: str) -> list[Sent]:
        """All that was done to a session, in order."""
        return [one for one in self.sent if one.session == session]

    def verbs(self, session: str) -> list[str]:
        """The verbs used on a session, with the status where there is one."""
        return [f"{one.verb} {one.status}" if one.status else one.verb for one in self.of(session)]

    def invites(self) -> list[Sent]:
        """The INVITEs sent."""
        return [one for one in self.sent if one.verb == "invite"]

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        self.sent.append(Sent("invite", session, sdp=invite.sdp, invite=invite))

    def provisional(self, session: SessionId, status: int, *, sdp: bytes | None = None) -> None:
        self.sent.append(Sent("provisional", session, status, sdp))

    def accept(self, session: SessionId, sdp: bytes) -> None:
        self.sent.append(Sent("accept", session, sdp=sdp))

    def reject(
        self, session: SessionId, status: int, *, reason: str | None = None, headers: Sequence[Header] = ()
    ) -> None:
        self.sent.append(Sent("reject", session, status, headers=tuple(headers)))

    def hang_up(self, session: SessionId, *, reasons: Sequence[Reason] = ()) -> None:
        self.sent.append(Sent("hang_up", session, reasons=tuple(reasons)))

    def offer(self, session: SessionId, sdp: bytes, *, headers: Sequence[Header] = ()) -> None:
        self.sent.append(Sent("offer", session, sdp=sdp, headers=tuple(headers)))

    def identify(self, session: SessionId, headers: Sequence[Header]) -> None:
        self.sent.append(Sent("identify", session, headers=tuple(headers)))

    def answer(self, session: SessionId, sdp: bytes) -> None:
        self.sent.append(Sent("answer", session, sdp=sdp))

    def refuse_offer(self, session: SessionId, status: int) -> None:
        self.sent.append(Sent("refuse_offer", session, status))

    def respond(
        self,
        transaction: TransactionId,
        status: int,
        *,
        reason: str | None = None,
        headers: Sequence[Header] = (),
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        self.sent.append(Sent("respond", transaction, status, headers=tuple(headers)))

    def bind(self, session: SessionId, destination: BindingRef) -> None:
        self.bound[session] = destination

    def accept_subscription(
        self, transaction: TransactionId, expires: int, *, destination: BindingRef | None = None
    ) -> SubscriptionId | None:
        self.sent.append(Sent("accept_subscription", transaction, expires))
        return SubscriptionId(transaction)

    def accept_refer(self, subscription: SubscriptionId) -> bool:
        self.sent.append(Sent("accept_refer", subscription))
        return True

    def refuse_refer(self, subscription: SubscriptionId, status: int) -> None:
        self.sent.append(Sent("refuse_refer", subscription, status))

    def notify(
        self,
        subscription: SubscriptionId,
        body: bytes,
        content_type: str,
        *,
        state: str = "active",
        reason: str | None = None,
    ) -> None:
        self.sent.append(Sent("notify", subscription, body=body, state=state))

    def find_dialog(self, names: DialogNames) -> FoundDialog | None:
        return self.dialogs.get(names)

    def dialog_names(self, session: SessionId) -> DialogNames | None:
        return next((names for names, found in self.dialogs.items() if found.session == session), None)

    def export(self, session: SessionId) -> DialogRecord | None:
        self.exported.append(session)
        return DialogRecord(
            1, session, "call-id", "sip:a@b", "sip:c@d", "x", "y", 1, None, (), "sip:c@d", None, None, "",
            b"", b"", None, False, None, None,
        )  # fmt: skip
