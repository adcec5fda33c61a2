"""Handing mail to a real SMTP server on loopback: every protection, and every failure as a sentence."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path
from typing import TypedDict

import pytest

from switchroom import certificates
from switchroom.outbox import DeliveryFailed, deliver
from switchroom.store.mail import MailServer, Security
from tests.harness.until import LONG
from tests.outbox.mailbox import PASSWORD, USER, mail_server

MESSAGE = b"From: pbx@example.com\r\nTo: anna@example.org\r\nSubject: x\r\n\r\n.dot\r\nBody\r\n"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server shows, and what a client trusts."""
    folder: Path = tmp_path_factory.mktemp("tls")
    files = certificates.ensure(folder, ["localhost"], dt.datetime.now(dt.UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    return context, ssl.create_default_context(cafile=str(folder / "authority.pem"))


def server(port: int, security: Security = Security.NONE, **changed: str) -> MailServer:
    return MailServer(
        changed.get("host", "localhost"), port, security, changed.get("username", ""),
        changed.get("password", ""), sender="pbx@example.com",
    )  # fmt: skip


class Protection(TypedDict, total=False):
    """How the server is protected."""

    tls: ssl.SSLContext
    starttls: ssl.SSLContext


def by(security: Security, shown: ssl.SSLContext) -> Protection:
    return {"tls": shown} if security is Security.TLS else {"starttls": shown}


async def failure(
    wanted: MailServer, trust: ssl.SSLContext | None = None, patience: float = LONG
) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        await deliver(wanted, "anna@example.org", MESSAGE, patience=patience, trust=trust)
    assert str(raised.value).endswith((".", "?")) and "\n" not in str(raised.value)
    return raised.value


async def test_mail_is_taken_as_it_is() -> None:
    async with mail_server() as box:
        await deliver(server(box.port), "anna@example.org", MESSAGE)
    assert box.taken == [("pbx@example.com", ["anna@example.org"], MESSAGE)]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_mail_is_protected_and_the_login_sent_over_it(
    security: Security, tls: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    shown, trust = tls
    async with mail_server(**by(security, shown), login=True) as box:
        wanted = server(box.port, security, username=USER, password=PASSWORD)
        await deliver(wanted, "anna@example.org", MESSAGE, trust=trust)
    assert box.encrypted == [True] and len(box.logins) == 1


async def test_a_certificate_of_nobody_known_is_not_taken(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, _ = tls
    for security in (Security.TLS, Security.STARTTLS):
        async with mail_server(**by(security, shown)) as box:
            found = await failure(server(box.port, security))
        assert (found.error_id, found.field, box.taken) == ("mail-certificate", "host", [])


async def test_a_certificate_of_another_name_is_not_taken(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, trust = tls
    async with mail_server(tls=shown) as box:
        found = await failure(server(box.port, Security.TLS, host="127.0.0.2"), trust)
    assert found.error_id in ("mail-certificate", "mail-nothing-there")
    async with mail_server(tls=shown) as box:
        await deliver(server(box.port, Security.TLS), "anna@example.org", MESSAGE, trust=trust)


async def test_the_wrong_protection_is_named(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, trust = tls
    async with mail_server() as box:
        found = await failure(server(box.port, Security.TLS), trust)
        assert (found.error_id, found.field) == ("mail-no-tls", "security")
        found = await failure(server(box.port, Security.STARTTLS), trust)
        assert (found.error_id, found.field) == ("mail-no-starttls", "security")
    async with mail_server(tls=shown) as box:
        found = await failure(server(box.port), patience=1)
        assert (found.error_id, found.final) in {("mail-hung-up", False), ("mail-no-answer", False)}


async def test_a_refused_login_is_named(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, trust = tls
    async with mail_server(starttls=shown, login=True) as box:
        wanted = server(box.port, Security.STARTTLS, username=USER, password="wrong")
        found = await failure(wanted, trust)
        assert (found.error_id, found.field, found.final) == ("mail-login-refused", "username", False)
        assert "535" in str(found) and "wrong" not in str(found)
        found = await failure(server(box.port, username=USER, password=PASSWORD))
        assert (found.error_id, found.field) == ("mail-no-login", "username")
    assert box.taken == []


@pytest.mark.parametrize(
    ("step", "said", "error_id", "field", "final"),
    [
        ("RCPT", "550 no such person", "mail-recipient-refused", "to", True),
        ("RCPT", "451 greylisted, try again", "mail-recipient-refused", "to", False),
        ("MAIL", "553 sender not allowed", "mail-sender-refused", "sender", False),
        ("DATA", "554 looks like spam", "mail-refused", "to", True),
        ("DATA", "452 disk full", "mail-refused", "to", False),
    ],
)
async def test_what_the_server_refuses_is_told_in_its_words(
    step: str, said: str, error_id: str, field: str, final: bool
) -> None:
    async with mail_server() as box:
        box.answers[step] = said
        found = await failure(server(box.port))
    assert (found.error_id, found.field, found.final) == (error_id, field, final)
    assert said[4:] in str(found)


async def test_a_server_that_is_not_there_is_told_from_one_that_is_silent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        found = await failure(server(closed.getsockname()[1]))
    assert (found.error_id, found.field) == ("mail-nothing-there", "port")
    found = await failure(server(25, host="no-such-host.invalid"))
    assert (found.error_id, found.field) == ("mail-host-unknown", "host")
    silent = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    async with silent:
        with pytest.raises(DeliveryFailed) as raised:
            await deliver(
                server(silent.sockets[0].getsockname()[1]), "anna@example.org", MESSAGE, patience=0.2
            )
    assert (raised.value.error_id, raised.value.field) == ("mail-no-answer", "port")
