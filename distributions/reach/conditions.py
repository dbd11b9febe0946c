"""A statement's conditions, held against what is known of a request. What isn't known is said, never guessed.

Sources: IAM User Guide, "IAM JSON policy elements: Condition operators", "AWS global condition context keys"; Amazon S3
User Guide, "Bucket policy examples using condition keys".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from distributions.reach.visitors import Control, Identity, Stranger, Visitor
from distributions.reach.wildcards import fits, fits_arn

# Of a request: the value by the key in lower case; None where the key is known to be absent. Others can't be known.
Facts = Mapping[str, str | None]
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
}
_PLAIN = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "IpAddress"}


@dataclass(frozen=True)
class Told:
    """`value` None: can't be told, and `why`."""

    value: bool | None
    why: str = ""


def all_of(parts: Iterable[Told]) -> Told:
    """One that is false decides, whatever can't be told of the others."""
    unsure: Told | None = None
    for part in parts:
        if part.value is False:
            return part
        if part.value is None and unsure is None:
            unsure = part
    return unsure or Told(True)


def any_of(parts: Iterable[Told]) -> Told:
    unsure: Told | None = None
    for part in parts:
        if part.value:
            return part
        if part.value is None and unsure is None:
            unsure = part
    return unsure or Told(False)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def facts_of(visitor: Visitor) -> dict[str, str | None]:
    """Of a request from the internet: no VPC endpoint lies on its way. CloudFront's viewers are taken to use HTTPS, which
    CloudFront then uses too (Developer Guide, "Require HTTPS for communication between CloudFront and your Amazon S3
    origin"); from which address it asks is nobody's to know.
    """
    facts: dict[str, str | None] = dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"))
    match visitor:
        case Stranger():
            absent = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:principalarn")
            facts |= dict.fromkeys((*absent, "aws:principalorgid", "aws:principalservicename", "aws:username"))
            facts |= {"aws:principalaccount": "anonymous", "aws:principaltype": "Anonymous", "aws:userid": "anonymous"}
            facts |= {"aws:principalisawsservice": "false", "aws:securetransport": "true" if visitor.secure else "false"}
            if visitor.ip:
                facts["aws:sourceip"] = visitor.ip
        case Control():
            facts |= {"aws:sourcearn": visitor.distribution_arn, "aws:sourceaccount": visitor.account_id}
            facts |= {"aws:principalisawsservice": "true", "aws:principalservicename": "cloudfront.amazonaws.com"}
            facts |= {"aws:securetransport": "true"}
        case Identity():
            facts |= dict.fromkeys(("aws:sourcearn", "aws:sourceaccount"))
            facts |= {"aws:principalisawsservice": "false", "aws:securetransport": "true"}
    return facts


def hold(condition: Any, facts: Facts, *, variables: bool) -> Told:
    """Whether all of a statement's conditions hold. With `variables`, `${…}` in a value stands for something else."""
    if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
        return Told(None, "its conditions are not written as conditions are")
    return all_of(
        _holds(operator, key, listed(values), facts, variables)
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _holds(operator: str, key: str, values: list[Any], facts: Facts, variables: bool) -> Told:
    name = operator.removesuffix("IfExists")
    optional = name != operator
    if name not in _PLAIN and name not in NEGATED and operator != "Null":
        return Told(None, f"it compares by “{operator}”, which is not weighed here")
    if key.lower() not in facts:
        return Told(None, f"it depends on “{key}”, which is not known beforehand")
    actual = facts[key.lower()]
    wanted = [_text(value) for value in values]
    if operator == "Null":
        return Told(any((actual is None) == (value.lower() == "true") for value in wanted))
    if actual is None:
        return Told(optional or name in NEGATED)
    found = any_of(_compared(NEGATED.get(name, name), value, actual, variables) for value in wanted)
    return Told(None if found.value is None else found.value != (name in NEGATED), found.why)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compared(operator: str, wanted: str, actual: str, variables: bool) -> Told:
    if variables and "${" in wanted:
        return Told(None, f"it holds the variable “{wanted}”, which is not weighed here")
    match operator:
        case "StringEquals":
            return Told(wanted == actual)
        case "StringEqualsIgnoreCase" | "Bool":
            return Told(wanted.lower() == actual.lower())
        case "StringLike":
            return Told(fits(wanted, actual))
        case "IpAddress":
            try:
                return Told(ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False))
            except ValueError:
                return Told(None, f"“{wanted}” is no range of addresses")
    return Told(fits_arn(wanted, actual), f"“{wanted}” is no ARN")
