"""Logs never carry a secret."""

from __future__ import annotations

from switchroom.log import REDACTED, redact


def redacted(**event: object) -> dict[str, object]:
    return dict(redact(None, "info", dict(event)))


def test_values_named_as_secrets_are_blanked() -> None:
    event = redacted(event="device made", secret="abc", access_code="4321", leg="l1")
    assert event == {"event": "device made", "secret": REDACTED, "access_code": REDACTED, "leg": "l1"}


def test_digests_and_srtp_keys_inside_texts_are_blanked() -> None:
    event = redacted(
        event="dropped",
        text='Digest username="201", response="0a1b", nonce=77',
        sdp="a=crypto:1 X inline:Zm9v|2^20",
    )
    assert event["text"] == f'Digest username="201", response="{REDACTED}", nonce={REDACTED}'
    assert event["sdp"] == f"a=crypto:1 X inline:{REDACTED}"


def test_a_hostile_text_cannot_begin_a_new_line() -> None:
    assert (
        redacted(event="x", user_agent="a\nlevel=error\x1b[31m")["user_agent"] == "a\\x0alevel=error\\x1b[31m"
    )
