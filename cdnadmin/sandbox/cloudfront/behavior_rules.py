"""What CloudFront refuses in cache behaviors.

Sources: CloudFront API Reference, "CacheBehavior", "ForwardedValues", "FunctionAssociation"; Developer Guide, "Quotas",
"Restrictions on edge functions".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.cloudfront.functions import is_live
from cdnadmin.sandbox.cloudfront.policies import CACHE, MANAGED, ORIGIN_REQUEST, RESPONSE_HEADERS
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.http import Fault

BEHAVIORS_PER_DISTRIBUTION, KEY_GROUPS_PER_BEHAVIOR, SIGNERS_PER_BEHAVIOR, NAMES_PER_BEHAVIOR = 75, 4, 5, 10
_NONE: dict[str, Any] = {"Quantity": 0}
_OFF: dict[str, Any] = {"Enabled": False, "Quantity": 0}
_READ, _ASK = {"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS"}
_ALL = _ASK | {"PUT", "POST", "PATCH", "DELETE"}


def _refuse(message: str) -> Fault:
    return Fault(400, "InvalidArgument", message)


def check_behaviors(store: Store, config: dict[str, Any], targets: set[str], id: str) -> None:
    """`targets`: the ids of origins and origin groups. `id`: the distribution that is being changed."""
    ordered = config.get("CacheBehaviors", _NONE).get("Items", [])
    if len(ordered) > BEHAVIORS_PER_DISTRIBUTION:
        raise Fault(400, "TooManyCacheBehaviors", "You cannot create more cache behaviors for the distribution.")
    patterns = [behavior["PathPattern"] for behavior in ordered]
    if any(not re.fullmatch(r"[A-Za-z0-9_.*$/~\"'@:+&?-]{1,255}", pattern.replace("&amp;", "&")) for pattern in patterns):
        raise _refuse("The parameter PathPattern contains characters that are not allowed, or is empty or too long.")
    if len({pattern.lstrip("/") for pattern in patterns}) != len(patterns):
        raise _refuse("The parameter PathPattern must be unique: two cache behaviors have the same.")
    for behavior in [config["DefaultCacheBehavior"], *ordered]:
        if behavior["TargetOriginId"] not in targets:
            raise Fault(404, "NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
        _check_caching(store, behavior, id)
        _check_methods(behavior)
        _check_trust(store, behavior, id)
        _check_functions(store, behavior, id)


def _few_users(store: Store, kind: str, used: str, id: str, code: str) -> None:
    users = [user for user in store.having("uses", kind, used) if user.id != id]
    if len(users) >= store.quotas["distributions-per-use"]:
        raise Fault(400, code, "The maximum number of distributions have been associated with the specified resource.")


def _check_caching(store: Store, behavior: dict[str, Any], id: str) -> None:
    if ("CachePolicyId" in behavior) == ("ForwardedValues" in behavior):
        message = "The parameter ForwardedValues cannot be used when a cache policy is associated, and vice versa."
        raise _refuse(message)
    if behavior.get("OriginRequestPolicyId") and "CachePolicyId" not in behavior:
        raise _refuse("The parameter OriginRequestPolicyId needs a cache policy.")
    for name in ("MinTTL", "DefaultTTL", "MaxTTL"):
        if "CachePolicyId" in behavior and name in behavior:
            raise _refuse(f"The parameter {name} cannot be used when a cache policy is associated to the cache behavior.")
    for kind in (CACHE, ORIGIN_REQUEST, RESPONSE_HEADERS):
        named = behavior.get(f"{kind}Id")
        if named and named not in MANAGED[kind]:
            if store.get(kind, named) is None:
                raise Fault(404, f"NoSuch{kind}", "The policy does not exist.")
            _few_users(store, kind, named, id, f"TooManyDistributionsAssociatedTo{kind}")
    if behavior.get("FieldLevelEncryptionId"):
        raise Fault(
            404, "NoSuchFieldLevelEncryptionConfig", "The specified configuration for field-level encryption doesn't exist."
        )
    if behavior.get("RealtimeLogConfigArn"):
        raise Fault(404, "NoSuchRealtimeLogConfig", "The real-time log configuration does not exist.")
    if "ForwardedValues" in behavior:
        _check_forwarded(behavior["ForwardedValues"])
        least = behavior.get("MinTTL", 0)
        usual = behavior.get("DefaultTTL", max(86_400, least))
        if not 0 <= least <= usual <= behavior.get("MaxTTL", max(31_536_000, usual)):
            raise Fault(400, "InvalidTTLOrder", "The TTL order specified is not valid.")
        if least and "*" in behavior["ForwardedValues"].get("Headers", _NONE).get("Items", []):
            raise _refuse("The parameter MinTTL must be 0 when all headers are forwarded to the origin.")


def _check_forwarded(forwarded: dict[str, Any]) -> None:
    cookies = forwarded["Cookies"]
    names = cookies.get("WhitelistedNames", _NONE).get("Items", [])
    if (cookies["Forward"] == "whitelist") != bool(names):
        message = "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list."
        raise Fault(400, "InvalidForwardCookies", message)
    if len(names) > NAMES_PER_BEHAVIOR:
        raise Fault(
            400, "TooManyCookieNamesInWhiteList", "Your request contains more cookie names in the whitelist than are allowed."
        )
    if len(forwarded.get("Headers", _NONE).get("Items", [])) > NAMES_PER_BEHAVIOR:
        raise Fault(400, "TooManyHeadersInForwardedValues", "Your request contains too many headers in forwarded values.")
    keys = forwarded.get("QueryStringCacheKeys", _NONE).get("Items", [])
    if keys and not forwarded["QueryString"]:
        raise Fault(400, "InvalidQueryStringParameters", "The query string parameters specified are not valid.")
    if len(keys) > NAMES_PER_BEHAVIOR:
        raise Fault(400, "TooManyQueryStringParameters", "Your request contains too many query string parameters.")


def _check_methods(behavior: dict[str, Any]) -> None:
    allowed = set(behavior.get("AllowedMethods", {}).get("Items", _READ))
    cached = set(behavior.get("AllowedMethods", {}).get("CachedMethods", {}).get("Items", _READ))
    if allowed not in (_READ, _ASK, _ALL) or cached not in (_READ, _ASK) or not cached <= allowed:
        raise _refuse(
            "The parameter AllowedMethods is GET and HEAD, these and OPTIONS, or all seven; CachedMethods are among them."
        )


def _check_trust(store: Store, behavior: dict[str, Any], id: str) -> None:
    for name in ("TrustedKeyGroups", "TrustedSigners"):
        trusted = behavior.get(name, _OFF)
        if trusted["Enabled"] != bool(trusted["Quantity"]):
            raise _refuse(f"The parameter {name} is inconsistent: Enabled and Quantity don't match.")
    if behavior.get("TrustedKeyGroups", _OFF)["Enabled"] and behavior.get("TrustedSigners", _OFF)["Enabled"]:
        # Nothing that AWS has published says that it takes both, nor that it doesn't: the narrower is assumed.
        raise _refuse("The parameters TrustedSigners and TrustedKeyGroups can't both be enabled for a cache behavior.")
    check_signers(behavior.get("TrustedSigners", _OFF))
    groups = behavior.get("TrustedKeyGroups", _OFF).get("Items", [])
    if len(groups) > KEY_GROUPS_PER_BEHAVIOR:
        code = "TooManyKeyGroupsAssociatedToDistribution"
        raise Fault(400, code, "The number of key groups referenced by this distribution is more than the maximum allowed.")
    for group in groups:
        if store.get("key-group", group) is None:
            raise Fault(400, "TrustedKeyGroupDoesNotExist", "The specified key group does not exist.")
        _few_users(store, "key-group", group, id, "TooManyDistributionsAssociatedToKeyGroup")


def check_signers(trusted: dict[str, Any]) -> None:
    """Trusted signers of a behavior or of a streaming distribution. That an account exists is known by its form only."""
    signers = trusted.get("Items", [])
    if len(signers) > SIGNERS_PER_BEHAVIOR:
        raise Fault(400, "TooManyTrustedSigners", "Your request contains more trusted signers than are allowed per distribution.")
    if any(signer != "self" and not re.fullmatch(r"\d{12}", signer) for signer in signers):
        raise Fault(400, "TrustedSignerDoesNotExist", "One or more of your trusted signers don't exist.")


def _check_functions(store: Store, behavior: dict[str, Any], id: str) -> None:
    associations = behavior.get("FunctionAssociations", _NONE).get("Items", [])
    lambdas = behavior.get("LambdaFunctionAssociations", _NONE).get("Items", [])
    if len(associations) > 2:
        raise Fault(400, "TooManyFunctionAssociations", "You have reached the maximum number of function associations.")
    events = [association["EventType"] for association in associations]
    if len(set(events)) != len(events) or any(event.startswith("origin-") for event in events):
        raise Fault(400, "InvalidFunctionAssociation", "A CloudFront function runs once at viewer-request and viewer-response.")
    for association in associations:
        if not is_live(store, association["FunctionARN"]):
            raise Fault(400, "InvalidFunctionAssociation", "The function does not exist, or has not been published.")
        name = association["FunctionARN"].rpartition("/")[2]
        _few_users(store, "function", name, id, "TooManyDistributionsWithSingleFunctionARN")
    if len(lambdas) > 4:
        raise Fault(
            400, "TooManyLambdaFunctionAssociations", "Your request contains more Lambda@Edge associations than are allowed."
        )
    known = r"arn:aws:lambda:us-east-1:\d{12}:function:[\w-]+:\d+"
    if any(not re.fullmatch(known, association["LambdaFunctionARN"]) for association in lambdas):
        message = "The specified Lambda@Edge function association is invalid: it names no version of a function in us-east-1."
        raise Fault(400, "InvalidLambdaFunctionAssociation", message)
    if events and any(association["EventType"].startswith("viewer-") for association in lambdas):
        raise Fault(400, "InvalidFunctionAssociation", "CloudFront Functions and Lambda@Edge can't be combined in viewer events.")
