"""One event to one address over HTTP, signed, and what came of it. Loaded when there is something to tell."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from switchroom import __version__
from switchroom.outbox.webhook_rules import PORTS, Answer, NoAnswer, refused, signature

PATIENCE: Final = 10.0
"""Seconds for all of it: finding the machine, connecting, sending, reading the answer."""
MOST_READ: Final = 4096
"""Bytes of an answer that are looked at; the rest is not read."""
_MOST_ADDRESSES: Final = 3
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Sender:
    """Sends to any address. A name is looked up once, and held to: it can not lead elsewhere in between."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        resolve: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._clock = clock
        self._resolve = resolve
        self._transport = transport
        self._patience = patience
        self._trust: ssl.SSLContext | None = None

    async def send(self, url: str, secret: bytes, event_id: str, body: str) -> Answer:
        """Tell an event. Raises `NoAnswer`."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._send(url, secret, event_id, body)
        except TimeoutError:
            raise NoAnswer(f"There was no answer within {self._patience:.0f} seconds.") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
            raise NoAnswer(_sentence(error)) from error

    async def _send(self, url: str, secret: bytes, event_id: str, body: str) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or PORTS[parts.scheme]
        timestamp = int(self._clock())
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "User-Agent": f"Switchroom-Webhooks/{__version__}",
            "Accept-Encoding": "identity",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, event_id, timestamp, body),
        }
        failure: httpx.TransportError | None = None
        for address in (await self._addresses(host, port))[:_MOST_ADDRESSES]:
            place = f"[{address}]" if ":" in address else address
            there = urlunsplit(parts._replace(netloc=f"{place}:{port}"))
            try:
                return await self._post(there, host, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = failure or error
        raise failure or NoAnswer(f"There is no machine with the name {host}.")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise NoAnswer(f"There is no machine with the name {host}.") from None
        good = [
            one for one in dict.fromkeys(found) if not refused(ipaddress.ip_address(one.partition("%")[0]))
        ]
        if found and not good:
            raise NoAnswer(f"{host} leads to this machine's own network, which is told nothing.")
        return good

    async def _post(self, url: str, host: str, headers: dict[str, str], body: str) -> Answer:
        if self._trust is None:
            self._trust = await asyncio.to_thread(ssl.create_default_context)
        once = httpx.Limits(max_keepalive_connections=0)  # a kept connection may be to another name
        client = httpx.AsyncClient(
            verify=self._trust,
            timeout=self._patience,
            limits=once,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        )
        named = {"sni_hostname": host}
        async with (
            client,
            client.stream("POST", url, content=body.encode(), headers=headers, extensions=named) as response,
        ):
            content = b""
            async for part in response.aiter_raw():
                content += part
                if len(content) >= MOST_READ:
                    break
            return Answer(response.status_code, content[:MOST_READ].decode("utf-8", "replace"))


def _sentence(error: Exception) -> str:
    """Why nobody answered."""
    cause: BaseException | None = error
    for _ in range(8):
        match cause:
            case None:
                break
            case NoAnswer():
                return str(cause)
            case ssl.SSLCertVerificationError():
                return f"The certificate can not be trusted: {cause.verify_message}."
            case ssl.SSLError():
                return "The receiver does not speak TLS there: is it http:// instead of https://?"
            case ConnectionRefusedError():
                return "Nothing listens at this address."
            case httpx.RemoteProtocolError():
                return "The receiver hung up, or does not speak HTTP."
            case httpx.ConnectTimeout():
                return "The receiver can not be reached."
        cause = cause.__cause__ or cause.__context__
    return f"The receiver can not be reached: {type(error).__name__}."
