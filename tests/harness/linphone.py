"""Drives a real linphonec without a sound card, over its standard input."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

from tests.harness.audio import Samples, read_wav, tone, write_wav
from tests.harness.ports import free_port
from tests.harness.rtp import Place

_CODECS = (
    ("opus", 48000, 2),
    ("PCMU", 8000, 1),
    ("PCMA", 8000, 1),
    ("G722", 8000, 1),
    ("speex", 8000, 1),
    ("speex", 16000, 1),
    ("GSM", 8000, 1),
)


RUNNING = r"moving from state \S+ to LinphoneCallStreamsRunning"
"""In its log, when a call has sound."""


def installed() -> bool:
    """Whether linphonec is there."""
    return shutil.which("linphonec") is not None


class Linphone:
    """One linphonec process, registered as one user; it says a tone and records what it hears."""

    def __init__(
        self,
        folder: Path,
        extension: str,
        secret: str,
        server: Place,
        *,
        tone_hz: int = 660,
        codec: str = "opus",
        provisioning: str | None = None,
        authority: Path | None = None,
    ) -> None:
        """`folder` is its own and empty; `codec` is the only one enabled (opus, PCMU, PCMA, G722).

        With `provisioning`, an address, it knows nothing but that at the start, and whom to trust.
        """
        self.folder, self.extension = folder, extension
        self._secret, self._server, self._codec = secret, server, codec
        self._tone = tone_hz
        self._provisioning, self._authority = provisioning, authority
        self._process: asyncio.subprocess.Process | None = None

    def _write_configuration(self) -> None:
        (self.folder / ".local/share/linphone").mkdir(parents=True, exist_ok=True)
        write_wav(self.folder / "tone.wav", tone(self._tone, 60.0, 16000, 6000), 16000)
        if self._provisioning is not None:
            # Its TLS compares names only: an address in a certificate is none to it.
            new = [
                "[misc]",
                f"config-uri={self._provisioning}",
                "[sip]",
                f"root_ca={self._authority}",
                "verify_server_cn=0",
            ]
            new += [f"sip_port={free_port()}", "sip_tcp_port=0", "sip_tls_port=0", "[net]", "enable_ipv6=0"]
            new += ["[rtp]", f"audio_rtp_port={free_port()}"]
            (self.folder / "rc").write_text("\n".join(new) + "\n")
            return
        host = f"{self._server[0]}:{self._server[1]}"
        sections = [
            "[sip]",
            f"sip_port={free_port()}",
            "sip_tcp_port=0",
            "sip_tls_port=0",
            "media_encryption=none",
            "use_rfc2833=1",
            "use_info=0",
            "default_proxy=0",
            "[rtp]",
            f"audio_rtp_port={free_port()}",
            "[net]",
            "enable_ipv6=0",
            "[proxy_0]",
            f"reg_proxy=<sip:{host};transport=udp>",
            f"reg_identity=sip:{self.extension}@{host}",
            f"reg_route=<sip:{host};transport=udp;lr>",
            "reg_expires=120",
            "reg_sendregister=1",
            "publish=0",
            "[auth_info_0]",
            f"username={self.extension}",
            f"passwd={self._secret}",
            "realm=*",
        ]
        for number, (name, rate, channels) in enumerate(_CODECS):
            enabled = int(name == self._codec)
            sections += [f"[audio_codec_{number}]", f"mime={name}", f"rate={rate}", f"channels={channels}"]
            sections += [f"enabled={enabled}"]
        (self.folder / "rc").write_text("\n".join(sections) + "\n")

    async def start(self, *, seconds: float = 15.0) -> None:
        """Start it and wait until it is registered; raises TimeoutError."""
        self._write_configuration()
        environment = os.environ | {
            "HOME": str(self.folder),
            "XDG_DATA_HOME": str(self.folder / ".local/share"),
        }
        with (self.folder / "out").open("wb") as out:
            self._process = await asyncio.create_subprocess_exec(
                "linphonec",
                *("-c", str(self.folder / "rc"), "-d", "6", "-l", str(self.folder / "lp.log")),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=environment,
            )
        await self.command("soundcard use files")
        await self.printed(r"LinphoneRegistrationOk", seconds=seconds)
        await self.command(f"play {self.folder / 'tone.wav'}")
        await self.command(f"record {self.folder / 'heard.wav'}")

    async def command(self, line: str) -> None:
        """One line on its standard input."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    def output(self) -> str:
        """All it printed and logged."""
        paths = (self.folder / "out", self.folder / "lp.log")
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    async def printed(self, pattern: str, *, seconds: float = 5.0, times: int = 1) -> None:
        """Wait until something is printed or logged, so many times; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(re.findall(pattern, self.output())) < times:  # noqa: ASYNC110 (a file says no when it grows)
                await asyncio.sleep(0.05)

    async def dial(self, user: str) -> None:
        """Call a user of the server and wait for the answer."""
        running = len(re.findall(RUNNING, self.output()))
        await self.command(f"call {self.uri(user)}")
        await self.printed(RUNNING, seconds=10, times=running + 1)

    def uri(self, user: str) -> str:
        """A user of the server."""
        return f"sip:{user}@{self._server[0]}:{self._server[1]}"

    async def answer(self, *, calls: int = 1) -> None:
        """Take the call that rings; it is the so many-th that came."""
        await self.printed(r"Receiving new incoming call", seconds=10, times=calls)
        running = len(re.findall(RUNNING, self.output()))
        await self.command("answer")
        await self.printed(RUNNING, seconds=10, times=running + 1)

    async def hold(self) -> None:
        """Put the call on hold."""
        await self.command("pause")
        await self.printed(r"to LinphoneCallPaused\b", seconds=10)

    async def digits(self, digits: str) -> None:
        """Key digits (one typed within half a second of the answer can get lost)."""
        for digit in digits:
            await self.command(digit)
            await asyncio.sleep(0.35)

    def heard(self) -> tuple[Samples, int]:
        """What it recorded; read it after `stop`."""
        return read_wav(self.folder / "heard.wav")

    async def stop(self) -> None:
        """Hang up and end it."""
        if self._process is None or self._process.returncode is not None:
            return
        try:
            await self.command("terminate")
            await asyncio.sleep(0.5)
            await self.command("quit")
            async with asyncio.timeout(4):
                await self._process.wait()
        except (TimeoutError, ConnectionError):
            self._process.kill()
            await self._process.wait()
