"""How a trunk is doing, and what a test of it found: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TrunkState:
    """One trunk now. Times are seconds since the epoch; None: not known (yet), or not asked."""

    id: str
    name: str
    enabled: bool
    calls: int = 0
    """That run by it now, both ways."""
    registered: bool | None = None
    """None: it does not register, or the first answer is awaited."""
    registered_until: float | None = None
    reachable: bool | None = None
    """By the last OPTIONS; None: it is not asked."""
    checked_at: float | None = None
    since: float | None = None
    """When `registered` or `reachable` changed last."""
    failure: str = ""
    """What is wrong, in words; empty: nothing."""
    failure_code: str = ""
    """The same as a stable code (`calls.trunk_words`), with what stands in the sentence."""
    failure_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestStep:
    """One step of a test: `step` is its stable name, `text` what came of it in words."""

    __test__ = False  # not one of pytest's

    step: str
    ok: bool
    text: str
    status: int = 0
    """SIP status; 0: there was none."""
    code: str = ""
    """What came of it as a stable code (`calls.trunk_words`), with what stands in the sentence."""
    values: Mapping[str, str] = field(default_factory=dict)
