"""What CloudFront refuses in a DistributionConfig, part by part.

Sources: Amazon CloudFront API Reference, "CreateDistribution", "UpdateDistribution", "DistributionConfig", "Tag";
Developer Guide, "Quotas".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.cloudfront.behavior_rules import check_behaviors
from cdnadmin.sandbox.cloudfront.defaults import with_defaults
from cdnadmin.sandbox.cloudfront.origin_rules import check_origins
from cdnadmin.sandbox.cloudfront.store import Store
from cdnadmin.sandbox.cloudfront.uses import aliases_of, behaviors
from cdnadmin.sandbox.cloudfront.viewer_rules import check_viewers
from cdnadmin.sandbox.http import Fault

__all__ = ["check_change", "check_config", "check_tags", "check_whole", "with_defaults"]
TAGS_PER_RESOURCE = 50
# "Required API fields for creating and updating distributions": what an update has to name, besides what a creation has.
_TOP_OF_UPDATE = [
    "Aliases",
    "DefaultRootObject",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Logging",
    "PriceClass",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
]
_BEHAVIOR_OF_UPDATE = ["AllowedMethods", "SmoothStreaming", "Compress", "LambdaFunctionAssociations", "FieldLevelEncryptionId"]


def check_config(store: Store, config: dict[str, Any], *, id: str = "") -> None:
    """Refuse what CloudFront refuses. `id`: the distribution that is being changed."""
    if not config["CallerReference"]:
        raise Fault(400, "InvalidArgument", "The parameter CallerReference must not be empty.")
    targets = check_origins(store, config, id)
    check_behaviors(store, config, targets, id)
    if len(config["Comment"]) > 128:
        raise Fault(400, "InvalidArgument", "The parameter Comment is too big.")
    if config.get("Staging") and aliases_of(config):
        raise Fault(400, "InvalidArgument", "A staging distribution can't have alternate domain names (CNAMEs).")
    if config.get("ConnectionMode") == "tenant-only" and (aliases_of(config) or config.get("Staging")):
        message = "A multi-tenant distribution can't have alternate domain names (CNAMEs) and can't be a staging distribution."
        raise Fault(400, "InvalidArgument", message)
    check_viewers(store, config, id)


def check_change(before: dict[str, Any], config: dict[str, Any]) -> None:
    """Refuse an update of what stays as it was created."""
    defaults: dict[str, Any] = {"CallerReference": "", "Staging": False, "ConnectionMode": "direct"}
    for name, default in defaults.items():
        if before.get(name, default) != config.get(name, default):
            raise Fault(400, "IllegalUpdate", f"The update contains modifications that are not allowed: {name}.")


def check_whole(config: dict[str, Any]) -> None:
    """Refuse an update that leaves out what only a creation may."""
    for name in _TOP_OF_UPDATE:
        if name not in config:
            raise Fault(400, "IllegalUpdate", f"{name} is required for updates.")
    for behavior in behaviors(config):
        for name in _BEHAVIOR_OF_UPDATE:
            if name not in behavior:
                raise Fault(400, "InvalidArgument", f"The parameter {name} is required.")


def check_tags(tags: list[dict[str, Any]], there: dict[str, str]) -> None:
    """`there`: the resource's tags so far."""
    keys = [tag["Key"] for tag in tags]
    allowed = r"[\w\s.:/=+@-]*"
    if (
        len(set(keys)) != len(keys)
        or any(not key or len(key) > 128 or key.lower().startswith("aws:") or not re.fullmatch(allowed, key) for key in keys)
        or any(len(tag.get("Value", "")) > 256 or not re.fullmatch(allowed, tag.get("Value", "")) for tag in tags)
        or len({*there, *keys}) > TAGS_PER_RESOURCE
    ):
        raise Fault(400, "InvalidTagging", "The tagging specified is not valid.")
