"""A Chromium as a person has it: tabs behind another are hidden, and no sound before somebody clicks.

Playwright keeps each page visible, and each look of it at a page counts as an act of the user. Here the
DevTools protocol is spoken directly, without either.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.harness.browser import CHROMIUM, microphone

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--lang=en-GB",
    "--window-size=1280,800",
    "--mute-audio",  # else a machine without a loudspeaker makes no sound at all, blocked or not
)
# The last element that says this, or has this name.
_FIND = """
(text) => {
  const all = [...document.querySelectorAll("button, a")];
  const names = (element) => [element.ariaLabel, element.textContent.trim()];
  const found = all.filter((element) => names(element).includes(text) && element.checkVisibility()).pop();
  if (!found) return null;
  found.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = found.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}
"""


class PlainBrowser:
    """One Chromium process with one profile."""

    def __init__(self, folder: Path, *, tone_hz: float = 440.0, flags: Sequence[str] = ()) -> None:
        """`folder` is its own."""
        self._folder, self._tone, self._flags = folder, tone_hz, tuple(flags)
        self._process: asyncio.subprocess.Process | None = None
        self._socket: ClientConnection | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> PlainBrowser:
        self._folder.mkdir(parents=True, exist_ok=True)
        profile = self._folder / "profile"
        self._process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *_FLAGS,
            *self._flags,
            *microphone(self._folder, self._tone),
            f"--user-data-dir={profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        told = profile / "DevToolsActivePort"
        async with asyncio.timeout(60):
            while not told.exists() or "/" not in told.read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            port, path = told.read_text().split("\n")[:2]
            self._socket = await connect(f"ws://127.0.0.1:{port}{path}", max_size=None)
        self._reader = asyncio.ensure_future(self._read(self._socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
        if self._socket is not None:
            await self._socket.close()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            message = json.loads(text)
            waiting = self._waiting.pop(message.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    async def command(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol; its result. Raises AssertionError when it is refused."""
        assert self._socket is not None, "use `async with`"
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        async with asyncio.timeout(30):
            answer = await self._waiting[number]
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    async def allow(self, origin: str, *permissions: str) -> None:
        """Grant permissions: audioCapture, notifications."""
        await self.command("Browser.grantPermissions", origin=origin, permissions=list(permissions))

    async def open(self, url: str, *, script: str = "") -> PlainTab:
        """A new tab, in front. `script` runs before any other of the page."""
        target = (await self.command("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.command("Target.attachToTarget", targetId=target, flatten=True)
        session: str = attached["sessionId"]
        if script:
            await self.command("Page.enable", session)
            await self.command("Page.addScriptToEvaluateOnNewDocument", session, source=script)
        if url != "about:blank":
            await self.command("Page.navigate", session, url=url)
        return PlainTab(self, target, session)


class PlainTab:
    """One tab. Nothing but `click` is an act of its user."""

    def __init__(self, browser: PlainBrowser, target: str, session: str) -> None:
        self._browser, self._target, self._session = browser, target, session

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited. Raises AssertionError when it throws."""
        options = {"returnByValue": True, "awaitPromise": True, "userGesture": False}
        answer = await self._browser.command(
            "Runtime.evaluate", self._session, expression=expression, **options
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str, *, seconds: float = 20.0) -> None:
        """Wait until an expression is true. Raises AssertionError with what the page shows."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self.evaluate(f"Boolean({expression})"):
            if asyncio.get_running_loop().time() > deadline:
                shown = await self.evaluate("document.title + ': ' + document.body.innerText")
                raise AssertionError(f"not true after {seconds} s: {expression}; the page: {shown}")
            await asyncio.sleep(0.05)

    async def shows(self, text: str, *, seconds: float = 20.0) -> None:
        """Wait until this text is on the page."""
        await self.until(f"document.body.innerText.includes({json.dumps(text)})", seconds=seconds)

    async def click(self, name: str, *, seconds: float = 20.0) -> None:
        """Click what has this name, once it is there."""
        found = f"({_FIND})({json.dumps(name)})"
        await self.until(found, seconds=seconds)
        x, y = await self.evaluate(found)
        for kind in ("mousePressed", "mouseReleased"):
            options = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            await self._browser.command("Input.dispatchMouseEvent", self._session, **options)

    async def to_front(self) -> None:
        """Bring it before the others."""
        await self._browser.command("Target.activateTarget", targetId=self._target)

    async def close(self) -> None:
        """Close it."""
        await self._browser.command("Target.closeTarget", targetId=self._target)
