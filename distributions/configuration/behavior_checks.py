"""What CloudFront would refuse in behaviors, told before it is sent, at the field it is about.

Sources: CloudFront API Reference, "CacheBehavior"; Developer Guide, "Cache behavior settings", "Quotas", "Optimize high
availability with CloudFront origin failover", "Specify signers that can create signed URLs and signed cookies"; for key
groups beside accounts docs/decisions/signers-or-key-groups.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from distributions.configuration.allowed import PATTERN
from distributions.configuration.fields import Config, items_of
from distributions.configuration.problem import Problem

BEHAVIORS_AT_MOST = 75
KEY_GROUPS_AT_MOST = 4
SIGNER = re.compile(r"self|[0-9]{12}")
ONE_KIND_OF_SIGNER = (
    "A behavior trusts key groups or AWS accounts, one of both, as in CloudFront’s console: take the one kind out first."
)
VIEWER_PROTOCOL_POLICIES = ("redirect-to-https", "https-only", "allow-all")
METHOD_SETS = {
    "read": frozenset({"GET", "HEAD"}),
    "options": frozenset({"GET", "HEAD", "OPTIONS"}),
    "all": frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}),
}


def check_behaviors(config: Config) -> Iterator[Problem]:
    behaviors = items_of(config.get("CacheBehaviors") or {})
    if len(behaviors) > BEHAVIORS_AT_MOST:
        yield Problem("CacheBehaviors", f"A distribution has at most {BEHAVIORS_AT_MOST} behaviors beside the default one.")
    # A slash at the front makes no difference.
    patterns = [behavior["PathPattern"].removeprefix("/") for behavior in behaviors]
    for pattern in sorted({pattern for pattern in patterns if patterns.count(pattern) > 1}):
        yield Problem(f"CacheBehaviors[/{pattern}]", f"Two behaviors have the pattern /{pattern}.")
    groups = {item["Id"] for item in items_of(config.get("OriginGroups") or {})}
    targets = {item["Id"] for item in items_of(config.get("Origins") or {})} | groups
    yield from _behavior(config.get("DefaultCacheBehavior") or {}, "DefaultCacheBehavior", targets, groups)
    for behavior in behaviors:
        here = f"CacheBehaviors[{behavior['PathPattern']}]"
        if not PATTERN.fullmatch(behavior["PathPattern"]) or len(behavior["PathPattern"]) > 255:
            yield Problem(here, "A pattern has 1 to 255 of the characters A–Z a–z 0–9 _ - . * $ / ~ \" ' @ : + & ?, as in /hls/*.")
        yield from _behavior(behavior, here, targets, groups)


def _behavior(behavior: Mapping[str, Any], here: str, targets: set[str], groups: set[str]) -> Iterator[Problem]:
    if behavior.get("TargetOriginId") not in targets:
        yield Problem(f"{here}.TargetOriginId", f"There is no origin “{behavior.get('TargetOriginId', '')}”.")
    if behavior.get("ViewerProtocolPolicy") not in VIEWER_PROTOCOL_POLICIES:
        yield Problem(f"{here}.ViewerProtocolPolicy", "Choose how viewers may come.")
    if bool(behavior.get("CachePolicyId")) == ("ForwardedValues" in behavior):
        yield Problem(f"{here}.CachePolicyId", "A behavior has a cache policy, or the older settings of its own; not both.")
    if "ForwardedValues" in behavior:
        least, usual = behavior.get("MinTTL", 0), behavior.get("DefaultTTL", 86_400)
        most = behavior.get("MaxTTL", max(31_536_000, usual))
        if not 0 <= least <= usual <= most:
            yield Problem(f"{here}.DefaultTTL", "The least time is at most the usual one, and that at most the longest.")
        cookies = behavior["ForwardedValues"].get("Cookies") or {}
        if cookies.get("Forward") == "whitelist" and not items_of(cookies.get("WhitelistedNames") or {}):
            yield Problem(f"{here}.ForwardedValues.Cookies.WhitelistedNames", "Name the cookies that the origin gets to see.")
        if behavior.get("OriginRequestPolicyId"):
            yield Problem(f"{here}.OriginRequestPolicyId", "An origin request policy needs a cache policy beside it.")
    trusted = items_of(behavior.get("TrustedKeyGroups") or {})
    if len(trusted) > KEY_GROUPS_AT_MOST:
        yield Problem(f"{here}.TrustedKeyGroups", f"A behavior trusts at most {KEY_GROUPS_AT_MOST} key groups.")
    signers = items_of(behavior.get("TrustedSigners") or {})
    for signer in signers:
        if not SIGNER.fullmatch(signer):
            yield Problem(f"{here}.TrustedSigners", f"“{signer}” is no AWS account: write its 12 digits, or self.")
    if trusted and signers:
        yield Problem(f"{here}.TrustedSigners", ONE_KIND_OF_SIGNER)
    methods = frozenset(items_of(behavior.get("AllowedMethods") or {}))
    if methods and methods not in METHOD_SETS.values():
        yield Problem(f"{here}.AllowedMethods", "CloudFront takes GET and HEAD, these and OPTIONS, or all seven methods.")
    cached = frozenset(items_of((behavior.get("AllowedMethods") or {}).get("CachedMethods") or {}))
    if cached and (cached not in (METHOD_SETS["read"], METHOD_SETS["options"]) or not cached <= methods):
        yield Problem(
            f"{here}.AllowedMethods.CachedMethods", "Answers to GET and HEAD are kept, and to OPTIONS where it is allowed."
        )
    if methods == METHOD_SETS["all"] and behavior.get("TargetOriginId") in groups:
        yield Problem(f"{here}.AllowedMethods", "Behind a group with failover CloudFront takes GET, HEAD and OPTIONS alone.")
    if (behavior.get("GrpcConfig") or {}).get("Enabled") and methods != METHOD_SETS["all"]:
        yield Problem(f"{here}.AllowedMethods", "gRPC needs all seven methods.")
