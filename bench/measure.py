"""Measuring: CPU time and memory from /proc, the load generator, the yardsticks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.harness.binaries import need

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: the quick or the full mode."""

    full: bool

    @property
    def runs(self) -> int:
        """Runs of which the median counts."""
        return 3 if self.full else 1

    @property
    def seconds(self) -> float:
        """Length of a CPU run."""
        return 10.0 if self.full else 6.0

    def pick(self, quick: float, full: float) -> float:
        """One of two values."""
        return full if self.full else quick


def cpu_seconds(pids: Sequence[int]) -> float:
    """User plus system time of processes so far, seconds, ended children included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(int(value) for value in fields[11:15])
    return total / _TICK


def resident_bytes(pids: Sequence[int]) -> int:
    """Resident memory of processes, shared pages counted once each (PSS)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(parents.get(each, []))
    return found


class Load:
    """A running load generator (`switchroom-load COMMAND`)."""

    def __init__(
        self, command: str, arguments: Sequence[str] = (), scenario: dict[str, Any] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [str(need("switchroom-load")), command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        if scenario is not None:
            self.process.stdin.write(json.dumps(scenario))
        self.process.stdin.close()

    def result(self, timeout: float = 900) -> dict[str, Any]:
        """Wait for its end and read its report; raises RuntimeError when it failed."""
        assert self.process.stdout is not None
        text = self.process.stdout.read()
        if self.process.wait(timeout) != 0:
            raise RuntimeError(f"switchroom-load failed with {self.process.returncode}")
        report: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
        return report


@contextlib.contextmanager
def yardstick(command: str, *arguments: str) -> Iterator[int]:
    """A yardstick program for the time of a with-block; its process id."""
    with subprocess.Popen(
        [str(need("switchroom-load")), command, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"{command} did not start")
            yield process.pid
        finally:
            process.terminate()


def run_load(scenario: dict[str, Any], pids: Callable[[], Sequence[int]]) -> tuple[float, dict[str, Any]]:
    """Run an RTP scenario; CPU seconds a wall clock second of some processes meanwhile, and the report."""
    load = Load("rtp", scenario=scenario)
    time.sleep(float(scenario["warmup"]) + 0.4)
    who = pids()
    before, begin = cpu_seconds(who), time.monotonic()
    time.sleep(max(float(scenario["duration"]) - 0.6, 0.5))
    after, end = cpu_seconds(who), time.monotonic()
    return (after - before) / (end - begin), load.result()


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))
