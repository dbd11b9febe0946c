"""Who may read an object at S3, and who may list a bucket: a forbidding statement first, then whatever lets in.

Sources: Amazon S3 User Guide, "How Amazon S3 authorizes a request for an object operation", "How Amazon S3 authorizes a
request for a bucket operation", "Blocking public access to your Amazon S3 storage"; Amazon CloudFront Developer Guide,
"Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

from collections.abc import Mapping

from distributions.reach.acls import granted
from distributions.reach.conditions import facts_of
from distributions.reach.in_words import explain_statement
from distributions.reach.publicness import is_public_policy, publicness
from distributions.reach.state import OWNER_ENFORCED, BucketState, ObjectState
from distributions.reach.statements import Asked, Weighed, weigh
from distributions.reach.verdicts import Ground, Verdict
from distributions.reach.visitors import Control, Identity, Stranger, Visitor

__all__ = ("explain_statement", "is_public_policy", "may_list", "may_read")


def may_read(bucket: BucketState, object: ObjectState, visitor: Visitor) -> Verdict:
    """GetObject, as S3 answers it: whether the bytes come."""
    if not object.exists:
        return _missing(bucket, visitor)
    resource = f"arn:aws:s3:::{bucket.name}/{object.key}"
    said = weigh(bucket.policy, Asked(visitor, "s3:GetObject", resource, facts_of(visitor)))
    policy = _restricted(_owned(_by_policy(said, visitor), bucket, object), bucket, visitor)
    acl = _restricted(granted(object.grants, bucket, visitor, whose="the object’s"), bucket, visitor)
    verdict = _decided(said, [policy, acl], bucket, visitor, "read it")
    return _decrypted(verdict, object, visitor)


def may_list(bucket: BucketState, visitor: Visitor, prefix: str = "") -> Verdict:
    """ListObjectsV2 of the keys that begin with `prefix`."""
    facts = {**facts_of(visitor), "s3:prefix": prefix}
    said = weigh(bucket.policy, Asked(visitor, "s3:ListBucket", f"arn:aws:s3:::{bucket.name}", facts))
    policy = _restricted(_by_policy(said, visitor), bucket, visitor)
    acl = _restricted(granted(bucket.grants, bucket, visitor, whose="the bucket’s"), bucket, visitor)
    return _decided(said, [policy, acl], bucket, visitor, "list the bucket")


def _by_policy(said: Weighed, visitor: Visitor) -> Ground:
    if said.allows:
        who = "everybody" if isinstance(visitor, Stranger) else "CloudFront"
        return Ground(True, "policy-allows", f"{said.allows} lets {who} in")
    if said.unsure_allows:
        return Ground(None, "unknown-condition", said.unsure_allows)
    return Ground(False, "nothing-allows", "")


def _owned(ground: Ground, bucket: BucketState, object: ObjectState) -> Ground:
    """A policy opens what the bucket's owner owns, and nothing else ("Bucket owner granting cross-account permission")."""
    if ground.value is False or not object.owner or bucket.ownership == OWNER_ENFORCED or object.owner == bucket.owner:
        return ground
    if not bucket.owner or not bucket.ownership:
        return Ground(
            None, "owner-unknown", "it is not known who owns what in the bucket, and so whether its policy opens the object"
        )
    return Ground(False, "other-owner", "the object belongs to another account, and the bucket’s policy opens only its owner’s own")


def _restricted(ground: Ground, bucket: BucketState, visitor: Visitor) -> Ground:
    """RestrictPublicBuckets: of a bucket with a public policy, only AWS's services and the own account get anything.

    An origin access identity is a user of CloudFront's own account, no service principal: it is cut off like any other
    account. Whether a grant by ACL is cut off too, the guide leaves open: it speaks of the bucket in one sentence, and
    of access derived from the policy in the next.
    """
    if ground.value is False or "RestrictPublicBuckets" not in bucket.switches or isinstance(visitor, Control):
        return ground
    public = publicness(bucket.policy)
    if public is False:
        return ground
    if public is None:
        return Ground(
            None, "unknown-condition", "AWS does not say whether S3 calls the bucket’s policy public, and public ones are cut off"
        )
    if ground.reason == "acl-grants":
        return Ground(
            None,
            "restricted-public-bucket",
            f"{ground.because}, but AWS does not say whether that counts where a public policy is restricted",
        )
    return Ground(
        False,
        "restricted-public-bucket",
        "the bucket’s policy is public, and the bucket lets only AWS’s services and its own account use such a one",
    )


