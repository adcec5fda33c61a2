"""Who is listened to at all: decided before a message is parsed, with bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

from switchroom.sip.options import Buckets

MAX_REMEMBERED = 8192

SHORTEST = 24
"""No SIP message is shorter; what is, keeps a NAT open (CRLF, zero bytes, "jaK")."""

SCANNERS = (
    b"friendly-scanner",
    b"friendly-request",
    b"sipvicious",
    b"sipcli",
    b"sip-scan",
    b"sipscan",
    b"sundayddr",
    b"vaxsipuseragent",
    b"pplsip",
    b"smap",
    b"siparmyknife",
    b"iwar",
    b"sivus",
    b"gulp",
    b"sipptk",
    b"custom-scanner",
    b"eyebeamscan",
)
"""What scanners call themselves in User-Agent, in lower case."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the transports; rates are messages a second and source address, times are seconds."""

    rate: float = 100.0
    burst: float = 1000.0
    ban: float = 600.0
    trust: float = 4000.0
    connections: int = 20_000
    connections_per_host: int = 512
    first_message: float = 10.0
    """A new connection has to bring a whole message within this time, and each message begun likewise."""
    idle: float = 3900.0
    """A connection without a word for so long is closed: above the usual lifetime of a registration."""
    write_buffer: int = 1 << 20
    """Bytes not taken by the peer before its connection is cut."""
    connect: float = 5.0
    waiting: int = 128
    """Messages that wait for one connection to be made."""
    turn_messages: int = 16
    """Datagrams read before the loop gets its turn again, unless `turn_seconds` are over first."""
    turn_seconds: float = 0.004
    behind: float = 0.25
    """A socket that could not be emptied for so long means that we are overloaded."""


class Guard:
    """The door: token bucket for each source, bans for scanners, free passage for the proven."""

    def __init__(self, limits: Limits, trusted_prefixes: tuple[str, ...] = ("127.", "::1")) -> None:
        self._limits = limits
        self._buckets = Buckets(limits.rate, limits.burst)
        self._trusted_prefixes = trusted_prefixes
        self._trusted: dict[str, float] = {}
        self._banned: dict[str, float] = {}

    def refusal(self, data: bytes, host: str, now: float) -> str | None:
        """Why a message from `host` is dropped unread, None when it is let in."""
        if len(data) < SHORTEST:
            return "keep-alive"
        if not 0x20 < data[0] < 0x7F and data[0] not in b"\r\n":
            return "not SIP"
        trusted = self._is_trusted(host, now)
        if not trusted:
            if self._banned and host in self._banned:
                if self._banned[host] > now:
                    return "banned"
                del self._banned[host]
            if not self._buckets.take(host, now):
                return "too many messages"
            if is_scanner(data):
                self._remember(self._banned, host, now + self._limits.ban)
                return "scanner"
        return None

    def trust(self, host: str, now: float) -> None:
        """Let `host` in without limit for a while: it has authenticated itself, or is a known trunk."""
        self._banned.pop(host, None)
        self._remember(self._trusted, host, now + self._limits.trust)

    def allow(self, host: str) -> None:
        """Lift a ban."""
        self._banned.pop(host, None)

    def banned(self, now: float) -> dict[str, float]:
        """Banned sources, and for how many seconds yet."""
        return {host: until - now for host, until in self._banned.items() if until > now}

    def _is_trusted(self, host: str, now: float) -> bool:
        if host.startswith(self._trusted_prefixes):
            return True
        until = self._trusted.get(host)
        if until is None:
            return False
        if until > now:
            return True
        del self._trusted[host]
        return False

    @staticmethod
    def _remember(table: dict[str, float], host: str, until: float) -> None:
        table.pop(host, None)
        table[host] = until
        if len(table) > MAX_REMEMBERED:
            del table[next(iter(table))]


class Seats:
    """How many connections there may be, in all and from one host."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: dict[str, int] = {}
        self.total = 0

    def take(self, host: str) -> Seat | None:
        """A seat for one connection, None when there is none left."""
        mine = self._taken.get(host, 0)
        if mine >= self._limits.connections_per_host or self.total >= self._limits.connections:
            return None
        self._taken[host] = mine + 1
        self.total += 1
        return Seat(self, host)

    def leave(self, host: str) -> None:
        """Called by `Seat.release`."""
        self.total -= 1
        left = self._taken[host] - 1
        if left:
            self._taken[host] = left
        else:
            del self._taken[host]


class Seat:
    """The right to one connection, given back once however often it is released."""

    __slots__ = ("_host", "_seats")

    def __init__(self, seats: Seats, host: str) -> None:
        self._seats: Seats | None = seats
        self._host = host

    def release(self) -> None:
        """Give it back."""
        seats, self._seats = self._seats, None
        if seats is not None:
            seats.leave(self._host)


def is_scanner(data: bytes) -> bool:
    """Whether a message gives itself away as a scanner's."""
    start = data.find(b"\nUser-Agent:")
    if start < 0:
        return False
    return data[start + 12 : start + 64].lstrip().lower().startswith(SCANNERS)
