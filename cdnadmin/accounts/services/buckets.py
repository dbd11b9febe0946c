"""Buckets: created closed, or taken as they are."""

from __future__ import annotations

import re
from dataclasses import replace

from django.db import transaction

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import buckets as aws_buckets
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsConflict, AwsDenied, AwsNotFound, InvalidInput


def check_bucket_name(name: str) -> None:
    """S3's rules on names. Source: Amazon S3 User Guide, "Bucket naming rules"."""
    if not 3 <= len(name) <= 63:
        raise InvalidInput("A bucket name has 3 to 63 characters.", field="bucket")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name):
        # S3 allows dots too, but a name with dots breaks TLS, which CloudFront needs to the bucket.
        raise InvalidInput("A bucket name is lower-case letters, digits and hyphens, as in team-media.", field="bucket")
    if name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3", "--x-s3", "--table-s3")):
        raise InvalidInput("S3 keeps names that begin or end like this for itself.", field="bucket")


def _connection(account: AwsAccount) -> Connection:
    """Somebody's page waits for the answer: one try, a few seconds."""
    return replace(connection_for(account), impatient=True)


def list_bucket_names(*, account: AwsAccount) -> list[str]:
    """The names of the account's buckets at AWS."""
    return aws_buckets.list_buckets(_connection(account))


def create_bucket(*, actor: User | None, account: AwsAccount, name: str) -> Bucket:
    """Create a bucket with ACLs off and Block Public Access on. Raises InvalidInput(field="bucket")."""
    if actor is not None:
        require(actor, Action.MANAGE_DISTRIBUTIONS)
    check_bucket_name(name)
    try:
        # Somebody waits: one try tells whether AWS answers at all, before the many that making it is worth. Those it
        # gets, since after a lost answer the bucket may be there and not be closed yet.
        aws_buckets.bucket_is_there(_connection(account), name=name)
        aws_buckets.create_bucket(connection_for(account), name=name, region=account.region)
    except AwsConflict as conflict:
        raise InvalidInput(conflict.message, field="bucket", code=conflict.code) from None
    return _remember(actor=actor, account=account, name=name, action="create_bucket")


def use_bucket(*, actor: User | None, account: AwsAccount, name: str) -> Bucket:
    """Take a bucket that exists. Raises InvalidInput(field="bucket") where it does not, or belongs to others."""
    if actor is not None:
        require(actor, Action.MANAGE_DISTRIBUTIONS)
    return _remember(actor=actor, account=account, name=name, action="use_bucket")


def _remember(*, actor: User | None, account: AwsAccount, name: str, action: str) -> Bucket:
    try:
        facts = aws_buckets.get_bucket_facts(_connection(account), name=name)
    except AwsNotFound as error:
        raise InvalidInput("This bucket does not exist.", field="bucket", code=error.code) from None
    except AwsDenied as error:
        message = "This bucket belongs to another account, or these credentials may not use it."
        raise InvalidInput(message, field="bucket", code=error.code) from None
    values = {
        "region": facts.region,
        "object_ownership": facts.object_ownership,
        "block_public_access": facts.block_public_access,
    }
    with transaction.atomic():
        bucket, made = Bucket.objects.update_or_create(account=account, name=name, defaults=values)
        if account.default_bucket_id is None:
            AwsAccount.objects.filter(pk=account.pk, default_bucket=None).update(default_bucket=bucket)
        if made:
            record(actor=actor, action=action, target=f"bucket:{name}", label=name, after=values)
    return bucket
