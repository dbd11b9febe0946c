"""The master keys that wrap every secret's own data key: from the environment, or a file of mode 0600."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

from cdnadmin.errors import VaultError


@dataclass(frozen=True)
class MasterKey:
    """32 bytes, and an id derived from them that may be stored and shown."""

    raw: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"cdnadmin master key id" + self.raw).hexdigest()[:16]


def master_keys() -> tuple[MasterKey, ...]:
    """All master keys, the one that seals first. Raises VaultError with what to mend."""
    return _load(settings.VAULT_KEY, settings.VAULT_KEY_FILE, settings.PRODUCTION)


@cache
def _load(text: str, file: Path, production: bool) -> tuple[MasterKey, ...]:
    if not text:
        text = _read_or_make(file, production)
    keys = tuple(_decode(part) for part in text.replace("\n", ",").split(",") if part.strip())
    if not keys:
        raise VaultError("The vault has no master key: set VAULT_KEY, or write one into VAULT_KEY_FILE.")
    return keys


def _decode(text: str) -> MasterKey:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise VaultError("VAULT_KEY: a master key is the Base64 of 32 bytes.")
    return MasterKey(raw)


def _read_or_make(file: Path, production: bool) -> str:
    try:
        if not file.exists() and not production:
            _make(file)
        mode = file.stat().st_mode
        if mode & 0o077:
            raise VaultError(f"Others can read the master key in {file}: chmod 600 it, and consider it known to them.")
        return file.read_text("ascii")
    except UnicodeDecodeError:  # its own message would show a byte of the key
        raise VaultError(f"{file} holds no master key: one is the Base64 of 32 bytes.") from None
    except OSError:
        raise VaultError(f"The master key can't be read from {file}: set VAULT_KEY or VAULT_KEY_FILE.") from None


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    made = base64.b64encode(os.urandom(32)) + b"\n"
    # Written whole under another name, then linked: processes and threads that start at once agree on one key.
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, made)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(unfinished, file)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
