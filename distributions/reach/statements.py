"""A bucket policy, weighed for one request: what in it forbids, what allows, and of what that can't be told.

Sources: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal", "IAM JSON policy elements:
NotPrincipal", "… NotAction", "… NotResource".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributions.reach.conditions import Facts, Told, all_of, any_of, hold, listed
from distributions.reach.visitors import Control, Identity, Visitor
from distributions.reach.wildcards import fits, fits_arn

SERVICE = "cloudfront.amazonaws.com"
_KINDS = {"AWS", "Service", "CanonicalUser", "Federated"}


@dataclass(frozen=True)
class Asked:
    visitor: Visitor
    action: str
    resource: str
    facts: Facts


@dataclass(frozen=True)
class Weighed:
    """The statements by their names, "" where there is none; `unsure_…` also say why, to go after a colon."""

    denies: str = ""
    unsure_denies: str = ""
    allows: str = ""
    unsure_allows: str = ""


def statements_of(policy: Mapping[str, Any] | None) -> list[Any]:
    return listed(policy["Statement"]) if policy and "Statement" in policy else []


def name_of(statement: Any, number: int) -> str:
    """How a person finds it: by its Sid, else by where it stands (from 1)."""
    sid = statement.get("Sid") if isinstance(statement, Mapping) else ""
    return f"the statement “{sid}” of the bucket’s policy" if sid else f"statement {number} of the bucket’s policy"


def weigh(policy: Mapping[str, Any] | None, asked: Asked) -> Weighed:
    """The first statement of each sort."""
    # Variables came with this version; before, `${` is what it looks like ("IAM policy elements: Variables and tags").
    variables = policy is not None and policy.get("Version") == "2012-10-17"
    found = {"denies": "", "unsure_denies": "", "allows": "", "unsure_allows": ""}
    for number, statement in enumerate(statements_of(policy), start=1):
        name = name_of(statement, number)
        told = _applies(statement, asked, variables)
        if told.value is False:
            continue
        effect = statement.get("Effect") if isinstance(statement, Mapping) else None
        if effect not in {"Allow", "Deny"}:  # S3 takes none such: what it is, and does, is unknown
            found["unsure_denies"] = found["unsure_denies"] or f"{name} says neither Allow nor Deny"
            continue
        kind = "denies" if effect == "Deny" else "allows"
        if told.value:
            found[kind] = found[kind] or name
        else:
            verb = "may forbid it" if effect == "Deny" else "may allow it"
            found[f"unsure_{kind}"] = found[f"unsure_{kind}"] or f"{name} {verb}, but {told.why}"
    return Weighed(**found)


def _applies(statement: Any, asked: Asked, variables: bool) -> Told:
    if not isinstance(statement, Mapping):
        return Told(None, "it is not written as statements are")

    def action(pattern: str) -> Told:
        return Told(fits(pattern.lower(), asked.action.lower()))

    def resource(pattern: str) -> Told:
        if variables and "${" in pattern:
            return Told(None, f"it holds the variable “{pattern}”, which is not weighed here")
        return Told(fits_arn(pattern, asked.resource), f"“{pattern}” is no ARN")

    def principal(wanted: Any) -> Told:
        return is_principal(wanted, asked.visitor)

    return all_of(
        [
            _either(statement, "Principal", principal, as_list=False),
            _either(statement, "Action", action),
            _either(statement, "Resource", resource),
            hold(statement.get("Condition", {}), asked.facts, variables=variables),
        ]
    )


def _either(statement: Mapping[str, Any], name: str, test: Any, *, as_list: bool = True) -> Told:
    """By `name`, or by its opposite `Not…`."""
    negated = name not in statement
    if negated and f"Not{name}" not in statement:
        return Told(None, f"it has no {name}")
    value = statement[f"Not{name}" if negated else name]
    found = any_of(test(str(item)) for item in listed(value)) if as_list else test(value)
    return Told(not found.value, found.why) if negated and found.value is not None else found


def is_principal(wanted: Any, visitor: Visitor) -> Told:
    """Whether a Principal names this visitor. `*` and {"AWS": "*"} are everybody, strangers and services too."""
    if wanted == "*":
        return Told(True)
    if not isinstance(wanted, Mapping):
        return Told(None, "its Principal is not written as principals are")
    if unknown := set(wanted) - _KINDS:
        return Told(None, f"a Principal of the kind “{min(unknown)}” is not known")
    pairs = [(kind, value) for kind, values in wanted.items() for value in listed(values)]
    return any_of(_names(kind, value, visitor) for kind, value in pairs)


def _names(kind: str, value: Any, visitor: Visitor) -> Told:
    if kind == "AWS" and value == "*":
        return Told(True)
    if kind == "Service" and isinstance(visitor, Control):
        if "*" in str(value):
            return Told(None, f"its Principal “{value}” is no service’s name")
        return Told(value == SERVICE)
    if isinstance(visitor, Identity):
        return Told((kind, value) in {("AWS", visitor.arn), ("CanonicalUser", visitor.canonical_user_id)})
    return Told(False)
