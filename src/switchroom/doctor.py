"""What is wrong with this machine for a phone system, and how to mend it: one `Finding` a check."""

from __future__ import annotations

import ctypes
import datetime as dt
import ipaddress
import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cryptography import x509

from switchroom.directory.validate import is_time_zone
from switchroom.media.supervisor import find_program
from switchroom.options import Options
from switchroom.transports.descriptors import WANTED

MINIMUM_FREE_BYTES = 500 * 1024 * 1024
LEAST_FILES = 4096
WANTED_SOCKET_BUFFER = 1024 * 1024
WEB_APP = Path(__file__).resolve().parent / "webapp"
STA_UNSYNC = 0x0040


class Severity(Enum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result: what was looked at, what was found, and what to do about it (empty when fine)."""

    check: str
    severity: Severity
    found: str
    cure: str = ""


def examine(options: Options, *, running: bool) -> list[Finding]:
    """Run every check; `running` says that this node's server is up (so its ports must be taken)."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _ports(options, running),
        lambda: _addresses(options),
        lambda: _media_ports(options),
        lambda: _worker(),
        lambda: _sounds(options),
        lambda: _clock(),
        lambda: _files(),
        lambda: _socket_buffers(),
        lambda: _disk(options),
        lambda: _certificate(options),
        lambda: _web_app(),
        lambda: _time_zones(),
    )
    return [finding for check in checks for finding in check()]


def own_addresses() -> list[str]:
    """This machine's addresses that others can reach, no loopback; the one of the default route first."""
    found: list[str] = []
    for family, probe in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as probe_socket:
            try:
                probe_socket.connect((probe, 9))
                found.append(probe_socket.getsockname()[0])
            except OSError:
                continue
    try:
        for _, _, _, _, address in socket.getaddrinfo(socket.gethostname(), None):
            found.append(str(address[0]))
    except OSError:
        pass
    unique = dict.fromkeys(address.partition("%")[0] for address in found)
    return [address for address in unique if not ipaddress.ip_address(address).is_loopback]


def _ports(options: Options, running: bool) -> Iterator[Finding]:
    host = options.bind[0]
    wanted = [
        ("SIP over UDP", host, options.sip_port, socket.SOCK_DGRAM),
        ("SIP over TCP", host, options.sip_port, socket.SOCK_STREAM),
        ("SIP over TLS", host, options.tls_port, socket.SOCK_STREAM),
        ("HTTP", host, options.http_port, socket.SOCK_STREAM),
        ("HTTPS", host, options.https_port, socket.SOCK_STREAM),
        ("Console", options.console[0], options.console_port, socket.SOCK_STREAM),
    ]
    for name, place, port, kind in wanted:
        if not port:
            continue
        error = _bind_error(place, port, kind)
        if running and error is None:
            yield Finding(
                name, Severity.PROBLEM, f"nothing listens on port {port}", "Look at the log of the server."
            )
        elif not running and error is not None:
            yield Finding(
                name,
                Severity.PROBLEM,
                f"port {port} cannot be used: {error}",
                f"Stop what uses it (ss -lpn 'sport = :{port}'), or set another port in switchroom.toml.",
            )
        else:
            yield Finding(
                name, Severity.OK, f"port {port} is {'in use by the server' if running else 'free'}"
            )


def _bind_error(host: str, port: int, kind: socket.SocketKind) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _addresses(options: Options) -> Iterator[Finding]:
    own = own_addresses()
    if options.advertised_address:
        yield Finding("Address", Severity.OK, f"phones outside are told {options.advertised_address}")
    elif any(ipaddress.ip_address(address).is_global for address in own):
        yield Finding("Address", Severity.OK, f"this machine is {', '.join(own)}")
    elif own:
        yield Finding(
            "Address",
            Severity.WARNING,
            f"this machine has private addresses only ({', '.join(own)})",
            "Fine for phones in the same network. For others, set advertised_address to the public address.",
        )
    else:
        yield Finding(
            "Address",
            Severity.WARNING,
            "this machine has no address but loopback",
            "Only phones on this machine can register. Connect it to a network.",
        )


def _media_ports(options: Options) -> Iterator[Finding]:
    low, high = options.rtp_ports
    legs = (high - low + 1) // 2
    try:
        ephemeral = [int(part) for part in Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()]
    except OSError:
        ephemeral = [0, 0]
    if low <= ephemeral[1] and ephemeral[0] <= high:
        yield Finding(
            "Media ports",
            Severity.WARNING,
            f"RTP ports {low}-{high} overlap those lent to other programs ({ephemeral[0]}-{ephemeral[1]})",
            "A busy machine may find some taken; they are passed over. "
            f"To part them: sysctl net.ipv4.ip_local_reserved_ports={low}-{high}",
        )
    else:
        yield Finding("Media ports", Severity.OK, f"RTP ports {low}-{high}: room for {legs} legs")


