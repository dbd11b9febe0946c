"""Lists of a bucket's objects: a page, and where the next one begins.

Source: Amazon S3 API Reference, "ListObjectsV2", "ListObjects".
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import OWNER_CANONICAL_ID
from cdnadmin.sandbox.s3 import xml
from cdnadmin.sandbox.s3.api import Call
from cdnadmin.sandbox.s3.store import StoredObject


@dataclass
class _Page:
    objects: list[tuple[str, StoredObject]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    last: str = ""
    is_truncated: bool = False


def _page(call: Call, *, prefix: str, delimiter: str, after: str, most: int) -> _Page:
    """The first `most` keys and common prefixes after `after`, which is itself a key or a common prefix."""
    page = _Page()
    for key, stored in call.engine.store.objects(call.bucket, prefix=prefix, after=after):
        folder = ""
        if delimiter and delimiter in key[len(prefix) :]:
            folder = prefix + key[len(prefix) :].split(delimiter)[0] + delimiter
            if page.folders[-1:] == [folder] or after.startswith(folder):
                continue
        if len(page.objects) + len(page.folders) >= most:
            page.is_truncated = most > 0
            break
        page.last = folder or key
        if folder:
            page.folders.append(folder)
        else:
            page.objects.append((key, stored))
    return page


def _after(call: Call, *, version_2: bool) -> str:
    if not version_2:
        return call.query.get("marker", "")
    if "continuation-token" not in call.query:
        return call.query.get("start-after", "")
    try:
        after = base64.b64decode(call.query["continuation-token"], altchars=b"-_", validate=True).decode()
    except ValueError:
        after = ""
    if not after:
        raise Fault(400, "InvalidArgument", "The continuation token provided is incorrect")
    return after


def list_objects(call: Call) -> Response:
    """ListObjects and ListObjectsV2."""
    call.require("s3:ListBucket", {"s3:prefix": call.query.get("prefix", "")})
    version_2 = call.query.get("list-type") == "2"
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    encoding = call.query.get("encoding-type", "")
    if encoding not in {"", "url"}:
        raise Fault(400, "InvalidArgument", "Invalid Encoding Method specified in Request")
    most = call.number("max-keys", default=1000)
    after = _after(call, version_2=version_2)
    page = _page(call, prefix=prefix, delimiter=delimiter, after=after, most=most)

    def shown(text: str) -> str:
        return quote(text, safe="/") if encoding else text

    content: dict[str, Any] = {"Name": call.bucket, "Prefix": shown(prefix), "MaxKeys": most, "IsTruncated": page.is_truncated}
    content |= {"Delimiter": shown(delimiter) or None, "EncodingType": encoding or None}
    if version_2:
        content |= {
            "KeyCount": len(page.objects) + len(page.folders),
            "StartAfter": shown(call.query.get("start-after", "")) or None,
        }
        content["ContinuationToken"] = call.query.get("continuation-token")
        if page.is_truncated:
            content["NextContinuationToken"] = base64.urlsafe_b64encode(page.last.encode()).decode()
    else:
        content["Marker"] = shown(after)
        # Without a delimiter, the last key is the next marker: S3 then leaves it out.
        content["NextMarker"] = shown(page.last) if page.is_truncated and delimiter else None
    with_owner = not version_2 or call.query.get("fetch-owner", "").lower() == "true"
    owner = {"ID": OWNER_CANONICAL_ID, "DisplayName": "sandbox"} if with_owner else None
    content["Contents"] = [
        {
            "Key": shown(key),
            "LastModified": xml.iso(stored.modified),
            "ETag": f'"{stored.etag}"',
            "ChecksumAlgorithm": [name.upper() for name in stored.checksums],
            "ChecksumType": stored.checksum_type if stored.checksums else None,
            "Size": stored.size,
            "StorageClass": "STANDARD",
            "Owner": owner,
        }
        for key, stored in page.objects
    ]
    content["CommonPrefixes"] = [{"Prefix": shown(folder)} for folder in page.folders]
    return xml.document("ListBucketResult", content)
