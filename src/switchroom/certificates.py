"""A local certificate authority, for TLS and HTTPS before an owner brings a certificate of his own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397
RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of a PEM chain and its key; `authority` is what clients must trust, None for an own one."""

    chain: Path
    key: Path
    authority: Path | None


def ensure(folder: Path, names: Iterable[str], now: dt.datetime) -> CertificateFiles:
    """Make what is missing in `folder`: authority, and a certificate for `names` (hosts, addresses).

    A certificate that ends within 30 days, or lacks one of the names, is made anew; the authority stays.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = CertificateFiles(folder / "server.pem", folder / "server.key", folder / "authority.pem")
    authority_key_path = folder / "authority.key"
    wanted = sorted(set(names))
    if not (folder / "authority.pem").exists() or not authority_key_path.exists():
        _make_authority(folder / "authority.pem", authority_key_path, now)
    elif _is_current(files.chain, wanted, now) and files.key.exists():
        return files
    _make_server(files, folder / "authority.pem", authority_key_path, wanted, now)
    return files


@dataclass(frozen=True, slots=True)
class Described:
    """What a certificate says of itself."""

    names: tuple[str, ...]
    """Hosts and addresses it is for."""
    expires_at: float
    """Seconds since the epoch."""
    fingerprint: str
    """SHA-256, as `AA:BB:...`: what browsers and phones show."""


def describe(path: Path) -> Described:
    """The first certificate of a PEM file. Raises OSError, ValueError."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(str(name.value) for name in extension.value)
    except x509.ExtensionNotFound:
        names = ()
    digest = certificate.fingerprint(hashes.SHA256())
    return Described(names, certificate.not_valid_after_utc.timestamp(), digest.hex(":").upper())


class Renewal:
    """Notices that the files of a certificate were replaced, and loads them into the contexts in use.

    New connections get the new certificate; those that are open, and the calls on them, go on.
    """

    def __init__(self, files: CertificateFiles, context: ssl.SSLContext) -> None:
        self._files = files
        self._context = context
        self._stamp = self._look()

    def renew(self) -> bool:
        """Load what is new; True when something was. Raises OSError, ssl.SSLError: then the old one stays.

        A chain and a key that do not fit (one was replaced, the other is about to be) are tried again at
        the next call.
        """
        stamp = self._look()
        if stamp == self._stamp:
            return False
        server_context(self._files)
        self._context.load_cert_chain(self._files.chain, self._files.key)
        self._stamp = stamp
        return True

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        found = [path.stat() for path in (self._files.chain, self._files.key)]
        return tuple((item.st_mtime_ns, item.st_size, item.st_ino) for item in found)


def server_context(files: CertificateFiles) -> ssl.SSLContext:
    """TLS context for listeners: TLS 1.2 and up. Raises OSError or ssl.SSLError for unusable files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.chain, files.key)
    return context


def _is_current(chain: Path, wanted: list[str], now: dt.datetime) -> bool:
    if not chain.exists():
        return False
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    if certificate.not_valid_after_utc - now < dt.timedelta(days=RENEW_DAYS):
        return False
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return sorted(str(name.value) for name in extension.value) == wanted


def _make_authority(chain: Path, key_path: Path, now: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Switchroom local authority")])
    certificate = (
        _builder(name, name, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(sign_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _make_server(
    files: CertificateFiles, authority_chain: Path, authority_key: Path, names: list[str], now: dt.datetime
) -> None:
    authority = x509.load_pem_x509_certificate(authority_chain.read_bytes())
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _builder(subject, authority.subject, key, now, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(files.key, key)
    pem = serialization.Encoding.PEM
    files.chain.write_bytes(certificate.public_bytes(pem) + authority.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
