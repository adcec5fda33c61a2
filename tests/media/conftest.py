"""The built media worker, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchroom.media.supervisor import find_program


@pytest.fixture(scope="session")
def worker_program() -> Path:
    program = find_program()
    if program is None:
        pytest.skip("the media worker is not built")
    return program
