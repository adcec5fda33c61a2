"""A real Chromium with a tone for a microphone, and an ear on every call that its pages receive."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
from playwright import async_api
from playwright.async_api import BrowserContext, Page, Playwright, async_playwright

from tests.harness.audio import Samples, tone, write_wav

CHROMIUM = str(Path(__file__).with_name("chromium.sh"))
"""Starts Debian's, which keeps the priority that it is given."""

# Before any script of a page: keeps peer connections and the tracks they receive, so that a test can listen;
# and its WebSockets, so that a test can break them.
EAR = """
(() => {
  window.__sockets = [];
  window.WebSocket = class extends window.WebSocket {
    constructor(...options) {
      super(...options);
      window.__sockets.push(this);
    }
  };
  const Native = window.RTCPeerConnection;
  if (!Native) return;
  window.__peers = [];
  window.__tracks = [];
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      window.__peers.push(this);
      this.addEventListener("track", (event) => window.__tracks.push(event.track));
    }
  };
})();
"""

# The last track that is live, as 16 bit samples of its first channel; [rate, base64].
_LISTEN = """
async (seconds) => {
  const live = window.__tracks.filter((track) => track.readyState === "live");
  const track = live[live.length - 1];
  if (!track) return [0, ""];
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const parts = [];
  let rate = 48000;
  let count = 0;
  const until = performance.now() + seconds * 1000 + 2000;
  while (count < seconds * rate && performance.now() < until) {
    const late = new Promise((resolve) => setTimeout(() => resolve({ done: true }), 1000));
    const { value, done } = await Promise.race([reader.read(), late]);
    if (done || !value) break;
    rate = value.sampleRate;
    const plane = new Float32Array(value.numberOfFrames);
    value.copyTo(plane, { planeIndex: 0, format: "f32-planar" });
    value.close();
    parts.push(plane);
    count += plane.length;
  }
  await reader.cancel();
  const all = new Int16Array(count);
  let at = 0;
  for (const part of parts) for (const sample of part) all[at++] = Math.max(-1, Math.min(1, sample)) * 32767;
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return [rate, btoa(text)];
}
"""


def installed() -> bool:
    """Whether Chromium is there."""
    return shutil.which("/usr/bin/chromium") is not None


FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
)


def microphone(folder: Path, tone_hz: float) -> list[str]:
    """Flags of a Chromium whose microphone is a tone. Pages still need the permission."""
    # Chromium plays the file again and again: whole periods, so that the seam is not heard.
    file = folder / "microphone.wav"
    write_wav(file, tone(tone_hz, 10, 48_000), 48_000)
    return ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={file}"]


class Browser:
    """One Chromium process: its microphone is a steady tone (Hz), its pages share one profile."""

    def __init__(self, folder: Path, *, tone_hz: float | None = 440.0, locale: str = "en-GB") -> None:
        """`folder` is its own; the tone's file is written there. `tone_hz` None: no microphone is there."""
        self._folder, self._tone, self._locale = folder, tone_hz, locale
        self._playwright: Playwright | None = None
        self._process: async_api.Browser | None = None
        self._context: BrowserContext | None = None
        self.console: list[str] = []
        """What its pages complained about: errors of scripts and refusals of the content policy."""

    async def __aenter__(self) -> Browser:
        self._folder.mkdir(parents=True, exist_ok=True)
        flags = [*FLAGS, *([] if self._tone is None else microphone(self._folder, self._tone))]
        self._playwright = await async_playwright().start()
        self._process = await self._playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=flags
        )
        await self.renew()
        return self

    async def renew(
        self, permissions: Sequence[str] = ("microphone", "notifications"), **options: Any
    ) -> None:
        """Another profile, empty, in place of the one there was. `options`: as Playwright's `new_context`."""
        assert self._process is not None, "use `async with`"
        if self._context is not None:
            await self._context.close()
        self.console.clear()
        self._context = await self._process.new_context(
            **{
                "ignore_https_errors": True,
                "locale": self._locale,
                "permissions": list(permissions),
                "viewport": {"width": 1280, "height": 800},
                **options,
            }
        )
        await self._context.add_init_script(EAR)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self._process.close()
        if self._playwright is not None:
            await self._playwright.stop()

    @property
    def context(self) -> BrowserContext:
        """Playwright's context: cookies, permissions, network conditions."""
        assert self._context is not None, "use `async with`"
        return self._context

    async def page(self, url: str) -> Page:
        """A new tab."""
        page = await self.context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on(
            "console", lambda message: self.console.append(message.text) if message.type == "error" else None
        )
        await page.goto(url, timeout=60_000)
        return page


async def hear(page: Page, seconds: float) -> tuple[Samples, int]:
    """What a page's call brings during so many seconds: samples and rate; nothing when no call is live."""
    rate, text = await page.evaluate(_LISTEN, seconds)
    return np.frombuffer(base64.b64decode(text), dtype="<i2").astype(np.int16), int(rate)
