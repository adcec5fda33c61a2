"""Secrets: generated, hashed, encrypted. None is ever kept in clear."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Lower case letters and digits that are not mistaken for each other (no i, l, o, 0, 1)."""
_HASHING_THREADS = 2
_LOW_MEMORY_KIB = 32 * 1024


class KeyFileError(Exception):
    """The key file is missing, unreadable or not the one the database was written with."""


def generate_secret() -> str:
    """A secret of 138 bits for a phone or a person: 28 letters and digits, easy to type."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(28))


def generate_password() -> str:
    """A password of 99 bits in four groups of five letters and digits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def generate_id(prefix: str) -> str:
    """An identifier that was never used: the prefix, `-`, and 12 letters and digits (59 bits)."""
    return prefix + "-" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def generate_token() -> str:
    """A bearer token of 256 bits."""
    return "sw_" + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a bearer token. One round is enough for 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class DigestHashes:
    """H(username:realm:secret) in hexadecimal (RFC 7616 §3.4.2), by both algorithms."""

    md5: str
    sha256: str

    def __repr__(self) -> str:
        return "DigestHashes(...)"


def digest_hashes(username: str, realm: str, secret: str) -> DigestHashes:
    """The HA1 values of a credential."""
    text = f"{username}:{realm}:{secret}".encode()
    return DigestHashes(
        hashlib.md5(text, usedforsecurity=False).hexdigest(), hashlib.sha256(text).hexdigest()
    )


class Vault:
    """Encrypts what the database must not show: digest hashes and keys."""

    def __init__(self, key: bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise KeyFileError("The key file does not hold a key.") from error

    @classmethod
    def open(cls, path: Path, create: bool = True) -> Vault:
        """The vault of a key file, created readable for its owner only. Raises `KeyFileError`."""
        try:
            if create and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_new(path, Fernet.generate_key())
            return cls(path.read_bytes().strip())
        except FileNotFoundError:
            raise KeyFileError(f"The key file {path} is gone: restore it from a backup.") from None
        except OSError as error:
            raise KeyFileError(f"The key file {path} can not be used: {error.strerror}.") from error

    def encrypt(self, clear: bytes) -> bytes:
        """The token of `clear`, authenticated."""
        return self._fernet.encrypt(clear)

    def decrypt(self, token: bytes) -> bytes:
        """What was encrypted. Raises `KeyFileError` when another key did it."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken as error:
            raise KeyFileError("The database was written with another key file: restore that one.") from error


def _write_new(path: Path, content: bytes) -> None:
    """Write a file 0600 that appears complete or not at all; another process's file wins."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        os.unlink(temporary)


class Passwords:
    """Argon2id in a few threads, so that neither the loop waits nor many logins exhaust the machine."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=3, memory_cost=_LOW_MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(_HASHING_THREADS, thread_name_prefix="argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The password's hash, some 50 ms later."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right. No hash (an unknown login): same work, answer no."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._verify, password_hash, password
        )

    def _verify(self, password_hash: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_hex(16))
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
