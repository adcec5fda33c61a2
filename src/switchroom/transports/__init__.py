"""UDP, TCP, TLS and WebSocket for the SIP endpoint, name resolution, and the one driver of it all."""

from switchroom.transports.counters import Counters
from switchroom.transports.descriptors import raise_descriptor_limit
from switchroom.transports.dns import Resolver
from switchroom.transports.driver import Listener, SipDriver
from switchroom.transports.guard import Limits
from switchroom.transports.signalling import DriverSignalling
from switchroom.transports.tls import ServerTls, client_context
from switchroom.transports.websocket import SUBPROTOCOL, WebSocketLike

__all__ = [
    "SUBPROTOCOL",
    "Counters",
    "DriverSignalling",
    "Limits",
    "Listener",
    "Resolver",
    "ServerTls",
    "SipDriver",
    "WebSocketLike",
    "client_context",
    "raise_descriptor_limit",
]
