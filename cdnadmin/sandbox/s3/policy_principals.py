"""Whom a bucket policy names: accounts, services, and CloudFront's origin access identities, of whom S3 keeps the ARN.

Sources: S3 User Guide, "Principals for bucket policies"; CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.permissions import USER_ARN
from cdnadmin.sandbox.principals import (
    ACCOUNT_ID,
    OWNER_CANONICAL_ID,
    Anonymous,
    CloudFrontService,
    OriginAccessIdentity,
    Owner,
    Principal,
)

IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "
_PRINCIPALS = {
    "AWS": r"\*|\d{12}|arn:aws:(iam|sts)::(\d{12}|cloudfront):.+",
    "Service": r"[a-z0-9.-]+\.amazonaws\.com",
    "CanonicalUser": r"[0-9a-f]{64}|[0-9a-f]{96}",
}
# Of an account's canonical user id; an origin access identity's is longer.
_ACCOUNTS_DIGITS = 64


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def check_principals(wanted: Any, identities: Mapping[str, str]) -> None:
    """Principals must be of a kind that AWS knows, and origin access identities must exist."""
    invalid = Fault(400, "MalformedPolicy", "Invalid principal in policy")
    if wanted == "*":
        return
    if not isinstance(wanted, dict) or not wanted or not set(wanted) <= {"AWS", "Service", "CanonicalUser", "Federated"}:
        raise invalid
    for kind, values in wanted.items():
        for value in listed(values):
            fits = isinstance(value, str) and (kind not in _PRINCIPALS or re.fullmatch(_PRINCIPALS[kind], value) is not None)
            if not fits or (value.startswith(IDENTITY) and value.removeprefix(IDENTITY) not in identities):
                raise invalid
            if kind == "CanonicalUser" and len(value) != _ACCOUNTS_DIGITS and value not in identities.values():
                raise invalid


def by_arn(statement: Mapping[str, Any], by_canonical: Mapping[str, str]) -> dict[str, Any]:
    """An identity that was named by its canonical user id is kept by its ARN."""
    changed = dict(statement)
    for name in {"Principal", "NotPrincipal"} & set(statement):
        wanted = statement[name]
        if not isinstance(wanted, Mapping) or "CanonicalUser" not in wanted:
            continue
        ids = listed(wanted["CanonicalUser"])
        arns = [*listed(wanted.get("AWS", [])), *(by_canonical[id] for id in ids if id in by_canonical)]
        rest = [id for id in ids if id not in by_canonical]
        kept = {kind: values for kind, values in wanted.items() if kind not in {"AWS", "CanonicalUser"}}
        changed[name] = {**kept, **_some("AWS", arns), **_some("CanonicalUser", rest)}
    return changed


def _some(kind: str, values: list[Any]) -> dict[str, Any]:
    return {kind: values[0] if len(values) == 1 else values} if values else {}


def shown(document: Mapping[str, Any], identities: Mapping[str, str]) -> dict[str, Any]:
    """A kept policy as GetBucketPolicy answers it: an identity that was deleted is a unique id, which nobody can put again.

    Source: S3 User Guide, "Principals for bucket policies".
    """
    text = json.dumps(document)
    for id in set(re.findall(rf"{IDENTITY}([A-Z0-9]+)", text)) - set(identities):
        unique = base64.b32encode(hashlib.sha256(id.encode()).digest()).decode()[:17]
        text = text.replace(f'"{IDENTITY}{id}"', f'"AIDA{unique}"')
    kept: dict[str, Any] = json.loads(text)
    return kept


def is_principal(wanted: Any, principal: Principal) -> bool:
    if wanted == "*":
        return True
    for kind, values in wanted.items():
        for value in listed(values):
            if kind == "AWS" and value == "*":
                return True
            match principal:
                case CloudFrontService():
                    if kind == "Service" and value == "cloudfront.amazonaws.com":
                        return True
                case OriginAccessIdentity():
                    if (kind == "AWS" and value == principal.arn) or (
                        kind == "CanonicalUser" and value == principal.canonical_user_id
                    ):
                        return True
                case Owner():
                    if kind == "AWS" and value in {ACCOUNT_ID, f"arn:aws:iam::{ACCOUNT_ID}:root", USER_ARN}:
                        return True
                    if kind == "CanonicalUser" and value == OWNER_CANONICAL_ID:
                        return True
                case Anonymous():
                    pass
    return False
