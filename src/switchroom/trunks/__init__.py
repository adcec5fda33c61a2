"""Trunks at work: registering with providers, asking whether they are there, testing them."""

from switchroom.trunks.keeper import TrunkKeeper
from switchroom.trunks.state import TestStep, TrunkState
from switchroom.trunks.trial import Trials

__all__ = ["TestStep", "Trials", "TrunkKeeper", "TrunkState"]
