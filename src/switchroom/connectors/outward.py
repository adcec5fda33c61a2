"""HTTP to other systems at addresses that an administrator set: bounded in time and size, and safe to aim.

Private addresses are allowed on purpose: an office's other systems stand beside this one. Link-local ones are
not, since clouds tell machines their secrets there, nor are redirects. A name is resolved once, checked, and
that very address is connected to, so that a name that changes its mind leads nowhere else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

PATIENCE: Final = 10.0
"""Seconds for a whole exchange."""
MOST_BYTES: Final = 4 * 1024 * 1024
_TRIED: Final = 3
"""Addresses of one name that are tried."""

Step = Literal["address", "name", "connect", "tls", "time", "redirect", "size", "hung-up"]
Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, for a port."""

_METADATA: Final = frozenset(
    ipaddress.ip_address(text)
    for text in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "168.63.129.16")
)
"""Where clouds tell machines about themselves, outside the link-local networks."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class OutwardFault(Exception):
    """There was no answer. `step` is what failed; the text says it to people."""

    def __init__(self, step: Step, text: str, *, uncertain: bool = False) -> None:
        super().__init__(text)
        self.step = step
        self.text = text
        self.uncertain = uncertain
        """The other side may have done what it was asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; any status but a redirect."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outward:
    """A client for one other system. Raises `OutwardFault`, within `patience` seconds."""

    def __init__(
        self,
        *,
        ca: str = "",
        patience: float = PATIENCE,
        most_bytes: int = MOST_BYTES,
        resolve: Resolve | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`ca`: certificates (PEM) to trust besides the machine's. Raises ValueError: it is none."""
        import_module("httpx")  # slow: now, not in the middle of calls
        self._patience = patience
        self._most_bytes = most_bytes
        self._resolve = resolve or _resolved
        self._transport = transport
        self._trust = trust(ca)
        self._client: httpx.AsyncClient | None = None

    async def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> Answer:
        """One exchange."""
        place = _place(url)
        try:
            async with asyncio.timeout(self._patience):
                addresses = await self._addresses(url)
                for address in addresses[:-1]:
                    try:
                        return await self._exchange(method, url, address, headers or {}, content)
                    except OutwardFault as fault:
                        if fault.step != "connect":
                            raise
                return await self._exchange(method, url, addresses[-1], headers or {}, content)
        except TimeoutError:
            raise OutwardFault("time", f"{place} takes too long to answer.", uncertain=True) from None

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _addresses(self, url: str) -> list[Ip]:
        """Where to connect to. Raises `OutwardFault` for a place that is not allowed."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            host = ""
        if not host or parts.scheme not in ("http", "https"):
            raise OutwardFault("address", "An address begins with https:// and names a machine.")
        try:
            texts = [str(ipaddress.ip_address(host))]
        except ValueError:
            try:
                texts = list(await self._resolve(host, port))
            except (OSError, UnicodeError):
                texts = []
        if not texts:
            text = f"There is no machine with the name {host}: look for a mistake in it."
            raise OutwardFault("name", text)
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in texts][:_TRIED]
        for address in found:
            _refuse_forbidden(host, address)
            if parts.scheme == "http" and not local(address):
                text = f"{host} is outside of the local network: use https:// so that nobody reads along."
                raise OutwardFault("tls", text)
        return found

    async def _exchange(
        self, method: str, url: str, address: Ip, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        import httpx

        asked = httpx.URL(url)
        sent = {"Host": asked.netloc.decode(), "Accept-Encoding": "identity", **headers}
        body = b""
        try:
            async with self._connections().stream(
                method,
                asked.copy_with(host=str(address)),
                headers=sent,
                content=content,
                extensions={"sni_hostname": asked.host},
            ) as response:
                if response.headers.get("content-encoding", "identity") != "identity":
                    text = f"{_place(url)} packs its answer, which nobody asked for."
                    raise OutwardFault("size", text, uncertain=True)
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > self._most_bytes:
                        text = f"{_place(url)} answers with more than is sensible."
                        raise OutwardFault("size", text, uncertain=True)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise _fault(url, error) from error
        if response.is_redirect:
            target = "".join(c for c in response.headers.get("location", "") if c.isprintable())[:200]
            text = f"{_place(url)} sends us on to {target}: enter the address where it ends."
            raise OutwardFault("redirect", text)
        return Answer(response.status_code, dict(response.headers), body)

    def _connections(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._trust,
                timeout=self._patience,
                follow_redirects=False,
                trust_env=False,
                limits=httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=40.0),
                transport=self._transport,
            )
        return self._client


def trust(ca: str) -> ssl.SSLContext:
    """Whom to believe: the machine's authorities, and those of `ca`. Raises ValueError when that is none."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca.strip():
        try:
            context.load_verify_locations(cadata=ca)
        except (ssl.SSLError, ValueError) as error:
            raise ValueError("This is no certificate in PEM format.") from error
    return context


def forbidden(host: str) -> str | None:
    """Why an address (not a name) may not be connected to; None: it may, or it is a name."""
    try:
        _refuse_forbidden(host, ipaddress.ip_address(host.rstrip(".")))
    except ValueError:
        return None
    except OutwardFault as fault:
        return fault.text
    return None


def local(address: Ip) -> bool:
    """Whether an address is of this machine or a private network."""
    plain = _inner(address)
    return plain.is_loopback or (plain.is_private and not plain.is_reserved)


def _refuse_forbidden(host: str, address: Ip) -> None:
    plain = _inner(address)
    bad = plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in _METADATA
    if bad or (isinstance(plain, ipaddress.IPv4Address) and plain.is_reserved):
        text = f"{host} leads to {plain}, which is no address of another system."
        raise OutwardFault("address", text)


def _inner(address: Ip) -> Ip:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


async def _resolved(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _place(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or url


def _fault(url: str, error: Exception) -> OutwardFault:
    import httpx

    place, host = _place(url), urlsplit(url).hostname or ""
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                text = f"The certificate of {host} can not be trusted: {cause.verify_message}."
                return OutwardFault("tls", text)
            case ssl.SSLError():
                return OutwardFault("tls", f"{place} does not speak TLS: look at https and the port.")
            case ConnectionRefusedError():
                return OutwardFault("connect", f"Nothing listens at {place}: look at the name and the port.")
    match error:
        case httpx.ConnectTimeout():
            text = f"{place} does not answer. Is the port right, and does a firewall let us through?"
            return OutwardFault("connect", text)
        case httpx.TimeoutException():
            return OutwardFault("time", f"{place} takes too long to answer.", uncertain=True)
        case httpx.ConnectError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return OutwardFault("connect", f"{place} can not be reached.")
    return OutwardFault("hung-up", f"{place} hung up before it answered.", uncertain=True)


def _causes(error: BaseException | None) -> Iterator[Any]:
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
