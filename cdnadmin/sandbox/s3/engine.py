"""S3's decisions: who may do what to a bucket or object, and serving an object to whoever may have it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.permissions import USER_ARN, Permissions, refusal
from cdnadmin.sandbox.principals import (
    ACCOUNT_ID,
    OWNER_CANONICAL_ID,
    Anonymous,
    CloudFrontService,
    OriginAccessIdentity,
    Owner,
    Principal,
)
from cdnadmin.sandbox.s3 import encryption, policies
from cdnadmin.sandbox.s3.store import Bucket, Store, StoredObject

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
OWNER_GRANT = {"grantee": OWNER_CANONICAL_ID, "permission": "FULL_CONTROL"}
_BY_ACL = {"s3:GetObject": "READ", "s3:ListBucket": "READ", "s3:GetObjectAcl": "READ_ACP", "s3:GetBucketAcl": "READ_ACP"}
_BY_ACL |= {"s3:PutObjectAcl": "WRITE_ACP", "s3:PutBucketAcl": "WRITE_ACP"}


class S3Engine:
    """Buckets and objects in `data_dir`, and the rules on reaching them."""

    def __init__(self, data_dir: Path, permissions: Permissions) -> None:
        self.store, self.permissions = Store(data_dir), permissions
        # CloudFront's origin access identities, canonical user ids by id: nobody can name one that does not exist.
        self.identities: Callable[[], Mapping[str, str]] = dict
        # A key of KMS, by its id, ARN or alias.
        self.find_key: encryption.FindKey = lambda id: None

    def blocks(self, bucket: Bucket, switch: str) -> bool:
        """Whether one of Block Public Access's switches is on, for the bucket or for the whole account."""
        return bool(bucket.block.get(switch) or self.store.account_block.get(switch))

    def require_bucket(self, name: str) -> Bucket:
        bucket = self.store.bucket(name)
        if bucket is None:
            if self.store.is_foreign(name):
                raise Fault(403, "AccessDenied", "Access Denied")
            raise Fault(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=name)
        return bucket

    def may(
        self, principal: Principal, action: str, bucket: Bucket, key: str = "", context: Mapping[str, str] | None = None
    ) -> bool:
        """Policy first (Deny, Allow), then ownership, then ACLs where the bucket has them on."""
        lacks = isinstance(principal, Owner) and self.permissions.denies(action)
        resource = _arn(bucket, key)
        if bucket.policy:
            document = json.loads(bucket.policy)
            facts = {"aws:securetransport": "false", **(context or {})}
            if isinstance(principal, CloudFrontService):
                facts |= {"aws:sourcearn": principal.source_arn, "aws:sourceaccount": principal.source_account}
            if isinstance(principal, Owner):
                facts |= {"aws:principalaccount": ACCOUNT_ID, "aws:principalarn": USER_ARN}
            if not isinstance(principal, Anonymous):
                facts |= {"aws:principalisawsservice": str(isinstance(principal, CloudFrontService)).lower()}
            said = policies.evaluate(document, principal=principal, action=action, resource=resource, context=facts)
            if said == "Deny":
                # The account's root user may always mend a policy that shuts everybody out.
                return isinstance(principal, Owner) and action in {
                    "s3:GetBucketPolicy",
                    "s3:PutBucketPolicy",
                    "s3:DeleteBucketPolicy",
                }
            if lacks:
                # A policy that allows the account leaves it to IAM; one that allows everybody allows the user too.
                said = policies.evaluate(document, principal=Anonymous(), action=action, resource=resource, context=facts)
            restricted = self.blocks(bucket, "RestrictPublicBuckets") and policies.is_public(document)
            if said == "Allow" and (not restricted or isinstance(principal, Owner | CloudFrontService)):
                return True
        if isinstance(principal, Owner) and not lacks:
            return True
        return self._granted(principal, action, bucket, key)

    def _granted(self, principal: Principal, action: str, bucket: Bucket, key: str) -> bool:
        permission = _BY_ACL.get(action)
        if permission is None or bucket.ownership == "BucketOwnerEnforced":
            return False
        stored = self.store.object(bucket.name, key) if key else None
        grants = stored.acl if stored else bucket.acl
        names = set()
        if not self.blocks(bucket, "IgnorePublicAcls"):
            # Whoever signs is an authenticated user, of whatever account: CloudFront in its two forms too.
            names |= {ALL_USERS} if isinstance(principal, Anonymous) else {ALL_USERS, AUTHENTICATED_USERS}
        if isinstance(principal, OriginAccessIdentity):
            names.add(principal.canonical_user_id)
        if key and stored is None:
            return False
        return any(grant["grantee"] in names and grant["permission"] in {permission, "FULL_CONTROL"} for grant in grants)

    def require(
        self, principal: Principal, action: str, bucket: Bucket, key: str = "", context: Mapping[str, str] | None = None
    ) -> None:
        if not self.may(principal, action, bucket, key, context):
            lacks = isinstance(principal, Owner) and self.permissions.denies(action)
            raise Fault(403, "AccessDenied", refusal(action, f'"{_arn(bucket, key)}"') if lacks else "Access Denied")

    def require_object(
        self, principal: Principal, bucket: Bucket, key: str, context: Mapping[str, str] | None = None
    ) -> StoredObject:
        """The object, for one who may read it. Without leave to list, what is not there is 403 and not 404."""
        stored = self.store.object(bucket.name, key)
        if stored is None:
            if self.may(principal, "s3:ListBucket", bucket, context=context):
                raise Fault(404, "NoSuchKey", "The specified key does not exist.", Key=key)
            raise Fault(403, "AccessDenied", "Access Denied")
        self.require(principal, "s3:GetObject", bucket, key, context)
        encryption.require_decrypt(stored.headers, principal, find_key=self.find_key, permissions=self.permissions)
        return stored

    def fetch(
        self, *, principal: Principal, bucket: str, key: str, method: str, headers: Mapping[str, str], secure: bool
    ) -> Response:
        """GET or HEAD an object as somebody, over HTTPS (`secure`) or not. Raises Fault where S3 would refuse."""
        found, context = self.require_bucket(bucket), {"aws:securetransport": str(secure).lower()}
        return self.respond(self.require_object(principal, found, key, context), method=method, headers=headers)

    def respond(
        self, stored: StoredObject, *, method: str, headers: Mapping[str, str], overrides: Mapping[str, str] | None = None
    ) -> Response:
        """The answer for an object: conditions, then a range, then the whole."""
        answer = {
            "etag": f'"{stored.etag}"',
            "last-modified": http_date(stored.modified),
            "accept-ranges": "bytes",
            "content-type": "binary/octet-stream",
            **encryption.ENCRYPTED,
            **stored.headers,
            **(overrides or {}),
        }
        status = _condition(stored, headers)
        if status == 304:
            return Response(304, {name: answer[name] for name in ("etag", "last-modified", "cache-control") if name in answer})
        if status == 412:
            raise Fault(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        if headers.get("x-amz-checksum-mode", "").upper() == "ENABLED" and "range" not in headers:
            answer |= {f"x-amz-checksum-{name}": value for name, value in stored.checksums.items()}
            answer["x-amz-checksum-type"] = stored.checksum_type
        start, length, status = 0, stored.size, 200
        wanted = headers.get("range", "")
        if wanted and _range_still_holds(stored, headers.get("if-range", "")):
            span = parse_range(wanted, stored.size)
            if span:
                start, length, status = span[0], span[1] - span[0] + 1, 206
                answer["content-range"] = f"bytes {span[0]}-{span[1]}/{stored.size}"
        answer["content-length"] = str(length)
        body = b"" if method == "HEAD" else self.store.read(stored, start, length)
        return Response(status, answer, body)


def _arn(bucket: Bucket, key: str) -> str:
    return f"arn:aws:s3:::{bucket.name}" + (f"/{key}" if key else "")


def http_date(epoch: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(epoch), UTC), usegmt=True)


