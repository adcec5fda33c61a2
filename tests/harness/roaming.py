"""A Chromium on a host of a `Lab`, and a meter that says when its call was heard and when it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.async_api import BrowserContext, Page, Playwright, async_playwright

from tests.harness.audio import tone, write_wav
from tests.harness.browser import CHROMIUM, EAR
from tests.harness.lab import Lab

# For every 10 ms of what the call brings: when it was played (ms since 1970) and how loud (0 to 32767).
_METER = """
() => {
  window.__meter = [];
  const live = window.__tracks.filter((track) => track.readyState === "live");
  const reader = new MediaStreamTrackProcessor({ track: live[live.length - 1] }).readable.getReader();
  (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || !value) return;
      const plane = new Float32Array(value.numberOfFrames);
      value.copyTo(plane, { planeIndex: 0, format: "f32-planar" });
      value.close();
      let sum = 0;
      for (const sample of plane) sum += sample * sample;
      window.__meter.push([Date.now(), Math.round(32767 * Math.sqrt(sum / plane.length))]);
    }
  })();
}
"""

# The ways that are in use: protocol, kind and relay of our end, address of theirs.
_WAYS = """
async () => {
  const ways = [];
  for (const peer of window.__peers) {
    if (peer.connectionState === "closed") continue;
    const stats = await peer.getStats();
    const used = new Set();
    stats.forEach((entry) => entry.type === "transport" && used.add(entry.selectedCandidatePairId));
    for (const id of used) {
      const pair = stats.get(id);
      if (!pair) continue;
      const here = stats.get(pair.localCandidateId);
      const there = stats.get(pair.remoteCandidateId);
      ways.push({
        protocol: here.protocol, kind: here.candidateType, relay: here.relayProtocol ?? "",
        here: here.address, there: there.address,
      });
    }
  }
  return ways;
}
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence, from and to (seconds since 1970); `end` is None when it lasts."""

    begin: float
    end: float | None


def silences(rows: Sequence[tuple[float, float]], *, floor: float = 100.0, least: float = 0.1) -> list[Gap]:
    """Times of at least `least` seconds below `floor`, or without any frame, among (ms, level)."""
    found: list[Gap] = []
    begin: float | None = None
    before: float | None = None
    for at, level in rows:
        if before is not None and begin is None and at - before >= least * 1000:
            begin = before
        if level < floor:
            begin = at if begin is None else begin
        elif begin is not None:
            if at - begin >= least * 1000:
                found.append(Gap(begin / 1000, at / 1000))
            begin = None
        before = at
    if begin is not None:
        found.append(Gap(begin / 1000, None))
    return found


class RoamingBrowser:
    """One Chromium on a host, as people have it: no loopback in calls, the microphone is a tone (Hz)."""

    def __init__(
        self, lab: Lab, host: str, folder: Path, *, tone_hz: float = 440.0, flags: Sequence[str] = ()
    ) -> None:
        """`folder` is its own."""
        self._lab, self._host, self._folder, self._tone = lab, host, folder, tone_hz
        self._flags = flags
        self._playwright: Playwright | None = None
        self._context: BrowserContext | None = None

    async def __aenter__(self) -> RoamingBrowser:
        self._folder.mkdir(parents=True, exist_ok=True)
        microphone = self._folder / "microphone.wav"
        write_wav(microphone, tone(self._tone, 10, 48_000), 48_000)
        self._lab.settle(self._host)
        self._playwright = await async_playwright().start()
        self._context = await self._playwright.chromium.launch_persistent_context(
            str(self._folder / "profile"),
            executable_path=self._lab.wrapper(self._host, CHROMIUM, self._folder / "bin"),
            headless=True,
            ignore_https_errors=True,
            locale="en-GB",
            permissions=["microphone"],
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}",
                "--autoplay-policy=no-user-gesture-required",
                *self._flags,
            ],
        )
        await self._context.add_init_script(EAR)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._context is not None:
            await self._context.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def page(self, url: str) -> Page:
        """A new tab; it is given 20 s for whatever it shall do."""
        assert self._context is not None, "use `async with`"
        page = await self._context.new_page()
        page.set_default_timeout(20_000)
        await page.goto(url)
        return page


async def begin_metering(page: Page) -> None:
    """Measure what the call brings from now on."""
    await page.evaluate(_METER)


async def metered(page: Page) -> list[tuple[float, float]]:
    """(ms since 1970, level) for each 10 ms since then."""
    return [(at, level) for at, level in await page.evaluate("() => window.__meter")]


async def ways(page: Page) -> list[dict[str, Any]]:
    """The candidate pairs that calls of the page go by: `protocol`, `kind`, `relay`, `here`, `there`."""
    found: list[dict[str, Any]] = await page.evaluate(_WAYS)
    return found
