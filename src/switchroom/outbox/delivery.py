"""One message to the mail server (RFC 5321), and what went wrong, in a sentence."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Final

import aiosmtplib

from switchroom.store.mail import MailServer, Security

TIMEOUT: Final = 30.0
"""Seconds for each step."""


class DeliveryFailed(Exception):
    """The message was not taken. `field`: of the settings, or `to`."""

    def __init__(self, error_id: str, field: str, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.error_id = error_id
        self.field = field
        self.final = final
        """The same message will never be taken: no further try."""


async def deliver(
    server: MailServer,
    recipient: str,
    content: bytes,
    *,
    patience: float = TIMEOUT,
    trust: ssl.SSLContext | None = None,
) -> None:
    """Hand a message over; when this returns the server has taken it. Raises `DeliveryFailed`.

    `patience`: seconds for each step. `trust`: which certificates are good; by default as the machine says.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=server.sender.rpartition("@")[2] or "localhost",
        timeout=patience,
        use_tls=server.security is Security.TLS,
        start_tls=server.security is Security.STARTTLS,
        tls_context=trust,
    )
    try:
        await client.connect()
        if server.username:
            await client.login(server.username, server.password)
        await client.sendmail(server.sender, [recipient], content)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise _failure(server, recipient, error) from error
    else:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit()
    finally:
        client.close()


def _failure(server: MailServer, recipient: str, error: Exception) -> DeliveryFailed:
    place = f"{server.host}, port {server.port}"
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            text = f"{server.host} does not take this user name and password: {_said(error)}."
            return DeliveryFailed("mail-login-refused", "username", text)
        case aiosmtplib.SMTPSenderRefused():
            text = f"{server.host} does not take mail from {server.sender}: {_said(error)}."
            return DeliveryFailed("mail-sender-refused", "sender", text)
        case aiosmtplib.SMTPRecipientRefused():
            return _refused(server, recipient, error)
        case aiosmtplib.SMTPRecipientsRefused() if error.recipients:
            return _refused(server, recipient, error.recipients[0])
        case aiosmtplib.SMTPDataError():
            text = f"{server.host} does not take this message: {_said(error)}."
            return DeliveryFailed("mail-refused", "to", text, final=error.code >= 550)
        case aiosmtplib.SMTPConnectResponseError() | aiosmtplib.SMTPHeloError():
            text = f"{place} does not want to talk to this system: {_said(error)}."
            return DeliveryFailed("mail-unwelcome", "host", text)
        case aiosmtplib.SMTPTimeoutError():
            text = f"{place} does not answer. Is the port right, and does a firewall let it through?"
            return DeliveryFailed("mail-no-answer", "port", text)
        case aiosmtplib.SMTPResponseException():
            text = f"{server.host} refused: {_said(error)}."
            return DeliveryFailed("mail-refused", "host", text)
    return _connection_failure(server, place, error)


def _connection_failure(server: MailServer, place: str, error: Exception) -> DeliveryFailed:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                text = (
                    f"The certificate of {server.host} can not be trusted: {cause.verify_message}. "
                    "Use the name that is in the certificate."
                )
                return DeliveryFailed("mail-certificate", "host", text)
            case ssl.SSLError():
                text = f"{place} does not speak TLS from the start. Port 465 does; 587 wants STARTTLS."
                return DeliveryFailed("mail-no-tls", "security", text)
            case socket.gaierror():
                text = f"There is no machine with the name {server.host}: look for a mistake in it."
                return DeliveryFailed("mail-host-unknown", "host", text)
            case ConnectionRefusedError():
                text = f"Nothing listens at {place}: look at the name and the port."
                return DeliveryFailed("mail-nothing-there", "port", text)
    said = str(error).lower()
    if "auth extension" in said or "authentication method" in said:
        text = f"{server.host} takes no user name here, or only over TLS: change that, or leave it empty."
        return DeliveryFailed("mail-no-login", "username", text)
    if "starttls" in said:
        text = f"{server.host} offers no STARTTLS on port {server.port}. Port 465 speaks TLS from the start."
        return DeliveryFailed("mail-no-starttls", "security", text)
    if isinstance(error, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPConnectError):
        text = f"{place} hung up. If it speaks TLS from the start, choose that."
        return DeliveryFailed("mail-hung-up", "security", text)
    text = f"The connection to {place} failed: {_short(str(error))}."
    return DeliveryFailed("mail-failed", "host", text)


def _refused(server: MailServer, recipient: str, error: aiosmtplib.SMTPRecipientRefused) -> DeliveryFailed:
    text = f"{server.host} does not take mail for {recipient}: {_said(error)}."
    return DeliveryFailed("mail-recipient-refused", "to", text, final=error.code >= 500)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and len(found) < 8:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {_short(error.message)}"


def _short(text: str) -> str:
    """What a server said, as one line that can be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200].rstrip(".")
