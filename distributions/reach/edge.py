"""Whether a viewer at CloudFront gets a file: the behavior, its signature, the origin, then S3.

The viewer comes by HTTPS, from a country that is let in, past any firewall, with nothing kept at the edges yet.
Sources: Amazon CloudFront Developer Guide, "Cache behavior settings", "Optimize high availability with CloudFront origin
failover", "Specify a default root object", "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from distributions.configuration.fields import items_of
from distributions.configuration.lasting import pattern_of
from distributions.configuration.origins import access_of, behavior_needs_signature, origins_of, s3_place
from distributions.reach.paths_to import behavior_for
from distributions.reach.s3 import may_list, may_read
from distributions.reach.state import BucketState, ObjectState
from distributions.reach.verdicts import Verdict
from distributions.reach.visitors import Control, Identity, Stranger, Visitor

__all__ = ("behavior_for", "may_open")

# What S3 answers when it refuses, by the reason; 403 for all others. A group's second origin is asked by these.
_STATUSES = {
    "missing": {404},
    "missing-or-hidden": {403, 404},
    "bad-path": {400},
    "kms-refuses-strangers": {400, 403},
    "kms-refuses-identities": {400, 403},
    "kms-refuses": {400, 403},
}


@dataclass(frozen=True)
class _World:
    arn: str
    buckets: Mapping[str, BucketState]
    object_for: Callable[[str, str], ObjectState]
    identities: Mapping[str, str]
    unsigning: Collection[str]


def may_open(
    config: Mapping[str, Any],
    *,
    arn: str,
    path: str,
    signed: bool,
    buckets: Mapping[str, BucketState],
    object_for: Callable[[str, str], ObjectState],
    identities: Mapping[str, str],
    enabled_at_edge: bool = True,
    unsigning: Collection[str] = (),
) -> Verdict:
    """GET of the raw `path` (without its query), with a signature that is good, or with none.

    `object_for(bucket, key)` says what is known of an object. `identities`: canonical user ids by the ids of origin access
    identities. `unsigning`: ids of the origin access controls that never sign.
    """
    if "DefaultCacheBehavior" not in config:
        return Verdict(False, "rtmp-ended", "Nobody can open it: streaming distributions ended on 31 December 2020.")
    if not enabled_at_edge or config.get("Enabled") is False:
        return Verdict(False, "disabled", "Nobody can open it: the distribution is disabled.")
    behavior = behavior_for(config, path)
    name = "the default behavior" if "PathPattern" not in behavior else f"the behavior for “{pattern_of(behavior)}”"
    if behavior_needs_signature(behavior) and not signed:
        return Verdict(False, "needs-signature", f"Without a signature nobody can open it: {name} asks for one.")
    if _changes_requests(behavior):
        return Verdict(
            None, "function", f"Whether it opens can’t be told: {name} runs a function that may change what is asked for."
        )
    root = config.get("DefaultRootObject", "")
    asked = f"/{root}" if path == "/" and root else path
    world = _World(arn, buckets, object_for, identities, unsigning)
    return _by_target(config, behavior["TargetOriginId"], asked, world)


def _changes_requests(behavior: Mapping[str, Any]) -> bool:
    functions = [*items_of(behavior.get("FunctionAssociations") or {}), *items_of(behavior.get("LambdaFunctionAssociations") or {})]
    return any(str(each.get("EventType", "")).endswith("-request") for each in functions)


def _by_target(config: Mapping[str, Any], target: str, path: str, world: _World) -> Verdict:
    origins = {origin["Id"]: origin for origin in origins_of(config)}
    group = next((each for each in items_of(config.get("OriginGroups") or {}) if each["Id"] == target), None)
    if group is None:
        return _by_origin(origins[target], path, world)
    first, second = (_by_origin(origins[member["OriginId"]], path, world) for member in items_of(group["Members"])[:2])
    if first.allowed:
        return first
    if first.allowed is None:
        if first.allowed == second.allowed or first.reason == "custom-origin":
            return first
        return Verdict(None, "failover", f"{first.sentence} The second origin of the group: {second.sentence}")
    statuses, failing = _STATUSES.get(first.reason, {403}), set(items_of(group["FailoverCriteria"]["StatusCodes"]))
    if not statuses & failing:
        return first
    if statuses <= failing or second.allowed is False:
        return second
    return Verdict(None, "failover", f"Whether the second origin of the group is asked can’t be told. {first.sentence}")


def _by_origin(origin: Mapping[str, Any], path: str, world: _World) -> Verdict:
    place = s3_place(origin)
    if place is None:
        return Verdict(None, "custom-origin", f"The server {origin.get('DomainName', '')} decides who gets it; it is not S3.")
    bucket = world.buckets.get(place.bucket)
    if bucket is None:
        return Verdict(None, "bucket-unknown", f"Whether it opens can’t be told: nothing is known of the bucket {place.bucket}.")
    visitor = _visitor(origin, world)
    if visitor is None:
        why = f"nothing is known of the origin access identity {access_of(origin)[1]}"
        return Verdict(None, "identity-unknown", f"Whether it opens can’t be told: {why}.")
    try:
        key = unquote((place.path + path).removeprefix("/"), errors="strict")
    except UnicodeDecodeError:
        return Verdict(False, "bad-path", "Nobody can open it: S3 does not understand how the path is encoded.")
    # What asks for no object asks for the bucket itself: its listing.
    return may_read(bucket, world.object_for(bucket.name, key), visitor) if key else may_list(bucket, visitor)


def _visitor(origin: Mapping[str, Any], world: _World) -> Visitor | None:
    """As whom CloudFront asks; None for an identity that isn't known."""
    model, id = access_of(origin)
    if model == "oac" and id not in world.unsigning:
        return Control(world.arn, world.arn.split(":")[4])
    if model == "oai":
        return Identity(id, world.identities[id]) if id in world.identities else None
    return Stranger()
