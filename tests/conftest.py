"""For all tests: sounds are built once, in a folder that outlives the test run."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "switchroom"

os.environ.setdefault("SWITCHROOM_SOUNDS", str(CACHE / "sounds"))
