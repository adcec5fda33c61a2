"""File descriptors: each TCP or TLS connection takes one, and the usual soft limit is far too low."""

from __future__ import annotations

import resource

WANTED = 65536


def raise_descriptor_limit(wanted: int = WANTED) -> tuple[int, int]:
    """Raise the soft limit towards `wanted`, as far as the hard limit lets us.

    Returns the limit before and the limit now; when the second is below `wanted`, say so to the operator.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    now = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return soft, now
