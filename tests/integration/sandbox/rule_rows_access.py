"""Rows about who may do and reach what: S3's policies, ACLs and encryption, Block Public Access, and the user's permissions."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.integration.sandbox.conftest import make_bucket
from tests.integration.sandbox.rule_world import Call, Row, World, ids, listed

IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity"
NO_KEY = "11111111-1111-1111-1111-111111111111"
_KIND = "CloudFrontOriginAccessIdentity"


def _policy(situation: str, code: str, status: int = 400, *, switch: str = "", **more: Any) -> Row:
    def send(world: World) -> None:
        bucket = make_bucket(world.s3, block=False)
        if switch:
            world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={switch: True})
        resources = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        statement = {"Effect": "Allow", "Principal": "*", **resources, **more}
        world.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    return Row("PutBucketPolicy", situation, code, status, send)


def _deleted(world: World) -> tuple[str, str]:
    """Id and canonical user id of an identity that is no more."""
    made = world.oai()
    id, etag = ids(_KIND)(made)
    world.cloudfront.delete_cloud_front_origin_access_identity(Id=id, IfMatch=etag)
    return id, made[_KIND]["S3CanonicalUserId"]


def _policy_of_a_deleted_identity(world: World) -> None:
    _policy("", "", Principal={"AWS": f"{IDENTITY} {_deleted(world)[0]}"}).bring_about(world)


def _puts(situation: str, code: str, status: int = 400, *, ownership: str = "ObjectWriter", switch: str = "", **asked: Any) -> Row:
    def send(world: World) -> None:
        bucket = make_bucket(world.s3, ownership=ownership, block=False)
        if switch:
            world.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={switch: True})
        given = {name: value(world) if callable(value) else value for name, value in asked.items()}
        world.s3.put_object(Bucket=bucket, Key="k", Body=b"", **given)

    return Row("PutObject", situation, code, status, send)


def _denied(operation: str, action: str, call: Call, *, code: str = "AccessDenied", status: int = 403) -> Row:
    def send(world: World) -> None:
        url = f"{world.sandbox.url}/_sandbox/permissions"
        httpx.post(url, json={"deny": [action]}).raise_for_status()
        try:
            call(world)
        finally:
            httpx.post(url, json={"deny": []}).raise_for_status()

    return Row(operation, f"the user lacks {action}", code, status, send)


def _encrypts(algorithm: str, **more: str) -> Call:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **more}}
    configuration = {"Rules": [rule]}
    return lambda world: world.s3.put_bucket_encryption(
        Bucket=make_bucket(world.s3), ServerSideEncryptionConfiguration=configuration
    )


ROWS = [
    Row("PutBucketPolicy", "it names a deleted identity", "MalformedPolicy", 400, _policy_of_a_deleted_identity),
    _policy("it names an identity by what it is shown as once deleted", "MalformedPolicy", Principal={"AWS": "AIDA" + "A" * 17}),
    _policy("it names a canonical user id that no identity has", "MalformedPolicy", Principal={"CanonicalUser": "f" * 96}),
    _policy("it is over 20 KB", "PolicyTooLarge", Sid="s" * 20_480),
    _policy("it is public, which the bucket blocks", "AccessDenied", 403, switch="BlockPublicPolicy"),
    _policy("it is about tags of objects", "NotImplemented", 501,
            Condition={"StringEquals": {"s3:ExistingObjectTag/a": "b"}}),
    _puts("a public ACL, which the bucket blocks", "AccessDenied", 403, ACL="public-read", switch="BlockPublicAcls"),
    _puts("an ACL where ACLs are off", "AccessControlListNotSupported", ownership="BucketOwnerEnforced", ACL="private"),
    _puts("a grant to a deleted identity", "InvalidArgument", GrantRead=lambda world: f'id="{_deleted(world)[1]}"'),
    _puts("101 grants", "InvalidRequest", GrantRead=",".join(f'id="{number:064x}"' for number in range(101))),
    _puts("a KMS key that is none", "KMS.NotFoundException", ServerSideEncryption="aws:kms", SSEKMSKeyId=NO_KEY),
    _puts("a KMS key without aws:kms", "InvalidArgument", ServerSideEncryption="AES256", SSEKMSKeyId=NO_KEY),
    Row("PutBucketEncryption", "an unknown algorithm", "MalformedXML", 400, _encrypts("rot13")),
    Row("PutBucketEncryption", "a KMS key without aws:kms", "InvalidArgument", 400, _encrypts("AES256", KMSMasterKeyID=NO_KEY)),
    _denied("CreateInvalidation", "cloudfront:CreateInvalidation", lambda world: world.invalidate("/a")),
    _denied("ListDistributions", "cloudfront:ListDistributions", lambda world: world.cloudfront.list_distributions()),
    _denied("ListBuckets", "s3:ListAllMyBuckets", lambda world: world.s3.list_buckets()),
    _denied("CreateDistribution", "cloudfront:CreateDistribution",
            lambda world: world.create(Aliases=listed("denied.example.com"))),
]  # fmt: skip
