"""Distributions: asked for, and taken out of the list where nothing came of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.text import slugify

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import Bucket, User, new_public_id
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.buckets import check_bucket_name, create_bucket, use_bucket
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.services import request_operation
from cdnadmin.text import without_controls
from distributions.access.acl_models import check_acl_model, check_bucket_for, check_new_bucket_for
from distributions.configuration.presets import find_preset
from distributions.guards import require_sound
from distributions.models import Distribution, SigningKey
from distributions.wanted import sketched_config

PRICE_CLASSES = (
    ("PriceClass_All", "All edges, best for viewers everywhere"),
    ("PriceClass_200", "Without South America, Australia and New Zealand"),
    ("PriceClass_100", "Europe, North America and Israel, the cheapest"),
)
_HOST_NAME = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CERTIFICATE = re.compile(r"arn:aws[\w-]*:acm:([a-z0-9-]+):\d{12}:certificate/[0-9a-fA-F-]{36}")


@dataclass(frozen=True)
class NewDistribution:
    """What a person asks for. Names and values are CloudFront's; `bucket` is one that cdnadmin knows.

    `preset` is a key of configuration.presets, "" for none. `http_version`, `ipv6`, `web_acl_id` and `logging_bucket`
    ("" for no logs) are as `like` or the preset has them where they are None. `like` is a whole configuration to take
    everything else from, as `likeness_of` gives it.
    """

    name: str
    bucket: Bucket
    kind: str = Distribution.Kind.PUBLIC
    access_model: str = Distribution.AccessModel.OAC
    algorithm: str = SigningKey.Algorithm.ECDSA_P256
    comment: str = ""
    price_class: str = "PriceClass_All"
    default_root_object: str = ""
    aliases: Sequence[str] = field(default=())
    certificate_arn: str = ""
    preset: str = ""
    enabled: bool = True
    http_version: str | None = None
    ipv6: bool | None = None
    web_acl_id: str | None = None
    logging_bucket: str | None = None
    logging_prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    like: Mapping[str, Any] = field(default_factory=dict)


def create_distribution(*, actor: User, wanted: NewDistribution) -> Distribution:
    """Write the distribution's row and ask for the operation that makes it at CloudFront.

    It gets a prefix of its own in the bucket, so that no other distribution there can show its files.
    Raises InvalidInput naming the field, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    check_wanted(wanted)
    check_bucket_for(model=wanted.access_model, bucket=wanted.bucket)
    distribution = _row(wanted)
    with transaction.atomic():
        distribution.save()
        request_operation(
            kind="create_distribution",
            target=distribution.reference,
            title=f"Create {distribution.name}",
            actor=actor,
            input={"algorithm": wanted.algorithm, "kind": distribution.kind},
        )
        record(
            actor=actor,
            action="create_distribution",
            target=distribution.reference,
            label=distribution.name,
            after={
                "name": distribution.name,
                "kind": distribution.kind,
                "access_model": distribution.access_model,
                "account": wanted.bucket.account.label,
                "origin": f"{wanted.bucket.name}{distribution.origin_path}",
                "aliases": distribution.aliases,
                **({"preset": wanted.preset} if wanted.preset else {}),
                **({"tags": distribution.tags} if distribution.tags else {}),
            },
        )
    return distribution


def _row(wanted: NewDistribution) -> Distribution:
    """The row, not saved."""
    name, public_id = _name(wanted), new_public_id()
    return Distribution(
        public_id=public_id,
        account=wanted.bucket.account,
        name=name,
        kind=_kind(wanted),
        access_model=wanted.access_model,
        bucket=wanted.bucket,
        origin_path=f"/{slugify(name)[:40].strip('-') or 'media'}-{public_id}",
        comment=_comment(wanted.comment),
        price_class=wanted.price_class,
        default_root_object=wanted.default_root_object.strip(),
        aliases=list(_aliases(wanted)),
        certificate_arn=wanted.certificate_arn.strip(),
        enabled=wanted.enabled,
        template=_template(wanted),
        tags=dict(wanted.tags),
    )


