"""Logs never carry a secret, and a hostile text stays inside its line."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from switchroom.log import REDACTED, JsonFormatter, TextFormatter, clean


def record(message: str, *arguments: object, exception: bool = False) -> logging.LogRecord:
    info = sys.exc_info() if exception else None
    made = logging.LogRecord("switchroom.calls", logging.INFO, "", 0, message, arguments, info)
    made.created, made.msecs = 1_700_000_000.25, 250.0
    return made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('username="201", response="0a1b"', f'username="201", response="{REDACTED}"'),
        ("nonce=77, realm=x", f"nonce={REDACTED}, realm=x"),
        ("a=crypto:1 AES_CM_128 inline:Zm9v|2^20", f"a=crypto:1 AES_CM_128 inline:{REDACTED}|2^20"),
        ("access_code=4321 leg=l1", f"access_code={REDACTED} leg=l1"),
        ("{'secret': 'hunter2'}", "{'secret': '" + REDACTED + "'}"),
        ("Authorization: Bearer abc.def", f"Authorization: {REDACTED}"),
        ("password: hunter2", f"password: {REDACTED}"),
        ("CNONCE=77 Token=abc", f"CNONCE={REDACTED} Token={REDACTED}"),
        ("ha1=00ff", f"ha1={REDACTED}"),
        ("\u017fecret=hunter2", f"\u017fecret={REDACTED}"),
    ],
)
def test_secrets_are_blanked(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_hostile_text_cannot_begin_a_new_line() -> None:
    line = TextFormatter().format(record("dropped agent=%s", "a\nerror x\x1b[31m\u2028"))
    assert line == "2023-11-14T22:13:20.250Z info switchroom.calls dropped agent=a\\nerror x\\x1b[31m\\u2028"


def test_json_has_the_fields_of_the_message() -> None:
    entry = json.loads(JsonFormatter().format(record("call ended call=%s leg=%s", "c1", "l1")))
    assert entry["call"] == "c1"
    assert entry["leg"] == "l1"
    assert entry["message"] == "call ended call=c1 leg=l1"
    assert (entry["level"], entry["logger"], entry["time"]) == ("info", "switchroom.calls", 1_700_000_000.25)


def test_a_field_of_a_message_can_not_replace_the_level() -> None:
    entry = json.loads(JsonFormatter().format(record("x level=fake logger=fake")))
    assert (entry["level"], entry["logger"]) == ("info", "switchroom.calls")


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_traceback_is_there_without_its_secrets(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("secret=hunter2")
    except ValueError:
        text = formatter.format(record("failed", exception=True))
    assert "Traceback" in text
    assert "hunter2" not in text
