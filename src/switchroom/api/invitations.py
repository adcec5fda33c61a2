"""New phones that wait to fetch their settings, and the settings as Linphone reads them."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from switchroom.api.ports import PhoneServer
from switchroom.provisioning import Account, linphone

SECONDS = 900.0
PLACE = "/api/provisioning"
_MOST = 1000


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """What a phone registers as."""

    name: str
    username: str
    secret: str
    realm: str

    def __repr__(self) -> str:
        return f"PhoneAccount(username={self.username!r})"


class Invitations:
    """Accounts that wait to be fetched, each once and for 15 minutes, in memory only."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, tuple[float, PhoneAccount]] = OrderedDict()

    def offer(self, account: PhoneAccount, now: float) -> str:
        """A key for an account. Times are seconds."""
        self._forget(now)
        key = secrets.token_urlsafe(24)
        self._waiting[key] = (now + SECONDS, account)
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        return key

    def take(self, key: str, now: float) -> PhoneAccount | None:
        """The account of a key, which is worth nothing from now on; None when it was none."""
        self._forget(now)
        found = self._waiting.pop(key, None)
        return None if found is None else found[1]

    def _forget(self, now: float) -> None:
        while self._waiting:
            key, (ends, _) = next(iter(self._waiting.items()))
            if ends > now:
                return
            del self._waiting[key]


def linphone_settings(account: PhoneAccount, server: PhoneServer) -> str:
    """The account as Linphone's remote provisioning reads it."""
    return linphone.settings(
        Account(
            account.name,
            account.username,
            account.secret,
            account.realm,
            server.host,
            server.port,
            server.transport,
        )
    )
