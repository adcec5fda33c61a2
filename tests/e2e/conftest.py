"""Fixtures of the end-to-end tests: real sockets, programs, audio; each skips loudly without its program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness import browser, zygote
from tests.harness.binaries import find
from tests.harness.console import SLOW, Chromium, ConsolePage
from tests.harness.odoo import begin_install
from tests.harness.ports import free_range
from tests.harness.server import Server, running_server
from tests.harness.worker import Worker, running_worker

expect.set_options(timeout=SLOW)


@pytest.fixture(scope="session", autouse=True)
def servers_are_forked() -> Iterator[None]:
    """The first start of each server costs no imports; restarts are real."""
    with zygote.running():
        yield


def pytest_collection_finish(session: pytest.Session) -> None:
    """Installing Odoo takes minutes: it is begun at once, beside the tests that come before those with it."""
    if not session.config.option.collectonly and any(
        "odoo" in getattr(item, "fixturenames", ()) for item in session.items
    ):
        begin_install()


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """One Chromium for all tests of a module; each person has a profile of his own in it."""
    if not browser.installed():
        pytest.skip("NOT TESTED in a browser: chromium is not installed (make system-test)")
    async with Chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin_page(chromium: Chromium, shared_server: Server) -> ConsolePage:
    """The administrator's console, signed in."""
    return await chromium.sign_in(shared_server, "admin")


@pytest_asyncio.fixture(loop_scope="module")
async def admin(
    admin_page: ConsolePage, chromium: Chromium, shared_server: Server
) -> AsyncIterator[ConsolePage]:
    """The administrator's page, with nothing left open; scripts and content policy must not complain."""
    await shared_server.api_async("POST", "/api/configuration/discard")
    await admin_page.rest()
    yield admin_page
    complaints, chromium.complaints = chromium.complaints, []
    assert complaints == []
