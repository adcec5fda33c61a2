"""One line of the table of figures, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: what was to be reached, what was measured."""

    what: str
    target: str
    measured: str
    reached: bool | None
    """None: measured for orientation, or could not be measured (`measured` says why)."""
    ratio: str = ""
    """To the yardstick of the same run."""
    asterisk: str = ""
    janus: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    """All numbers behind it."""


_HEAD = ("what", "to reach", "measured", "ratio", "Asterisk 22", "Janus 1.1", "reached")


def render(rows: list[Row]) -> str:
    """The table as text, columns aligned."""
    verdict = {True: "yes", False: "NO", None: "-"}
    lines = [_HEAD]
    for row in rows:
        said = verdict[row.reached]
        lines.append((row.what, row.target, row.measured, row.ratio, row.asterisk, row.janus, said))
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    text = []
    for line in lines:
        text.append(" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    text.insert(1, "-|-".join("-" * width for width in widths))
    return "\n".join(text)
