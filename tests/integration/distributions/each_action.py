"""For each action of the least policy, a call of cdnadmin's own that is refused without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdnadmin.aws import (
    bucket_policies,
    bucket_truth,
    buckets,
    certificates,
    distributions,
    invalidations,
    keys,
    objects,
    origin_access,
    streaming,
)
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.aws.session import Connection, iam
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsDenied

Calls = dict[str, Callable[[], object]]


def calls_by_action(c: Connection, s3: Any, kms: Any, bucket: str) -> Calls:
    """Without those that `try_reads` tries. What they are about is made here."""
    return {**_of_cloudfront(c, bucket), **_of_s3(c, s3, kms, bucket), **_of_others(c)}


def _of_cloudfront(c: Connection, name: str) -> Calls:
    config = build_distribution_config(caller_reference=name, bucket=name, region="us-east-1", comment=name, enabled=False)
    made = distributions.create_distribution(c, config=config)
    control = origin_access.create_origin_access_control(c, name=f"each-{name}")
    identity = origin_access.create_origin_access_identity(c, caller_reference=f"each-{name}", comment=name)
    again = {"id": identity.id, "comment": "other", "etag": identity.etag}
    old = {
        "CallerReference": name,
        "S3Origin": {"DomainName": f"{name}.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": name,
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "Enabled": False,
    }
    rtmp = streaming.create_streaming_distribution(c, config=old)

    calls: Calls = {
        "GetDistribution": lambda: distributions.get_distribution(c, id=made.id),
        "ListTagsForResource": lambda: distributions.get_tags(c, arn=made.arn),
        "TagResource": lambda: distributions.change_tags(c, arn=made.arn, there={}, tags={"a": "b"}),
        "UntagResource": lambda: distributions.change_tags(c, arn=made.arn, there={"a": "b"}, tags={}),
        "CreateDistribution": lambda: distributions.create_distribution(c, config={**config, "CallerReference": "new"}),
        "UpdateDistribution": lambda: distributions.update_distribution(c, id=made.id, config=made.config, etag=made.etag),
        "DeleteDistribution": lambda: distributions.delete_distribution(c, id=made.id, etag=made.etag),
        "CreateOriginAccessControl": lambda: origin_access.create_origin_access_control(c, name="new"),
        "GetOriginAccessControl": lambda: origin_access.get_origin_access_control(c, id=control.id),
        "UpdateOriginAccessControl": lambda: origin_access.update_origin_access_control(c, seen=control, name="x", description=""),
        "DeleteOriginAccessControl": lambda: origin_access.delete_origin_access_control(c, id=control.id, etag=control.etag),
        "CreateCloudFrontOriginAccessIdentity": lambda: origin_access.create_origin_access_identity(
            c, caller_reference="new", comment=""
        ),
        "GetCloudFrontOriginAccessIdentity": lambda: origin_access.get_origin_access_identity(c, id=identity.id),
        "GetCloudFrontOriginAccessIdentityConfig": lambda: origin_access.update_origin_access_identity(c, **again),
        "UpdateCloudFrontOriginAccessIdentity": lambda: origin_access.update_origin_access_identity(c, **again),
        "DeleteCloudFrontOriginAccessIdentity": lambda: origin_access.delete_origin_access_identity(
            c, id=identity.id, etag=identity.etag
        ),
        "CreatePublicKey": lambda: keys.create_public_key(c, name="n", caller_reference="r", pem="p"),
        "GetPublicKey": lambda: keys.get_public_key(c, id="K0"),
        "DeletePublicKey": lambda: keys.delete_public_key(c, id="K0", etag="E"),
        "CreateKeyGroup": lambda: keys.create_key_group(c, name="n", public_key_ids=["K0"]),
        "GetKeyGroup": lambda: keys.get_key_group(c, id="G0"),
        "UpdateKeyGroup": lambda: keys.update_key_group(c, id="G0", etag="E", name="n", public_key_ids=["K0"]),
        "DeleteKeyGroup": lambda: keys.delete_key_group(c, id="G0", etag="E"),
        "CreateInvalidation": lambda: invalidations.create_invalidation(
            c, distribution_id=made.id, caller_reference="r", paths=["/a"]
        ),
        "GetInvalidation": lambda: invalidations.get_invalidation(c, distribution_id=made.id, id="I"),
        "ListInvalidations": lambda: list(invalidations.iterate_invalidations(c, distribution_id=made.id)),
        "GetStreamingDistribution": lambda: streaming.get_streaming_distribution(c, id=rtmp.id),
        "UpdateStreamingDistribution": lambda: streaming.update_streaming_distribution(
            c, id=rtmp.id, config=rtmp.config, etag=rtmp.etag
        ),
        "DeleteStreamingDistribution": lambda: streaming.delete_streaming_distribution(c, id=rtmp.id, etag=rtmp.etag),
    }
    return {f"cloudfront:{name}": call for name, call in calls.items()}


def _of_s3(c: Connection, s3: Any, kms: Any, bucket: str) -> Calls:
    at: Any = {"bucket": bucket, "key": "k"}
    old = f"acls-{bucket}"
    s3.create_bucket(Bucket=old, ObjectOwnership="ObjectWriter")
    for name in (bucket, old):
        objects.put_object(c, bucket=name, key="k", body=b"x", content_type="text/plain")
    acl = objects.get_object_acl(c, bucket=old, key="k")
    upload = objects.create_multipart_upload(c, **at, content_type="text/plain")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=old, ServerSideEncryptionConfiguration={"Rules": [rule]})
    objects.put_object(c, bucket=old, key="encrypted", body=b"x", content_type="text/plain")
    empty: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    statement = {"Sid": "a", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/no"}
    return {
        "s3:CreateBucket": lambda: buckets.create_bucket(c, name=f"new-{bucket}", region="us-east-1"),
        "s3:PutBucketPublicAccessBlock": lambda: bucket_truth.put_bucket_switches(c, name=bucket, switches=()),
        "s3:PutBucketPolicy": lambda: bucket_policies.put_bucket_policy(
            c, bucket=bucket, policy={**empty, "Statement": [statement]}
        ),
        "s3:DeleteBucketPolicy": lambda: bucket_policies.put_bucket_policy(c, bucket=bucket, policy=empty),
        "s3:PutObject": lambda: objects.put_object(c, **at, body=b"x", content_type="text/plain"),
        "s3:GetObject": lambda: objects.head_object(c, **at),
        "s3:DeleteObject": lambda: objects.delete_object(c, **at),
        "s3:AbortMultipartUpload": lambda: objects.abort_multipart_upload(c, **at, upload_id=upload),
        "s3:ListMultipartUploadParts": lambda: objects.list_parts(c, **at, upload_id=upload),
        "s3:GetObjectAcl": lambda: objects.get_object_acl(c, bucket=old, key="k"),
        "s3:PutObjectAcl": lambda: objects.put_object_acl_grants(c, bucket=old, key="k", acl=acl),
        "s3:GetAccountPublicAccessBlock": lambda: _seen_whole(c, bucket),
        "kms:GetKeyPolicy": lambda: bucket_truth.get_key_policy(c, key_id=key),
        "kms:GenerateDataKey": lambda: objects.put_object(c, bucket=old, key="n", body=b"x", content_type="text/plain"),
        "kms:Decrypt": lambda: objects.head_object(c, bucket=old, key="encrypted"),
    }


def _seen_whole(c: Connection, bucket: str) -> None:
    """A look at a bucket names what it could not read, instead of failing."""
    unread = bucket_truth.see_bucket(c, name=bucket, account_id="000000000000").unread
    if unread:
        raise AwsDenied(", ".join(unread), code="AccessDenied")


def _of_others(c: Connection) -> Calls:
    def ask() -> None:
        with translated("ask IAM"):
            iam(c).simulate_principal_policy(PolicySourceArn="arn:aws:iam::000000000000:user/sandbox", ActionNames=["s3:GetObject"])

    arn = "arn:aws:acm:us-east-1:000000000000:certificate/0"
    return {
        "acm:DescribeCertificate": lambda: certificates.get_certificate(c, arn=arn),
        "acm:RequestCertificate": lambda: certificates.request_certificate(c, names=["a.example.org"], idempotency_token="t"),
        "iam:SimulatePrincipalPolicy": ask,
    }
