"""The local authority: what it makes is trusted by a client that trusts it, and renewed in time."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

from switchroom.certificates import ensure, server_context

NOW = dt.datetime.now(dt.UTC)


def test_a_client_that_trusts_the_authority_accepts_the_server(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost", "127.0.0.1"], NOW)
    client = ssl.create_default_context(cafile=str(files.authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server_side = server_context(files).wrap_bio(to_server, to_client, server_side=True)
    client_side = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for _ in range(4):
        for side in (client_side, server_side):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client_side.getpeercert()


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost"], NOW)
    assert files.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "authority.key").stat().st_mode & 0o077 == 0


def test_the_certificate_is_kept_until_it_nears_its_end_or_a_name_is_missing(tmp_path: Path) -> None:
    first = ensure(tmp_path, ["localhost"], NOW).chain.read_bytes()
    authority = (tmp_path / "authority.pem").read_bytes()
    assert ensure(tmp_path, ["localhost"], NOW).chain.read_bytes() == first
    assert ensure(tmp_path, ["localhost"], NOW + dt.timedelta(days=380)).chain.read_bytes() != first
    second = ensure(tmp_path, ["localhost"], NOW).chain.read_bytes()
    assert ensure(tmp_path, ["localhost", "10.0.0.1"], NOW).chain.read_bytes() != second
    assert (tmp_path / "authority.pem").read_bytes() == authority
