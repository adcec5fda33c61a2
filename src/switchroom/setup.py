"""Making a system: folder, database, keys, certificate, prompts, and what is printed about it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from switchroom import certificates
from switchroom.directory.model import LANGUAGES, Settings, Snapshot
from switchroom.directory.validate import is_time_zone
from switchroom.doctor import own_addresses
from switchroom.options import FILE_NAME, TEMPLATE, Options
from switchroom.sounds.build import build as build_sounds
from switchroom.store import Role, Store
from switchroom.store.demonstration import Demonstration, DemonstrationPhone, load_demonstration
from switchroom.store.demonstration_customers import load_customers

ADMINISTRATOR = "admin"


class SetupError(Exception):
    """The system could not be made; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Made:
    """What `initialise` did. Secrets are here this once, and kept nowhere."""

    created: bool
    demonstration: Demonstration | None = None
    password: str | None = None
    """Of the administrator, where there is no demonstration."""

    def text(self, options: Options) -> str:
        """What a person is told."""
        if not self.created:
            return (
                f"There is a system in {options.data} already; nothing was changed.\n"
                f"Secrets are shown once: `{command()} user reset-secret 201` makes a new one."
            )
        lines = [f"A new system is in {options.data}.", ""]
        if self.demonstration is None:
            lines += [
                f"Console and API:  {console_address(options)}  "
                f"login {ADMINISTRATOR}, password {self.password}"
            ]
            lines += ["", "Write it down: it is shown this once."]
            lines += [f"Then: `{command()} serve --data {options.data}`, and sign in: an assistant leads on."]
            return "\n".join(lines)
        found = self.demonstration
        address = phone_address(options)
        lines += [
            f"Console and API:  {console_address(options)}  login {found.login}, password {found.password}",
            "",
        ]
        lines += [
            f"Phones: server {address}, port {options.sip_port} (UDP or TCP) or {options.tls_port} (TLS)",
            "",
        ]
        lines += [f"  {'user name':<10} {'secret':<28} name"]
        lines += [f"  {phone.username:<10} {phone.secret:<28} {phone.name}" for phone in found.phones]
        lines += ["", f"In a browser, at {web_address(options)}:", ""]
        lines += [f"  {'login':<10} {'password':<28} name"]
        lines += [f"  {phone.login:<10} {phone.password:<28} {_named(phone)}" for phone in found.phones]
        lines += [
            "",
            "Conferences: 8001 is open, 8002 has the access code 4321, 8003 waits for its administrator 201.",
            "Write the secrets down: shown this once. What to type into which phone: docs/phones.md.",
        ]
        return "\n".join(lines)

    def as_json(self, options: Options) -> dict[str, Any]:
        """The same for programs."""
        found = self.demonstration
        password = found.password if found else self.password
        return {
            "created": self.created,
            "data": str(options.data),
            "url": web_address(options),
            "administrator": {"username": ADMINISTRATOR, "password": password} if password else None,
            "users": [asdict(phone) for phone in found.phones] if found else [],
        }


def command() -> str:
    """How this command line is called here: its name where that is found, else its path."""
    own = Path(sys.argv[0])
    found = shutil.which("switchroom")
    if own.name != "switchroom" or (found and Path(found).resolve() == own.resolve()):
        return "switchroom"
    return str(own)


def phone_address(options: Options) -> str:
    """The address a phone near this machine would use."""
    if options.advertised_address:
        return options.advertised_address
    bound = [address for address in options.bind if address not in ("0.0.0.0", "::")]
    return (bound or own_addresses() or ["127.0.0.1"])[0]


def web_address(options: Options) -> str:
    """Where a browser near this machine reaches it: over HTTPS, without which it gives no microphone."""
    address = phone_address(options)
    host = f"[{address}]" if ":" in address else address
    if options.https_port:
        return f"https://{host}:{options.https_port}/"
    return f"http://{host}:{options.http_port}/"


def console_address(options: Options) -> str:
    """Where an administrator's browser reaches the console: its own listener, if it has one."""
    if not options.console_port:
        return web_address(options)
    bound = [address for address in options.console_bind if address not in ("0.0.0.0", "::")]
    address = bound[0] if bound else phone_address(options)
    host = f"[{address}]" if ":" in address else address
    return f"{'https' if options.https_port else 'http'}://{host}:{options.console_port}/"


def _named(phone: DemonstrationPhone) -> str:
    return phone.name if phone.role == Role.USER else f"{phone.name} ({phone.role.replace('_', ' ')})"


def certificate_names(options: Options) -> list[str]:
    """Every name and address that a client of this machine may use."""
    names = ["localhost", "127.0.0.1", socket.gethostname(), *own_addresses(), *options.hosts]
    names += [
        address for address in (*options.bind, *options.console_bind) if address not in ("0.0.0.0", "::")
    ]
    if options.advertised_address:
        names.append(options.advertised_address)
    return sorted(set(names))


def certificate_files(options: Options) -> certificates.CertificateFiles:
    """The owner's certificate, or one of the local authority, made when it is missing or nears its end.

    Raises SetupError when the owner's files are not there.
    """
    if options.certificate is None:
        return certificates.ensure(options.data / "tls", certificate_names(options), dt.datetime.now(dt.UTC))
    key = options.certificate_key or options.certificate
    for path in (options.certificate, key):
        if not path.exists():
            raise SetupError(f"{path} does not exist; see certificate and certificate_key in {FILE_NAME}.")
    return certificates.CertificateFiles(options.certificate, key, None)


def machine_time_zone(etc: Path = Path("/etc")) -> str:
    """The machine's time zone by its IANA name; UTC when it has none."""
    try:
        link = str((etc / "localtime").readlink())
    except OSError:
        link = ""
    try:
        written = (etc / "timezone").read_text().strip()
    except (OSError, UnicodeDecodeError):
        written = ""
    names = (os.environ.get("TZ", "").removeprefix(":"), link.partition("zoneinfo/")[2], written)
    return next((name for name in names if name and is_time_zone(name)), "UTC")


async def initialise(
    options: Options, *, demonstration: bool, country: str, language: str, customers: bool = True
) -> Made:
    """Make what is missing; what is there stays. Raises SetupError and the store's errors.

    `customers`: the demonstration has records of customers too."""
    if language not in LANGUAGES:
        raise SetupError(f"language: {language!r} is none of {', '.join(LANGUAGES)}.")
    if len(country) != 2 or not country.isalpha():
        raise SetupError(f"country: {country!r} is not a code of two letters such as US, FR or IT.")
    try:
        options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = options.data / FILE_NAME
        if not file.exists():
            file.write_text(TEMPLATE)
    except OSError as error:
        raise SetupError(f"{options.data} cannot be used: {error.strerror}.") from error
    certificate_files(options)
    zone = machine_time_zone()
    await asyncio.to_thread(build_sounds, options.sounds, country.upper())
    store = await Store.open(options.database_url, options.key_file)
    try:
        if demonstration:
            made = await load_demonstration(store, country.upper(), language, zone)
            if made is not None and customers:
                await load_customers(store, time.time())
            return Made(created=made is not None, demonstration=made)
        settings = Settings(country=country.upper(), language=language, time_zone=zone)
        empty = Snapshot(settings=settings)
        if not await store.configuration.initialise(empty, "installation", "A new system"):
            return Made(created=False)
        return Made(created=True, password=await store.logins.add(ADMINISTRATOR))
    finally:
        await store.close()