def _worker() -> Iterator[Finding]:
    binary = find_program()
    if binary is None:
        yield Finding(
            "Media worker",
            Severity.PROBLEM,
            "switchroom-media is not installed",
            "Run `make build`, or install the switchroom package again.",
        )
    else:
        yield Finding("Media worker", Severity.OK, str(binary))


def _sounds(options: Options) -> Iterator[Finding]:
    if (options.sounds / "manifest.json").exists():
        yield Finding("Prompts", Severity.OK, f"built in {options.sounds}")
    else:
        yield Finding(
            "Prompts",
            Severity.PROBLEM,
            "the prompts are not built",
            "Run `switchroom init`; for better voices install Debian's asterisk-core-sounds-*-wav first.",
        )


def _clock() -> Iterator[Finding]:
    if dt.datetime.now(dt.UTC).year < 2025:
        yield Finding(
            "Clock", Severity.PROBLEM, "the clock is years behind", "Set it: certificates will not work."
        )
        return
    # struct timex (adjtimex(2)): modes 0 asks without changing anything; four longs later stands the status.
    buffer = ctypes.create_string_buffer(512)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.adjtimex(buffer)
        status = ctypes.c_int.from_buffer(buffer, 5 * ctypes.sizeof(ctypes.c_long)).value
    except (OSError, AttributeError):
        yield Finding("Clock", Severity.WARNING, "cannot ask the system whether the clock is synchronised")
        return
    if status & STA_UNSYNC:
        yield Finding(
            "Clock",
            Severity.WARNING,
            "the clock is not synchronised",
            "Install chrony or systemd-timesyncd, so that call records carry the right time.",
        )
    else:
        yield Finding("Clock", Severity.OK, "synchronised")


def _files() -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < WANTED:
        yield Finding(
            "Open files",
            Severity.PROBLEM if hard < LEAST_FILES else Severity.WARNING,
            f"at most {hard} files may be open: about {hard // 3} legs",
            "Raise it: LimitNOFILE=65536 in the service, or ulimit -Hn 65536.",
        )
    else:
        yield Finding("Open files", Severity.OK, f"up to {hard}")


def _socket_buffers() -> Iterator[Finding]:
    try:
        largest = int(Path("/proc/sys/net/core/rmem_max").read_text())
    except OSError:
        return
    if largest < WANTED_SOCKET_BUFFER:
        yield Finding(
            "Socket buffers",
            Severity.WARNING,
            f"at most {largest // 1024} kB",
            f"For bursts of many calls: sysctl net.core.rmem_max={4 * WANTED_SOCKET_BUFFER}",
        )
    else:
        yield Finding("Socket buffers", Severity.OK, f"up to {largest // 1024} kB")


def _disk(options: Options) -> Iterator[Finding]:
    folder = options.data if options.data.exists() else Path.cwd()
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        yield Finding(
            "Disk", Severity.PROBLEM, f"{folder} cannot be written", "Give this user the right to write it."
        )
    elif free < MINIMUM_FREE_BYTES:
        yield Finding("Disk", Severity.PROBLEM, f"{free // 2**20} MB free in {folder}", "Free some space.")
    else:
        yield Finding("Disk", Severity.OK, f"{free // 2**30} GB free in {folder}")


def _certificate(options: Options) -> Iterator[Finding]:
    path = options.certificate or options.data / "tls" / "server.pem"
    if not path.exists():
        severity = Severity.PROBLEM if options.certificate else Severity.WARNING
        yield Finding("Certificate", severity, f"{path} does not exist", "`switchroom init` makes one.")
        return
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        yield Finding(
            "Certificate", Severity.PROBLEM, f"{path}: {error}", "It must be a PEM certificate chain."
        )
        return
    days = (certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).days
    if days < 0:
        yield Finding("Certificate", Severity.PROBLEM, f"{path} ended {-days} days ago", "Renew it.")
    elif days < 14:
        yield Finding("Certificate", Severity.WARNING, f"{path} ends in {days} days", "Renew it.")
    else:
        yield Finding("Certificate", Severity.OK, f"valid for {days} days")


def _web_app() -> Iterator[Finding]:
    if (WEB_APP / "index.html").exists():
        yield Finding("Web app", Severity.OK, "built")
    else:
        yield Finding("Web app", Severity.WARNING, "the web app is not built", "Run `make build`.")


def _time_zones() -> Iterator[Finding]:
    if is_time_zone("Europe/Paris"):
        yield Finding("Time zones", Severity.OK, "known")
    else:
        cure = "Install Debian's tzdata."
        yield Finding("Time zones", Severity.WARNING, "this machine knows no time zones", cure)
