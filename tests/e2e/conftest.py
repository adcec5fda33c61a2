"""Fixtures of the end-to-end tests: real sockets, programs, audio; each skips loudly without its program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.binaries import find
from tests.harness.ports import free_range
from tests.harness.server import Server, running_server
from tests.harness.worker import Worker, running_worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A media worker of its own, with 200 ports."""
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    first = free_range(200)
    with running_worker(first, first + 199) as running:
        yield running


@pytest.fixture
def server() -> Iterator[Server]:
    """A whole Switchroom with the demonstration's users, fresh for this test."""
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    with running_server() as running:
        yield running


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Server]:
    """One Switchroom for all tests of a module: for those that leave nothing behind but call records."""
    if find("switchroom-media") is None:
        pytest.skip("NOT TESTED: switchroom-media is not built (cargo build --release)")
    with running_server() as running:
        yield running
