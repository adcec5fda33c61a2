"""Which of our addresses to tell a peer, in Via, in Contact, and in c= of a description."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
)
"""What counts as local when an advertised address is set and no networks are."""

_ALWAYS_LOCAL: Final = tuple(
    ipaddress.ip_network(text) for text in ("127.0.0.0/8", "169.254.0.0/16", "::1/128", "fe80::/10")
)
_REMEMBERED: Final = 4096


def plain_ip(text: str) -> Ip:
    """Read an address; IPv4 mapped into IPv6 becomes IPv4, a zone is dropped. Raises ValueError."""
    address = ipaddress.ip_address(text.split("%", 1)[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped if mapped is not None else address


def _no_interface(remote: str) -> str | None:
    return None


class LocalAddresses:
    """Chooses the address for each remote.

    `bind` are the addresses we listen on ("0.0.0.0" and "::" mean every one), `advertised` those that the
    Internet reaches us by (at most one a family), `local_networks` those whose hosts reach us by our own
    address: LAN, VPN. `interface_for` tells our own address on the way to a remote, or None; it is asked for
    wildcard binds.
    Raises ValueError for what is no address or network.
    """

    def __init__(
        self,
        bind: Sequence[str],
        advertised: Sequence[str] = (),
        local_networks: Iterable[str] | None = None,
        interface_for: Callable[[str], str | None] = _no_interface,
    ) -> None:
        self._bind = [plain_ip(text) for text in bind]
        self._advertised = {ip.version: str(ip) for ip in map(plain_ip, advertised)}
        named = PRIVATE_NETWORKS if local_networks is None else local_networks
        self._local: tuple[Network, ...] = (
            *_ALWAYS_LOCAL,
            *(ipaddress.ip_network(n, strict=False) for n in named),
        )
        self._interface_for = interface_for
        self._remember = lru_cache(_REMEMBERED)(self._choose)
        self._known = lru_cache(_REMEMBERED)(self._is_ours)

    def for_remote(self, remote: str) -> str:
        """Return the address to tell a remote IP, of its family where we have one. Raises ValueError."""
        return self._remember(remote)

    def own_for(self, remote: str) -> str | None:
        """Return our own address on the way to a remote IP, whatever is advertised; None without one."""
        ip = plain_ip(remote)
        bound = [str(b) for b in self._bind if b.version == ip.version and not b.is_unspecified]
        if len(bound) == 1 or not (bound or self._wildcard(ip.version)):
            return bound[0] if bound else None
        found = self._interface_for(str(ip))
        own = str(plain_ip(found)) if found is not None else None
        return own if own in bound or not bound else bound[0]

    def forget(self) -> None:
        """Choose anew from now on: interfaces have changed."""
        self._remember.cache_clear()
        self._known.cache_clear()

    def is_local(self, remote: str) -> bool:
        """Tell whether a remote is on a local network."""
        ip = plain_ip(remote)
        return any(ip.version == network.version and ip in network for network in self._local)

    def is_ours(self, host: str) -> bool:
        """Tell whether an address is one that we listen on or advertise; names never are."""
        return self._known(host)

    def _is_ours(self, host: str) -> bool:
        try:
            ip = plain_ip(host)
        except ValueError:
            return False
        if str(ip) in self._advertised.values() or ip in self._bind:
            return True
        return self._wildcard(ip.version) and self._interface_for(str(ip)) == str(ip)

    def _choose(self, remote: str) -> str:
        ip = plain_ip(remote)
        outward = self._advertised.get(ip.version)
        if outward is not None and not self.is_local(remote):
            return outward
        own = self.own_for(remote)
        if own is not None:
            return own
        if outward is not None:
            return outward
        rest = [str(own) for own in self._bind if not own.is_unspecified] + list(self._advertised.values())
        if rest:
            return rest[0]
        return "127.0.0.1" if ip.version == 4 else "::1"

    def _wildcard(self, version: int) -> bool:
        """Tell whether we listen on every address of a family; "::" takes IPv4 too."""
        return any(own.is_unspecified and (own.version == version or own.version == 6) for own in self._bind)