def _kind(wanted: NewDistribution) -> str:
    """“Private media” is private, whatever else was chosen."""
    preset = find_preset(wanted.preset)
    return Distribution.Kind.PRIVATE if preset is not None and preset.private else wanted.kind


def _template(wanted: NewDistribution) -> dict[str, Any]:
    """What it is created with beyond the row's fields; see `distributions.wanted`."""
    settings: dict[str, Any] = {}
    if wanted.http_version is not None:
        settings["HttpVersion"] = wanted.http_version
    if wanted.ipv6 is not None:
        settings["IsIPV6Enabled"] = wanted.ipv6
    if wanted.web_acl_id is not None:
        settings["WebACLId"] = wanted.web_acl_id.strip()
    if wanted.logging_bucket is not None:
        bucket = wanted.logging_bucket.strip()
        host = f"{bucket}.s3.amazonaws.com" if bucket and "." not in bucket else bucket
        prefix = wanted.logging_prefix.strip()
        settings["Logging"] = {"Enabled": bool(host), "IncludeCookies": False, "Bucket": host, "Prefix": prefix if host else ""}
    found = {"settings": settings, "like": dict(wanted.like), "preset": "" if wanted.like else wanted.preset}
    return {name: value for name, value in found.items() if value}


def create_distribution_and_bucket(*, actor: User, bucket_name: str, make_bucket: bool, wanted: NewDistribution) -> Distribution:
    """As `create_distribution`, in a bucket that is made first, or taken as it is at AWS (`wanted.bucket` names its account).

    Nothing is made at AWS where another field is wrong. Raises InvalidInput, also with the field "bucket".
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    check_bucket_name(bucket_name)
    check_wanted(wanted)
    if make_bucket:
        check_new_bucket_for(model=wanted.access_model)
    account = wanted.bucket.account
    bucket = (create_bucket if make_bucket else use_bucket)(actor=actor, account=account, name=bucket_name)
    return create_distribution(actor=actor, wanted=replace(wanted, bucket=bucket))


def check_wanted(wanted: NewDistribution) -> None:
    """Raise InvalidInput for what can be told to be wrong without asking AWS."""
    if not 1 <= len(_name(wanted)) <= 80:
        raise InvalidInput("A name has 1 to 80 characters.", field="name")
    _check_access(wanted)
    _check_fields(wanted.price_class, wanted.default_root_object, _comment(wanted.comment))
    check_aliases(_aliases(wanted), wanted.certificate_arn)
    _check_configuration(_row(wanted))


# Where a problem of the configuration is shown on the form.
_FIELDS = (
    ("Tags", "tags"),
    ("Logging.Prefix", "logging_prefix"),
    ("Logging", "logging_bucket"),
    ("WebACLId", "web_acl_id"),
    ("HttpVersion", "http_version"),
    ("Aliases", "aliases"),
    ("Origins", "bucket"),
)


def _check_configuration(row: Distribution) -> None:
    """What CloudFront would refuse of the whole, and what would open another's private files."""
    try:
        require_sound(row, sketched_config(row), row.tags)
    except InvalidInput as error:
        found = (name for path, name in _FIELDS if (error.field or "").startswith(path))
        raise InvalidInput(error.message, field=next(found, None)) from None


def _name(wanted: NewDistribution) -> str:
    return " ".join(without_controls(wanted.name).split())


def _comment(given: str) -> str:
    return without_controls(given).strip()


def _aliases(wanted: NewDistribution) -> tuple[str, ...]:
    return tuple(alias.strip().lower().rstrip(".") for alias in wanted.aliases if alias.strip())


