"""Server-side encryption: by S3's own keys, or by a key of KMS, whose policy then decides too.

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)", "Setting default server-side encryption
behavior for Amazon S3 buckets"; CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.permissions import Permissions
from cdnadmin.sandbox.principals import CloudFrontService, Owner, Principal
from cdnadmin.sandbox.s3 import policies, xml
from cdnadmin.sandbox.s3.store import Bucket

# Every object is encrypted by S3's own keys where nothing else is asked for, and every answer says so.
ENCRYPTED = {"x-amz-server-side-encryption": "AES256"}
_ALGORITHM, _KEY = "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"
_BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"
_BY_KMS = {"aws:kms", "aws:kms:dsse"}
# The key that AWS manages for S3: its policy can't be changed, and lets nobody in but the account's own users.
MANAGED = "alias/aws/s3"


@dataclass(frozen=True)
class KmsKey:
    """`state`: Enabled, Disabled, PendingDeletion …; `policy`: its document."""

    arn: str
    state: str
    policy: Mapping[str, Any]
    is_managed: bool


FindKey = Callable[[str], KmsKey | None]


def asked(
    headers: Mapping[str, str], bucket: Bucket, *, principal: Principal, find_key: FindKey, permissions: Permissions
) -> dict[str, str]:
    """The headers by which an object says how it is encrypted: as the request asks, else as its bucket does. Raises Fault."""
    if any("-customer-" in name for name in headers):
        raise Fault(501, "NotImplemented", "The sandbox has no encryption by customers' keys (SSE-C).")
    default = bucket.encryption if _ALGORITHM not in headers else {}
    algorithm = headers.get(_ALGORITHM) or default.get("algorithm") or ENCRYPTED[_ALGORITHM]
    key_id = headers.get(_KEY, default.get("key", ""))
    if algorithm not in {ENCRYPTED[_ALGORITHM], *_BY_KMS}:
        raise Fault(400, "InvalidArgument", "The encryption method specified is not supported")
    if algorithm not in _BY_KMS:
        if key_id:
            message = f"Server Side Encryption with AWS KMS managed key requires HTTP header {_ALGORITHM} : aws:kms"
            raise Fault(400, "InvalidArgument", message)
        return {}
    if not isinstance(principal, Owner):
        raise _unsigned()
    permissions.require(["kms:GenerateDataKey"], key_id or MANAGED)
    key = find_key(key_id or MANAGED)
    if key is None:
        raise Fault(400, "KMS.NotFoundException", f"Invalid keyId '{key_id}'")
    _check_state(key)
    kept = {_ALGORITHM: algorithm, _KEY: key.arn}
    uses_bucket_key = headers.get(_BUCKET_KEY, default.get("bucket_key", "")).lower() == "true"
    return kept | ({_BUCKET_KEY: "true"} if uses_bucket_key and algorithm == "aws:kms" else {})


def shown(kept: Mapping[str, str]) -> dict[str, str]:
    """What an answer says of encryption, of the headers that an object keeps."""
    return {**ENCRYPTED, **{name: kept[name] for name in (_ALGORITHM, _KEY, _BUCKET_KEY) if name in kept}}


def etag(md5: bytes, kept: Mapping[str, str]) -> str:
    """An object's ETag: its MD5, but not under a key of KMS. Source: S3 API Reference, "Object"."""
    return hashlib.md5(uuid.uuid4().bytes, usedforsecurity=False).hexdigest() if _KEY in kept else md5.hex()


def require_decrypt(kept: Mapping[str, str], principal: Principal, *, find_key: FindKey, permissions: Permissions) -> None:
    """Refuse whoever may not use the key of an object that they may read. Raises Fault."""
    if _KEY not in kept:
        return
    arn = kept[_KEY]
    match principal:
        case Owner():
            permissions.require(["kms:Decrypt"], arn)
            if key := find_key(arn):
                _check_state(key)
        case CloudFrontService():
            key = find_key(arn)
            if key is None or key.is_managed or not _lets_in(key, principal):
                raise Fault(403, "AccessDenied", "Access Denied")
            _check_state(key)
        case _:
            # An origin access identity does not sign with Version 4 either.
            raise _unsigned()


def _lets_in(key: KmsKey, principal: CloudFrontService) -> bool:
    statements = key.policy.get("Statement", [])
    document = {"Statement": [{"Resource": "*", **each} for each in (statements if isinstance(statements, list) else [statements])]}
    context = {"aws:sourcearn": principal.source_arn, "aws:sourceaccount": principal.source_account}
    return policies.evaluate(document, principal=principal, action="kms:Decrypt", resource=key.arn, context=context) == "Allow"


def _check_state(key: KmsKey) -> None:
    if key.state == "Disabled":
        raise Fault(400, "KMS.DisabledException", f"{key.arn} is disabled.")
    if key.state != "Enabled":
        raise Fault(400, "KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.")


def _unsigned() -> Fault:
    message = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
    return Fault(400, "InvalidArgument", message, ArgumentName="Authorization", ArgumentValue="null")


def rule_of(bucket: Bucket) -> dict[str, Any]:
    """The rule that GetBucketEncryption answers."""
    applied = {"SSEAlgorithm": bucket.encryption.get("algorithm", ENCRYPTED[_ALGORITHM])}
    if key := bucket.encryption.get("key"):
        applied["KMSMasterKeyID"] = key
    return {"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": bucket.encryption.get("bucket_key") == "true"}


def from_document(root: Element) -> dict[str, str]:
    """A bucket's default encryption as PutBucketEncryption has it. That the key exists is not looked up. Raises Fault."""
    rules = root.findall("Rule")
    algorithm = xml.text(rules[0], "ApplyServerSideEncryptionByDefault/SSEAlgorithm") if len(rules) == 1 else ""
    if algorithm not in {ENCRYPTED[_ALGORITHM], *_BY_KMS}:
        raise Fault(400, "MalformedXML", "The XML you provided did not validate against our published schema")
    key = xml.text(rules[0], "ApplyServerSideEncryptionByDefault/KMSMasterKeyID")
    if key and algorithm not in _BY_KMS:
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise Fault(400, "InvalidArgument", message)
    return {"algorithm": algorithm, "key": key, "bucket_key": xml.text(rules[0], "BucketKeyEnabled").lower()}
