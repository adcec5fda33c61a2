"""What is wrong with this machine for a phone system, and how to mend it: one `Finding` a check."""

from __future__ import annotations

import ctypes
import datetime as dt
import ipaddress
import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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
    """One check's result: what was looked at, what was found, and what to do about it (empty when fine).

    `code` is a stable name of what was found, for translations, with what varies in it as `values`.
    """

    check: str
    severity: Severity
    code: str
    found: str
    cure: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)


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
                name,
                Severity.PROBLEM,
                "port-silent",
                f"nothing listens on port {port}",
                "Look at the log of the server.",
                {"port": port},
            )
        elif not running and error is not None:
            yield Finding(
                name,
                Severity.PROBLEM,
                "port-unusable",
                f"port {port} cannot be used: {error}",
                f"Stop what uses it (ss -lpn 'sport = :{port}'), or set another port in switchroom.toml.",
                {"port": port, "error": error},
            )
        else:
            code, state = ("port-served", "in use by the server") if running else ("port-free", "free")
            yield Finding(name, Severity.OK, code, f"port {port} is {state}", "", {"port": port})


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
        told = options.advertised_address
        values = {"address": told}
        yield Finding("Address", Severity.OK, "advertised", f"phones outside are told {told}", "", values)
    elif any(ipaddress.ip_address(address).is_global for address in own):
        named = ", ".join(own)
        values = {"addresses": named}
        yield Finding("Address", Severity.OK, "public-address", f"this machine is {named}", "", values)
    elif own:
        yield Finding(
            "Address",
            Severity.WARNING,
            "private-address",
            f"this machine has private addresses only ({', '.join(own)})",
            "Fine for phones in the same network. For others, set advertised_address to the public address.",
            {"addresses": ", ".join(own)},
        )
    else:
        yield Finding(
            "Address",
            Severity.WARNING,
            "no-address",
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
            "media-ports-lent",
            f"RTP ports {low}-{high} overlap those lent to other programs ({ephemeral[0]}-{ephemeral[1]})",
            "A busy machine may find some taken; they are passed over. "
            f"To part them: sysctl net.ipv4.ip_local_reserved_ports={low}-{high}",
            {"low": low, "high": high, "first": ephemeral[0], "last": ephemeral[1]},
        )
    else:
        found = f"RTP ports {low}-{high}: room for {legs} legs"
        values = {"low": low, "high": high, "legs": legs}
        yield Finding("Media ports", Severity.OK, "media-ports", found, "", values)


def _worker() -> Iterator[Finding]:
    binary = find_program()
    if binary is None:
        yield Finding(
            "Media worker",
            Severity.PROBLEM,
            "worker-missing",
            "switchroom-media is not installed",
            "Run `make build`, or install the switchroom package again.",
        )
    else:
        yield Finding("Media worker", Severity.OK, "worker", str(binary), "", {"path": str(binary)})


def _sounds(options: Options) -> Iterator[Finding]:
    if (options.sounds / "manifest.json").exists():
        where = str(options.sounds)
        yield Finding("Prompts", Severity.OK, "prompts", f"built in {where}", "", {"path": where})
    else:
        yield Finding(
            "Prompts",
            Severity.PROBLEM,
            "prompts-missing",
            "the prompts are not built",
            "Run `switchroom init`; for better voices install Debian's asterisk-core-sounds-*-wav first.",
        )


def _clock() -> Iterator[Finding]:
    if dt.datetime.now(dt.UTC).year < 2025:
        yield Finding(
            "Clock",
            Severity.PROBLEM,
            "clock-wrong",
            "the clock is years behind",
            "Set it: certificates will not work.",
        )
        return
    # struct timex (adjtimex(2)): modes 0 asks without changing anything; four longs later stands the status.
    buffer = ctypes.create_string_buffer(512)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.adjtimex(buffer)
        status = ctypes.c_int.from_buffer(buffer, 5 * ctypes.sizeof(ctypes.c_long)).value
    except (OSError, AttributeError):
        found = "cannot ask the system whether the clock is synchronised"
        yield Finding("Clock", Severity.WARNING, "clock-unknown", found)
        return
    if status & STA_UNSYNC:
        yield Finding(
            "Clock",
            Severity.WARNING,
            "clock-unsynchronised",
            "the clock is not synchronised",
            "Install chrony or systemd-timesyncd, so that call records carry the right time.",
        )
    else:
        yield Finding("Clock", Severity.OK, "clock", "synchronised")


