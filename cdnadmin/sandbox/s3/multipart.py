"""Uploads in parts.

Source: Amazon S3 User Guide, "Uploading and copying objects using multipart upload".
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import OWNER_CANONICAL_ID
from cdnadmin.sandbox.s3 import checksums, encryption, xml
from cdnadmin.sandbox.s3.api import Call
from cdnadmin.sandbox.s3.objects import acl_asked, check_conditions, encryption_asked, kept_headers, named_checksums, received
from cdnadmin.sandbox.s3.store import Part, StoredObject, Upload

PART_AT_LEAST = 5 * 1024**2
_OWNER = {"ID": OWNER_CANONICAL_ID, "DisplayName": "sandbox"}


def create(call: Call) -> Response:
    call.require("s3:PutObject")
    headers = call.request.headers
    acl = acl_asked(call)
    algorithm = headers.get("x-amz-checksum-algorithm", "").lower()
    kind = headers.get("x-amz-checksum-type", "").upper()
    if algorithm and algorithm not in checksums.NAMES:
        raise Fault(400, "InvalidRequest", "Checksum algorithm provided is unsupported.")
    if algorithm:
        kind = kind or ("FULL_OBJECT" if algorithm == "crc64nvme" else "COMPOSITE")
        if (algorithm == "crc64nvme" and kind == "COMPOSITE") or (algorithm.startswith("sha") and kind == "FULL_OBJECT"):
            raise Fault(400, "InvalidRequest", f"The {kind} checksum type cannot be used with the {algorithm} checksum algorithm.")
    kept = kept_headers(headers) | encryption_asked(call)
    upload = Upload(uuid.uuid4().hex, call.bucket, call.key, time.time(), kept, acl, algorithm, kind)
    call.engine.store.save_upload(upload)
    call.wrote("CreateMultipartUpload")
    response = xml.document("InitiateMultipartUploadResult", {"Bucket": call.bucket, "Key": call.key, "UploadId": upload.id})
    response.headers |= encryption.shown(kept)
    if algorithm:
        response.headers |= {"x-amz-checksum-algorithm": algorithm.upper(), "x-amz-checksum-type": kind}
    return response


def _upload(call: Call, *, completed_too: bool = False) -> Upload:
    upload = call.engine.store.upload(call.query["uploadId"])
    gone = upload is None or (upload.bucket, upload.key) != (call.bucket, call.key)
    if upload is None or gone or (upload.completed_etag and not completed_too):
        message = (
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        )
        raise Fault(404, "NoSuchUpload", message, UploadId=call.query["uploadId"])
    return upload


def upload_part(call: Call) -> Response:
    call.require("s3:PutObject")
    upload = _upload(call)
    try:
        number = int(call.query["partNumber"])
    except ValueError:
        number = 0
    if not 1 <= number <= 10_000:
        raise Fault(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    _check_kind(upload, named_checksums(call.request.headers))
    blob, digests, found = received(call, {upload.algorithm or "crc64nvme"})
    store = call.engine.store
    with store.lock:
        try:
            _upload(call)  # it may have been aborted while the bytes came
        except Fault:
            store.remove_blobs([blob])
            raise
        store.save_part(upload.id, Part(number, digests.size, digests.md5.hex(), blob, time.time(), found))
    call.writes.record("s3", "UploadPart", f"{call.bucket}/{call.key}#{number}")
    return Response(
        200,
        {
            "etag": f'"{digests.md5.hex()}"',
            **encryption.shown(upload.headers),
            **{f"x-amz-checksum-{name}": value for name, value in found.items()},
        },
    )


def _check_kind(upload: Upload, named: set[str]) -> None:
    """A part's checksum is of the upload's algorithm; where the object's is composed of them, it must be there."""
    if upload.algorithm and upload.algorithm not in named and (named or upload.checksum_type == "COMPOSITE"):
        actual = min(named, default="null")
        message = f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm}, actual checksum Type: {actual}"
        raise Fault(400, "InvalidRequest", message)


def list_parts(call: Call) -> Response:
    call.require("s3:ListMultipartUploadParts")
    upload = _upload(call)
    most = call.number("max-parts", default=1000)
    marker = call.number("part-number-marker", default=0, most=10_000)
    parts = [part for part in call.engine.store.parts(upload.id) if part.number > marker]
    page = parts[:most]
    content: dict[str, Any] = {
        "Bucket": call.bucket,
        "Key": call.key,
        "UploadId": upload.id,
        "Initiator": _OWNER,
        "Owner": _OWNER,
        "StorageClass": "STANDARD",
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1].number if page else 0,
        "MaxParts": most,
        "IsTruncated": len(parts) > most,
        "ChecksumAlgorithm": upload.algorithm.upper() or None,
        "ChecksumType": upload.checksum_type or None,
        "Part": [
            {
                "PartNumber": part.number,
                "LastModified": xml.iso(part.modified),
                "ETag": f'"{part.etag}"',
                "Size": part.size,
                **{f"Checksum{name.upper()}": value for name, value in part.checksums.items()},
            }
            for part in page
        ],
    }
    return xml.document("ListPartsResult", content)


