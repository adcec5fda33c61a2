"""Drives a real baresip without a sound card: a tone goes out, what is heard lands in WAV files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.harness.audio import Samples, read_wav
from tests.harness.ports import free_port, free_range
from tests.harness.rtp import Place

_MODULES = {"opus": "opus.so", "PCMU": "g711.so", "PCMA": "g711.so", "G722": "g722.so"}
_CODEC_NAMES = {"opus": "opus/48000/2", "PCMU": "PCMU/8000/1", "PCMA": "PCMA/8000/1", "G722": "G722/16000/1"}


def _module_folder() -> Path:
    """Where baresip's modules are: not the place its own default says on every system."""
    places = [*Path("/usr/lib").glob("*/baresip/modules"), Path("/usr/local/lib/baresip/modules")]
    return next((place for place in places if place.is_dir()), Path("/usr/lib/baresip/modules"))


def installed() -> bool:
    """Whether baresip is there."""
    return shutil.which("baresip") is not None


class Baresip:
    """One baresip process, registered as one user."""

    def __init__(
        self,
        folder: Path,
        extension: str,
        secret: str,
        server: Place,
        *,
        tone: int = 440,
        codecs: Sequence[str] = ("PCMU",),
        transport: str = "udp",
        media_encryption: str | None = None,
        answer: str = "auto",
        waiting: bool = False,
    ) -> None:
        """`folder` is its own and empty; `transport` udp, tcp or tls; `answer` auto or manual; `waiting`: it
        subscribes to its messages (`messages`)."""
        self.folder, self.extension = folder, extension
        self._secret, self._server = secret, server
        self._tone, self._codecs, self._transport = tone, tuple(codecs), transport
        self._encryption, self._answer, self._waiting = media_encryption, answer, waiting
        self._control_port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.events: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._responses: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def _write_configuration(self) -> None:
        snd = self.folder / "snd"
        snd.mkdir(parents=True, exist_ok=True)
        rtp = free_range(20)
        codecs = sorted({_MODULES[codec] for codec in self._codecs})
        modules = [*codecs, "aubridge.so", "ausine.so", "sndfile.so"]
        if self._encryption:
            modules += ["srtp.so"]
        lines = [
            f"module_path {_module_folder()}",
            "poll_method epoll",
            "sip_listen 127.0.0.1:0",
            "net_interface 127.0.0.1",
            f"audio_source ausine,{self._tone}",
            f"audio_player aubridge,sink{self.extension}",
            f"audio_alert aubridge,alert{self.extension}",
            "ausrc_srate 48000",
            "ausrc_channels 2",
            "auplay_srate 48000",
            "auplay_channels 1",
            *(f"module {module}" for module in modules),
            "module_tmp uuid.so",
            "module_tmp account.so",
            "module_app ctrl_tcp.so",
            "module_app menu.so",
            *(["module_app mwi.so"] if self._waiting else []),
            f"ctrl_tcp_listen 127.0.0.1:{self._control_port}",
            f"snd_path {snd}",
            f"rtp_ports {rtp}-{rtp + 19}",
        ]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        host = f"{self._server[0]}:{self._server[1]}"
        names = ",".join(_CODEC_NAMES[codec] for codec in self._codecs)
        account = (
            f"<sip:{self.extension}@{host};transport={self._transport}>;auth_user={self.extension};"
            f"auth_pass={self._secret};answermode={self._answer};regint=60;audio_codecs={names}"
        )
        if self._encryption:
            account += f";mediaenc={self._encryption}"
        (self.folder / "accounts").write_text(
            account + f';outbound="sip:{host};transport={self._transport}"\n'
        )
        (self.folder / "contacts").write_text("")

    async def start(self, *, seconds: float = 10.0) -> None:
        """Start it and wait until it is registered; raises TimeoutError."""
        self._write_configuration()
        with (self.folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                "baresip",
                "-f",
                str(self.folder),
                "-4",
                "-s",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(seconds):
            while True:
                try:
                    self._reader, self._writer = await asyncio.open_connection(
                        "127.0.0.1", self._control_port
                    )
                    break
                except OSError:
                    await asyncio.sleep(0.05)
            self._task = asyncio.get_running_loop().create_task(self._read())
            while True:
                information = await self.command("reginfo")
                if "OK" in information.get("data", ""):
                    return
                await asyncio.sleep(0.1)

    async def _read(self) -> None:
        assert self._reader is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                size = int((await self._reader.readuntil(b":"))[:-1])
                message = json.loads(await self._reader.readexactly(size))
                await self._reader.readexactly(1)
                if message.get("event"):
                    self.events.append(message)
                    self._news.set()
                else:
                    self._responses.put_nowait(message)

    async def command(self, name: str, parameters: str = "") -> dict[str, Any]:
        """One command of baresip (dial, accept, hangup, hold, resume, sndcode, ...); its answer."""
        assert self._writer is not None
        text = json.dumps({"command": name, "params": parameters, "token": name})
        self._writer.write(f"{len(text)}:{text},".encode())
        async with asyncio.timeout(5):
            return await self._responses.get()

    async def dial(self, user: str) -> None:
        """Call a user of the server."""
        host = f"{self._server[0]}:{self._server[1]}"
        await self.command("dial", f"sip:{user}@{host};transport={self._transport}")

    async def digits(self, digits: str) -> None:
        """Key digits."""
        for digit in digits:
            await self.command("sndcode", digit)
            await asyncio.sleep(0.3)

    async def event(self, kind: str, *, seconds: float = 5.0) -> dict[str, Any]:
        """Wait for an event, e.g. CALL_ESTABLISHED or CALL_CLOSED; those seen before count too, once."""
        async with asyncio.timeout(seconds):
            while True:
                for message in self.events:
                    if message.get("type") == kind:
                        self.events.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    def heard(self) -> tuple[Samples, int]:
        """All that the last call brought; read it when the call is over, so that the file is complete."""
        files = sorted((self.folder / "snd").glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        if not files:
            raise FileNotFoundError(f"baresip {self.extension} recorded nothing: {self.log()}")
        return read_wav(files[-1])

    def messages(self) -> str:
        """What it was told last about messages that wait; empty: nothing yet."""
        printed = (self.folder / "log").read_text(errors="replace")
        return printed.rpartition("----- MWI for ")[2].partition("\n\n")[0] if "----- MWI" in printed else ""

    def log(self) -> str:
        """The end of what it printed."""
        path = self.folder / "log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    async def stop(self) -> None:
        """Hang up and end it."""
        if self._writer is not None:
            with contextlib.suppress(TimeoutError, ConnectionError):
                await self.command("hangup")
                await asyncio.sleep(0.2)
            self._writer.close()
        if self._task is not None:
            self._task.cancel()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(3):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
