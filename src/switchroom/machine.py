"""The machine as the console's system page shows it: `doctor`'s findings, addresses, certificate, prompts."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

from switchroom import setup
from switchroom.api.ports import MachineCertificate, MachineCheck, MachineFacts, PhoneServer, PromptFiles
from switchroom.certificates import describe
from switchroom.directory.model import LANGUAGES
from switchroom.doctor import examine, own_addresses
from switchroom.options import Options
from switchroom.sounds.prompts import load_manifest
from switchroom.sounds.recordings import ATTRIBUTION

_FRESH_SECONDS = 3.0
"""However often somebody asks, the machine is not looked at more often."""


class ThisMachine:
    """`api.ports.Machine` over the options of a running node."""

    def __init__(self, options: Options, clock: Callable[[], float] = time.time) -> None:
        self._options = options
        self._clock = clock
        self._started_at = clock()
        self._looking = asyncio.Lock()
        self._seen: tuple[float, MachineFacts] | None = None

    async def facts(self) -> MachineFacts:
        """As it is, or was three seconds ago."""
        async with self._looking:
            if self._seen is None or not 0 <= self._clock() - self._seen[0] < _FRESH_SECONDS:
                self._seen = (self._clock(), await asyncio.to_thread(self._look))
            return self._seen[1]

    async def authority(self) -> bytes | None:
        """The local authority's certificate."""
        if self._options.certificate is not None:
            return None
        return await asyncio.to_thread(_authority_path(self._options).read_bytes)

    def phone_server(self) -> PhoneServer:
        """TLS and HTTPS where the certificate is one that phones trust already."""
        options = self._options
        host = setup.phone_address(options)
        if options.certificate is not None and options.hosts:
            host = options.hosts[0]
        place = f"[{host}]" if ":" in host else host
        trusted = options.certificate is not None
        secure = trusted and options.https_port
        scheme, web = ("https", options.https_port) if secure else ("http", options.http_port)
        https = f"https://{place}:{options.https_port}" if options.https_port else None
        if trusted and options.tls_port:
            return PhoneServer(f"{scheme}://{place}:{web}", host, options.tls_port, "tls", https)
        return PhoneServer(f"{scheme}://{place}:{web}", host, options.sip_port, "udp", https)

    def _look(self) -> MachineFacts:
        options = self._options
        low, high = options.rtp_ports
        return MachineFacts(
            started_at=self._started_at,
            phone_address=setup.phone_address(options),
            advertised_address=options.advertised_address,
            own_addresses=own_addresses(),
            hosts=options.hosts,
            ports={
                "sip": options.sip_port,
                "tls": options.tls_port,
                "http": options.http_port,
                "https": options.https_port,
                "console": options.console_port,
                "webrtc": getattr(options, "webrtc_port", 0),
                "rtp": f"{low}-{high}",
            },
            certificate=_certificate(options),
            prompts=_prompts(options.sounds),
            database=options.database_url.partition(":")[0].partition("+")[0],
            checks=[
                MachineCheck(
                    _slug(found.check),
                    found.check,
                    found.severity.value,
                    found.found,
                    found.cure,
                    found.code,
                    found.values,
                )
                for found in examine(options, running=True)
            ],
        )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _authority_path(options: Options) -> Path:
    return options.data / "tls" / "authority.pem"


def _certificate(options: Options) -> MachineCertificate | None:
    """What is shown to clients; None when it can not be read (a finding says why)."""
    try:
        shown = describe(options.certificate or options.data / "tls" / "server.pem")
        if options.certificate is not None:
            return MachineCertificate("own", shown.names, shown.expires_at, shown.fingerprint)
        authority = describe(_authority_path(options)).fingerprint
    except (OSError, ValueError):
        return None
    return MachineCertificate("authority", shown.names, shown.expires_at, shown.fingerprint, authority)


def _prompts(folder: Path) -> dict[str, PromptFiles]:
    counts = {language: [0, 0] for language in LANGUAGES}
    for name, sound in load_manifest(folder).items():
        language, separator, _ = name.partition("/")
        if separator and language in counts:
            counts[language][not sound.source.startswith(ATTRIBUTION)] += 1
    return {language: PromptFiles(*found) for language, found in counts.items()}
