"""What an import file says of somebody, before it is a card; and the decoding both formats share."""

from __future__ import annotations

from dataclasses import dataclass, field

from switchroom.crm.contacts import WrittenNumber

MOST_ENTRIES = 100_000
"""Of one file."""


class UnreadableFile(ValueError):
    """The file is no address book; the text says what was expected."""


@dataclass(slots=True)
class Entry:
    """One contact of a file, as written there."""

    line: int
    """Where it begins, from 1."""
    name: str = ""
    company: str = ""
    emails: list[str] = field(default_factory=list)
    numbers: list[WrittenNumber] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remark:
    """What of a file was not understood, wholly or in part.

    `error_id` is stable, `reason` is English, and `values` are what it tells, for other languages.
    """

    line: int
    error_id: str
    reason: str
    values: tuple[tuple[str, str], ...] = ()


def remark(line: int, error_id: str, text: str, **values: str | int) -> Remark:
    """A remark whose reason is `text` with the values put in."""
    shown = {key: str(value) for key, value in values.items()}
    return Remark(line, error_id, text.format(**shown), tuple(shown.items()))


def too_many(line: int) -> Remark:
    """Where reading ends."""
    return remark(line, "too-many-entries", "A file has at most {most} contacts.", most=MOST_ENTRIES)


def decode(data: bytes) -> str:
    """A text file: UTF-8 or UTF-16 with or without mark, else Windows' western European."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    sample = data[:4000]
    if sample.count(0) * 3 > len(sample):
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        return data.decode("utf-16-be" if even > odd else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
