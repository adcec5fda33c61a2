"""What one machine is told about itself: ports, addresses, where its data lies (`DATA/switchroom.toml`)."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from switchroom import openid_settings

FILE_NAME = "switchroom.toml"

TEMPLATE = """\
# What this machine is told about itself. People, extensions and conferences are configured in Switchroom,
# not here. Every line is optional; `switchroom serve --help` lists the same settings as options.

# Address that phones outside the local networks reach this machine by (a public IP address behind NAT).
#advertised_address = "203.0.113.5"
# Networks whose phones reach this machine directly; private ranges when left out.
#local_networks = ["192.168.0.0/16", "10.0.0.0/8"]
# Networks whose calls are believed their From without a password (a gateway beside this one).
#trusted_networks = ["192.168.7.2/32"]
# Names phones may use for this system besides its addresses.
#hosts = ["pbx.example.com"]
# Name servers that know the providers, instead of those of the machine ("192.0.2.53:5353": not port 53).
#name_servers = ["192.0.2.53"]

#bind = ["0.0.0.0", "::"]
#sip_port = 5060
#tls_port = 5061
#http_port = 8080
#https_port = 8443
#rtp_ports = "30000-39999"
# Voice of browsers, UDP and TCP; 0 for no browsers.
#webrtc_port = 40000

# A listener of its own for the console and the API (HTTPS where https_port is not 0). The ports above then
# serve signing in, the web app's files, the phone, guests and SIP only.
#console_port = 8444
#console_bind = ["127.0.0.1"]
# Sites whose pages may use <switchroom-phone> of this system.
#allowed_origins = ["https://crm.example.com"]

# For browsers where UDP is blocked: a coturn with `use-auth-secret`, and the same static-auth-secret here.
#turn_urls = ["turn:turn.example.com:3478?transport=tcp", "turns:turn.example.com:5349"]
#turn_secret = "..."
# Only needed by browsers that call each other past this server, which none of ours do.
#stun_urls = ["stun:turn.example.com:3478"]

# A certificate of your own; without one a local authority makes it (DATA/tls). Read again when it is renewed.
#certificate = "/etc/switchroom/fullchain.pem"
#certificate_key = "/etc/switchroom/privkey.pem"
# Where `certbot --webroot -w FOLDER` puts what the certificate authority asks for on http_port.
#acme_folder = "/var/lib/switchroom/acme"

# Call records and the audit log are deleted after so many days; 0 keeps them for ever.
#keep_days = 365

# Prompts, tones and music are built here ($SWITCHROOM_SOUNDS); DATA/sounds when left out.
#sounds_folder = "/var/lib/switchroom/sounds"
# Recorded conferences lie here, readable by Switchroom alone; DATA/recordings when left out.
#recordings_folder = "/srv/recordings"

# SQLite in this folder when left out.
#database = "postgresql+asyncpg://switchroom@localhost/switchroom"

# Signing in by an OpenID provider besides name and password: docs/security.md. Tables come last in this file.
#[[openid]]
#id = "company"
#name = "Company account"
#issuer = "https://login.example.com/realms/company"
#client_id = "switchroom"
#client_secret = "..."
"""

_ICE_URL = re.compile(r"(turns?|stuns?):[A-Za-z0-9.\[\]:-]+(\?transport=(udp|tcp))?")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
                    "100.64.0.0/10", "fc00::/7", "fe80::/10", "::1/128")  # fmt: skip


class OptionError(ValueError):
    """A setting of the machine makes no sense; the text names it and says what is expected."""


class StartError(Exception):
    """The node can not start; the text says why and what to do."""


def port_taken(options: Options, what: str, port: int, error: OSError) -> str:
    """What to tell a person whose port can not be bound."""
    return (
        f"{what} port {port} can not be used: {error.strerror or error}. `switchroom doctor` tells more; "
        f"another port can be set in {options.data / FILE_NAME}."
    )


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of one node. Ports are 0 to 65535; TLS and HTTPS port 0: off; another 0: any free port."""

    data: Path
    bind: tuple[str, ...] = ("0.0.0.0",)
    """Addresses to listen on. `load` adds "::" where the machine has IPv6 and nothing is said."""
    sip_port: int = 5060
    tls_port: int = 5061
    http_port: int = 8080
    https_port: int = 8443
    rtp_ports: tuple[int, int] = (30000, 39999)
    webrtc_port: int = 40000
    """UDP and TCP, the media of all browsers; 0: no browsers."""
    advertised_address: str | None = None
    local_networks: tuple[str, ...] = PRIVATE_NETWORKS
    trusted_networks: tuple[str, ...] = ()
    """Requests other than REGISTER from here are believed their From without digest."""
    hosts: tuple[str, ...] = ()
    name_servers: tuple[tuple[str, int], ...] = ()
    """Address and port of those that are asked where providers are; those of the machine when empty."""
    console_port: int = 0
    """Port of the console's own listener; 0: the console is served on the HTTP and HTTPS ports."""
    console_bind: tuple[str, ...] = ()
    """Addresses of the console's own listener; those of `bind` when empty."""
    openid: tuple[openid_settings.Provider, ...] = ()
    """Providers that people may sign in with."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may use the API with a bearer token."""
    stun_urls: tuple[str, ...] = ()
    """STUN servers that phones in browsers are told of (RFC 7064)."""
    turn_urls: tuple[str, ...] = ()
    """TURN servers that they are told of, with a short-lived credential (RFC 7065)."""
    turn_secret: str = field(default="", repr=False)
    """What these servers check the credentials with: coturn's static-auth-secret."""
    acme_folder: Path | None = None
    """Web root for ACME challenges (RFC 8555 §8.3)."""
    sounds_folder: Path | None = None
    """Where prompts, tones and music are built; DATA/sounds when None."""
    recordings_folder: Path | None = None
    """Where recorded conferences lie; DATA/recordings when None."""
    certificate: Path | None = None
    certificate_key: Path | None = None
    database: str | None = None
    drain_seconds: int = 30
    """How long running calls are given after SIGTERM."""
    keep_days: int = 0
    """How long call records and audit entries are kept; 0: for ever."""
    log_level: str = "info"
    log_format: str = "text"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the database."""
        return self.database or f"sqlite+aiosqlite:///{(self.data / 'switchroom.db').absolute()}"

    @property
    def console(self) -> tuple[str, ...]:
        """Addresses of the console's own listener."""
        return self.console_bind or self.bind

    @property
    def sounds(self) -> Path:
        """Where prompts, tones and music are built."""
        return self.sounds_folder or self.data / "sounds"

    @property
    def recordings(self) -> Path:
        """Where recorded conferences lie."""
        return self.recordings_folder or self.data / "recordings"

    @property
    def key_file(self) -> Path:
        """The key that credentials are encrypted with."""
        return self.data / "secret.key"


