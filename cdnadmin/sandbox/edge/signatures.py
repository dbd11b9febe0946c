"""Signed URLs and cookies. Source: Developer Guide, "Serve private content with signed URLs and signed cookies"."""

from __future__ import annotations

import time
from typing import Any

from cdnadmin.sandbox.cloudfront.key_pairs import keys_of_signers
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.edge.routing import host_name
from cdnadmin.sandbox.http import Fault, Request
from cdnadmin.signing import verify_request

# What a signed URL adds to a query: neither the origin nor the cache gets to see it.
QUERY_NAMES = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})


def needs_signature(behavior: dict[str, Any]) -> bool:
    return bool(behavior["TrustedKeyGroups"]["Enabled"] or behavior["TrustedSigners"]["Enabled"])


def check_signature(store: Store, request: Request, behavior: dict[str, Any]) -> None:
    """Raises Fault 403 where the behavior needs a signature and the request has no good one."""
    if not needs_signature(behavior):
        return
    keys = keys_of_signers(store, behavior["TrustedSigners"].get("Items", []))
    for id in behavior["TrustedKeyGroups"].get("Items", []):
        group = store.get("key-group", id)
        effective = group.at_edges if group else None
        for key_id in effective["Items"] if effective else []:
            if key := store.get("public-key", key_id):
                keys[key_id] = key.config["EncodedKey"]
    hosts = list(dict.fromkeys([request.host, host_name(request.host)]))
    verdict = verify_request(
        scheme_host=[f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts],
        raw_path=request.raw_path,
        raw_query=request.raw_query,
        cookies=cookies(request),
        keys=keys,
        now=int(time.time()),
        ip=request.remote_ip,
    )
    if not verdict.ok:
        raise Fault(403, verdict.code, "Access denied" if verdict.code == "AccessDenied" else verdict.message)


def cookies(request: Request) -> dict[str, str]:
    """The request's cookies, as servers read them: one that a browser was given by others' scripts spoils no other."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, sign, value in pairs if sign and name.strip()}
