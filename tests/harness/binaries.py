"""Where the built Rust programs are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def find(name: str) -> Path | None:
    """Path of a built program (`switchroom-media`, `switchroom-load`); None if it is not built.

    Looked for in the cargo target directory of the environment, the Makefile's, the repository's, next to
    this Python and on the PATH; of several the newest is taken.
    """
    folders = [
        Path.home() / ".cache/switchroom/target/release",
        ROOT / "target/release",
        Path(sys.executable).parent,
    ]
    if target := os.environ.get("CARGO_TARGET_DIR"):
        folders.append(Path(target) / "release")
    found = [folder / name for folder in folders if (folder / name).is_file()]
    if found:
        return max(found, key=lambda path: path.stat().st_mtime)
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


def need(name: str) -> Path:
    """As `find`; raises FileNotFoundError with what to do."""
    path = find(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not built: run `cargo build --release` first")
    return path
