"""TLS contexts: a server certificate that can be renewed while running, and what we trust as a client."""

from __future__ import annotations

import ssl
from pathlib import Path


class ServerTls:
    """The context of TLS listeners, 1.2 and up; after `reload` new connections get the new certificate."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(chain, key)

    def reload(self) -> None:
        """Read the files again. Raises OSError or ssl.SSLError, and then the old certificate stays."""
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trial.load_cert_chain(self._chain, self._key)
        self.context.load_cert_chain(self._chain, self._key)


def client_context(authority: Path | None = None) -> ssl.SSLContext:
    """The context for connections we make: names are verified, by `authority` or what the system trusts."""
    context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64
"""Of X509_verify_cert_error_string."""


def fault_of(error: Exception) -> str:
    """Why a connection could not be made, as a stable code."""
    match error:
        case ssl.SSLCertVerificationError(verify_code=code):
            return {
                _EXPIRED: "certificate-expired",
                _NOT_YET: "certificate-expired",
                _OTHER_NAME: "certificate-name",
                _OTHER_ADDRESS: "certificate-name",
            }.get(code, "certificate-unknown")
        case ssl.SSLError():
            return "no-tls"
        case ConnectionRefusedError():
            return "connection-refused"
        case TimeoutError():
            return "connection-silent"
        case _:
            return "connection-failed"
