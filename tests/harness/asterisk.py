"""Asterisk 22 as a telephone provider: chan_pjsip, one account that registers, a number that plays a tone.

Few Debian releases have a package of it: `tools/system-packages test` unpacks that of one that has, with all
libraries, in a folder of the cache (or `SWITCHROOM_ASTERISK_ROOT`), where its own loader runs it. Else it is
found on the PATH.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from tests.conftest import CACHE

USERNAME, SECRET = "4711", "line-secret"
TONE = 617
BUSY = "+12125550186"
"""A number that is busy; all others answer with the tone."""

_FILES = {
    "asterisk.conf": """[directories](!)
astetcdir => {here}
astrundir => {here}
astlogdir => {here}
astspooldir => {here}
astdbdir => {here}
astkeydir => {here}
astvarlibdir => {data}
astdatadir => {data}
astmoddir => {modules}
[options]
nocolor = yes
""",
    "modules.conf": "[modules]\nautoload=yes\nnoload => chan_iax2.so\nnoload => pbx_dundi.so\n",
    "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
    "indications.conf": "[general]\ncountry=us\n[us]\ndescription=US\nringcadence=2000,4000\ndial=350+440\n",
    "rtp.conf": "[general]\nrtpstart={rtp}\nrtpend={rtp_end}\n",
    "pjsip.conf": """[transport]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[{username}]
type=endpoint
context=pstn
disallow=all
allow=alaw,ulaw
auth={username}
aors={username}
direct_media=no
trust_id_inbound=yes
[{username}]
type=auth
auth_type=userpass
username={username}
password={secret}
[{username}]
type=aor
max_contacts=1
remove_existing=yes
qualify_frequency=2
""",
    "extensions.conf": """[pstn]
exten => {busy},1,Hangup(17)
exten => _+X.,1,Answer()
 same => n,Playtones({tone})
 same => n,Wait(60)
[caller]
exten => s,1,Playtones({tone})
 same => n,Wait(60)
""",
}


def root() -> Path | None:
    """The system that Asterisk is in; None: there is no Asterisk."""
    folder = Path(os.environ.get("SWITCHROOM_ASTERISK_ROOT") or CACHE / "asterisk")
    if (folder / "usr/sbin/asterisk").exists():
        return folder
    return Path("/") if shutil.which("asterisk") else None


def _program(found: Path) -> list[str]:
    """How it is started: in a folder by the loader and with the libraries that are there."""
    program = str(found / "usr/sbin/asterisk")
    if found == Path("/"):
        return [program]
    loader = next(found.glob("usr/lib/*/ld-linux*.so.*"))
    return [str(loader), "--library-path", str(loader.parent), program]


class Asterisk:
    """One Asterisk of its own."""

    def __init__(self, port: int, rtp: int) -> None:
        found = root()
        assert found is not None
        self.port = port
        self._folder = Path(tempfile.mkdtemp(prefix="provider-"))
        values = {
            "here": self._folder,
            "modules": next(found.glob("usr/lib/*/asterisk/modules")),
            "data": found / "usr/share/asterisk",
            "port": port,
            "rtp": rtp,
            "rtp_end": rtp + 20,
            "username": USERNAME,
            "secret": SECRET,
            "busy": BUSY,
            "tone": TONE,
        }
        for name, text in _FILES.items():
            (self._folder / name).write_text(text.format(**values).replace("(!)", ""))
        self._command = [*_program(found), "-C", str(self._folder / "asterisk.conf")]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Asterisk:
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *self._command, "-f", stdin=quiet, stdout=quiet, stderr=quiet
        )
        for _ in range(100):
            if "fully booted" in await self.say("core waitfullybooted"):
                return self
            await asyncio.sleep(0.1)
        raise AssertionError(f"Asterisk does not start: {self.log()}")

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def say(self, command: str) -> str:
        """A command of its console, and what it answers."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "-rx",
            command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return (await process.communicate())[0].decode(errors="replace")

    async def call(self, number: str) -> None:
        """Call a number of the account's, and play the tone once it answers."""
        await self.say(f"channel originate PJSIP/{number}@{USERNAME} extension s@caller")

    def log(self) -> str:
        """What went wrong."""
        found = self._folder / "messages"
        return found.read_text(errors="replace")[-2000:] if found.exists() else ""
