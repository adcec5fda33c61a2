"""What the desk needs of all the other systems together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from switchroom.crm.connector import Act, Connector, ConnectorFault, FaultKind
from switchroom.directory import UserId


class Others(Protocol):
    """The systems that are set up and switched on, and what is still to be written into them."""

    def connectors(self) -> Sequence[Connector]:
        """Those switched on now."""

    async def act(self, source: str, who: UserId, act: Act, key: str) -> bool:
        """Do it, in this person's name: True. False: it is kept, and will be done once, later.

        Raises `ConnectorFault` for what will never work.
        """

    async def kept(self, source: str, who: UserId) -> Sequence[Act]:
        """What of this person is still to be done, in order."""


class NoOthers:
    """Only what is built in, so far."""

    def connectors(self) -> Sequence[Connector]:
        """None."""
        return ()

    async def act(self, source: str, who: UserId, act: Act, key: str) -> bool:
        """Not yet."""
        raise ConnectorFault(FaultKind.UNREACHABLE, f"{source} is not connected.")

    async def kept(self, source: str, who: UserId) -> Sequence[Act]:
        """Nothing."""
        return ()
