"""Media workers come before all else where tests have real-time scheduling (`make sound-test`)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def comes_first(pid: int) -> None:
    """Schedule a media worker before this process and the servers it started, which take 100 ms at a time."""
    if os.sched_getscheduler(0) != os.SCHED_RR:
        return
    first = os.sched_param(os.sched_getparam(0).sched_priority + 1)
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, first)
