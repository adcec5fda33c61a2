"""The endpoint's verbs for those who have no clock: every one goes through the driver."""

from __future__ import annotations

from collections.abc import Sequence

from switchroom.sip.digest import ClientCredentials
from switchroom.sip.events import (
    DialogNames,
    DialogRecord,
    FoundDialog,
    OutgoingInvite,
    OutgoingRegistration,
    RegistrationId,
    RequestId,
    SessionId,
    SubscriptionId,
    TransactionId,
)
from switchroom.sip.flow import Destination
from switchroom.sip.headers import NameAddr, Reason
from switchroom.transports.driver import SipDriver

Fields = Sequence[tuple[str, str]]


class DriverSignalling:
    """Each method is the verb of `sip.endpoint.Endpoint` with the same name, at the present time."""

    def __init__(self, driver: SipDriver) -> None:
        self._act = driver.act

    def invite(self, session: SessionId, invite: OutgoingInvite) -> None:
        """Send an INVITE. Raises LocalProtocolError for a name in use."""
        self._act(lambda endpoint, now: endpoint.invite(session, invite, now))

    def provisional(
        self, session: SessionId, status: int, *, sdp: bytes | None = None, headers: Fields = ()
    ) -> None:
        """Send 101..199."""
        self._act(lambda endpoint, now: endpoint.provisional(session, status, now, sdp=sdp, headers=headers))

    def accept(self, session: SessionId, sdp: bytes, *, headers: Fields = ()) -> None:
        """Send 200."""
        self._act(lambda endpoint, now: endpoint.accept(session, sdp, now, headers=headers))

    def reject(
        self, session: SessionId, status: int, *, reason: str | None = None, headers: Fields = ()
    ) -> None:
        """Send 300..699."""
        self._act(lambda endpoint, now: endpoint.reject(session, status, now, reason=reason, headers=headers))

    def hang_up(self, session: SessionId, *, reasons: Sequence[Reason] = ()) -> None:
        """End a session whatever its state."""
        self._act(lambda endpoint, now: endpoint.hang_up(session, now, reasons=tuple(reasons)))

    def offer(self, session: SessionId, sdp: bytes, *, headers: Fields = ()) -> None:
        """Offer a new description."""
        self._act(lambda endpoint, now: endpoint.offer(session, sdp, now, headers=headers))

    def identify(self, session: SessionId, headers: Fields) -> None:
        """Tell the peer who is connected now."""
        self._act(lambda endpoint, now: endpoint.identify(session, headers, now))

    def answer(self, session: SessionId, sdp: bytes) -> None:
        """Answer OfferReceived."""
        self._act(lambda endpoint, now: endpoint.answer(session, sdp, now))

    def refuse_offer(self, session: SessionId, status: int, *, headers: Fields = ()) -> None:
        """Refuse OfferReceived."""
        self._act(lambda endpoint, now: endpoint.refuse_offer(session, status, now, headers=headers))

    def info(self, session: SessionId, content_type: str, body: bytes) -> None:
        """Send INFO."""
        self._act(lambda endpoint, now: endpoint.info(session, content_type, body, now))

    def bind(self, session: SessionId, destination: Destination) -> None:
        """Say where the peer of an incoming session is to be found."""
        self._act(lambda endpoint, _: endpoint.bind(session, destination))

    def respond(
        self,
        transaction: TransactionId,
        status: int,
        *,
        reason: str | None = None,
        headers: Fields = (),
        body: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        """Answer IncomingRequest or DialogRequest."""
        kind = content_type or "text/plain"
        self._act(
            lambda endpoint, now: endpoint.respond(
                transaction, status, now, reason=reason, headers=headers, body=body, content_type=kind
            )
        )

    def send_request(
        self,
        request: RequestId,
        method: str,
        uri: str,
        *,
        from_: NameAddr,
        to: NameAddr,
        destination: Destination | None = None,
        headers: Fields = (),
        body: bytes = b"",
        content_type: str = "text/plain",
        credentials: ClientCredentials | None = None,
        contact_user: str | None = None,
    ) -> None:
        """Send a request outside any session; RequestAnswered follows."""
        self._act(
            lambda endpoint, now: endpoint.send_request(
                request,
                method,
                uri,
                from_=from_,
                to=to,
                now=now,
                destination=destination,
                headers=headers,
                body=body,
                content_type=content_type,
                credentials=credentials,
                contact_user=contact_user,
            )
        )

    def register(self, registration: RegistrationId, wanted: OutgoingRegistration) -> None:
        """Register with a provider and keep it so; RegistrationChanged follows."""
        self._act(lambda endpoint, now: endpoint.register(registration, wanted, now))

    def unregister(self, registration: RegistrationId) -> None:
        """Remove a registration with a provider."""
        self._act(lambda endpoint, now: endpoint.unregister(registration, now))

    def accept_subscription(
        self, transaction: TransactionId, expires: int, *, destination: Destination | None = None
    ) -> SubscriptionId | None:
        """Take a SUBSCRIBE; `notify` has to follow at once."""
        return self._act(
            lambda endpoint, now: endpoint.accept_subscription(
                transaction, expires, now, destination=destination
            )
        )

    def accept_refer(self, subscription: SubscriptionId) -> bool:
        """Answer ReferReceived with 202; False when it is over."""
        return self._act(lambda endpoint, now: endpoint.accept_refer(subscription, now))

    def refuse_refer(self, subscription: SubscriptionId, status: int) -> None:
        """Refuse ReferReceived."""
        self._act(lambda endpoint, now: endpoint.refuse_refer(subscription, status, now))

    def notify(
        self,
        subscription: SubscriptionId,
        body: bytes,
        content_type: str,
        *,
        state: str = "active",
        reason: str | None = None,
    ) -> None:
        """Tell a subscriber."""
        self._act(
            lambda endpoint, now: endpoint.notify(
                subscription, body, content_type, now, state=state, reason=reason
            )
        )

    def find_dialog(self, names: DialogNames) -> FoundDialog | None:
        """The dialog of these names."""
        return self._act(lambda endpoint, _: endpoint.find_dialog(names))

    def dialog_names(self, session: SessionId) -> DialogNames | None:
        """The names of a session's dialog."""
        return self._act(lambda endpoint, _: endpoint.dialog_names(session))

    def export(self, session: SessionId) -> DialogRecord | None:
        """The durable record of an established session."""
        return self._act(lambda endpoint, now: endpoint.export(session, now))

    def restore(self, record: DialogRecord) -> None:
        """Go on with a session exported earlier."""
        self._act(lambda endpoint, now: endpoint.restore(record, now))