def parse_range(text: str, size: int) -> tuple[int, int] | None:
    """First and last byte of "bytes=…"; None for what is not one range (S3 then serves all). Raises Fault 416."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text.strip())
    if not found or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None
    else:
        start, end = max(size - int(last), 0), size - 1
    if start >= size or (not first and int(last) == 0):
        raise Fault(416, "InvalidRange", "The requested range is not satisfiable", ActualObjectSize=str(size), RangeRequested=text)
    return start, end


def _etags(text: str) -> set[str]:
    return {part.strip().removeprefix("W/").strip('"') for part in text.split(",")}


def _time(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


def _condition(stored: StoredObject, headers: Mapping[str, str]) -> int:
    """200, 304 or 412, in the order of "RFC 9110, Precedence of Preconditions"."""
    if wanted := headers.get("if-match"):
        if wanted != "*" and stored.etag not in _etags(wanted):
            return 412
    elif (since := _time(headers.get("if-unmodified-since", ""))) is not None and int(stored.modified) > since:
        return 412
    if unwanted := headers.get("if-none-match"):
        if unwanted == "*" or stored.etag in _etags(unwanted):
            return 304
    elif (since := _time(headers.get("if-modified-since", ""))) is not None and int(stored.modified) <= since:
        return 304
    return 200


def _range_still_holds(stored: StoredObject, if_range: str) -> bool:
    if not if_range:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == f'"{stored.etag}"'
    return (since := _time(if_range)) is not None and int(stored.modified) <= since
