"""CloudFront key pairs of trusted signers: an account's root user makes them in the console, since AWS has no API for them.

Source: Developer Guide, "Specify signers that can create signed URLs and signed cookies"; CloudFront API Reference, "Signer".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from cdnadmin.errors import InvalidInput
from cdnadmin.sandbox.cloudfront.store import Store, Thing
from cdnadmin.sandbox.principals import ACCOUNT_ID
from cdnadmin.signing import load_public_key

_KIND = "key-pair"
ACTIVE_PER_ACCOUNT = 2


def _account(signer: str) -> str:
    """The 12 digits of a signer, which the account's own distributions may call `self`."""
    return ACCOUNT_ID if signer == "self" else signer


def put_key_pair(store: Store, *, account: str, id: str, public_key: str, active: bool = True) -> None:
    """Upload a key pair's public half (PEM), or change whether it is active. Raises ValueError for what no account can have."""
    account = _account(account)
    if not re.fullmatch(r"\d{12}", account):
        raise ValueError("account is self or 12 digits.")
    if not re.fullmatch(r"APKA[A-Z0-9]{4,28}", id):
        raise ValueError("id begins with APKA, as in APKA and sixteen capital letters and digits.")
    if not isinstance(active, bool):
        raise ValueError("active is true or false.")
    try:
        is_rsa = isinstance(load_public_key(public_key), RSAPublicKey)
    except (InvalidInput, AttributeError):
        is_rsa = False
    if not is_rsa:
        raise ValueError("public_key is an RSA 2048 public key in PEM form.")
    with store.lock:
        there = store.get(_KIND, id)
        if there and there.config["account"] != account:
            raise ValueError("another account has a key pair of this id.")
        if active and len(_active(store, account) - {id}) >= ACTIVE_PER_ACCOUNT:
            raise ValueError(f"an account has {ACTIVE_PER_ACCOUNT} active key pairs at most.")
        config = {"account": account, "public_key": public_key, "active": active}
        if there:
            there.config = config
            store.save_extra(there)
        else:
            store.add(Thing(_KIND, id, config), seconds=0)


def key_pairs(store: Store) -> list[dict[str, Any]]:
    """Each as put_key_pair takes it; the sandbox's own account is `self`."""
    shown = []
    for thing in store.all(_KIND):
        account = thing.config["account"]
        shown.append({**thing.config, "account": "self" if account == ACCOUNT_ID else account, "id": thing.id})
    return shown


def delete_key_pairs(store: Store, id: str = "") -> int:
    """Delete one, or all; how many there were."""
    with store.lock:
        doomed = [thing for thing in store.all(_KIND) if id in {"", thing.id}]
        for thing in doomed:
            store.remove(thing)
    return len(doomed)


def _active(store: Store, account: str) -> set[str]:
    return {thing.id for thing in store.all(_KIND) if thing.config["account"] == account and thing.config["active"]}


def keys_of_signers(store: Store, signers: Iterable[str]) -> dict[str, str]:
    """Public keys (PEM) by key pair id, of these trusted signers' active key pairs."""
    accounts = {_account(signer) for signer in signers}
    things = [thing for thing in store.all(_KIND) if thing.config["account"] in accounts and thing.config["active"]]
    return {thing.id: thing.config["public_key"] for thing in things}


def active_signers(store: Store, signers: Iterable[str]) -> dict[str, Any]:
    """ActiveTrustedSigners: each trusted signer, with the ids of its active key pairs; one without any can't sign."""
    items = []
    for account in sorted({_account(signer) for signer in signers}):
        ids = sorted(_active(store, account))
        pairs = {"Quantity": len(ids), **({"Items": ids} if ids else {})}
        items.append({"AwsAccountNumber": "self" if account == ACCOUNT_ID else account, "KeyPairIds": pairs})
    return {"Enabled": bool(items), "Quantity": len(items), **({"Items": items} if items else {})}
