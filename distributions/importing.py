"""Rows made of what AWS has: nothing is written there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from cdnadmin.accounts.models import AwsAccount, Bucket
from cdnadmin.aws.distributions import SeenDistribution
from cdnadmin.aws.keys import SeenKeyGroup, SeenPublicKey
from cdnadmin.aws.origin_access import SeenOac, SeenOai
from cdnadmin.errors import InvalidInput
from cdnadmin.signing import load_public_key
from distributions.identities import remember_access, take_over
from distributions.mirror import main_origin, mirror_configuration, s3_place
from distributions.models import ConfigurationVersion, Distribution, KeyGroup, OriginAccess, PublicKey, SigningKey
from distributions.seen import save_seen

# How creations here begin their caller references (`wanted.caller_reference`).
REFERENCE_PREFIX = "cdnadmin-"
# Tags that other tools leave: who made it changes it.
_MANAGED_TAGS = {"aws:cloudformation:stack-name": Distribution.ManagedBy.CLOUDFORMATION}


@dataclass(frozen=True)
class Listed:
    """A distribution as a list shows it. `etag` is "" where the list leaves it out (legacy streaming)."""

    id: str
    etag: str
    family: str


def import_origin_access(account: AwsAccount, seen: SeenOac | SeenOai) -> OriginAccess:
    """Its row, untouched where it is here already; one that was thought deleted stands again."""
    row = remember_access(account=account, seen=seen)
    if row.gone_at is not None:
        take_over(row, seen)
    return row


def import_public_key(account: AwsAccount, seen: SeenPublicKey) -> PublicKey:
    """The key's row; its signing key has no private half here unless the same key was made here."""
    found = PublicKey.objects.filter(account=account, aws_id=seen.id).first()
    if found is not None:
        return found
    with transaction.atomic():
        # AWS answers what it was sent, with or without the last line's end.
        key = SigningKey.objects.filter(public_pem__in=[seen.pem, seen.pem.strip(), f"{seen.pem.strip()}\n"]).first()
        if key is None:
            key = SigningKey.objects.create(name=seen.name[:80], algorithm=_algorithm(seen.pem), public_pem=seen.pem)
        return PublicKey.objects.create(account=account, signing_key=key, aws_id=seen.id, name=seen.name)


def _algorithm(pem: str) -> str:
    try:
        is_rsa = hasattr(load_public_key(pem).public_numbers(), "n")
    except InvalidInput:
        is_rsa = True  # field-level encryption takes RSA keys that signing does not
    return SigningKey.Algorithm.RSA_2048 if is_rsa else SigningKey.Algorithm.ECDSA_P256


def import_key_group(account: AwsAccount, seen: SeenKeyGroup) -> KeyGroup:
    group = KeyGroup.objects.filter(account=account, aws_id=seen.id).first()
    if group is None:
        group = KeyGroup.objects.create(account=account, aws_id=seen.id, name=seen.name)
    group.public_keys.set(PublicKey.objects.filter(account=account, aws_id__in=seen.public_key_ids))
    return group


def import_distribution(account: AwsAccount, seen: SeenDistribution, *, family: str, tags: dict[str, str]) -> Distribution:
    """The row of a distribution that AWS has, with its first version; the one that is there already, untouched."""
    found = Distribution.objects.filter(account=account, aws_id=seen.id).first()
    made_here = seen.config.get("CallerReference", "").removeprefix(REFERENCE_PREFIX)
    if found is None:
        # Made here a moment ago, by a worker that has not written its id down yet.
        found = Distribution.objects.filter(account=account, public_id=made_here, aws_id="").first()
    if found is not None:
        return found
    aliases = seen.config.get("Aliases", {}).get("Items", [])
    name = " ".join(seen.config.get("Comment", "").split()) or (aliases[0] if aliases else seen.id)
    row = Distribution(account=account, name=name[:80], family=family, kind=Distribution.Kind.PUBLIC, aws_id=seen.id, tags=tags)
    row.config = seen.config
    row.managed_by = next((by for tag, by in _MANAGED_TAGS.items() if tag in tags), Distribution.ManagedBy.HERE)
    row.access_model = Distribution.AccessModel.OPEN
    _remember_bucket(account, seen)
    mirror_configuration(row)
    moving = seen.status != "Deployed"
    row.is_served = seen.enabled and not moving
    row.status = (
        Distribution.Status.IN_PROGRESS
        if moving
        else Distribution.Status.DEPLOYED
        if seen.enabled
        else Distribution.Status.DISABLED
    )
    with transaction.atomic():
        # One at a time: a worker that was thought dead may import the same one in this very moment.
        AwsAccount.objects.select_for_update().get(pk=account.pk)
        again = Distribution.objects.filter(account=account, aws_id=seen.id).first()
        if again is not None:
            return again
        row.save()
        save_seen(row, seen, source=ConfigurationVersion.Source.IMPORTED)
    return row


def _remember_bucket(account: AwsAccount, seen: SeenDistribution) -> None:
    """The bucket of its own files, by its host name: S3 is not asked, so its ownership is not known."""
    place = s3_place(main_origin(seen.config))
    if place is not None:
        values = {"region": place.region or account.region, "object_ownership": ""}
        Bucket.objects.get_or_create(account=account, name=place.bucket, defaults=values)
