"""What the API needs of the trunks at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from switchroom.trunks.state import TestStep, TrunkState


class TrunksAtWork(Protocol):
    """The trunks of the applied configuration."""

    def states(self) -> Sequence[TrunkState]:
        """How each is doing, in the order in which they are tried."""

    async def test(self, trunk_id: str, number: str | None) -> Sequence[TestStep] | None:
        """Try one out, with a call where there is a number; None: there is none of this id."""

    async def allow(self, key: str, who: str) -> bool:
        """Allow at once what a problem's key names; False when nothing of the kind can be."""


class NoTrunksAtWork:
    """Implements `TrunksAtWork` where nothing runs."""

    def states(self) -> Sequence[TrunkState]:
        """None."""
        return ()

    async def test(self, trunk_id: str, number: str | None) -> Sequence[TestStep] | None:
        """There is none."""
        return None

    async def allow(self, key: str, who: str) -> bool:
        """Nothing can be."""
        return False
