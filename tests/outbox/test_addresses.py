"""Mail addresses: what can be sent to, and what would be something else."""

from __future__ import annotations

import pytest

from switchroom.outbox import BadAddress, read_address


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("anna@example.com", "anna@example.com"),
        (" Anna.Rossi+conf@Example.COM ", "Anna.Rossi+conf@example.com"),
        ("info@bücher.example", "info@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_read(typed: str, read: str) -> None:
    assert read_address(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "", "anna", "@example.com", "anna@", "an na@example.com", "a@b@example.com", "anna@-x.example",
        "anna@example..com", ".anna@example.com", "anna.@example.com", "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n", "a>@example.com", '"a b"@example.com', "a@[127.0.0.1]", "ä@example.com",
        "x" * 65 + "@example.com", "a@" + "x" * 64 + ".com", "a@" + ".".join(["x" * 60] * 5), "a\x00@b.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        read_address(typed)
