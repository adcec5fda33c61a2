"""The helper process of `offload.py`, run as a program: reads calls from its input, writes their results.

A frame is its length (8 bytes, network order) and a pickle. The first one is the path to import from.
"""

from __future__ import annotations

import importlib
import os
import pickle
import struct
import sys
from typing import Any, BinaryIO


def read_frame(stream: BinaryIO) -> Any:
    """The next frame's value. Raises EOFError when our owner is gone."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    (length,) = struct.unpack("!Q", head)
    return pickle.loads(stream.read(length))


def answer(call: tuple[str, str, tuple[Any, ...], dict[str, Any]]) -> tuple[bool, Any]:
    """What the function returned (True) or raised (False)."""
    module, name, args, kwargs = call
    try:
        return True, getattr(importlib.import_module(module), name)(*args, **kwargs)
    except Exception as error:
        return False, error


def main() -> None:
    """Serve until the input ends. What is printed goes to the log, not into the answers."""
    os.nice(5)  # calls come first
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        sys.path[:] = read_frame(incoming)
        while True:
            good, outcome = answer(read_frame(incoming))
            try:
                frame = pickle.dumps((good, outcome))
            except Exception as error:
                frame = pickle.dumps((False, RuntimeError(f"can not be sent back: {error}")))
            outgoing.write(struct.pack("!Q", len(frame)) + frame)
            outgoing.flush()
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
