"""A dialog (RFC 3261 §12): the names, numbers and the way that every request inside it shares."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.sip.compose import SDP, Draft, Signer
from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.flow import Destination, Flow
from switchroom.sip.headers import STAR, NameAddr
from switchroom.sip.locate import is_address
from switchroom.sip.message import Request, Response
from switchroom.sip.uri import SipUri, Uri, parse_uri

DialogKey = tuple[str, str, str]
"""Call-ID, our tag, their tag."""


@dataclass(slots=True)
class Dialog:
    """One dialog. `local` and `remote` are the From and To values of our requests, tags included.

    `destination` was set by the owner and rules; without it requests follow the route set and the target.
    `flow` is the connection the peer was last heard on, `symmetric` that it must be used because the target
    can not be reached (NAT, a browser). `secure`: the call was made to a sips URI. `contact_user` is the user
    part of our Contact when it is not the usual one, `signer` answers challenges to our requests.
    `referred`: a REFER was taken in it.
    """

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    local_cseq: int
    remote_cseq: int | None
    route_set: tuple[str, ...]
    target: str
    destination: Destination | None = None
    flow: Flow | None = None
    symmetric: bool = False
    allow: str = ""
    secure: bool = False
    contact_user: str | None = None
    signer: Signer | None = None
    referred: bool = False

    @property
    def key(self) -> DialogKey:
        """How requests of the peer find it."""
        return (self.call_id, self.local_tag, self.remote_tag)

    @property
    def can_update(self) -> bool:
        """Whether the peer understands UPDATE (RFC 3311 §4)."""
        return "UPDATE" in self.allow

    def number(self) -> int:
        """The CSeq of the next request of ours."""
        self.local_cseq += 1
        return self.local_cseq

    def draft(self, method: str, *, cseq: int | None = None, body: bytes = b"", extra: str = "") -> Draft:
        """A request inside the dialog (RFC 3261 §12.2.1.1); `cseq` is that of the INVITE for an ACK."""
        if cseq is None:
            cseq = self.number()
        uri, routes = self.target, self.route_set
        if routes and not _is_loose(routes[0]):
            first = NameAddr.parse(routes[0])
            uri = str(first.uri)
            routes = (*routes[1:], f"<{self.target}>")
        lines = "".join([f"Route: {route}\r\n" for route in routes])
        return Draft(
            method, uri, self.local, self.remote, self.call_id, cseq, lines, extra, "", body, SDP,
            contact_user=self.contact_user, signer=self.signer, number=self.number,
        )  # fmt: skip

    @property
    def way(self) -> Destination | None:
        """The destination of the next request, None to follow `next_hop`."""
        if self.destination is not None:
            return self.destination
        return self.flow if self.symmetric and self.flow is not None else None

    @property
    def next_hop(self) -> Uri | None:
        """The URI the next request is sent to (RFC 3261 §8.1.2)."""
        try:
            return NameAddr.parse(self.route_set[0]).uri if self.route_set else parse_uri(self.target)
        except RemoteProtocolError:
            return None

    def heard(self, request: Request, flow: Flow) -> None:
        """A request came by `flow`; remember what it says about the peer (RFC 3261 §12.2.2)."""
        if flow is not self.flow:
            self.flow = flow
        if request.method in ("INVITE", "UPDATE", "SUBSCRIBE"):
            target = contact_of(request)
            if target is not None and str(target) != self.target:
                self.target = str(target)
                if self.destination is None:
                    self.symmetric = unreachable(request, target, flow, bool(self.route_set))
            if "Allow" in request.headers:
                self.allow = allow_of(request)

    def answered(self, response: Response) -> None:
        """A response to an INVITE or UPDATE of ours came: its Contact is the new target."""
        try:
            target = contact_of(response)
            if target is not None:
                self.target = str(target)
            if "Allow" in response.headers:
                self.allow = allow_of(response)
        except RemoteProtocolError:
            return


def contact_of(message: Request | Response) -> SipUri | None:
    """The URI of the first Contact, None when there is none that can be a target."""
    contacts = message.contacts
    if contacts is STAR or not contacts or not isinstance(contacts[0].uri, SipUri):
        return None
    return contacts[0].uri.without_headers()


def allow_of(message: Request | Response) -> str:
    """The methods a message allows, as written."""
    return ", ".join(message.headers.get_all("Allow"))


def unreachable(request: Request, target: SipUri, flow: Flow, routed: bool) -> bool:
    """Whether requests must go back by the flow of `request`, since its Contact leads nowhere from here.

    So it is behind NAT, for connections opened by the peer, and for .invalid. A record route tells better.
    """
    if routed:
        return False
    if flow.transport.reliable:
        return True
    if target.host == flow.remote.host:
        return False
    return is_address(target.host) or target.host.lower().endswith(".invalid")


def as_called(request: Request, local_tag: str, flow: Flow) -> Dialog:
    """The dialog an INVITE makes at its receiver (RFC 3261 §12.1.1). Raises RemoteProtocolError(400)."""
    target = contact_of(request)
    old = (request.top_via.branch or "")[:7].lower() != "z9hg4bk"
    if target is None and old and isinstance(request.from_.uri, SipUri):
        target = request.from_.uri.without_headers()  # RFC 2543 did not ask for a Contact.
    if target is None:
        raise RemoteProtocolError(400, "Missing Contact", request)
    routes = tuple([str(route) for route in request.record_routes])
    to = request.headers.get("To") or ""
    return Dialog(
        call_id=request.call_id,
        local=f"{to};tag={local_tag}",
        remote=request.headers.get("From") or "",
        local_tag=local_tag,
        remote_tag=request.from_.tag or "",
        local_cseq=0,
        remote_cseq=request.cseq.number,
        route_set=routes,
        target=str(target),
        flow=flow,
        symmetric="Contact" not in request.headers or unreachable(request, target, flow, bool(routes)),
        allow=allow_of(request),
        secure=request.uri.startswith("sips:"),
    )


def as_caller(draft: Draft, local_tag: str, response: Response, destination: Destination | None) -> Dialog:
    """The dialog that a response to our INVITE makes (RFC 3261 §12.1.2). Raises RemoteProtocolError(400)."""
    target = contact_of(response)
    return Dialog(
        call_id=draft.call_id,
        local=draft.from_,
        remote=response.headers.get("To") or draft.to,
        local_tag=local_tag,
        remote_tag=response.to.tag or "",
        local_cseq=draft.cseq,
        remote_cseq=None,
        route_set=tuple([str(route) for route in reversed(response.record_routes)]),
        target=draft.uri if target is None else str(target),
        destination=destination,
        allow=allow_of(response),
        secure=draft.uri.startswith("sips:"),
        contact_user=draft.contact_user,
        signer=draft.signer,
    )


def _is_loose(route: str) -> bool:
    uri = NameAddr.parse(route).uri
    return not isinstance(uri, SipUri) or uri.param("lr") is not None
