"""Secrets at rest: AES-256-GCM, a data key for each secret, bound to the row and field it belongs to.

The associated data names table, row, field and version, so that a ciphertext moved elsewhere does not open.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cdnadmin.errors import VaultError
from cdnadmin.vault.master_keys import master_keys

VERSION = 1
__all__ = ["VERSION", "open_sealed", "seal"]


def seal(plain: bytes, *, table: str, row: str, field: str) -> dict[str, str | int]:
    """Encrypt a secret for one field of one row (`row`: its public id). The answer may be stored as JSON."""
    master = master_keys()[0]
    data_key = AESGCM.generate_key(256)
    return {
        "version": VERSION,
        "key_id": master.id,
        "wrapped_key": _encrypt(master.raw, data_key, _bound("data key", master.id, table, row, field)),
        "ciphertext": _encrypt(data_key, plain, _bound("secret", master.id, table, row, field)),
    }


def open_sealed(sealed: Mapping[str, object] | None, *, table: str, row: str, field: str) -> bytes:
    """Decrypt what `seal` made for this very field. Raises VaultError for anything else."""
    if not sealed:
        raise VaultError("No secret is stored here.")
    key_id = str(sealed.get("key_id", ""))
    if sealed.get("version") != VERSION:
        raise VaultError("This secret was sealed by another version of the vault.")
    master = next((key for key in master_keys() if key.id == key_id), None)
    if master is None:
        raise VaultError(f"This secret was sealed with master key {key_id[:16]}, which is not here: add it to VAULT_KEY.")
    data_key = _decrypt(master.raw, sealed.get("wrapped_key"), _bound("data key", key_id, table, row, field))
    return _decrypt(data_key, sealed.get("ciphertext"), _bound("secret", key_id, table, row, field))


def _bound(purpose: str, key_id: str, table: str, row: str, field: str) -> bytes:
    parts = [purpose, str(VERSION), key_id, table, row, field]
    return "".join(f"{len(part)}:{part};" for part in parts).encode()


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, associated)).decode("ascii")


def _decrypt(key: bytes, stored: object, associated: bytes) -> bytes:
    try:
        raw = base64.b64decode(str(stored), validate=True)
        if base64.b64encode(raw).decode("ascii") != stored:
            raise VaultError("A stored secret was changed: it does not open.")
        return AESGCM(key).decrypt(raw[:12], raw[12:], associated)
    except (InvalidTag, ValueError):
        raise VaultError("A stored secret was changed or moved: it does not open.") from None
