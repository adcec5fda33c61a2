"""Networks in a box: namespaces joined by cables that can be pulled, with routers that translate or drop.

Needs root, `ip` and `nft`; nothing outside the namespaces is touched. Whatever still runs in them when the
lab is closed is ended with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, setns(2)
_numbers = itertools.count(1)


def missing() -> str:
    """What this machine lacks for a lab, in words; empty when it has all."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            return f"{program} is not installed (apt-get install iproute2 nftables)"
    reason = ""
    for _ in range(3):  # others may be at the kernel's tables just now
        with Lab() as lab:
            try:
                lab.host("probe")
                lab.nft("probe", "add table ip probe")
            except LabError as error:
                reason = f"no network namespaces here: {error}"
            else:
                return ""
        time.sleep(1)
    return reason


class LabError(Exception):
    """`ip`, `nft` or the kernel refused."""


class Lab:
    """Hosts are namespaces; names are short and unique within the lab."""

    def __init__(self) -> None:
        self._prefix = f"sw{os.getpid()}x{next(_numbers)}"
        self._hosts: list[str] = []

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._hosts:
            self.kill(name)
        for name in self._hosts:
            subprocess.run(["ip", "netns", "del", self.netns(name)], capture_output=True, check=False)

    def netns(self, host: str) -> str:
        """The namespace's name on this machine."""
        return f"{self._prefix}-{host}"

    def host(self, name: str, *, router: bool = False) -> None:
        """A machine with a loopback interface; a router passes packets on. Raises LabError."""
        _run("ip", "netns", "add", self.netns(name))
        self._hosts.append(name)
        self.ip(name, "link set lo up")
        if router:
            self.run(name, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")

    def cable(self, one: str, other: str, *, at: tuple[str, str]) -> None:
        """Join two hosts; `at` are the interfaces' names, which are up and have no address yet."""
        names = [self.netns(one), self.netns(other)]
        _run(
            "ip", "link", "add", at[0], "netns", names[0],
            "type", "veth", "peer", "name", at[1], "netns", names[1],
        )  # fmt: skip
        self.ip(one, f"link set {at[0]} up")
        self.ip(other, f"link set {at[1]} up")

    def lan(self, router: str, host: str, network: str, *, interface: str = "eth0", number: int = 2) -> None:
        """A cable from a router (".1") to a host (`number`) in a network such as "10.1.2", its way out."""
        behind = f"{host}-{interface}"
        self.cable(host, router, at=(interface, behind[-15:]))
        self.ip(router, f"addr add {network}.1/24 dev {behind[-15:]}")
        self.plug(host, network, interface=interface, number=number)

    def plug(self, host: str, network: str, *, interface: str = "eth0", number: int = 2) -> None:
        """Bring an interface up with its address and the way out by it."""
        self.ip(host, f"link set {interface} up")
        self.ip(host, f"addr replace {network}.{number}/24 dev {interface}")
        self.ip(host, f"route replace default via {network}.1 dev {interface}")

    def unplug(self, host: str, interface: str = "eth0") -> None:
        """Take an interface down, and its address off it, as a laptop does that leaves a network."""
        self.ip(host, f"addr flush dev {interface}")
        self.ip(host, f"link set {interface} down")

    def settle(self, host: str) -> None:
        """Until the interfaces are done: a browser drops what it loads at each change. Raises LabError."""
        until = time.monotonic() + 20
        while any(_unsettled(link) for link in json.loads(self.ip(host, "-json addr"))):
            if time.monotonic() > until:
                raise LabError(f"the interfaces of {host} do not settle")
            time.sleep(0.05)

    def ip(self, host: str, words: str) -> str:
        """`ip WORDS` in there. Raises LabError."""
        return _run("ip", "-n", self.netns(host), *words.split())

    def nft(self, host: str, rules: str) -> str:
        """Rules of nftables, one a line, in there. Raises LabError."""
        return _run("ip", "netns", "exec", self.netns(host), "nft", "-f", "-", text=rules + "\n")

    def masquerade(self, router: str, inside: str) -> None:
        """Translate whatever comes from a network ("10.1.2.0/24")."""
        self.nft(
            router,
            f"""
            add table ip nat
            add chain ip nat post {{ type nat hook postrouting priority 100; }}
            add rule ip nat post ip saddr {inside} ip daddr != {inside} masquerade random""",
        )

    def let_through(self, router: str, *rules: str) -> None:
        """Pass on what one of the rules accepts ("tcp dport 443"), and what belongs to it; drop the rest."""
        lines = ["add table ip gate", "flush table ip gate"]
        lines.append("add chain ip gate pass { type filter hook forward priority 0; policy drop; }")
        lines.append("add rule ip gate pass ct state established,related accept")
        lines += [f"add rule ip gate pass {rule} accept" for rule in rules]
        self.nft(router, "\n".join(lines))

    def run(self, host: str, *words: str) -> str:
        """A command in there, awaited. Raises LabError."""
        return _run("ip", "netns", "exec", self.netns(host), *words)

    @contextlib.contextmanager
    def inside(self, host: str) -> Iterator[None]:
        """This thread is in there: its sockets, and the programs that it starts."""
        libc = ctypes.CDLL(None, use_errno=True)
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.netns(host)}", os.O_RDONLY)
        try:
            if libc.setns(there, _NEW_NETWORK) != 0:
                raise LabError(os.strerror(ctypes.get_errno()))
            yield
        finally:
            libc.setns(here, _NEW_NETWORK)
            os.close(there)
            os.close(here)

    def wrapper(self, host: str, program: str, folder: Path) -> Path:
        """A script that runs a program in there, for those who start it by its path."""
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / f"{Path(program).name}-in-{host}"
        words = shlex.join(["ip", "netns", "exec", self.netns(host), program])
        script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        script.chmod(0o755)
        return script

    def pids(self, host: str) -> list[int]:
        """What runs in there."""
        done = subprocess.run(
            ["ip", "netns", "pids", self.netns(host)], capture_output=True, text=True, check=False
        )
        return [int(word) for word in done.stdout.split() if int(word) != os.getpid()]

    def freeze(self, host: str) -> None:
        """The machine sleeps: nothing in there runs."""
        for pid in self.pids(host):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self, host: str) -> None:
        """It wakes."""
        for pid in self.pids(host):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def kill(self, host: str) -> None:
        """End whatever runs in there."""
        until = time.monotonic() + 5
        while (running := self.pids(host)) and time.monotonic() < until:
            for pid in running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)


def _unsettled(link: dict[str, Any]) -> bool:
    """Whether it is up without a carrier's word, or has an address that is still probed (RFC 4862, 5.4)."""
    waiting = "UP" in link["flags"] and link["operstate"] not in ("UP", "UNKNOWN")
    return waiting or any("tentative" in address for address in link["addr_info"])


def _run(*words: str, text: str = "") -> str:
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0:
        raise LabError(f"{shlex.join(words)}: {done.stderr.strip()}")
    return done.stdout
