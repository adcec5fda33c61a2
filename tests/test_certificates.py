"""The local authority: what it makes is trusted by a client that trusts it, and renewed in time."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest

from switchroom.certificates import CertificateFiles, Renewal, describe, ensure, server_context

NOW = dt.datetime.now(dt.UTC)


def presented(context: ssl.SSLContext, files: CertificateFiles) -> bytes:
    """The certificate that a client which trusts the authority is shown."""
    client = ssl.create_default_context(cafile=str(files.authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server_side = context.wrap_bio(to_server, to_client, server_side=True)
    client_side = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for _ in range(4):
        for side in (client_side, server_side):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    found = client_side.getpeercert(binary_form=True)
    assert found
    return found


def test_a_client_that_trusts_the_authority_accepts_the_server(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost", "127.0.0.1"], NOW)
    assert presented(server_context(files), files)


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


def test_a_renewed_certificate_is_shown_to_new_connections(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost", "127.0.0.1"], NOW)
    context = server_context(files)
    renewal = Renewal(files, context)
    first = presented(context, files)
    assert not renewal.renew()
    ensure(tmp_path, ["localhost", "127.0.0.1", "10.0.0.1"], NOW)
    assert renewal.renew()
    assert presented(context, files) != first
    assert not renewal.renew()


def test_a_half_replaced_certificate_is_tried_again(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost", "127.0.0.1"], NOW)
    other = ensure(tmp_path / "other", ["localhost", "127.0.0.1", "x"], NOW)
    context = server_context(files)
    renewal = Renewal(files, context)
    first = presented(context, files)
    files.chain.write_bytes(other.chain.read_bytes())
    with pytest.raises(ssl.SSLError):
        renewal.renew()
    assert presented(context, files) == first
    files.key.write_bytes(other.key.read_bytes())
    assert renewal.renew()
    assert presented(context, CertificateFiles(files.chain, files.key, other.authority)) != first


def test_what_a_certificate_says(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["localhost", "192.0.2.1"], NOW)
    found = describe(files.chain)
    assert sorted(found.names) == ["192.0.2.1", "localhost"]
    assert found.expires_at > NOW.timestamp() + 390 * 86400
    assert len(found.fingerprint.split(":")) == 32
    with pytest.raises(ValueError, match="PEM"):
        describe(files.key)
