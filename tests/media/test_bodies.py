"""Finding the session description in a body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchroom.media.bodies import extract
from tests.media.offers import BARESIP

MIXED = (
    b"preamble\r\n--un ique=1\r\nContent-Type: text/plain\r\n\r\nv=0 is not here\r\n"
    b"--un ique=1\r\ncontent-type : application/SDP ; charset=utf-8\r\n"
    b"Content-Disposition: session;handling=required\r\n\r\n" + BARESIP + b"\r\n--un ique=1--\r\nepilogue"
)

RENDERED = b"--a\r\nContent-Type: application/sdp\r\nContent-Disposition: render\r\n\r\nv=0\r\n--a--"


def test_plain_body() -> None:
    assert extract("application/sdp", BARESIP) == BARESIP
    assert extract("Application/SDP; charset=utf-8", BARESIP) == BARESIP


@pytest.mark.parametrize("kind", ["mixed", "alternative", "related"])
def test_multipart_body(kind: str) -> None:
    assert extract(f'multipart/{kind};boundary="un ique=1"', MIXED) == BARESIP


def test_nested_multipart_with_bare_line_feeds() -> None:
    inner = b"--b\nContent-Type: application/sdp\n\n" + BARESIP + b"\n--b--"
    body = b"--a\nContent-Type: multipart/alternative;\n boundary=b\n\n" + inner + b"\n--a--\n"
    assert extract("multipart/mixed; boundary=a", body) == BARESIP


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, BARESIP),
        ("application/sdp", b""),
        ("text/plain", BARESIP),
        ("multipart/mixed", MIXED),
        ("multipart/mixed;boundary=other", MIXED),
        ("multipart/mixed;boundary=a", RENDERED),
    ],
)
def test_bodies_without_a_description_for_the_session(kind: str | None, body: bytes) -> None:
    assert extract(kind, body) is None


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_body_raises(body: bytes, boundary: str) -> None:
    extract(f"multipart/mixed;boundary={boundary}", body)
    extract("multipart/mixed;boundary=a", b"--a" + body + b"\r\n--a")
