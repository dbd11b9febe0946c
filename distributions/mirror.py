"""From a configuration at AWS to the row's fields: what lists, forms and signing go by.

Only rows that are known here are looked at; nothing is asked of AWS.
"""

from __future__ import annotations

from cdnadmin.accounts.models import Bucket
from distributions.configuration.origins import Config, S3Place, access_of, main_origin, needs_signature, origins_of, s3_place
from distributions.models import Distribution, KeyGroup, OriginAccess, SigningKey

__all__ = (
    "MIRRORED",
    "S3Place",
    "access_of",
    "main_origin",
    "mirror_configuration",
    "needs_signature",
    "origins_of",
    "s3_place",
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
    kept = {"oai": Distribution.AccessModel.OAI_ACL, "open": Distribution.AccessModel.PUBLIC_ACL}.get(model)
    if kept is not None and distribution.access_model == kept:
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
