"""One configuration made like another: what is carried over, and what belongs to the one distribution alone."""

from __future__ import annotations

import copy
from typing import Any

from distributions.mirror import main_origin, origins_of, s3_place

Config = dict[str, Any]
# A distribution's own: never carried over. Staging and continuous deployment tie two distributions to each other.
_ITS_OWN = ("CallerReference", "Aliases", "ViewerCertificate", "ContinuousDeploymentPolicyId", "Staging", "ConnectionMode")
# Set by the row of the new one.
_OF_THE_ROW = ("CallerReference", "Comment", "Enabled", "PriceClass", "DefaultRootObject", "Aliases", "ViewerCertificate")
_PLACE = ("DomainName", "OriginPath", "S3OriginConfig", "OriginAccessControlId")
KEY_GROUPS_AT_MOST = 4


def likeness_of(config: Config) -> Config:
    """What a new distribution takes over from `config`: all of it but names, certificate and what ties it to others."""
    return {name: copy.deepcopy(value) for name, value in config.items() if name not in _ITS_OWN}


def made_like(built: Config, like: Config) -> Config:
    """`built` (as for a new distribution) with everything else as in `like`.

    Origins that show the files of `like`'s own place show those of the new one's; other origins stay. The default
    behavior asks for a signature exactly where `built` does: its key group comes first, those of `like` follow.
    """
    made = copy.deepcopy(like)
    own = built["Origins"]["Items"][0]
    place = s3_place(main_origin(like))
    for origin in origins_of(made):
        if origin["Id"] == main_origin(like)["Id"] or (place is not None and s3_place(origin) == place):
            origin.pop("CustomOriginConfig", None)
            origin.update({name: copy.deepcopy(own[name]) for name in _PLACE if name in own})
    for name in _OF_THE_ROW:
        made.pop(name, None)
        if name in built:
            made[name] = copy.deepcopy(built[name])
    _trust(made["DefaultCacheBehavior"], built["DefaultCacheBehavior"]["TrustedKeyGroups"])
    return made


def _trust(behavior: Config, ours: Config) -> None:
    if not ours.get("Enabled"):
        for name in ("TrustedKeyGroups", "TrustedSigners"):
            if name in behavior:
                behavior[name] = {"Enabled": False, "Quantity": 0}
        return
    theirs = behavior.get("TrustedKeyGroups", {}).get("Items", [])
    items = list(dict.fromkeys([*ours["Items"], *theirs]))[:KEY_GROUPS_AT_MOST]
    behavior["TrustedKeyGroups"] = {"Enabled": True, "Quantity": len(items), "Items": items}
