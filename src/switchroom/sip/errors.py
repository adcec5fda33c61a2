"""The two errors of the SIP package: ours and theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from switchroom.sip.message import Request


class LocalProtocolError(Exception):
    """This program asked for something SIP does not allow: a bug of ours, never caused by a peer."""


class RemoteProtocolError(Exception):
    """A peer broke the protocol.

    `status` (400..699) and `reason` are what to answer with, `headers` goes into that answer. `message` is
    the request as far as it could be read: with it the answer can be built, without it it is dropped.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: Request | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.message = message
        self.headers = headers
