"""Where a process spends its CPU time, by `perf`: stacks, sorted by the first function known in them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# From the innermost frame outwards, the first that contains one of these says what the sample is of.
_PARTS = (
    # The codec's own functions too: its frames are larger than what perf keeps of a stack.
    ("opus_encode", "encode"),
    ("silk_encode", "encode"),
    ("silk_Encode", "encode"),
    ("celt_encode", "encode"),
    ("opus_decode", "decode"),
    ("silk_decode", "decode"),
    ("silk_Decode", "decode"),
    ("celt_decode", "decode"),
    ("encoding::Encoding", "encode"),
    ("JitterBuffer", "decode"),
    ("Srtp>::protect", "encrypt+send"),
    ("Srtp::protect", "encrypt+send"),
    ("Srtp>::unprotect", "receive+decrypt"),
    ("Srtp::unprotect", "receive+decrypt"),
    ("sys_sendmmsg", "encrypt+send"),
    ("sys_sendmsg", "encrypt+send"),
    ("sys_sendto", "encrypt+send"),
    ("sendmmsg", "encrypt+send"),
    ("sendto", "encrypt+send"),
    ("sys_recvmmsg", "receive+decrypt"),
    ("recvmmsg", "receive+decrypt"),
    ("browser_packet", "receive+decrypt"),
    ("Reader", "receive+decrypt"),
    ("Engine>::packet", "receive+decrypt"),
    ("send_encoded", "encrypt+send"),
    ("Leg>::send", "encrypt+send"),
    ("flush", "encrypt+send"),
    ("Room>::mix", "mix"),
    ("Room::mix", "mix"),
    ("room::", "mix"),
)
_ORDER = ("receive+decrypt", "decode", "mix", "encode", "encrypt+send", "other")


@dataclass(frozen=True, slots=True)
class Split:
    """Samples by part."""

    samples: dict[str, int]

    def per_second(self, total: float) -> dict[str, float]:
        """`total`, divided as the samples are."""
        count = sum(self.samples.values())
        return {part: total * self.samples.get(part, 0) / count for part in _ORDER} if count else {}


def part_of(frames: list[str]) -> str:
    """What a stack, innermost frame first, is part of."""
    for frame in frames:
        for needle, part in _PARTS:
            if needle in frame:
                return part
    return "other"


def recorded(pid: int, seconds: float) -> Split | None:
    """Sample a process for some time; None where perf is missing or not allowed."""
    if shutil.which("perf") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="switchroom-perf-") as folder:
        data = Path(folder) / "perf.data"
        record = ["perf", "record", "-q", "-F", "1999", "--call-graph", "dwarf,16384", "-p", str(pid)]
        done = subprocess.run(
            [*record, "-o", str(data), "--", "sleep", f"{seconds:.1f}"], capture_output=True, check=False
        )
        if done.returncode != 0 or not data.exists():
            return None
        script = ["perf", "script", "--no-inline", "-F", "ip,sym", "-i", str(data)]
        text = subprocess.run(script, capture_output=True, text=True, check=False).stdout
    stacks: Counter[str] = Counter()
    for stack in text.split("\n\n"):
        lines = [line.split(None, 1) for line in stack.strip().splitlines()]
        frames = [parts[1] for parts in lines if len(parts) == 2]
        if frames:
            stacks[part_of(frames)] += 1
    return Split(dict(stacks))
