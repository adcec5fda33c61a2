"""Logs: one line a record, `call=` and `leg=` where they belong, never a secret; text or JSON."""

from __future__ import annotations

import json
import logging
import re
import sys
import time

REDACTED = "[redacted]"
SECRET = re.compile(
    r"""(\b(?:response|cnonce|nonce|secret|password|token|ha1|\w*_code|authorization)["']?\s*[=:]\s*["']?|inline:)"""
    r"""(?:Bearer\s+)?[^"',;|\s]+""",
    re.I,
)
HINTS = ("response", "nonce", "secret", "password", "token", "ha1", "_code", "authorization", "inline:")
"""Every ASCII match of SECRET has one of these in it; to look for them costs a tenth of the expression."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
FIELD = re.compile(r"(?:^|\s)([a-z_]+)=(\S+)")
NOISY = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "sqlalchemy",
    "alembic",
    "aiosqlite",
    "websockets",
    "httpx",
)


def clean(text: str) -> str:
    """Blank digests, keys, codes and tokens; write control characters out, so that a text stays one line."""
    if _may_hold_a_secret(text):
        text = SECRET.sub(rf"\1{REDACTED}", text)
    return text if text.isprintable() else CONTROL.sub(_escaped, text)


def _may_hold_a_secret(text: str) -> bool:
    if not text.isascii():
        return True
    lower = text.lower()
    for hint in HINTS:  # noqa: SIM110 - this is run for every line, and a generator doubles its cost
        if hint in lower:
            return True
    return False


def _escaped(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode()


class TextFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.123Z info switchroom.calls call ended call=...`; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        level = record.levelname.lower()
        line = f"{second}.{int(record.msecs):03d}Z {level} {record.name} {clean(record.getMessage())}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    {clean(part)}" for part in trace.splitlines())
        return line


class JsonFormatter(logging.Formatter):
    """An object a line: time, level, logger, message, and each `name=value` of the message as a field."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        message = clean(record.getMessage())
        fields = dict(FIELD.findall(message))
        entry = fields | {
            "time": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        }
        if record.exc_info:
            entry["traceback"] = [clean(part) for part in self.formatException(record.exc_info).splitlines()]
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str = "info", log_format: str = "text") -> None:
    """Send all records of the process to standard error. Raises ValueError for a level there is not."""
    # No format here shows them.
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel("WARNING")
