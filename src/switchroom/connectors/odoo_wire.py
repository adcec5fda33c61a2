"""Odoo's external interface: `/json/2` of Odoo 19, JSON-RPC (`execute_kw`) of 17 and 18, with API keys.

Every failure is a `ConnectorFault` with a sentence that a person understands.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from switchroom.connectors.outward import Answer, Outward, OutwardFault
from switchroom.crm.connector import ConnectorFault, FaultKind
from switchroom.crm.contacts import clean_line

OLDEST: Final = 17
JSON_2: Final = 19
"""The first version with `/json/2`."""
_REMEMBERED: Final = 3600.0
"""Seconds that a version is believed: Odoo is upgraded now and then."""
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


class OdooFault(ConnectorFault):
    """Odoo did not do it. `cause` is stable, for the steps of a test and for other languages."""

    def __init__(self, kind: FaultKind, cause: str, text: str, *, uncertain: bool = False) -> None:
        super().__init__(kind, text, uncertain=uncertain)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Version:
    """Which Odoo answers."""

    text: str
    """Such as 19.0 or saas~18.2+e."""
    major: int


@dataclass(frozen=True, slots=True)
class Account:
    """In whose name Odoo is asked."""

    login: str
    uid: int
    key: str

    def __repr__(self) -> str:
        return f"Account({self.login!r}, {self.uid})"


class OdooWire:
    """One Odoo. Raises `OdooFault`."""

    def __init__(
        self, outward: Outward, url: str, database: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._outward = outward
        self._url = url.rstrip("/")
        self._database = database
        self._clock = clock
        self._version: Version | None = None
        self._asked_at = 0.0

    async def close(self) -> None:
        """Close the connections; the next question opens others."""
        await self._outward.close()

    @property
    def known_version(self) -> Version | None:
        """The version that was found last."""
        return self._version

    async def version(self) -> Version:
        """Which Odoo it is. Raises `OdooFault`: none, or one that is too old."""
        if self._version is not None and self._clock() - self._asked_at < _REMEMBERED:
            return self._version
        found = await self._find_version()
        if found is None:
            text = "What answers there is no Odoo: look at the address."
            raise OdooFault(FaultKind.REFUSED, "odoo-none", text)
        if found.major < OLDEST:
            text = f"Odoo {found.text} is too old: {OLDEST} is the first that works."
            raise OdooFault(FaultKind.REFUSED, "odoo-too-old", text)
        self.believe(found)
        return found

    def believe(self, version: Version) -> None:
        """Take it for this version for a while."""
        self._version, self._asked_at = version, self._clock()

    async def _find_version(self) -> Version | None:
        try:
            answer = await self._exchange("GET", "/web/version", {"Accept": "application/json"})
        except OdooFault as fault:
            if fault.cause != "odoo-redirect":  # an older one with a website may want another path
                raise
        else:
            if answer.status == 200 and (version := _version(_json(answer), "version")):
                return version
        answer = await self._exchange("POST", "/jsonrpc", _JSON, _rpc("common", "version", []))
        found = _json(answer)
        result = found.get("result") if isinstance(found, dict) else None
        return _version(result, "server_version")

    async def sign_in(self, login: str, key: str) -> int:
        """What Odoo calls the person of a login and a key. Raises `OdooFault`."""
        if (await self.version()).major >= JSON_2:
            context = await self._json_2(key, "res.users", "context_get", {})
            uid = context.get("uid") if isinstance(context, dict) else None
            if not isinstance(uid, int):
                raise _refused(login)
            rows = await self._json_2(key, "res.users", "read", {"ids": [uid], "fields": ["login"]})
            found = rows[0].get("login") if isinstance(rows, list) and rows else None
            if str(found).casefold() != login.casefold():
                text = f"This key is not one of {login}, but somebody else's."
                raise OdooFault(FaultKind.KEY_REFUSED, "odoo-key-of-another", text)
            return uid
        uid = await self._json_rpc("common", "authenticate", [self._database, login, key, {}])
        if not isinstance(uid, int) or isinstance(uid, bool):
            raise _refused(login)
        return uid

    async def find_database(self) -> None:
        """Raises `OdooFault` when there is no such database."""
        if (await self.version()).major >= JSON_2:
            headers = self._headers("none")
            answer = await self._exchange("POST", "/json/2/res.users/context_get", headers, b"{}")
            if answer.status == 401 and isinstance(_json(answer), dict):
                return
            if answer.status == 404:
                raise self._no_database()
            _raise_for(answer, _json(answer))
            return
        # Asked without a login: Odoo locks out an address from which too many of those fail.
        if not self._database or await self._json_rpc("db", "db_exist", [self._database]) is not True:
            raise self._no_database()

    async def call(
        self,
        account: Account,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> Any:
        """One method of a model, on records if there are `ids`; its answer. Raises `OdooFault`."""
        extra = {} if context is None else {"context": dict(context)}
        if (await self.version()).major >= JSON_2:
            body = {**values, **extra, **({} if ids is None else {"ids": list(ids)})}
            return await self._json_2(account.key, model, method, body)
        arguments: list[Any] = [] if ids is None else [list(ids)]
        if method == "write":  # up to 18 some models call it `values`: it goes by its place
            arguments.append(values.pop("vals"))
        place = [self._database, account.uid, account.key, model, method, arguments, {**values, **extra}]
        return await self._json_rpc("object", "execute_kw", place)

    # --- the two interfaces -------------------------------------------------------------------------------

    def _headers(self, key: str) -> dict[str, str]:
        headers = {**_JSON, "Authorization": f"bearer {key}"}
        return headers | ({"X-Odoo-Database": self._database} if self._database else {})

    async def _json_2(self, key: str, model: str, method: str, body: Mapping[str, Any]) -> Any:
        path = f"/json/2/{quote(model)}/{quote(method)}"
        content = json.dumps(body).encode()
        answer = await self._exchange("POST", path, self._headers(key), content)
        found = _json(answer)
        if answer.status == 200:
            if found is _NOTHING:
                raise nonsense()
            return found
        if answer.status == 404 and not isinstance(found, dict):
            self._version = None  # another database, or another Odoo than before
            raise self._no_database()
        _raise_for(answer, found)
        return None

    async def _json_rpc(self, service: str, method: str, arguments: list[Any]) -> Any:
        answer = await self._exchange("POST", "/jsonrpc", _JSON, _rpc(service, method, arguments))
        found = _json(answer)
        if not isinstance(found, dict):
            _raise_for(answer, found)
        error = found.get("error")
        if error is None:
            return found.get("result")
        data = error.get("data") if isinstance(error, dict) else None
        name, message = (data.get("name"), data.get("message")) if isinstance(data, dict) else ("", "")
        if "OperationalError" in str(name) and "does not exist" in str(message):
            raise self._no_database()
        raise _named(str(name), str(message))

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        try:
            answer = await self._outward.request(method, self._url + path, headers, content)
        except OutwardFault as fault:
            kind = FaultKind.UNREACHABLE
            if fault.step in ("address", "redirect"):
                kind = FaultKind.REFUSED
            raise OdooFault(kind, f"odoo-{fault.step}", fault.text, uncertain=fault.uncertain) from fault
        if answer.status in (502, 503, 504, 429):
            text = f"Odoo is not available now: {answer.status}."
            lost = answer.status in (502, 504)
            raise OdooFault(FaultKind.UNREACHABLE, "odoo-unavailable", text, uncertain=lost)
        return answer

    def _no_database(self) -> OdooFault:
        which = f"the database {self._database}" if self._database else "one database only: say which"
        return OdooFault(FaultKind.REFUSED, "odoo-database-unknown", f"This Odoo does not have {which}.")


class _Nothing:
    """What was no JSON."""


_NOTHING: Final = _Nothing()


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return _NOTHING


def _rpc(service: str, method: str, arguments: list[Any]) -> bytes:
    parameters = {"service": service, "method": method, "args": arguments}
    return json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": parameters}).encode()


def _version(found: Any, name: str) -> Version | None:
    text = found.get(name) if isinstance(found, dict) else None
    number = re.match(r"(?:saas[~-])?(\d+)", text) if isinstance(text, str) else None
    return Version(clean_line(str(text), 30), int(number[1])) if number else None


def _raise_for(answer: Answer, found: Any) -> None:
    """Raises what a status that is no success means."""
    name = found.get("name") if isinstance(found, dict) else ""
    message = found.get("message") if isinstance(found, dict) else ""
    if answer.status == 401:
        raise _named("AccessDenied", "")
    if answer.status == 200 or (answer.status == 500 and not name):
        raise nonsense()
    raise _named(str(name), str(message) or f"it answers {answer.status}")


def _named(name: str, message: str) -> OdooFault:
    """An exception of Odoo's, by its name."""
    said = clean_line(message.partition("\n\n")[0], 300).rstrip(".")
    match name.rpartition(".")[2]:
        case "AccessDenied" if said.startswith("Too many login failures"):
            text = "Odoo takes no key from here for a minute: there were too many wrong ones."
            return OdooFault(FaultKind.UNREACHABLE, "odoo-unavailable", text)
        case "AccessDenied" | "Unauthorized":
            text = "Odoo does not take this key: it was removed, has expired, or was copied incompletely."
            return OdooFault(FaultKind.KEY_REFUSED, "odoo-key-refused", text)
        case "AccessError" | "Forbidden":
            return OdooFault(FaultKind.NOT_ALLOWED, "odoo-not-allowed", f"Odoo does not allow it: {said}.")
        case "MissingError":
            text = "That does not exist in Odoo any more."
            return OdooFault(FaultKind.GONE, "odoo-gone", text)
        case "OperationalError" | "InterfaceError" | "PoolError" | "SerializationFailure":
            text = "Odoo's own database does not answer."
            return OdooFault(FaultKind.UNREACHABLE, "odoo-unavailable", text, uncertain=True)
        case "NotFound" | "KeyError":
            return OdooFault(FaultKind.REFUSED, "odoo-module-missing", f"Odoo does not know it: {said}.")
    return OdooFault(FaultKind.REFUSED, "odoo-refused", f"Odoo said no: {said}.")


def _refused(login: str) -> OdooFault:
    text = f"Odoo does not take this key for {login}: look at the login, and copy the whole key."
    return OdooFault(FaultKind.KEY_REFUSED, "odoo-key-refused", text)


def nonsense() -> OdooFault:
    """What was answered means nothing."""
    text = "Odoo answers with something that is no answer. Its log says more."
    return OdooFault(FaultKind.UNREACHABLE, "odoo-unavailable", text, uncertain=True)
