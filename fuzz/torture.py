"""The 49 messages of RFC 4475, where they are at hand: beside the checkout, in ../shared/data/rfc4475."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "rfc4475"

MISSING = f"the messages of RFC 4475 are not in {FOLDER}"


def torture_messages() -> dict[str, bytes]:
    """Name to exact bytes; empty where the folder is missing."""
    return {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("*.dat"))}