def _files() -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < WANTED:
        yield Finding(
            "Open files",
            Severity.PROBLEM if hard < LEAST_FILES else Severity.WARNING,
            "files-few",
            f"at most {hard} files may be open: about {hard // 3} legs",
            "Raise it: LimitNOFILE=65536 in the service, or ulimit -Hn 65536.",
            {"files": hard, "legs": hard // 3},
        )
    else:
        yield Finding("Open files", Severity.OK, "files", f"up to {hard}", "", {"files": hard})


def _socket_buffers() -> Iterator[Finding]:
    try:
        largest = int(Path("/proc/sys/net/core/rmem_max").read_text())
    except OSError:
        return
    if largest < WANTED_SOCKET_BUFFER:
        yield Finding(
            "Socket buffers",
            Severity.WARNING,
            "buffers-small",
            f"at most {largest // 1024} kB",
            f"For bursts of many calls: sysctl net.core.rmem_max={4 * WANTED_SOCKET_BUFFER}",
            {"kilobytes": largest // 1024, "wanted": 4 * WANTED_SOCKET_BUFFER},
        )
    else:
        size = largest // 1024
        yield Finding("Socket buffers", Severity.OK, "buffers", f"up to {size} kB", "", {"kilobytes": size})


def _disk(options: Options) -> Iterator[Finding]:
    """The folder of data, and that of recordings where it is another."""
    yield from _free(options.data if options.data.exists() else Path.cwd())
    elsewhere = options.recordings_folder
    if elsewhere is not None and elsewhere.exists():
        yield from _free(elsewhere)


def _free(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    where = str(folder)
    values: dict[str, str | int]
    if not os.access(folder, os.W_OK):
        cure = "Give this user the right to write it."
        found, values = f"{where} cannot be written", {"path": where}
        yield Finding("Disk", Severity.PROBLEM, "disk-locked", found, cure, values)
    elif free < MINIMUM_FREE_BYTES:
        size = free // 2**20
        found, values = f"{size} MB free in {where}", {"megabytes": size, "path": where}
        yield Finding("Disk", Severity.PROBLEM, "disk-full", found, "Free some space.", values)
    else:
        size = free // 2**30
        found, values = f"{size} GB free in {where}", {"gigabytes": size, "path": where}
        yield Finding("Disk", Severity.OK, "disk", found, "", values)


def _certificate(options: Options) -> Iterator[Finding]:
    path = options.certificate or options.data / "tls" / "server.pem"
    values: dict[str, str | int] = {"path": str(path)}
    if not path.exists():
        severity = Severity.PROBLEM if options.certificate else Severity.WARNING
        found, cure = f"{path} does not exist", "`switchroom init` makes one."
        yield Finding("Certificate", severity, "certificate-missing", found, cure, values)
        return
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        found, cure = f"{path}: {error}", "It must be a PEM certificate chain."
        values["error"] = str(error)
        yield Finding("Certificate", Severity.PROBLEM, "certificate-unreadable", found, cure, values)
        return
    days = (certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).days
    values["days"] = abs(days)
    if days < 0:
        found = f"{path} ended {-days} days ago"
        yield Finding("Certificate", Severity.PROBLEM, "certificate-ended", found, "Renew it.", values)
    elif days < 14:
        found = f"{path} ends in {days} days"
        yield Finding("Certificate", Severity.WARNING, "certificate-ends", found, "Renew it.", values)
    else:
        yield Finding("Certificate", Severity.OK, "certificate", f"valid for {days} days", "", values)


def _web_app() -> Iterator[Finding]:
    if (WEB_APP / "index.html").exists():
        yield Finding("Web app", Severity.OK, "web-app", "built")
    else:
        found, cure = "the web app is not built", "Run `make build`."
        yield Finding("Web app", Severity.WARNING, "web-app-missing", found, cure)


def _time_zones() -> Iterator[Finding]:
    if is_time_zone("Europe/Paris"):
        yield Finding("Time zones", Severity.OK, "time-zones", "known")
    else:
        found, cure = "this machine knows no time zones", "Install Debian's tzdata."
        yield Finding("Time zones", Severity.WARNING, "time-zones-missing", found, cure)
