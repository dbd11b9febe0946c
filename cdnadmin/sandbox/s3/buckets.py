"""Operations on buckets."""

from __future__ import annotations

import json
import re
import time

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import OWNER_CANONICAL_ID
from cdnadmin.sandbox.s3 import acls, encryption, policies, policy_principals, public_access, xml
from cdnadmin.sandbox.s3.api import Call
from cdnadmin.sandbox.s3.engine import OWNER_GRANT
from cdnadmin.sandbox.s3.store import Bucket
from cdnadmin.sandbox.sigv4 import REGION

_OWNERSHIPS = {"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}
_OWNER = {"ID": OWNER_CANONICAL_ID, "DisplayName": "sandbox"}


def list_buckets(call: Call) -> Response:
    call.require_of_account("s3:ListAllMyBuckets")
    buckets = [{"Name": bucket.name, "CreationDate": xml.iso(bucket.created)} for bucket in call.engine.store.buckets()]
    return xml.document("ListAllMyBucketsResult", {"Owner": _OWNER, "Buckets": {"Bucket": buckets}})


def _check_name(name: str) -> None:
    """Source: Amazon S3 User Guide, "Bucket naming rules"."""
    fits = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) and ".." not in name
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-"))
    reserved = reserved or name.endswith(("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    if not fits or reserved or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        raise Fault(400, "InvalidBucketName", "The specified bucket is not valid.", BucketName=name)


def create_bucket(call: Call) -> Response:
    _check_name(call.bucket)
    call.require_of_account("s3:CreateBucket", f"arn:aws:s3:::{call.bucket}")
    store = call.engine.store
    with store.lock:
        if store.is_foreign(call.bucket):
            raise Fault(409, "BucketAlreadyExists", "The requested bucket name is not available.", BucketName=call.bucket)
        if store.bucket(call.bucket):
            # As every region but us-east-1, which for old clients answers 200 and resets the ACL: no code can lean on that.
            message = "Your previous request to create the named bucket succeeded and you already own it."
            raise Fault(409, "BucketAlreadyOwnedByYou", message, BucketName=call.bucket)
        if body := call.request.buffered():
            wanted = xml.text(xml.read(body), "LocationConstraint")
            if wanted and wanted != REGION:
                message = (
                    "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
                )
                raise Fault(400, "IllegalLocationConstraintException", message)
        ownership = call.request.headers.get("x-amz-object-ownership", "BucketOwnerEnforced")
        if ownership not in _OWNERSHIPS:
            raise Fault(400, "InvalidArgument", "Invalid x-amz-object-ownership header")
        bucket = Bucket(call.bucket, time.time(), ownership, dict.fromkeys(public_access.SWITCHES, True), acl=[OWNER_GRANT])
        if "x-amz-acl" in call.request.headers:
            if ownership == "BucketOwnerEnforced" and call.request.headers["x-amz-acl"] != "private":
                raise Fault(
                    400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's setting"
                )
            bucket.acl = acls.from_headers(call.request.headers, bucket, call.engine)
        store.save_bucket(bucket)
    call.wrote("CreateBucket")
    return Response(200, {"location": f"/{call.bucket}"})


def head_bucket(call: Call) -> Response:
    call.require("s3:ListBucket")
    return Response(200, {"x-amz-bucket-region": REGION, "content-length": "0"})


def delete_bucket(call: Call) -> Response:
    call.require("s3:DeleteBucket")
    with call.engine.store.lock:
        if not call.engine.store.is_empty(call.bucket):
            raise Fault(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", BucketName=call.bucket)
        call.engine.store.delete_bucket(call.bucket)
    call.wrote("DeleteBucket")
    return Response(204)


def get_location(call: Call) -> Response:
    call.require("s3:GetBucketLocation")
    return xml.document("LocationConstraint", {})


def get_versioning(call: Call) -> Response:
    call.require("s3:GetBucketVersioning")
    return xml.document("VersioningConfiguration", {})


def get_encryption(call: Call) -> Response:
    call.require("s3:GetEncryptionConfiguration")
    rule = encryption.rule_of(call.engine.require_bucket(call.bucket))
    return xml.document("ServerSideEncryptionConfiguration", {"Rule": rule})


def put_encryption(call: Call) -> Response:
    call.require("s3:PutEncryptionConfiguration")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.encryption = encryption.from_document(xml.read(call.request.buffered()))
    return _saved(call, bucket, "PutBucketEncryption", 200)


def delete_encryption(call: Call) -> Response:
    """S3's own keys again; what is encrypted stays so."""
    call.require("s3:PutEncryptionConfiguration")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.encryption = {}
    return _saved(call, bucket, "DeleteBucketEncryption", 204)


def get_ownership(call: Call) -> Response:
    call.require("s3:GetBucketOwnershipControls")
    bucket = call.engine.require_bucket(call.bucket)
    if not bucket.ownership:
        raise Fault(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
    return xml.document("OwnershipControls", {"Rule": {"ObjectOwnership": bucket.ownership}})


def put_ownership(call: Call) -> Response:
    call.require("s3:PutBucketOwnershipControls")
    bucket = call.engine.require_bucket(call.bucket)
    ownership = xml.text(xml.read(call.request.buffered()), "Rule/ObjectOwnership")
    if ownership not in _OWNERSHIPS:
        raise Fault(400, "MalformedXML", "The XML you provided did not validate against our published schema")
    if ownership == "BucketOwnerEnforced" and bucket.acl != [OWNER_GRANT]:
        message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        raise Fault(400, "InvalidBucketAclWithObjectOwnership", message)
    bucket.ownership = ownership
    return _saved(call, bucket, "PutBucketOwnershipControls", 200)


def get_block(call: Call) -> Response:
    call.require("s3:GetBucketPublicAccessBlock")
    bucket = call.engine.require_bucket(call.bucket)
    return public_access.document(bucket.block)


def put_block(call: Call) -> Response:
    call.require("s3:PutBucketPublicAccessBlock")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.block = public_access.from_document(xml.read(call.request.buffered()))
    return _saved(call, bucket, "PutPublicAccessBlock", 200)


def delete_block(call: Call) -> Response:
    call.require("s3:PutBucketPublicAccessBlock")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.block = {}
    return _saved(call, bucket, "DeletePublicAccessBlock", 204)


def _saved(call: Call, bucket: Bucket, operation: str, status: int) -> Response:
    call.engine.store.save_bucket(bucket)
    call.wrote(operation)
    return Response(status)


def get_policy(call: Call) -> Response:
    call.require("s3:GetBucketPolicy")
    bucket = call.engine.require_bucket(call.bucket)
    if not bucket.policy:
        raise Fault(404, "NoSuchBucketPolicy", "The bucket policy does not exist", BucketName=call.bucket)
    shown = policy_principals.shown(json.loads(bucket.policy), call.engine.identities())
    return Response(200, {"content-type": "application/json"}, json.dumps(shown).encode())


def get_policy_status(call: Call) -> Response:
    call.require("s3:GetBucketPolicyStatus")
    bucket = call.engine.require_bucket(call.bucket)
    if not bucket.policy:
        raise Fault(404, "NoSuchBucketPolicy", "The bucket policy does not exist", BucketName=call.bucket)
    return xml.document("PolicyStatus", {"IsPublic": policies.is_public(json.loads(bucket.policy))})


def put_policy(call: Call) -> Response:
    call.require("s3:PutBucketPolicy")
    document = policies.parse(call.request.buffered().decode("utf-8", errors="replace"), call.bucket, call.engine.identities())
    with call.engine.store.lock:
        bucket = call.engine.require_bucket(call.bucket)
        if call.engine.blocks(bucket, "BlockPublicPolicy") and policies.is_public(document):
            raise Fault(403, "AccessDenied", "Access Denied: public policies are prevented by the BlockPublicPolicy setting")
        bucket.policy = json.dumps(document)
        return _saved(call, bucket, "PutBucketPolicy", 204)


def delete_policy(call: Call) -> Response:
    call.require("s3:DeleteBucketPolicy")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.policy = ""
    return _saved(call, bucket, "DeleteBucketPolicy", 204)


def get_acl(call: Call) -> Response:
    call.require("s3:GetBucketAcl")
    return acls.document(call.engine.require_bucket(call.bucket).acl)


def put_acl(call: Call) -> Response:
    call.require("s3:PutBucketAcl")
    bucket = call.engine.require_bucket(call.bucket)
    body = call.request.buffered()
    if bucket.ownership == "BucketOwnerEnforced":
        raise Fault(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
    bucket.acl = acls.from_request(body, call.request.headers, bucket, call.engine)
    return _saved(call, bucket, "PutBucketAcl", 200)


def get_cors(call: Call) -> Response:
    call.require("s3:GetBucketCORS")
    bucket = call.engine.require_bucket(call.bucket)
    if not bucket.cors:
        raise Fault(404, "NoSuchCORSConfiguration", "The CORS configuration does not exist", BucketName=call.bucket)
    return xml.document("CORSConfiguration", {"CORSRule": bucket.cors})


def put_cors(call: Call) -> Response:
    call.require("s3:PutBucketCORS")
    bucket = call.engine.require_bucket(call.bucket)
    names = ("ID", "AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds")
    rules = xml.read(call.request.buffered()).findall("CORSRule")
    bucket.cors = [{name: [item.text or "" for item in rule.findall(name)] for name in names} for rule in rules]
    if not bucket.cors or any(not rule["AllowedOrigin"] or not rule["AllowedMethod"] for rule in bucket.cors):
        raise Fault(400, "MalformedXML", "The XML you provided did not validate against our published schema")
    for rule in bucket.cors:
        for method in set(rule["AllowedMethod"]) - {"GET", "PUT", "POST", "DELETE", "HEAD"}:
            message = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            raise Fault(400, "InvalidRequest", message)
        for origin in rule["AllowedOrigin"]:
            if origin.count("*") > 1:
                raise Fault(400, "InvalidRequest", f'AllowedOrigin "{origin}" can not have more than one wildcard.')
    return _saved(call, bucket, "PutBucketCors", 200)


def delete_cors(call: Call) -> Response:
    call.require("s3:PutBucketCORS")
    bucket = call.engine.require_bucket(call.bucket)
    bucket.cors = []
    return _saved(call, bucket, "DeleteBucketCors", 204)
