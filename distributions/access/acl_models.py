"""The two access models by object ACL: for what, and in which buckets, a distribution can be made with them."""

from __future__ import annotations

from cdnadmin.accounts.models import Bucket
from cdnadmin.errors import InvalidInput
from distributions.access.acl_conditions import acls_fail_because
from distributions.access.bucket_truth import look_at_bucket
from distributions.models import Distribution

_PUBLIC = Distribution.AccessModel.PUBLIC_ACL
BY_ACL = frozenset({Distribution.AccessModel.OAI_ACL, _PUBLIC})


def check_acl_model(*, model: str, kind: str) -> None:
    """Raise InvalidInput (field "access_model") for a private distribution whose files anybody could read at S3."""
    if model == _PUBLIC and kind == Distribution.Kind.PRIVATE:
        raise InvalidInput(
            "With public objects everyone can read each file straight from S3, without any signature: choose another way for a "
            "private distribution.",
            field="access_model",
        )


def check_new_bucket_for(*, model: str) -> None:
    """Raise InvalidInput (field "access_model"): what is made here has its ACLs off."""
    if model in BY_ACL:
        raise InvalidInput(
            "A new bucket is made with its ACLs off and closed to the public. Choose a bucket that has its ACLs on, or another "
            "way for CloudFront to reach it.",
            field="access_model",
        )


def check_bucket_for(*, model: str, bucket: Bucket) -> None:
    """Ask S3 whether ACLs work in the bucket (a few seconds at most). Raises InvalidInput (field "access_model")."""
    if model not in BY_ACL:
        return
    truth = look_at_bucket(bucket=bucket, impatient=True)
    if truth.error:
        raise InvalidInput(f"Whether the bucket lets ACLs work can't be told now: {truth.error}", field="access_model")
    because = acls_fail_because(truth, public=model == _PUBLIC)
    if because:
        raise InvalidInput(because, field="access_model")