def load(data: Path, overrides: dict[str, Any]) -> Options:
    """Read DATA/switchroom.toml, then lay the given command-line settings (None: not given) over it.

    Raises OptionError for an unknown name or a value that cannot be meant.
    """
    settings: dict[str, Any] = {}
    path = data / FILE_NAME
    if path.exists():
        try:
            settings = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise OptionError(f"{path}: {error}") from error
    if folder := os.environ.get("SWITCHROOM_SOUNDS"):
        settings.setdefault("sounds_folder", folder)
    if "bind" not in settings and overrides.get("bind") is None and _has_ipv6():
        settings["bind"] = ["0.0.0.0", "::"]
    known = {field.name for field in fields(Options)} - {"data"}
    if unknown := set(settings) - known:
        raise OptionError(f"{path}: unknown setting {', '.join(sorted(unknown))}")
    settings |= {name: value for name, value in overrides.items() if value is not None}
    options = replace(Options(data=data), **{name: _value(name, value) for name, value in settings.items()})
    if options.console_port and options.console_port in (options.http_port, options.https_port):
        raise OptionError("console_port: has to be another port than http_port and https_port")
    return options


def _has_ipv6() -> bool:
    """Tell whether this machine's network speaks IPv6."""
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _value(name: str, value: Any) -> Any:
    match name:
        case "rtp_ports":
            return _port_range(str(value))
        case "bind" | "console_bind":
            return tuple(_address(name, item) for item in _list(value))
        case "local_networks" | "trusted_networks":
            return tuple(_network(name, item) for item in _list(value))
        case "name_servers":
            return tuple(_name_server(item) for item in _list(value))
        case "openid":
            return _openid(value)
        case "allowed_origins":
            return tuple(_origin(name, item) for item in _list(value))
        case "turn_urls" | "stun_urls":
            return tuple(_ice_url(name, item) for item in _list(value))
        case "hosts":
            return tuple(str(item).lower() for item in _list(value))
        case "advertised_address":
            return _address(name, value)
        case "certificate" | "certificate_key" | "sounds_folder" | "recordings_folder" | "acme_folder":
            return Path(str(value))
        case "database" | "log_level" | "log_format" | "turn_secret":
            return str(value)
        case _:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65535:
                raise OptionError(f"{name}: {value!r} is not a number from 0 to 65535")
            return value


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return list(value)


def _address(name: str, value: Any) -> str:
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError as error:
        raise OptionError(f"{name}: {value!r} is not an IP address") from error


def _name_server(value: Any) -> tuple[str, int]:
    text = str(value)
    host, _, port = text.rpartition(":") if re.search(r"(^[^:]*|]):\d{1,5}$", text) else (text, "", "53")
    return _address("name_servers", host.strip("[]")), int(port)


def _openid(value: Any) -> tuple[openid_settings.Provider, ...]:
    try:
        return openid_settings.read(value)
    except ValueError as error:
        raise OptionError(f"openid: {error}") from error


def _ice_url(name: str, value: Any) -> str:
    text = str(value)
    if not (_ICE_URL.fullmatch(text) and text.startswith(name[:4])):
        raise OptionError(f"{name}: {value!r} is no URL such as {name[:4]}:{name[:4]}.example.com:3478")
    return text


def _origin(name: str, value: Any) -> str:
    text = str(value).lower()
    if not _ORIGIN.fullmatch(text):
        raise OptionError(
            f"{name}: {value!r} is not an origin such as https://crm.example.com, without a path"
        )
    return text


def _network(name: str, value: Any) -> str:
    try:
        return str(ipaddress.ip_network(str(value), strict=False))
    except ValueError as error:
        raise OptionError(f"{name}: {value!r} is not a network such as 192.168.0.0/16") from error


def _port_range(value: str) -> tuple[int, int]:
    low, dash, high = value.partition("-")
    if not (dash and low.isdigit() and high.isdigit() and 1024 <= int(low) < int(high) <= 65535):
        raise OptionError(f"rtp_ports: {value!r} is not a range such as 30000-39999")
    return int(low), int(high)
