"""Plain softphones in Chromium, without our web app: JsSIP and SIP.js as other people's pages use them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.harness.binaries import ROOT
from tests.harness.browser import Browser

Library = Literal["jssip", "sipjs"]

WEB = ROOT / "web"
_ENTRY = Path(__file__).parent / "web_softphone.js"
_PAGE = "<!doctype html><title>softphone</title><script>%s</script>"


def installed() -> bool:
    """Whether the libraries are there (`make web-test` installs them)."""
    return (WEB / "node_modules" / "sip.js").is_dir() and (WEB / "node_modules" / ".bin" / "esbuild").exists()


@cache
def _script() -> str:
    """Both libraries and what drives them as one script."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "softphone.js"
        tools = WEB / "node_modules"
        subprocess.run(
            [
                str(tools / ".bin" / "esbuild"),
                str(_ENTRY),
                "--bundle",
                "--format=iife",
                f"--outfile={bundle}",
            ],
            check=True,
            capture_output=True,
            timeout=60,
            env={**os.environ, "NODE_PATH": str(tools)},
        )
        return bundle.read_text().replace("</script", "<\\/script")


@contextlib.asynccontextmanager
async def _site() -> AsyncIterator[str]:
    """The page on a web server of loopback: Chromium lets only those connect to addresses of loopback."""
    page = (_PAGE % _script()).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + page)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


class WebSoftphone:
    """One page with one account. Errors of the page are raised here."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(
        cls, browser: Browser, library: Library, websocket: str, domain: str, user: str, secret: str
    ) -> WebSoftphone:
        """A page of its own, registered at `websocket` (ws:// or wss://...). Raises when refused."""

        async with _site() as url:
            phone = cls(await browser.page(url))
        await phone.page.evaluate(
            "(account) => window.softphone.start(account)",
            {"library": library, "websocket": websocket, "domain": domain, "user": user, "secret": secret},
        )
        return phone

    async def call(self, target: str) -> None:
        """Call, and wait until it is answered."""
        await self.page.evaluate("(target) => window.softphone.call(target)", target)

    async def digits(self, digits: str, method: Literal["rtp", "info"] = "info") -> None:
        """Key digits, one after the other."""
        for digit in digits:
            await self.page.evaluate(
                "([digit, method]) => window.softphone.digit(digit, method)", [digit, method]
            )
            await asyncio.sleep(0.3)

    async def hold(self, held: bool) -> None:
        """Hold the call, or take it back."""
        await self.page.evaluate("(held) => window.softphone.hold(held)", held)

    async def hang_up(self) -> None:
        """End the call."""
        await self.page.evaluate("() => window.softphone.hangUp()")

    async def state(self) -> str:
        """`registered`, `ringing`, `answered` or `ended`."""
        return str(await self.page.evaluate("() => window.softphone.state"))

    async def reaches(self, state: str, *, seconds: float = 8.0) -> None:
        """Wait for a state. Raises playwright's TimeoutError."""
        await self.page.wait_for_function(
            "(state) => window.softphone.state === state", arg=state, timeout=seconds * 1000
        )
