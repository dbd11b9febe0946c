"""Bucket policies, evaluated as S3 evaluates them: an explicit Deny first, then an Allow, else nothing.

Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import Principal
from cdnadmin.sandbox.s3.policy_principals import IDENTITY, by_arn, check_principals, is_principal, listed

LIMIT_BYTES = 20_480
_VERSIONS = ("2008-10-17", "2012-10-17")
_ON_OBJECTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl", "s3:PutObjectAcl", "s3:AbortMultipartUpload"}
_ON_BUCKETS = {"s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:PutBucketPolicy"}
_STRING = {"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"}
_OPERATORS = _STRING | {"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool", "IpAddress", "NotIpAddress", "Null"}
_NEGATED = {"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotLike", "ArnNotEquals", "NotIpAddress"}


_ON_TAGS = ("s3:existingobjecttag/", "s3:requestobjecttag")


def parse(text: str, bucket: str, identities: Mapping[str, str]) -> dict[str, Any]:
    """A policy document, checked as PutBucketPolicy checks it, and as S3 keeps it. Raises Fault MalformedPolicy.

    `identities`: canonical user ids of the origin access identities that there are, by id.
    """
    if len(text.encode()) > LIMIT_BYTES:
        raise Fault(400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
    try:
        document = json.loads(text)
        statements = listed(document["Statement"])
    except (ValueError, KeyError, TypeError):
        raise Fault(400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'") from None
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise Fault(400, "MalformedPolicy", "The policy must contain a valid version string")
    if not all(isinstance(statement, dict) and isinstance(statement.get("Condition", {}), dict) for statement in statements):
        raise Fault(400, "MalformedPolicy", "Invalid policy syntax.")
    if not statements:
        raise Fault(400, "MalformedPolicy", "Could not parse the policy: Statement is empty!")
    sids = [statement.get("Sid") for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise Fault(400, "MalformedPolicy", "Statement IDs (SID) in a single policy must be unique.")
    for statement in statements:
        _check_statement(statement, bucket)
        check_principals(statement.get("Principal", statement.get("NotPrincipal")), identities)
    by_canonical = {canonical: f"{IDENTITY}{id}" for id, canonical in identities.items()}
    return {**document, "Statement": [by_arn(statement, by_canonical) for statement in statements]}


def _check_statement(statement: Mapping[str, Any], bucket: str) -> None:
    if statement.get("Effect") not in {"Allow", "Deny"}:
        raise Fault(400, "MalformedPolicy", f"Invalid effect: {statement.get('Effect')}")
    if ("Principal" in statement) == ("NotPrincipal" in statement):
        raise Fault(400, "MalformedPolicy", "Missing required field Principal")
    if ("Action" in statement) == ("NotAction" in statement):
        raise Fault(400, "MalformedPolicy", "Missing required field Action")
    if ("Resource" in statement) == ("NotResource" in statement):
        raise Fault(400, "MalformedPolicy", "Missing required field Resource")
    for action in listed(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not str(action).startswith("s3:"):
            raise Fault(400, "MalformedPolicy", "Policy has invalid action")
    for resource in listed(statement.get("Resource", statement.get("NotResource"))):
        if not matches(str(resource).split("/")[0], f"arn:aws:s3:::{bucket}"):
            raise Fault(400, "MalformedPolicy", "Policy has invalid resource")
    for operator in statement.get("Condition", {}):
        if operator.removesuffix("IfExists") not in _OPERATORS or not isinstance(statement["Condition"][operator], dict):
            raise Fault(400, "MalformedPolicy", f"Invalid Condition type : {operator}")
        if tags := [key for key in statement["Condition"][operator] if key.lower().startswith(_ON_TAGS)]:
            raise Fault(501, "NotImplemented", f"The sandbox has no tags of objects, so no {tags[0]}.")
    _check_resources_fit(statement)


def _check_resources_fit(statement: Mapping[str, Any]) -> None:
    """An action on objects needs a resource that can be one, an action on the bucket the bucket itself."""
    if "Action" not in statement or "Resource" not in statement:
        return
    resources = [str(resource) for resource in listed(statement["Resource"])]
    has_objects = any("/" in resource or resource.endswith("*") for resource in resources)
    has_bucket = any("/" not in resource for resource in resources)
    for action in listed(statement["Action"]):
        if (action in _ON_OBJECTS and not has_objects) or (action in _ON_BUCKETS and not has_bucket):
            raise Fault(400, "MalformedPolicy", "Action does not apply to any resource(s) in statement")


def matches(pattern: str, value: str) -> bool:
    """`*` any run, `?` one character."""
    parts = re.split(r"([*?])", pattern)
    expression = "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def evaluate(policy: Mapping[str, Any], *, principal: Principal, action: str, resource: str, context: Mapping[str, str]) -> str:
    """ "Deny", "Allow" or "" (the policy says nothing)."""
    answer = ""
    for statement in policy["Statement"]:
        if _applies(statement, principal, action, resource, context):
            if statement["Effect"] == "Deny":
                return "Deny"
            answer = "Allow"
    return answer


def _applies(statement: Mapping[str, Any], principal: Principal, action: str, resource: str, context: Mapping[str, str]) -> bool:
    if "Principal" in statement and not is_principal(statement["Principal"], principal):
        return False
    if "NotPrincipal" in statement and is_principal(statement["NotPrincipal"], principal):
        return False
    for name, value in (("Action", action.lower()), ("Resource", resource)):
        if name in statement:
            if not any(matches(str(item).lower() if name == "Action" else str(item), value) for item in listed(statement[name])):
                return False
        elif any(matches(str(item).lower() if name == "Action" else str(item), value) for item in listed(statement[f"Not{name}"])):
            return False
    conditions = statement.get("Condition", {})
    return all(_holds(operator, wanted, context) for operator, wanted in conditions.items())


def _holds(operator: str, wanted: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    for key, values in wanted.items():
        actual = context.get(key.lower())
        if operator == "Null":
            if (actual is None) != (str(listed(values)[0]).lower() == "true"):
                return False
            continue
        if actual is None:
            if optional or operator in _NEGATED:
                continue
            return False
        found = any(_compare(operator, str(value), actual) for value in listed(values))
        if found == (operator in _NEGATED):
            return False
    return True


def _compare(operator: str, wanted: str, actual: str) -> bool:
    match operator:
        case "StringEquals" | "StringNotEquals":
            return wanted == actual
        case "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool":
            return wanted.lower() == actual.lower()
        case "IpAddress" | "NotIpAddress":
            try:
                return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)
            except ValueError:
                return False
        case "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike":
            # Each of the six parts for itself: a wildcard in one does not reach into the next.
            parts = wanted.split(":", 5), actual.split(":", 5)
            return len(parts[0]) == len(parts[1]) and all(map(matches, *parts))
    return matches(wanted, actual)


_NARROWING = {
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:principalorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceip",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}
_NARROWING_OPERATORS = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"}


def _is_fixed(key: str, value: str) -> bool:
    """Whether a condition's value narrows: no wildcard or variable; of addresses, no more than a /8 (IPv6: a /32)."""
    if key != "aws:sourceip":
        return not re.search(r"[*?]|\$\{", value)
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32)


def is_public(policy: Mapping[str, Any]) -> bool:
    """Whether S3 calls it public: it allows everybody, with no condition that narrows it to fixed values.

    Source: Amazon S3 User Guide, "The meaning of 'public'".
    """
    return any(statement["Effect"] == "Allow" and _opens_to_all(statement) for statement in policy["Statement"])


def _opens_to_all(statement: Mapping[str, Any]) -> bool:
    wanted = statement.get("Principal", "*")
    everyone = wanted == "*" or (isinstance(wanted, Mapping) and "*" in listed(wanted.get("AWS", [])))
    # Whom somebody else signs in may be anybody; a service without a condition is not counted as the public.
    if not everyone and not (isinstance(wanted, Mapping) and "Federated" in wanted):
        return False
    for operator, values in statement.get("Condition", {}).items():
        if operator not in _NARROWING_OPERATORS:
            continue
        for key, value in values.items():
            if key.lower() in _NARROWING and all(_is_fixed(key.lower(), str(item)) for item in listed(value)):
                return False
    return True
