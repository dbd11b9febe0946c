"""Which operation a method, a path and a query name."""

from __future__ import annotations

from collections.abc import Mapping

from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.s3 import buckets, listing, multipart, objects
from cdnadmin.sandbox.s3.api import Operation

_BUCKET: dict[tuple[str, str], tuple[str, Operation]] = {
    ("GET", "location"): ("GetBucketLocation", buckets.get_location),
    ("GET", "versioning"): ("GetBucketVersioning", buckets.get_versioning),
    ("GET", "encryption"): ("GetBucketEncryption", buckets.get_encryption),
    ("PUT", "encryption"): ("PutBucketEncryption", buckets.put_encryption),
    ("DELETE", "encryption"): ("DeleteBucketEncryption", buckets.delete_encryption),
    ("GET", "ownershipControls"): ("GetBucketOwnershipControls", buckets.get_ownership),
    ("PUT", "ownershipControls"): ("PutBucketOwnershipControls", buckets.put_ownership),
    ("GET", "publicAccessBlock"): ("GetPublicAccessBlock", buckets.get_block),
    ("PUT", "publicAccessBlock"): ("PutPublicAccessBlock", buckets.put_block),
    ("DELETE", "publicAccessBlock"): ("DeletePublicAccessBlock", buckets.delete_block),
    ("GET", "policy"): ("GetBucketPolicy", buckets.get_policy),
    ("GET", "policyStatus"): ("GetBucketPolicyStatus", buckets.get_policy_status),
    ("PUT", "policy"): ("PutBucketPolicy", buckets.put_policy),
    ("DELETE", "policy"): ("DeleteBucketPolicy", buckets.delete_policy),
    ("GET", "acl"): ("GetBucketAcl", buckets.get_acl),
    ("PUT", "acl"): ("PutBucketAcl", buckets.put_acl),
    ("GET", "cors"): ("GetBucketCors", buckets.get_cors),
    ("PUT", "cors"): ("PutBucketCors", buckets.put_cors),
    ("DELETE", "cors"): ("DeleteBucketCors", buckets.delete_cors),
    ("GET", "uploads"): ("ListMultipartUploads", multipart.list_uploads),
    ("POST", "delete"): ("DeleteObjects", objects.delete_objects),
    ("GET", ""): ("ListObjectsV2", listing.list_objects),
    ("PUT", ""): ("CreateBucket", buckets.create_bucket),
    ("HEAD", ""): ("HeadBucket", buckets.head_bucket),
    ("DELETE", ""): ("DeleteBucket", buckets.delete_bucket),
}
_OBJECT: dict[tuple[str, str], tuple[str, Operation]] = {
    ("GET", "acl"): ("GetObjectAcl", objects.get_acl),
    ("PUT", "acl"): ("PutObjectAcl", objects.put_acl),
    ("POST", "uploads"): ("CreateMultipartUpload", multipart.create),
    ("PUT", "uploadId"): ("UploadPart", multipart.upload_part),
    ("GET", "uploadId"): ("ListParts", multipart.list_parts),
    ("POST", "uploadId"): ("CompleteMultipartUpload", multipart.complete),
    ("DELETE", "uploadId"): ("AbortMultipartUpload", multipart.abort),
    ("GET", ""): ("GetObject", objects.get_object),
    ("HEAD", ""): ("HeadObject", objects.get_object),
    ("PUT", ""): ("PutObject", objects.put_object),
    ("DELETE", ""): ("DeleteObject", objects.delete_object),
}
# Sub-resources of S3 that the sandbox has not, or not with every method: refused by name, or `DELETE ?lifecycle`
# would delete the bucket.
_SUBRESOURCES = {name for _, name in (*_BUCKET, *_OBJECT) if name} | {
    "accelerate",
    "analytics",
    "attributes",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policyStatus",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "versionId",
    "versions",
    "website",
}


def find(
    method: str, has_bucket: bool, has_key: bool, query: Mapping[str, str], headers: Mapping[str, str]
) -> tuple[str, Operation]:
    """The operation's name and its function. Raises Fault NotImplemented or MethodNotAllowed."""
    if not has_bucket:
        if method == "GET":
            return "ListBuckets", buckets.list_buckets
        raise Fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    table = _OBJECT if has_key else _BUCKET
    named = next((name for verb, name in table if name and name in query and verb == method), "")
    if has_key and method == "PUT" and "x-amz-copy-source" in headers:
        if named:
            raise Fault(501, "NotImplemented", "The sandbox does not copy parts.")
        return "CopyObject", objects.copy_object
    if not named and (unknown := _SUBRESOURCES & set(query)):
        raise Fault(501, "NotImplemented", f"The sandbox has no {method} of {min(unknown)}.")
    if (method, named) not in table:
        raise Fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    return table[method, named]
