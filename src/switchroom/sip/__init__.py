"""The SIP stack without I/O: messages, digest, transactions, dialogs, and the endpoint that drives them.

Inputs are bytes and the time, outputs are bytes and events; sockets, names and the clock are in `transports`.
"""

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError
from switchroom.sip.flow import Address, BindingRef, Destination, Flow, Hop, Transport
from switchroom.sip.header_lines import Headers
from switchroom.sip.headers import STAR, CSeq, NameAddr, Reason, Via
from switchroom.sip.message import Request, Response, parse_message, validate
from switchroom.sip.uri import OtherUri, SipUri, Uri, parse_uri, uri_equal

__all__ = [
    "STAR",
    "Address",
    "BindingRef",
    "CSeq",
    "Destination",
    "Flow",
    "Headers",
    "Hop",
    "LocalProtocolError",
    "NameAddr",
    "OtherUri",
    "Reason",
    "RemoteProtocolError",
    "Request",
    "Response",
    "SipUri",
    "Transport",
    "Uri",
    "Via",
    "parse_message",
    "parse_uri",
    "uri_equal",
    "validate",
]
