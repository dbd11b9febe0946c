"""Whether S3 calls a policy public. Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage",
under "The meaning of 'public'".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from distributions.reach.conditions import listed
from distributions.reach.statements import statements_of

# Conditions on these, by fixed values, make a statement for everybody one for few.
_NARROWING = {
    "aws:principalorgid",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}
# The guide counts "an AWS principal, user, role" without saying by which keys.
_PERHAPS = {"aws:principalarn", "aws:principalaccount"}
_NARROWING_OPERATORS = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"}
# The broadest ranges of addresses that are not yet the public: a /8 of IPv4, a /32 of IPv6.
_BROADEST = {4: 8, 6: 32}


def is_public_policy(policy: Mapping[str, Any] | None) -> bool:
    """As S3 decides it: it begins by assuming that a policy is public. One statement is enough."""
    return publicness(policy) is not False


def publicness(policy: Mapping[str, Any] | None) -> bool | None:
    """None where the guide does not say whether S3 counts a condition."""
    found = [_opens(statement) for statement in statements_of(policy)]
    if True in found:
        return True
    return None if None in found else False


def _opens(statement: Any) -> bool | None:
    if not isinstance(statement, Mapping):
        return True
    if statement.get("Effect") == "Deny":
        return False
    if "Principal" in statement and not _is_anybody(statement["Principal"]):
        return False
    fixed = set()
    condition = statement.get("Condition", {})
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        if operator in _NARROWING_OPERATORS and isinstance(keys, Mapping):
            fixed |= {key.lower() for key, values in keys.items() if _all_fixed(key.lower(), listed(values))}
    if fixed & _NARROWING:
        return False
    return None if fixed & _PERHAPS else True


def _is_anybody(principal: Any) -> bool:
    """Everybody, or all that somebody else signs in; not a fixed account, user, role or service."""
    if not isinstance(principal, Mapping):
        return True
    return "Federated" in principal or any("*" in str(value) for values in principal.values() for value in listed(values))


def _all_fixed(key: str, values: list[Any]) -> bool:
    return bool(values) and all(_is_fixed(key, str(value)) for value in values)


def _is_fixed(key: str, value: str) -> bool:
    if "${" in value:
        return False
    if key == "aws:sourceip":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= _BROADEST[network.version]
    if key == "s3:dataaccesspointarn":  # its name may be anything, as long as the account is fixed
        return re.fullmatch(r"arn:aws:s3:[a-z0-9-]+:\d{12}:accesspoint/.+", value) is not None
    if key == "aws:userid":
        value = value.removesuffix(":*") if not value.startswith("AROA") else value
    return not re.search(r"[*?]", value)
