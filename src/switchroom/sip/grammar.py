"""Pieces of the SIP grammar (RFC 3261 §25.1) as regular expressions, and the splitting of header values.

All patterns use possessive quantifiers where two runs could share characters, so that no input makes them
take more than linear time.
"""

from __future__ import annotations

import re

from switchroom.sip.errors import LocalProtocolError, RemoteProtocolError

TOKEN_CHARS = r"A-Za-z0-9\-.!%*_+`'~"
TOKEN = rf"[{TOKEN_CHARS}]++"
QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
HOST = r"(?:\[[0-9A-Fa-f:.]++\]|[A-Za-z0-9_.\-]++)"

MAX_VALUES = 64
"""Most values of one header field that are looked at."""

Param = tuple[str, str | None]
"""A parameter as written: name, and value (with its quotes), or None for a flag."""

_token = re.compile(TOKEN)
_param = re.compile(
    rf';[ \t]*+({TOKEN})[ \t]*+(?:=[ \t]*+({QUOTED}|[^ \t;,"<>\x00-\x1f\x7f]++)[ \t]*+)?+', re.DOTALL
)
_list_part = re.compile(rf'(?:[^",<]++|{QUOTED}|<[^>]*+>)++', re.DOTALL)
_escaped_pair = re.compile(r"\\(.)", re.DOTALL)
_to_quote = re.compile(r'["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')
_digits = re.compile(r"[0-9]++")


def is_token(text: str) -> bool:
    """True when `text` is a token (RFC 3261 §25.1): a method, a header name, a parameter name."""
    return _token.fullmatch(text) is not None


def quote(text: str) -> str:
    """`text` as a quoted-string. Raises LocalProtocolError for CR or LF, which nothing can quote."""
    if "\r" in text or "\n" in text:
        raise LocalProtocolError("line break in a quoted string")
    return '"' + _to_quote.sub(lambda m: "\\" + m[0], text) + '"'


def unquote(text: str) -> str:
    """The text a quoted-string stands for; anything else comes back as it is."""
    if len(text) >= 2 and text[0] == '"' == text[-1]:
        text = text[1:-1]
        return _escaped_pair.sub(r"\1", text) if "\\" in text else text
    return text


def parse_params(text: str, start: int = 0) -> tuple[Param, ...]:
    """Read `;name=value;flag` from `start` to the end. Raises RemoteProtocolError(400)."""
    end = len(text)
    if start >= end:
        return ()
    found: list[Param] = []
    while start < end:
        match = _param.match(text, start)
        if match is None:
            raise RemoteProtocolError(400, "Malformed header parameter")
        found.append((match[1], match[2]))
        start = match.end()
    return tuple(found)


def print_params(params: tuple[Param, ...]) -> str:
    """`;name=value` for each parameter, as written."""
    return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in params])


def find_param(params: tuple[Param, ...], name: str) -> str | None:
    """The value of parameter `name` (lower case) without quotes, "" for a flag, None when absent."""
    for key, value in params:
        if key == name or key.lower() == name:
            if value is None:
                return ""
            return unquote(value) if value[:1] == '"' else value
    return None


def split_values(value: str, limit: int = MAX_VALUES) -> list[str]:
    """Split at commas outside quotes and angle brackets; empty parts stay, as "".

    Raises RemoteProtocolError(400) for an unbalanced quote or more than `limit` values.
    """
    if "," not in value:
        return [value.strip(" \t")]
    if '"' not in value and "<" not in value:
        parts = value.split(",", limit)
    else:
        parts = []
        position, end = 0, len(value)
        while True:
            match = _list_part.match(value, position)
            if match is not None:
                parts.append(match[0])
                position = match.end()
            else:
                parts.append("")
            if position >= end:
                break
            if value[position] != ",":
                raise RemoteProtocolError(400, "Unbalanced quotes in a header")
            position += 1
            if len(parts) > limit:
                break
    if len(parts) > limit:
        raise RemoteProtocolError(400, "Too many values in a header")
    return [part.strip(" \t") for part in parts]


def parse_number(text: str, what: str, limit: int) -> int:
    """Decimal digits as a number of 0..`limit`. Raises RemoteProtocolError(400, ...) otherwise."""
    number = clamp_number(text, what, limit + 1)
    if number > limit:
        raise RemoteProtocolError(400, f"{what} out of range")
    return number


def clamp_number(text: str, what: str, limit: int) -> int:
    """Decimal digits as a number, at most `limit` (a longer life than one can hold is the longest one)."""
    text = text.strip(" \t")
    if _digits.fullmatch(text) is None:
        raise RemoteProtocolError(400, f"Malformed {what}")
    if len(text) > 20:
        text = text.lstrip("0") or "0"
        if len(text) > 20:
            return limit
    return min(int(text), limit)
