"""XML 1.0 as phones read it: one element a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def element(name: str, text: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element with text."""
    return f"<{name}{_written(attributes)}>{escape(text)}</{name}>"


def empty(name: str, attributes: Mapping[str, str]) -> str:
    """An element that is its attributes."""
    return f"<{name}{_written(attributes)}/>"


def document(lines: Iterable[str]) -> str:
    """A whole file."""
    return "\n".join([DECLARATION, *lines, ""])


def _written(attributes: Mapping[str, str] | None) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in (attributes or {}).items())