def _decided(said: Weighed, grounds: list[Ground], bucket: BucketState, visitor: Visitor, what: str) -> Verdict:
    if said.denies:
        return _verdict(False, "policy-denies", f"{said.denies} forbids it", visitor, what)
    sure = next((ground for ground in grounds if ground.value), None)
    unsure = next((ground for ground in grounds if ground.value is None), None)
    if said.unsure_denies and (sure or unsure):
        return _verdict(None, "unknown-condition", said.unsure_denies, visitor, what)
    if found := sure or unsure:
        return _verdict(found.value, found.reason, found.because, visitor, what)
    near = next((ground for ground in grounds if ground.because), None)
    if near:
        return _verdict(False, near.reason, near.because, visitor, what)
    return _verdict(False, "nothing-allows", _nothing(bucket, what), visitor, what)


def _nothing(bucket: BucketState, what: str) -> str:
    if bucket.ownership == OWNER_ENFORCED:
        acl = "its ACLs are off"
    else:
        acl = f"{'its' if what == 'list the bucket' else 'the object’s'} ACL does not allow it"
    policy = "the bucket has no policy" if bucket.policy is None else "no statement of the bucket’s policy allows it"
    return f"{policy}, and {acl}"


def _verdict(allowed: bool | None, reason: str, because: str, visitor: Visitor, what: str) -> Verdict:
    match visitor:
        case Stranger():
            where = "straight from S3" if visitor.secure else "straight from S3 by plain HTTP"
            who, asks = (f"Anyone at {visitor.ip}", f"somebody at {visitor.ip}") if visitor.ip else ("Anyone", "anyone")
            nobody = f"nobody at {visitor.ip}" if visitor.ip else "nobody"
            refused = f"Without credentials {nobody} can {what} {where}"
        case Control():
            where = f"for the distribution {visitor.distribution}"
            who, asks, refused = "CloudFront", "CloudFront", f"CloudFront can’t {what} {where}"
        case Identity():
            where = f"as the origin access identity {visitor.id}"
            who, asks, refused = "CloudFront", "CloudFront", f"CloudFront can’t {what} {where}"
    heads: Mapping[bool | None, str] = {
        True: f"{who} can {what} {where}",
        False: refused,
        None: f"Whether {asks} can {what} {where} can’t be told",
    }
    return Verdict(allowed, reason, f"{heads[allowed]}: {because}.")


def _missing(bucket: BucketState, visitor: Visitor) -> Verdict:
    """Who may not list is not told what is missing ("GetObject", Permissions)."""
    match may_list(bucket, visitor).allowed:
        case True:
            return Verdict(False, "missing", "There is no such file, and S3 says so (404), since the bucket may be listed.")
        case False:
            return Verdict(
                False,
                "missing-hidden",
                "There is no such file; S3 answers 403 as for a forbidden one, since the bucket may not be listed.",
            )
    return Verdict(False, "missing-or-hidden", "There is no such file; whether S3 answers 403 or 404 can’t be told.")


def _decrypted(verdict: Verdict, object: ObjectState, visitor: Visitor) -> Verdict:
    """Who may read what AWS KMS encrypted must be one whom the key lets decrypt. Source: Developer Guide, "Restrict access
    to an Amazon S3 origin", SSE-KMS; Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys".
    """
    if not object.kms or verdict.allowed is False:
        return verdict
    match visitor:
        case Stranger():
            why = "it is encrypted with a key of AWS KMS, and S3 decrypts only for signed requests"
            return _verdict(False, "kms-refuses-strangers", why, visitor, "read it")
        case Identity():
            why = "it is encrypted with a key of AWS KMS, which no origin access identity can use"
            return _verdict(False, "kms-refuses-identities", why, visitor, "read it")
    if object.kms_allows is None and verdict.allowed:
        return _verdict(None, "kms-unknown", "it is encrypted with a key of AWS KMS whose policy is not known", visitor, "read it")
    if object.kms_allows is False:
        why = "it is encrypted with a key of AWS KMS whose policy does not let CloudFront decrypt for this distribution"
        return _verdict(False, "kms-refuses", why, visitor, "read it")
    return verdict
