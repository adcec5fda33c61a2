"""Structured logs: one line an event, `call=` and `leg=` where they belong, and never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(
    r"secret|password|access_code|administrator_code|token|ha1|authorization|key$", re.I
)
DIGEST_RESPONSE = re.compile(r"\b((?:response|cnonce|nonce)\s*=\s*\"?)[^\",\s]+", re.I)
INLINE_KEY = re.compile(r"(inline:)\S+", re.I)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
REDACTED = "[redacted]"


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank what is secret by its name, and digests and SRTP keys inside texts; escape control characters."""
    for name, value in event.items():
        if SECRET_NAMES.search(name) and name != "event":
            event[name] = REDACTED
        elif isinstance(value, str):
            value = DIGEST_RESPONSE.sub(rf"\1{REDACTED}", value)
            value = INLINE_KEY.sub(rf"\1{REDACTED}", value)
            if name != "exception":
                value = CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", value)
            event[name] = value
    return event


def configure(level: str = "info", log_format: str = "text") -> None:
    """Send structlog's and the standard library's records to standard error, as text or JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"])
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "sqlalchemy",
        "alembic",
        "aiosqlite",
        "websockets",
    ):
        logging.getLogger(noisy).setLevel("WARNING")