def _check_access(wanted: NewDistribution) -> None:
    if wanted.preset and find_preset(wanted.preset) is None:
        raise InvalidInput("Choose what it is for.", field="preset")
    if wanted.kind not in Distribution.Kind.values:
        raise InvalidInput("Choose who may see the files.", field="kind")
    if wanted.access_model not in Distribution.AccessModel.values:
        raise InvalidInput("Choose how CloudFront reaches the bucket.", field="access_model")
    if wanted.algorithm not in SigningKey.Algorithm.values:
        raise InvalidInput("Choose a kind of signing key.", field="algorithm")
    check_acl_model(model=wanted.access_model, kind=_kind(wanted))


def _check_fields(price_class: str, default_root_object: str, comment: str) -> None:
    if price_class not in dict(PRICE_CLASSES):
        raise InvalidInput("Choose a price class.", field="price_class")
    if default_root_object.startswith("/"):
        raise InvalidInput("Write it without a slash at the front, as in index.html.", field="default_root_object")
    if len(default_root_object) > 255:
        raise InvalidInput("A default root object has at most 255 characters.", field="default_root_object")
    if len(comment) > 128:
        raise InvalidInput("CloudFront takes comments of at most 128 characters.", field="comment")


def check_aliases(aliases: Sequence[str], certificate_arn: str) -> None:
    """Raise InvalidInput for what CloudFront would refuse, as far as can be told without asking it.

    Source: CloudFront Developer Guide, "Requirements for using alternate domain names".
    """
    check_certificate(aliases, certificate_arn)
    for alias in aliases:
        if not _HOST_NAME.fullmatch(alias) or len(alias) > 253:
            raise InvalidInput(f"“{alias}” is not a host name, as in media.example.org.", field="aliases")
    if len(aliases) != len(set(aliases)):
        raise InvalidInput("One of these host names stands here twice.", field="aliases")
    taken = _taken(set(aliases))
    if taken:
        raise InvalidInput(f"“{taken[0]}” belongs to the distribution “{taken[1]}” already.", field="aliases")


def check_certificate(aliases: Sequence[str], certificate_arn: str) -> None:
    """Raise InvalidInput (field "certificate_arn") where it is none of CloudFront's, or names need one and there is none."""
    certificate = certificate_arn.strip()
    found = _CERTIFICATE.fullmatch(certificate) if certificate else None
    if certificate and not found:
        raise InvalidInput("This is not the ARN of an ACM certificate, as in arn:aws:acm:us-east-1:…", field="certificate_arn")
    if found and found.group(1) != "us-east-1":
        raise InvalidInput("CloudFront takes certificates of us-east-1 only; this one is elsewhere.", field="certificate_arn")
    if aliases and not certificate:
        raise InvalidInput("Host names of your own need an ACM certificate that covers them.", field="certificate_arn")


def _taken(aliases: set[str]) -> tuple[str, str] | None:
    if not aliases:
        return None
    for name, others in Distribution.objects.exclude(aliases=[]).values_list("name", "aliases").iterator():
        both = aliases & set(others)
        if both:
            return min(both), name
    return None


def discard_distribution(*, actor: User, distribution: Distribution) -> None:
    """Take one out of the list that never came to be at CloudFront, or is there no more. Nothing changes at AWS.

    Raises Conflict, also while files of the library belong to it.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    with transaction.atomic():
        row = Distribution.objects.select_for_update().get(pk=distribution.pk)
        never_made = row.status == Distribution.Status.FAILED and not row.aws_id
        if not never_made and row.status != Distribution.Status.GONE:
            raise Conflict("Only what CloudFront never made, or has no more, can be taken out of the list.")
        if Operation.objects.filter(target=row.reference, state__in=Operation.ACTIVE).exists():
            raise Conflict("Something is still being done to it. Wait until that has ended.")
        record(actor=actor, action="discard_distribution", target=row.reference, label=row.name, before={"name": row.name})
        try:
            row.delete()
        except (ProtectedError, RestrictedError):
            raise Conflict("Files in the library belong to it: delete them first.") from None
