"""The descriptor limit, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import resource
from switchroom.transports.descriptors import raise_descriptor_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 512))
print(raise_descriptor_limit(256), raise_descriptor_limit(100), raise_descriptor_limit(4096))
"""


def test_the_soft_limit_is_raised_as_far_as_it_goes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "(64, 256) (256, 256) (256, 512)"
