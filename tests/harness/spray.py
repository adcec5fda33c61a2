"""A stranger who sprays RTP at our ports, in a process of his own: `python -m tests.harness.spray`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator

from tests.harness.binaries import ROOT

LONGEST = 60.0
"""Seconds after which the stranger gives up by himself."""


def spray(ports: range, seconds: float) -> None:
    """Valid RTP with loud noise, and rubbish, from one socket to every port again and again."""
    chance = random.Random(7)
    noise = bytes(chance.randrange(256) for _ in range(160))
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for sequence in itertools.count():
            if time.monotonic() > end:
                return
            head = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, 0xBAD)
            for port in ports:
                with contextlib.suppress(OSError):
                    stranger.sendto(head + noise, ("127.0.0.1", port))
                    stranger.sendto(chance.randbytes(chance.randrange(1, 60)), ("127.0.0.1", port))


@contextlib.asynccontextmanager
async def spraying(ports: range) -> AsyncIterator[None]:
    """Spray for the time of a with-block."""
    # He is somebody else: the machine's time is not what he takes from us.
    command = ["chrt", "--other", "0", "nice", "-n", "10", sys.executable, "-m", "tests.harness.spray"]
    command += [str(ports.start), str(ports.stop)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        await asyncio.sleep(1.0)
        yield
        assert process.returncode is None, "the stranger gave up early"
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


if __name__ == "__main__":
    spray(range(int(sys.argv[1]), int(sys.argv[2])), LONGEST)
