"""TLS on loopback: accepting, a renewed certificate, and verifying the names of others."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from pathlib import Path

import pytest

from switchroom.certificates import CertificateFiles, ensure
from switchroom.sip.events import InviteRejected
from switchroom.sip.flow import Address, Hop, Transport
from switchroom.sip.uri import SipUri
from switchroom.transports.driver import Listener
from switchroom.transports.tls import ServerTls, client_context
from tests.harness.until import LONG
from tests.transports.rig import SESSION, invite, limits, options, rig


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return ensure(tmp_path_factory.mktemp("tls"), ["pbx.test"], dt.datetime.now(dt.UTC))


def tls(files: CertificateFiles) -> ServerTls:
    return ServerTls(files.chain, files.key)


def trusting(files: CertificateFiles) -> ssl.SSLContext:
    return client_context(files.authority)


async def exchange(address: Address, context: ssl.SSLContext, data: bytes) -> tuple[bytes, int]:
    """The answer to `data`, and the serial number of the certificate shown."""
    reader, writer = await asyncio.open_connection(
        address.host, address.port, ssl=context, server_hostname="pbx.test"
    )
    writer.write(data)
    async with asyncio.timeout(LONG):
        answer = await reader.readuntil(b"\r\n\r\n")
    certificate = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    return answer, int(certificate["serialNumber"], 16)


async def test_a_request_by_tls_is_answered(files: CertificateFiles) -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.TLS, "127.0.0.1", 0, tls(files).context))
        answer, _ = await exchange(address, trusting(files), options(1, "TLS"))
        assert answer.startswith(b"SIP/2.0 200 OK")
        assert it.driver.counters.received == {"TLS": 1}
        await it.until(lambda: it.driver.seats.total == 0)


async def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=390)
    files = ensure(tmp_path, ["pbx.test"], before)
    server = tls(files)
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.TLS, "127.0.0.1", 0, server.context))
        context = trusting(files)
        _, old = await exchange(address, context, options(1, "TLS"))
        ensure(tmp_path, ["pbx.test"], dt.datetime.now(dt.UTC))
        _, still = await exchange(address, context, options(2, "TLS"))
        server.reload()
        _, new = await exchange(address, context, options(3, "TLS"))
    assert old == still != new


async def test_an_unusable_certificate_leaves_the_old_one(tmp_path: Path) -> None:
    files = ensure(tmp_path, ["pbx.test"], dt.datetime.now(dt.UTC))
    server = tls(files)
    files.chain.write_text("rubbish")
    with pytest.raises(ssl.SSLError):
        server.reload()
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.TLS, "127.0.0.1", 0, server.context))
        answer, _ = await exchange(address, trusting(files), options(1, "TLS"))
        assert answer


async def test_rubbish_instead_of_a_handshake_costs_nothing(files: CertificateFiles) -> None:
    async with rig() as it:
        address = await it.driver.listen(Listener(Transport.TLS, "127.0.0.1", 0, tls(files).context))
        for rubbish in (b"OPTIONS sip:a SIP/2.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\x00" * 200, b""):
            _, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(rubbish)
            writer.close()
        await it.until(lambda: it.driver.seats.total == 0)
        answer, _ = await exchange(address, trusting(files), options(1, "TLS"))
        assert answer
        assert it.driver.counters.errors == 0


async def test_silent_handshakes_are_counted_against_the_host(files: CertificateFiles) -> None:
    async with rig(limits=limits(connections_per_host=5)) as it:
        address = await it.driver.listen(Listener(Transport.TLS, "127.0.0.1", 0, tls(files).context))
        silent = [await asyncio.open_connection(address.host, address.port) for _ in range(8)]
        await it.until(lambda: it.driver.seats.total == 5)
        for _, writer in silent:
            writer.close()
        await it.until(lambda: it.driver.seats.total == 0)


@pytest.mark.parametrize(("name", "status"), [("pbx.test", 0), ("other.test", 503)])
async def test_the_name_of_a_server_is_verified(files: CertificateFiles, name: str, status: int) -> None:
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            got.extend(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls(files).context)
    port = server.sockets[0].getsockname()[1]
    async with rig(tls=trusting(files), limits=limits()) as it:
        hop = Hop(Transport.TLS, Address("127.0.0.1", port), name)
        uri = SipUri("sips", "x", None, name, port)
        it.driver.act(lambda endpoint, now: endpoint.invite(SESSION, invite(uri, hop), now))
        await it.until(lambda: got or it.of(InviteRejected))
        if status:
            assert [event.status for event in it.of(InviteRejected)] == [status]
            assert not got
        else:
            assert got.startswith(b"INVITE")
    server.close()