def list_uploads(call: Call) -> Response:
    call.require("s3:ListBucketMultipartUploads")
    prefix = call.query.get("prefix", "")
    most = call.number("max-uploads", default=1000)
    # Without an upload's id, the marker stands for all uploads of its key.
    after = (call.query.get("key-marker", ""), call.query.get("upload-id-marker") or "\uffff")
    uploads = [upload for upload in call.engine.store.uploads(call.bucket, prefix) if (upload.key, upload.id) > after]
    page = uploads[:most]
    content: dict[str, Any] = {"Bucket": call.bucket, "Prefix": prefix, "MaxUploads": most, "IsTruncated": len(uploads) > most}
    if len(uploads) > most:
        content |= {"NextKeyMarker": page[-1].key, "NextUploadIdMarker": page[-1].id}
    content["Upload"] = [{"Key": upload.key, "UploadId": upload.id, "Initiated": xml.iso(upload.initiated)} for upload in page]
    return xml.document("ListMultipartUploadsResult", content)


def complete(call: Call) -> Response:
    call.require("s3:PutObject")
    root = xml.read(call.request.buffered())
    store = call.engine.store
    with store.lock:
        upload = _upload(call, completed_too=True)
        if upload.completed_etag:
            there = store.object(call.bucket, call.key)
            if there is None or there.etag != upload.completed_etag:
                _upload(call)
            return _completed(call, upload, upload.completed_etag)
        parts = _named_parts(root, {part.number: part for part in store.parts(upload.id)}, upload)
        size = sum(part.size for part in parts)
        wanted_size = call.request.headers.get("x-amz-mp-object-size")
        if wanted_size is not None and wanted_size != str(size):
            raise Fault(400, "InvalidRequest", "The provided 'x-amz-mp-object-size' header value does not match the object's size.")
        etag = (
            f"{hashlib.md5(b''.join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False).hexdigest()}-{len(parts)}"
        )
        algorithm = upload.algorithm or "crc64nvme"
        if (upload.checksum_type or "FULL_OBJECT") == "FULL_OBJECT":
            found = {algorithm: checksums.combined(algorithm, [(part.checksums[algorithm], part.size) for part in parts])}
        else:
            found = {algorithm: checksums.composite(algorithm, [part.checksums[algorithm] for part in parts])}
        checksums.check(checksums.declared(call.request.headers), found)
        blobs = [(part.blob, part.size) for part in parts]
        kind = upload.checksum_type or "FULL_OBJECT"
        check_conditions(call)
        store.save_object(
            call.bucket, call.key, StoredObject(size, etag, time.time(), upload.headers, blobs, upload.acl, found, kind)
        )
        upload.completed_etag = etag
        store.save_upload(upload)
        store.forget_parts(upload.id, {blob for blob, _ in blobs})
    call.wrote("CompleteMultipartUpload")
    return _completed(call, upload, etag, found)


def _completed(call: Call, upload: Upload, etag: str, found: dict[str, str] | None = None) -> Response:
    content: dict[str, Any] = {"Location": f"http://{call.request.host}{call.request.raw_path}", "Bucket": call.bucket}
    content |= {"Key": call.key, "ETag": f'"{etag}"', **{f"Checksum{name.upper()}": value for name, value in (found or {}).items()}}
    response = xml.document("CompleteMultipartUploadResult", content)
    response.headers |= encryption.shown(upload.headers)
    return response


def _named_parts(root: Any, there: dict[int, Part], upload: Upload) -> list[Part]:
    """The parts that the request names, checked: in order, known, and all but the last large enough."""
    try:
        named = [(int(xml.text(item, "PartNumber", "0")), item) for item in root.findall("Part")]
    except ValueError:
        named = []
    if not named:
        raise Fault(400, "MalformedXML", "The XML you provided did not validate against our published schema")
    if [number for number, _ in named] != sorted({number for number, _ in named}):
        raise Fault(400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
    if upload.checksum_type == "COMPOSITE":
        for number, item in named:
            if not xml.text(item, f"Checksum{upload.algorithm.upper()}"):
                message = f"The upload was created using a {upload.algorithm} checksum. The complete request must include the "
                message += f"checksum for each part. It was missing for part {number} in the request."
                raise Fault(400, "InvalidRequest", message)
    parts = []
    for number, item in named:
        part = there.get(number)
        checksums_named = {
            name: value
            for name in checksums.NAMES
            if (value := xml.text(item, f"Checksum{name.upper()}")) and name in (part.checksums if part else {})
        }
        if (
            part is None
            or xml.text(item, "ETag").strip('"') != part.etag
            or any(part.checksums[n] != v for n, v in checksums_named.items())
        ):
            message = (
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified "
            )
            raise Fault(400, "InvalidPart", message + "entity tag may not match the part's entity tag.", PartNumber=str(number))
        parts.append(part)
    for part in parts[:-1]:
        if part.size < PART_AT_LEAST:
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise Fault(400, "EntityTooSmall", message, ProposedSize=str(part.size), MinSizeAllowed=str(PART_AT_LEAST))
    return parts


def abort(call: Call) -> Response:
    call.require("s3:AbortMultipartUpload")
    upload = _upload(call)
    call.engine.store.delete_upload(upload.id, remove_bytes=True)
    call.wrote("AbortMultipartUpload")
    return Response(204)
