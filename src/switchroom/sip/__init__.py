"""A SIP user agent without I/O: bytes and the time go in, bytes and events come out (`Endpoint`)."""

from switchroom.sip.config import EndpointConfig, Transmit
from switchroom.sip.endpoint import Endpoint
from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Endpoint", "EndpointConfig", "LocalProtocolError", "RemoteProtocolError", "Transmit"]
