"""ACLs: canned ones, those in headers, and those in XML; refused where the bucket has them off or blocks public ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import OWNER_CANONICAL_ID
from cdnadmin.sandbox.s3 import xml
from cdnadmin.sandbox.s3.engine import ALL_USERS, AUTHENTICATED_USERS, OWNER_GRANT, S3Engine
from cdnadmin.sandbox.s3.store import Bucket

Acl = list[dict[str, str]]
_CANNED: dict[str, Acl] = {
    "private": [],
    "public-read": [{"grantee": ALL_USERS, "permission": "READ"}],
    "public-read-write": [{"grantee": ALL_USERS, "permission": "READ"}, {"grantee": ALL_USERS, "permission": "WRITE"}],
    "authenticated-read": [{"grantee": AUTHENTICATED_USERS, "permission": "READ"}],
    "bucket-owner-read": [],
    "bucket-owner-full-control": [],
}
_HEADERS = {
    "x-amz-grant-read": "READ",
    "x-amz-grant-write": "WRITE",
    "x-amz-grant-read-acp": "READ_ACP",
    "x-amz-grant-write-acp": "WRITE_ACP",
    "x-amz-grant-full-control": "FULL_CONTROL",
}
GRANTS_AT_MOST = 100
_OFF = "The bucket does not allow ACLs"


def is_named(headers: Mapping[str, str]) -> bool:
    """Whether a request's headers ask for an ACL."""
    return any(name in headers for name in ("x-amz-acl", *_HEADERS))


def from_headers(headers: Mapping[str, str], bucket: Bucket, engine: S3Engine) -> Acl:
    """The ACL that a request's headers ask for; the owner alone where they ask for none."""
    canned = headers.get("x-amz-acl", "")
    named = [(permission, headers[name]) for name, permission in _HEADERS.items() if name in headers]
    if not canned and not named:
        return [OWNER_GRANT]
    if canned and named:
        raise Fault(400, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
    if canned and canned not in _CANNED:
        raise Fault(400, "InvalidArgument", "x-amz-acl is not one of the canned ACLs")
    acl = [OWNER_GRANT, *_CANNED[canned]] if canned else []
    for permission, text in named:
        for kind, value in re.findall(r'(id|uri|emailAddress)\s*=\s*"([^"]*)"', text):
            if kind == "emailAddress":
                raise Fault(
                    400, "UnresolvableGrantByEmailAddress", "The email address you provided does not match any account on record."
                )
            acl.append({"grantee": value, "permission": permission})
    if bucket.ownership == "BucketOwnerEnforced" and canned != "bucket-owner-full-control":
        raise Fault(400, "AccessControlListNotSupported", _OFF)
    return _checked(acl, bucket, engine)


def from_request(body: bytes, headers: Mapping[str, str], bucket: Bucket, engine: S3Engine) -> Acl:
    """The ACL of a request to set one: its document where it has one, else its headers."""
    return from_document(xml.read(body), bucket, engine) if body else from_headers(headers, bucket, engine)


def from_document(root: Element, bucket: Bucket, engine: S3Engine) -> Acl:
    if bucket.ownership == "BucketOwnerEnforced":
        raise Fault(400, "AccessControlListNotSupported", _OFF)
    acl: Acl = []
    for grant in root.iter("Grant"):
        grantee = xml.text(grant, "Grantee/ID") or xml.text(grant, "Grantee/URI")
        permission = xml.text(grant, "Permission")
        if not grantee or permission not in _HEADERS.values():
            raise Fault(400, "MalformedACLError", "The ACL that you provided was not well formed or did not validate.")
        acl.append({"grantee": grantee, "permission": permission})
    return _checked(acl, bucket, engine)


def _checked(acl: Acl, bucket: Bucket, engine: S3Engine) -> Acl:
    if len(acl) > GRANTS_AT_MOST:
        raise Fault(400, "InvalidRequest", f"An ACL holds at most {GRANTS_AT_MOST} grants")
    if engine.blocks(bucket, "BlockPublicAcls") and any(grant["grantee"] in {ALL_USERS, AUTHENTICATED_USERS} for grant in acl):
        raise Fault(403, "AccessDenied", "Access Denied: public ACLs are prevented by the BlockPublicAcls setting")
    identities = set(engine.identities().values())
    for grant in acl:
        name = grant["grantee"]
        # Accounts have 64 digits, and which there are is not known; identities have 96, and these are.
        if not name.startswith("http") and not re.fullmatch(r"[0-9a-f]{64}", name) and name not in identities:
            raise Fault(400, "InvalidArgument", "Invalid id")
    return acl


def document(acl: Acl) -> Response:
    namespace = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

    def grantee(name: str) -> dict[str, Any]:
        if name.startswith("http"):
            return {f'Grantee {namespace} xsi:type="Group"': {"URI": name}}
        return {f'Grantee {namespace} xsi:type="CanonicalUser"': {"ID": name}}

    grants = [{**grantee(grant["grantee"]), "Permission": grant["permission"]} for grant in acl]
    content = {"Owner": {"ID": OWNER_CANONICAL_ID}, "AccessControlList": {"Grant": grants}}
    return xml.document("AccessControlPolicy", content)
