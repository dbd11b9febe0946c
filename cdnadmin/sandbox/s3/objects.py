"""Operations on objects."""

from __future__ import annotations

import base64
import time
from urllib.parse import unquote

from cdnadmin.sandbox.bodies import IncompleteBody, payload
from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import Anonymous
from cdnadmin.sandbox.s3 import acls, checksums, encryption, xml
from cdnadmin.sandbox.s3.api import Call
from cdnadmin.sandbox.s3.engine import OWNER_GRANT
from cdnadmin.sandbox.s3.store import StoredObject

PUT_AT_MOST = 5 * 1024**3
METADATA_AT_MOST = 2048
_KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")
_OVERRIDES = {f"response-{name}": name for name in _KEPT}


def kept_headers(headers: dict[str, str]) -> dict[str, str]:
    """What an object keeps of the request that put it."""
    kept = {name: headers[name] for name in _KEPT if headers.get(name)}
    if "content-encoding" in kept:
        encodings = [part.strip() for part in kept["content-encoding"].split(",") if part.strip() != "aws-chunked"]
        kept["content-encoding"] = ",".join(encodings)
        if not encodings:
            del kept["content-encoding"]
    own = {name: value for name, value in headers.items() if name.startswith("x-amz-meta-")}
    if sum(len(name.removeprefix("x-amz-meta-")) + len(value) for name, value in own.items()) > METADATA_AT_MOST:
        raise Fault(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    return kept | own


def received(call: Call, extra: set[str]) -> tuple[str, checksums.Digests, dict[str, str]]:
    """Write the body to disk; its file, digests and the checksums it is known by. Refuses what does not match."""
    headers = call.request.headers
    _check_headers(headers)
    wanted = named_checksums(headers) | extra
    digests = checksums.Digests(wanted or {"crc64nvme"})
    trailers: dict[str, str] = {}
    blob = call.engine.store.write_blob(digests.passing(payload(call.request, call.authentication, trailers)))
    try:
        if str(digests.size) != headers.get("x-amz-decoded-content-length", str(digests.size)):
            raise IncompleteBody
        if digests.size > PUT_AT_MOST:
            raise Fault(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        if "content-md5" in headers and base64.b64encode(digests.md5).decode() != headers["content-md5"]:
            raise Fault(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        found = digests.checksums()
        checksums.check({**checksums.declared(headers), **checksums.declared(trailers)}, found)
    except Fault:
        call.engine.store.remove_blobs([blob])
        raise
    return blob, digests, found


def named_checksums(headers: dict[str, str]) -> set[str]:
    """The algorithms whose checksum a request sends, in a header or after its body."""
    trailer = headers.get("x-amz-trailer", "").lower().removeprefix("x-amz-checksum-")
    return set(checksums.declared(headers)) | ({trailer} & checksums.NAMES)


def _check_headers(headers: dict[str, str]) -> None:
    """Refuse a body whose length or checksums are not said as S3 wants them, before it is read."""
    if "x-amz-decoded-content-length" not in headers and ("transfer-encoding" in headers or "content-length" not in headers):
        raise Fault(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    named = named_checksums(headers)
    if len(named) > 1:
        raise Fault(400, "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    if "x-amz-sdk-checksum-algorithm" in headers and not named:
        message = (
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        )
        raise Fault(400, "InvalidRequest", message)
    for name, value in checksums.declared(headers).items():
        if not checksums.is_well_formed(name, value):
            raise Fault(400, "InvalidRequest", f"Value for x-amz-checksum-{name} header is invalid.")
    if "content-md5" in headers and not checksums.is_well_formed("md5", headers["content-md5"]):
        raise Fault(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")


def acl_asked(call: Call) -> acls.Acl:
    """The ACL that a new object is put with; to name one needs a permission of its own."""
    if acls.is_named(call.request.headers):
        call.require("s3:PutObjectAcl")
    return acls.from_headers(call.request.headers, call.engine.require_bucket(call.bucket), call.engine)


def encryption_asked(call: Call) -> dict[str, str]:
    """The headers by which a new object says how it is encrypted."""
    engine, bucket = call.engine, call.engine.require_bucket(call.bucket)
    principal, headers = call.authentication.principal, call.request.headers
    return encryption.asked(headers, bucket, principal=principal, find_key=engine.find_key, permissions=engine.permissions)


def put_object(call: Call) -> Response:
    call.require("s3:PutObject")
    acl = acl_asked(call)
    headers = kept_headers(call.request.headers) | encryption_asked(call)
    blob, digests, found = received(call, set())
    etag = encryption.etag(digests.md5, headers)
    stored = StoredObject(digests.size, etag, time.time(), headers, [(blob, digests.size)], acl, found)
    with call.engine.store.lock:
        try:
            check_conditions(call)
        except Fault:
            call.engine.store.remove_blobs([blob])
            raise
        call.engine.store.save_object(call.bucket, call.key, stored)
    call.wrote("PutObject")
    return Response(
        200,
        {"etag": f'"{etag}"', **encryption.shown(headers), **{f"x-amz-checksum-{name}": value for name, value in found.items()}},
    )


def check_conditions(call: Call) -> None:
    """Hold a write to its If-None-Match: * and If-Match; the caller has the store's lock. Raises Fault.

    Source: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
    """
    there = call.engine.store.object(call.bucket, call.key)
    failed = "At least one of the pre-conditions you specified did not hold"
    if unwanted := call.request.headers.get("if-none-match"):
        if unwanted != "*":
            raise Fault(501, "NotImplemented", "A header you provided implies functionality that is not implemented.")
        if there:
            raise Fault(412, "PreconditionFailed", failed, Condition="If-None-Match")
    if wanted := call.request.headers.get("if-match"):
        if there is None:
            raise Fault(404, "NoSuchKey", "The specified key does not exist.", Key=call.key)
        if wanted.strip('"') != there.etag:
            raise Fault(412, "PreconditionFailed", failed, Condition="If-Match")


def get_object(call: Call) -> Response:
    bucket = call.engine.require_bucket(call.bucket)
    stored = call.engine.require_object(call.authentication.principal, bucket, call.key, call.context)
    overrides = {name: call.query[asked] for asked, name in _OVERRIDES.items() if asked in call.query}
    if overrides and isinstance(call.authentication.principal, Anonymous):
        raise Fault(400, "InvalidRequest", "Request specific response headers cannot be used for anonymous GET requests.")
    return call.engine.respond(stored, method=call.request.method, headers=call.request.headers, overrides=overrides)


def copy_object(call: Call) -> Response:
    call.require("s3:PutObject")
    source_bucket, _, source_key = unquote(call.request.headers["x-amz-copy-source"]).lstrip("/").partition("/")
    source = call.engine.require_bucket(source_bucket)
    stored = call.engine.require_object(call.authentication.principal, source, source_key, call.context)
    replace = call.request.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    if (source_bucket, source_key) == (call.bucket, call.key) and not replace:
        message = (
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata."
        )
        raise Fault(400, "InvalidRequest", message)
    digests = checksums.Digests(stored.checksums or {"crc64nvme"})
    blob = call.engine.store.write_blob(digests.passing(call.engine.store.read(stored, 0, stored.size)))
    kept = {name: value for name, value in stored.headers.items() if not name.startswith("x-amz-server-side-encryption")}
    headers = (kept_headers(call.request.headers) if replace else kept) | encryption_asked(call)
    acl = acl_asked(call)
    made = StoredObject(
        digests.size, encryption.etag(digests.md5, headers), time.time(), headers, [(blob, digests.size)], acl, digests.checksums()
    )
    call.engine.store.save_object(call.bucket, call.key, made)
    call.wrote("CopyObject")
    response = xml.document("CopyObjectResult", {"ETag": f'"{made.etag}"', "LastModified": xml.iso(made.modified)})
    response.headers |= encryption.shown(headers)
    return response


def delete_object(call: Call) -> Response:
    call.require("s3:DeleteObject")
    if call.engine.store.delete_object(call.bucket, call.key):
        call.wrote("DeleteObject")
    return Response(204)


def delete_objects(call: Call) -> Response:
    """DeleteObjects: each key allowed or refused for itself; the list must come with a digest."""
    bucket = call.engine.require_bucket(call.bucket)
    body = call.request.buffered()
    checksums.check_document(call.request.headers, body)
    root = xml.read(body)
    keys = [xml.text(item, "Key") for item in root.findall("Object")]
    if not keys or len(keys) > 1000:
        raise Fault(400, "MalformedXML", "The XML you provided did not validate against our published schema")
    deleted, refused = [], []
    for key in keys:
        if not call.engine.may(call.authentication.principal, "s3:DeleteObject", bucket, key, call.context):
            refused.append({"Key": key, "Code": "AccessDenied", "Message": "Access Denied"})
            continue
        deleted.append({"Key": key})
        if call.engine.store.delete_object(call.bucket, key):
            call.writes.record("s3", "DeleteObject", f"{call.bucket}/{key}")
    quiet = xml.text(root, "Quiet").lower() == "true"
    return xml.document("DeleteResult", {"Deleted": [] if quiet else deleted, "Error": refused})


def get_acl(call: Call) -> Response:
    bucket = call.engine.require_bucket(call.bucket)
    call.require("s3:GetObjectAcl")
    stored = call.engine.store.object(call.bucket, call.key)
    if stored is None:
        raise Fault(404, "NoSuchKey", "The specified key does not exist.", Key=call.key)
    enforced = bucket.ownership == "BucketOwnerEnforced"
    return acls.document([OWNER_GRANT] if enforced else stored.acl)


def put_acl(call: Call) -> Response:
    bucket = call.engine.require_bucket(call.bucket)
    call.require("s3:PutObjectAcl")
    body = call.request.buffered()
    with call.engine.store.lock:
        stored = call.engine.store.object(call.bucket, call.key)
        if stored is None:
            raise Fault(404, "NoSuchKey", "The specified key does not exist.", Key=call.key)
        if bucket.ownership == "BucketOwnerEnforced":
            raise Fault(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
        stored.acl = acls.from_request(body, call.request.headers, bucket, call.engine)
        call.engine.store.save_object(call.bucket, call.key, stored)
    call.wrote("PutObjectAcl")
    return Response(200)
