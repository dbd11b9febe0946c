"""Every write of `cdnadmin.aws`: what it needs before, the call, and how AWS looks once it was made exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cdnadmin.aws import bucket_policies, buckets, distributions, keys, objects, origin_access
from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.aws.session import Connection, cloudfront, s3
from cdnadmin.errors import AwsNotFound
from cdnadmin.signing import generate_private_key, public_pem
from tests.conftest import wait_until
from tests.integration.aws import later_writes

Prepared = tuple[Callable[[Connection], object], Callable[[], bool]]


@dataclass(frozen=True)
class Write:
    """`prepare(connection, tag)` answers the call and the check. `lost`: codes it may raise when its first
    answer was lost, after which its caller has to look (its docstring says so)."""

    service: str
    operation: str
    prepare: Callable[[Connection, str], Prepared]
    lost: frozenset[str] = frozenset()


def _gone(read: Callable[[], object]) -> bool:
    try:
        read()
    except AwsNotFound:
        return True
    return False


def _config(tag: str) -> dict[str, Any]:
    return build_distribution_config(caller_reference=tag, bucket="faults", region="us-east-1", comment=tag, enabled=False)


def create_distribution(c: Connection, tag: str) -> Prepared:
    return (
        lambda k: distributions.create_distribution(k, config=_config(tag)),
        lambda: [seen.comment for seen in distributions.iterate_distributions(c)].count(tag) == 1,
    )


def update_distribution(c: Connection, tag: str) -> Prepared:
    made = distributions.create_distribution(c, config=_config(tag))
    changed = {**made.config, "Comment": "changed"}
    return (
        lambda k: distributions.update_distribution(k, id=made.id, config=changed, etag=made.etag),
        lambda: distributions.get_distribution(c, id=made.id).config["Comment"] == "changed",
    )


def delete_distribution(c: Connection, tag: str) -> Prepared:
    made = distributions.create_distribution(c, config=_config(tag))
    wait_until(lambda: distributions.get_distribution(c, id=made.id).status == "Deployed", what="the deployment")
    return (
        lambda k: distributions.delete_distribution(k, id=made.id, etag=made.etag),
        lambda: _gone(lambda: distributions.get_distribution(c, id=made.id)),
    )


def _oac_names(c: Connection) -> list[str]:
    return [item["Name"] for item in cloudfront(c).list_origin_access_controls()["OriginAccessControlList"].get("Items", [])]


def create_oac(c: Connection, tag: str) -> Prepared:
    return lambda k: origin_access.create_origin_access_control(k, name=tag), lambda: _oac_names(c).count(tag) == 1


def delete_oac(c: Connection, tag: str) -> Prepared:
    made = origin_access.create_origin_access_control(c, name=tag)
    return lambda k: origin_access.delete_origin_access_control(k, id=made.id, etag=made.etag), lambda: tag not in _oac_names(c)


def create_oai(c: Connection, tag: str) -> Prepared:
    return (
        lambda k: origin_access.create_origin_access_identity(k, caller_reference=tag, comment=tag),
        lambda: [seen.comment for seen in origin_access.iterate_origin_access_identities(c)].count(tag) == 1,
    )


def delete_oai(c: Connection, tag: str) -> Prepared:
    made = origin_access.create_origin_access_identity(c, caller_reference=tag, comment=tag)
    return (
        lambda k: origin_access.delete_origin_access_identity(k, id=made.id, etag=made.etag),
        lambda: _gone(lambda: origin_access.get_origin_access_identity(c, id=made.id)),
    )


def _policy(tag: str) -> dict[str, Any]:
    arn = "arn:aws:cloudfront::000000000000:distribution/EXAMPLE"
    return bucket_policies.merge_statement(
        {}, bucket_policies.oac_statement(sid="ours", bucket=tag, prefix="p", distribution_arn=arn)
    )


def put_policy(c: Connection, tag: str) -> Prepared:
    buckets.create_bucket(c, name=tag, region="us-east-1")
    return (
        lambda k: bucket_policies.put_bucket_policy(k, bucket=tag, policy=_policy(tag)),
        lambda: bucket_policies.get_bucket_policy(c, bucket=tag) == _policy(tag),
    )


def delete_policy(c: Connection, tag: str) -> Prepared:
    put_policy(c, tag)[0](c)
    return (
        lambda k: bucket_policies.put_bucket_policy(k, bucket=tag, policy={"Statement": []}),
        lambda: bucket_policies.get_bucket_policy(c, bucket=tag)["Statement"] == [],
    )


def _public_key(c: Connection, tag: str) -> keys.SeenPublicKey:
    pem = public_pem(generate_private_key("ecdsa-p256"))
    return keys.create_public_key(c, name=tag, caller_reference=tag, pem=pem)


def create_public_key(c: Connection, tag: str) -> Prepared:
    pem = public_pem(generate_private_key("ecdsa-p256"))

    def once() -> bool:
        return [item["Name"] for item in cloudfront(c).list_public_keys()["PublicKeyList"].get("Items", [])].count(tag) == 1

    return lambda k: keys.create_public_key(k, name=tag, caller_reference=tag, pem=pem), once


def delete_public_key(c: Connection, tag: str) -> Prepared:
    made = _public_key(c, tag)
    return (
        lambda k: keys.delete_public_key(k, id=made.id, etag=made.etag),
        lambda: _gone(lambda: keys.get_public_key(c, id=made.id)),
    )


def create_key_group(c: Connection, tag: str) -> Prepared:
    ids = [_public_key(c, tag).id]

    def once() -> bool:
        items = cloudfront(c).list_key_groups()["KeyGroupList"].get("Items", [])
        return [item["KeyGroup"]["KeyGroupConfig"]["Name"] for item in items].count(tag) == 1

    return lambda k: keys.create_key_group(k, name=tag, public_key_ids=ids), once


def update_key_group(c: Connection, tag: str) -> Prepared:
    ids = [_public_key(c, f"{tag}-1").id, _public_key(c, f"{tag}-2").id]
    made = keys.create_key_group(c, name=tag, public_key_ids=ids[:1])
    return (
        lambda k: keys.update_key_group(k, id=made.id, name=tag, public_key_ids=ids, etag=made.etag),
        lambda: set(keys.get_key_group(c, id=made.id).public_key_ids) == set(ids),
    )


def delete_key_group(c: Connection, tag: str) -> Prepared:
    made = keys.create_key_group(c, name=tag, public_key_ids=[_public_key(c, tag).id])
    return (
        lambda k: keys.delete_key_group(k, id=made.id, etag=made.etag),
        lambda: _gone(lambda: keys.get_key_group(c, id=made.id)),
    )


def create_bucket(c: Connection, tag: str) -> Prepared:
    return (
        lambda k: buckets.create_bucket(k, name=tag, region="us-east-1"),
        lambda: buckets.get_bucket_facts(c, name=tag) == buckets.BucketFacts("us-east-1", "BucketOwnerEnforced", True),
    )


def _bucket(c: Connection, tag: str) -> dict[str, Any]:
    s3(c).create_bucket(Bucket=tag, ObjectOwnership="ObjectWriter")
    return {"bucket": tag, "key": "a key/é.txt"}


def _has(c: Connection, where: dict[str, Any], size: int) -> bool:
    seen = objects.head_object(c, **where)
    return (
        seen is not None and seen.size == size and [item.size for item in objects.list_objects(c, bucket=where["bucket"])] == [size]
    )


def put_object(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    return (
        lambda k: objects.put_object(k, **where, body=b"12345", content_type="text/plain", if_none_match=True),
        lambda: _has(c, where, 5),
    )


def create_multipart_upload(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)

    def swept() -> bool:
        """A lost answer leaves an upload that nobody knows the id of: it is found by listing, and is no object."""
        for upload in objects.list_multipart_uploads(c, bucket=tag):
            objects.abort_multipart_upload(c, **where, upload_id=upload.upload_id)
        return not list(objects.list_multipart_uploads(c, bucket=tag)) and objects.head_object(c, **where) is None

    return lambda k: objects.create_multipart_upload(k, **where, content_type="text/plain"), swept


def upload_part(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    upload_id = objects.create_multipart_upload(c, **where, content_type="text/plain")
    return (
        lambda k: objects.upload_part(k, **where, upload_id=upload_id, part_number=1, body=b"12345"),
        lambda: [part.size for part in objects.list_parts(c, **where, upload_id=upload_id)] == [5],
    )


def complete_multipart_upload(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    upload_id = objects.create_multipart_upload(c, **where, content_type="text/plain")
    parts = [objects.upload_part(c, **where, upload_id=upload_id, part_number=1, body=b"12345")]
    return (
        lambda k: objects.complete_multipart_upload(k, **where, upload_id=upload_id, parts=parts, size=5),
        lambda: _has(c, where, 5),
    )


def abort_multipart_upload(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    upload_id = objects.create_multipart_upload(c, **where, content_type="text/plain")
    return (
        lambda k: objects.abort_multipart_upload(k, **where, upload_id=upload_id),
        lambda: not list(objects.list_multipart_uploads(c, bucket=tag)),
    )


def put_acl(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    objects.put_object(c, **where, body=b"12345", content_type="text/plain")
    owner = objects.get_object_acl(c, **where).owner
    acl = objects.Acl(owner, (objects.Grant(owner, "READ"), objects.Grant(owner, "READ_ACP")))
    return (
        lambda k: objects.put_object_acl_grants(k, **where, acl=acl),
        lambda: set(objects.get_object_acl(c, **where).grants) == set(acl.grants),
    )


def delete_object(c: Connection, tag: str) -> Prepared:
    where = _bucket(c, tag)
    objects.put_object(c, **where, body=b"12345", content_type="text/plain")
    return lambda k: objects.delete_object(k, **where), lambda: objects.head_object(c, **where) is None


WRITES = (
    Write("cloudfront", "CreateDistribution", create_distribution),
    Write("cloudfront", "UpdateDistribution", update_distribution),
    Write("cloudfront", "DeleteDistribution", delete_distribution),
    Write("cloudfront", "CreateOriginAccessControl", create_oac),
    Write("cloudfront", "DeleteOriginAccessControl", delete_oac),
    Write("cloudfront", "CreateCloudFrontOriginAccessIdentity", create_oai),
    Write("cloudfront", "DeleteCloudFrontOriginAccessIdentity", delete_oai),
    Write("cloudfront", "UpdateOriginAccessControl", later_writes.update_oac),
    Write("cloudfront", "UpdateCloudFrontOriginAccessIdentity", later_writes.update_oai),
    Write("cloudfront", "CreatePublicKey", create_public_key),
    Write("cloudfront", "DeletePublicKey", delete_public_key),
    Write("cloudfront", "CreateKeyGroup", create_key_group),
    Write("cloudfront", "UpdateKeyGroup", update_key_group),
    Write("cloudfront", "DeleteKeyGroup", delete_key_group),
    Write("cloudfront", "TagResource", later_writes.put_tags),
    Write("acm", "RequestCertificate", later_writes.request_certificate),
    Write("cloudfront", "CreateInvalidation", later_writes.create_invalidation),
    Write(
        "cloudfront",
        "CreateStreamingDistribution",
        later_writes.create_streaming,
        lost=frozenset({"StreamingDistributionAlreadyExists"}),
    ),
    Write("cloudfront", "UpdateStreamingDistribution", later_writes.update_streaming),
    Write("cloudfront", "DeleteStreamingDistribution", later_writes.delete_streaming),
    Write("s3", "CreateBucket", create_bucket),
    Write("s3", "PutPublicAccessBlock", later_writes.put_switches),
    Write("s3", "PutBucketPolicy", put_policy),
    Write("s3", "DeleteBucketPolicy", delete_policy),
    Write("s3", "PutObject", put_object, lost=frozenset({"PreconditionFailed"})),
    Write("s3", "CreateMultipartUpload", create_multipart_upload),
    Write("s3", "UploadPart", upload_part),
    Write("s3", "CompleteMultipartUpload", complete_multipart_upload, lost=frozenset({"NoSuchUpload", "PreconditionFailed"})),
    Write("s3", "AbortMultipartUpload", abort_multipart_upload),
    Write("s3", "PutObjectAcl", put_acl),
    Write("s3", "DeleteObject", delete_object),
)
