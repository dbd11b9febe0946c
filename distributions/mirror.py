"""From a configuration at AWS to the row's fields: what lists, forms and signing go by.

Only rows that are known here are looked at; nothing is asked of AWS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cdnadmin.accounts.models import Bucket
from cdnadmin.aws.distribution_config import ORIGIN_ID
from distributions.models import Distribution, KeyGroup, OriginAccess, SigningKey

Config = dict[str, Any]
_S3_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com"
)
MIRRORED = (
    "comment",
    "enabled",
    "price_class",
    "default_root_object",
    "aliases",
    "certificate_arn",
    "kind",
    "access_model",
    "origin_access",
    "key_group",
    "signing_key",
    "bucket",
    "origin_path",
)


@dataclass(frozen=True)
class S3Place:
    """Where an S3 origin's files lie: "bucket", its region ("" where the host name leaves it out), the path before keys."""

    bucket: str
    region: str
    path: str


def s3_place(origin: Config) -> S3Place | None:
    """None where the origin is no bucket (or a bucket's web site, which takes no identity)."""
    found = _S3_HOST.fullmatch(origin.get("DomainName", "").lower())
    if found is None or "CustomOriginConfig" in origin:
        return None
    return S3Place(found["bucket"], found["region"] or "", origin.get("OriginPath", ""))


def origins_of(config: Config) -> list[Config]:
    """The origins; a legacy streaming distribution has one, under another name."""
    if "S3Origin" in config:
        old = config["S3Origin"]
        identity = {"OriginAccessIdentity": old.get("OriginAccessIdentity", "")}
        return [{"Id": ORIGIN_ID, "DomainName": old["DomainName"], "OriginPath": "", "S3OriginConfig": identity}]
    return list(config.get("Origins", {}).get("Items", []))


def main_origin(config: Config) -> Config:
    """The origin of the distribution's own files: that of the default behavior, or the first member of its group."""
    origins = {origin["Id"]: origin for origin in origins_of(config)}
    target = config.get("DefaultCacheBehavior", {}).get("TargetOriginId", ORIGIN_ID)
    for group in config.get("OriginGroups", {}).get("Items", []):
        if group["Id"] == target:
            target = group["Members"]["Items"][0]["OriginId"]
    return origins.get(target) or next(iter(origins.values()), {})


def needs_signature(config: Config) -> bool:
    """Whether the default behavior (or the whole of a streaming distribution) asks for a signature."""
    behavior = config.get("DefaultCacheBehavior", config)
    return any(behavior.get(name, {}).get("Enabled", False) for name in ("TrustedKeyGroups", "TrustedSigners"))


def access_of(origin: Config) -> tuple[str, str]:
    """("oac" | "oai" | "open", id at AWS)."""
    if origin.get("OriginAccessControlId"):
        return "oac", origin["OriginAccessControlId"]
    identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "")
    return ("oai", identity.rpartition("/")[2]) if identity else ("open", "")


def mirror_configuration(distribution: Distribution) -> None:
    """Set the fields named in MIRRORED from `distribution.config`, in memory."""
    config = distribution.config
    comment = config.get("Comment", "")
    distribution.comment = "" if comment == distribution.name[:128] else comment[:128]
    distribution.enabled = bool(config.get("Enabled", False))
    distribution.price_class = config.get("PriceClass", "PriceClass_All")
    distribution.default_root_object = config.get("DefaultRootObject", "")
    distribution.aliases = list(config.get("Aliases", {}).get("Items", []))
    distribution.certificate_arn = config.get("ViewerCertificate", {}).get("ACMCertificateArn", "")
    distribution.kind = Distribution.Kind.PRIVATE if needs_signature(config) else Distribution.Kind.PUBLIC
    _mirror_origin(distribution, main_origin(config))
    _mirror_keys(distribution, config.get("DefaultCacheBehavior", {}).get("TrustedKeyGroups", {}).get("Items", []))


def _mirror_origin(distribution: Distribution, origin: Config) -> None:
    place = s3_place(origin)
    distribution.bucket = (
        Bucket.objects.filter(account_id=distribution.account_id, name=place.bucket).first() if place is not None else None
    )
    distribution.origin_path = origin.get("OriginPath", "")
    model, id = access_of(origin)
    distribution.origin_access = OriginAccess.objects.filter(account_id=distribution.account_id, aws_id=id).first() if id else None
    if model == "oai" and distribution.access_model == Distribution.AccessModel.OAI_ACL:
        return  # by policy or by ACL is the bucket's to say, not the configuration's
    distribution.access_model = Distribution.AccessModel(model)


def _mirror_keys(distribution: Distribution, group_ids: list[str]) -> None:
    groups = {group.aws_id: group for group in KeyGroup.objects.filter(account_id=distribution.account_id, aws_id__in=group_ids)}
    distribution.key_group = next((groups[id] for id in group_ids if id in groups), None)
    usable = SigningKey.objects.filter(
        public_keys__account_id=distribution.account_id, public_keys__key_groups__in=list(groups.values())
    ).exclude(sealed_private_key__isnull=True)
    trusted = list(usable.distinct().order_by("-created_at", "-id"))
    if distribution.signing_key not in trusted:
        distribution.signing_key = trusted[0] if trusted else None
