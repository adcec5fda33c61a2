"""Cutting a byte stream (TCP, TLS) into SIP messages (RFC 3261 §7.5, §18.3; RFC 5626 §4.4.1)."""

from __future__ import annotations

import re
from enum import Enum

from switchroom.sip.errors import RemoteProtocolError
from switchroom.sip.message import MAX_MESSAGE

_length = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:(?:[ \t]|\r\n[ \t])*+([^\r\n]*)", re.IGNORECASE)
_digits = re.compile(rb"[0-9]{1,10}+[ \t]*+")


class Keepalive(Enum):
    """What stands between messages: a ping to answer with CRLF, or the pong to a ping of ours."""

    PING = b"\r\n\r\n"
    PONG = b"\r\n"


class StreamFramer:
    """Feeds on the bytes of one connection, in whatever pieces they come.

    After an error `error` is set, `feed` returns nothing any more, and the connection has to be closed:
    nobody knows where the next message starts. At most `limit` bytes (a whole message) are kept.
    """

    __slots__ = ("_buffer", "_limit", "_need", "_searched", "error")

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._need = 0
        self._searched = 0
        self.error: RemoteProtocolError | None = None

    def feed(self, data: bytes) -> list[bytes | Keepalive]:
        """The messages and keep-alives that are complete now, in order."""
        found: list[bytes | Keepalive] = []
        if self.error is not None:
            return found
        buffer = self._buffer
        buffer += data
        try:
            while buffer:
                item = self._next()
                if item is None:
                    break
                found.append(item)
        except RemoteProtocolError as error:
            self.error = error
            buffer.clear()
        return found

    @property
    def pending(self) -> int:
        """Bytes kept of a message that is not complete."""
        return len(self._buffer)

    def _next(self) -> bytes | Keepalive | None:
        buffer = self._buffer
        if self._need == 0:
            if buffer[0] in b"\r\n":
                return self._between()
            end = buffer.find(b"\r\n\r\n", self._searched)
            if end < 0:
                if len(buffer) > self._limit:
                    raise RemoteProtocolError(513, "Message Too Large")
                self._searched = max(0, len(buffer) - 3)
                return None
            self._need = end + 4 + self._content_length(bytes(buffer[: end + 2]))
            if self._need > self._limit:
                raise RemoteProtocolError(513, "Message Too Large")
        if len(buffer) < self._need:
            return None
        message = bytes(buffer[: self._need])
        del buffer[: self._need]
        self._need = self._searched = 0
        return message

    def _between(self) -> Keepalive | None:
        buffer = self._buffer
        if buffer[:4] == b"\r\n\r\n":
            del buffer[:4]
            return Keepalive.PING
        if b"\r\n\r\n".startswith(buffer):
            return None
        if buffer[:2] == b"\r\n":
            del buffer[:2]
            return Keepalive.PONG
        raise RemoteProtocolError(400, "Bare CR or LF")

    @staticmethod
    def _content_length(head: bytes) -> int:
        values = {value.rstrip(b" \t") for value in _length.findall(head)}
        if len(values) != 1:
            reason = "Several Content-Length" if values else "Missing Content-Length"
            raise RemoteProtocolError(400, reason)
        value = values.pop()
        if _digits.fullmatch(value) is None:
            raise RemoteProtocolError(400, "Malformed Content-Length")
        return int(value)
