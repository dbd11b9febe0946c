"""Looking at what is true of a bucket at S3, and writing it down for the pages that show it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from django.utils import timezone

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import bucket_truth as aws_truth
from cdnadmin.aws import objects as aws_objects
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound
from distributions.models import BucketTruth

# So many objects of a prefix stand for all: their ACLs, and how they are encrypted.
SAMPLED = 5
# Keys of KMS whose policies are read at a look.
KEYS = 5


def look_at_bucket(*, bucket: Bucket, prefixes: tuple[str, ...] = (), impatient: bool = False) -> BucketTruth:
    """Ask S3 what is true of the bucket, and of a few objects under each of `prefixes` ("" for the whole bucket).

    What is known of other prefixes stays. Where AWS can't be asked, the row keeps what it said last, and `error` says why.
    `impatient`: somebody's page waits for the answer.
    """
    connection = replace(connection_for(bucket.account), impatient=impatient)
    truth, _ = BucketTruth.objects.get_or_create(bucket=bucket)
    try:
        seen = aws_truth.see_bucket(connection, name=bucket.name, account_id=bucket.account.aws_account_id)
        samples = {prefix: sample_objects(connection, bucket.name, prefix, seen.ownership) for prefix in prefixes}
        keys = {seen.kms_key_id, *(each.get("kms_key", "") for sample in samples.values() for each in sample)} - {""}
        policies = {key: read_key_policy(connection, key) for key in sorted(keys)[:KEYS]}
    except AwsError as error:
        truth.error, truth.seen_at = error.message[:500], timezone.now()
        truth.save(update_fields=["error", "seen_at"])
        return truth
    truth.policy = dict(seen.policy) if seen.policy is not None else None
    truth.ownership, truth.owner = seen.ownership, seen.owner
    truth.switches, truth.account_switches = list(seen.switches), list(seen.account_switches)
    truth.encryption, truth.kms_key_id = seen.encryption, seen.kms_key_id
    truth.acl = [list(grant) for grant in seen.acl] if seen.acl is not None else None
    truth.cors, truth.unread = [dict(rule) for rule in seen.cors], dict(seen.unread)
    truth.samples = {**truth.samples, **samples}
    truth.kms_policies = {**truth.kms_policies, **policies}
    truth.error, truth.seen_at = "", timezone.now()
    truth.save()
    if seen.ownership and seen.ownership != bucket.object_ownership:
        Bucket.objects.filter(pk=bucket.pk).update(object_ownership=seen.ownership)
    return truth


def sample_objects(connection: Connection, bucket: str, prefix: str, ownership: str, most: int = SAMPLED) -> list[dict[str, Any]]:
    """What S3 says of the first objects under the prefix, in the terms of `BucketTruth.samples`; none where these credentials
    may not list. `ownership`: the bucket's.
    """
    try:
        listed = list(islice(aws_objects.list_objects(connection, bucket=bucket, prefix=prefix), most))
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return []
    return [_object(connection, bucket, each.key, ownership) for each in listed]


def read_key_policy(connection: Connection, key: str) -> dict[str, Any] | None:
    """None where it can't be read: a key of another account, or one that these credentials may not look at."""
    try:
        return dict(aws_truth.get_key_policy(connection, key_id=key))
    except AwsError as error:
        if error.retryable or (isinstance(error, AwsDenied) and error.is_mendable):
            raise
        return None


def _object(connection: Connection, bucket: str, key: str, ownership: str) -> dict[str, Any]:
    """What can't be read of it is left out: no grants at all would mean that nobody may read it."""
    found: dict[str, Any] = {"key": key}
    try:
        head = aws_objects.head_object(connection, bucket=bucket, key=key)
        if head is None:
            return {**found, "gone": True}
        if head.sse.startswith("aws:kms"):
            found |= {"kms": True, "kms_key": head.kms_key_id}
        if ownership == "BucketOwnerEnforced":
            return {**found, "grants": []}  # its ACL says nothing there
        acl = aws_objects.get_object_acl(connection, bucket=bucket, key=key)
    except AwsNotFound:
        return {**found, "gone": True}
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return found
    return {**found, "owner": acl.owner, "grants": [[grant.grantee, grant.permission] for grant in acl.grants]}
