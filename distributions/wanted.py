"""What a distribution's row says should be at AWS: its configuration and its bucket's statement.

Names and references come from public ids, so that the same row always asks for the same thing.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws import bucket_policies
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import NotReady
from distributions.configuration.presets import apply_preset
from distributions.likeness import made_like
from distributions.mirror import S3Place, access_of, main_origin, origins_of, s3_place
from distributions.models import Distribution, OriginAccess, SigningKey

Config = dict[str, Any]

# Quotas of "Quotas" in the CloudFront Developer Guide and "Bucket policies" in the S3 User Guide.
DISTRIBUTIONS_PER_ORIGIN_ACCESS_CONTROL = 100
KEYS_PER_GROUP = 5
POLICY_BYTES = 20_480


def caller_reference(distribution: Distribution) -> str:
    """CloudFront makes one distribution for it, however often it is asked."""
    return f"cdnadmin-{distribution.public_id}"


def public_key_name(key: SigningKey) -> str:
    return f"cdnadmin-{key.public_id}"


def key_group_name(account: AwsAccount) -> str:
    return f"cdnadmin-{account.public_id}"


def origin_access_name(account: AwsAccount, number: int) -> str:
    """The first of an account, and the next ones once 100 distributions use it."""
    return f"cdnadmin-{account.public_id}" + (f"-{number}" if number > 1 else "")


def viewer_protocol_policy(account: AwsAccount) -> str:
    """HTTPS for all where viewers come by HTTPS; the sandbox has no certificate."""
    return "allow-all" if account.viewer_base.startswith("http://") else "redirect-to-https"


def distribution_config(distribution: Distribution) -> Config:
    """The DistributionConfig to create it with. Raises NotReady before its access (and keys) are at CloudFront."""
    if distribution.template.get("whole"):
        return dict(distribution.template["whole"])
    access, public = distribution.origin_access, distribution.access_model == Distribution.AccessModel.PUBLIC_ACL
    if access is None and not public:
        raise NotReady("CloudFront has no origin access for this distribution yet.")
    group = distribution.key_group
    if distribution.is_private and (group is None or not group.aws_id):
        # A private distribution without a key group would be open to everybody.
        raise NotReady("CloudFront has no key group for this distribution yet.")
    comes_as = access_ids(access) if access and not public else {}
    return _config(distribution, comes_as, (group.aws_id,) if distribution.is_private and group else ())


def sketched_config(distribution: Distribution) -> Config:
    """As `distribution_config`, before anything is at CloudFront: ids that it will get stand as placeholders.

    For checks of what a person asks for.
    """
    if distribution.template.get("whole"):
        return dict(distribution.template["whole"])
    is_control = distribution.access_model == Distribution.AccessModel.OAC
    keyword = "origin_access_control_id" if is_control else "origin_access_identity_id"
    comes_as = {} if distribution.access_model == Distribution.AccessModel.PUBLIC_ACL else {keyword: "E00000000000000"}
    return _config(distribution, comes_as, ("key-group",) if distribution.is_private else ())


def _config(distribution: Distribution, access: dict[str, str], key_group_ids: tuple[str, ...]) -> Config:
    built = build_distribution_config(
        caller_reference=caller_reference(distribution),
        bucket=distribution.own_bucket.name,
        region=distribution.own_bucket.region or distribution.account.region,
        origin_path=distribution.origin_path,
        comment=distribution.comment or distribution.name,
        enabled=distribution.enabled,
        price_class=distribution.price_class,
        default_root_object=distribution.default_root_object,
        aliases=tuple(distribution.aliases),
        certificate_arn=distribution.certificate_arn,
        viewer_protocol_policy=viewer_protocol_policy(distribution.account),
        key_group_ids=key_group_ids,
        **access,
    )
    template = distribution.template
    if template.get("like"):
        built = made_like(built, template["like"])
    elif template.get("preset"):
        built = apply_preset(built, template["preset"], key_group_ids=key_group_ids)
    return {**built, **template.get("settings", {})}


def access_ids(access: OriginAccess) -> dict[str, str]:
    """The keyword that names this access to the builders of configurations."""
    if access.type == OriginAccess.Type.OAC:
        return {"origin_access_control_id": access.aws_id}
    return {"origin_access_identity_id": access.aws_id}


def control_sid(distribution: Distribution) -> str:
    return f"CdnadminOac{distribution.public_id}"


def identity_sid(distribution: Distribution) -> str:
    return f"CdnadminOai{distribution.public_id}"


def policy_statement(distribution: Distribution) -> dict[str, Any] | None:
    """The statement its own bucket's policy needs, for its own prefix alone; None where object ACLs do it, or nobody need."""
    access = distribution.origin_access
    if access is None or distribution.access_model in {Distribution.AccessModel.OAI_ACL, Distribution.AccessModel.PUBLIC_ACL}:
        return None
    place = S3Place(distribution.own_bucket.name, distribution.own_bucket.region, distribution.origin_path)
    return _statement(distribution, access.type, access.aws_id, place)


def policy_statements(distribution: Distribution, config: dict[str, Any], model: str = "") -> dict[str, list[dict[str, Any]]]:
    """By bucket, what `config` needs in its policy for every S3 origin that comes with an identity or a control.

    The origin of the distribution's own files has the Sid that its creation gave it; others carry their origin's id.
    `model`: how its own files are opened, where that is not the row's access model.
    """
    own, model = main_origin(config).get("Id"), model or distribution.access_model
    found: dict[str, list[dict[str, Any]]] = {}
    for origin in origins_of(config):
        place, (comes_as, id) = s3_place(origin), access_of(origin)
        if place is None or not id:
            continue
        if origin["Id"] == own and model == Distribution.AccessModel.OAI_ACL and comes_as == "oai":
            continue
        suffix = "" if origin["Id"] == own else _sid_suffix(origin["Id"])
        found.setdefault(place.bucket, []).append(_statement(distribution, comes_as, id, place, suffix))
    return found


def bridging_statement(distribution: Distribution, config: dict[str, Any], oai_id: str) -> tuple[str, dict[str, Any]] | None:
    """(bucket, statement) by which an identity reads the distribution's own files while object ACLs open them, or did:
    what is added in the middle of a switch is open to edges of before and after alike. None where its origin is no bucket.
    """
    place = s3_place(main_origin(config))
    if place is None:
        return None
    return place.bucket, _statement(distribution, OriginAccess.Type.OAI, oai_id, place, f"Bridge{oai_id}")


def made_here(distribution: Distribution, sid: str) -> bool:
    """Whether the statement of this Sid was written here for this distribution: for an origin, beside one, or as a bridge."""
    return sid.startswith((control_sid(distribution), identity_sid(distribution)))


def _sid_suffix(origin_id: str) -> str:
    """Of letters and digits, as a Sid must be, and another one for every other id."""
    return re.sub(r"[^A-Za-z0-9]", "", origin_id)[:20] + hashlib.sha256(origin_id.encode()).hexdigest()[:12]


def _statement(distribution: Distribution, model: str, id: str, place: S3Place, suffix: str = "") -> dict[str, Any]:
    prefix = f"{place.path.lstrip('/')}/" if place.path else ""
    if model == OriginAccess.Type.OAC:
        return bucket_policies.oac_statement(
            sid=control_sid(distribution) + suffix, bucket=place.bucket, prefix=prefix, distribution_arn=distribution.arn
        )
    return bucket_policies.oai_statement(sid=identity_sid(distribution) + suffix, bucket=place.bucket, prefix=prefix, oai_id=id)
