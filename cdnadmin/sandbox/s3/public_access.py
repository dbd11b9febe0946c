"""Block Public Access: a bucket's four switches, and the account's, which count for each of its buckets too.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage"; S3 API Reference, "PutPublicAccessBlock" (S3 Control).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from cdnadmin.sandbox.http import Fault, Response
from cdnadmin.sandbox.principals import ACCOUNT_ID
from cdnadmin.sandbox.s3 import xml

if TYPE_CHECKING:
    from cdnadmin.sandbox.s3.api import Call

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ACCOUNT_PATH = "/v20180820/configuration/publicAccessBlock"
# boto3's name of S3 Control, under which faults are asked for and writes are recorded.
SERVICE = "s3control"
_NAMES = {"GET": "GetPublicAccessBlock", "PUT": "PutPublicAccessBlock", "DELETE": "DeletePublicAccessBlock"}


def from_document(root: Element) -> dict[str, bool]:
    return {switch: xml.text(root, switch).lower() == "true" for switch in SWITCHES}


def document(block: dict[str, bool]) -> Response:
    if not block:
        raise Fault(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
    return xml.document("PublicAccessBlockConfiguration", dict(block))


def account_operation(method: str) -> str:
    if method not in _NAMES:
        raise Fault(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    return _NAMES[method]


def on_account(call: Call) -> Response:
    """The operations of S3 Control on the account's switches."""
    operation = account_operation(call.request.method)
    call.require_of_account(f"s3:{'Get' if operation.startswith('Get') else 'Put'}AccountPublicAccessBlock")
    if call.request.headers.get("x-amz-account-id") != ACCOUNT_ID:
        raise Fault(403, "AccessDenied", "Access Denied")
    store = call.engine.store
    if operation == "GetPublicAccessBlock":
        return document(store.account_block)
    is_put = operation == "PutPublicAccessBlock"
    store.save_account_block(from_document(xml.read(call.request.buffered())) if is_put else {})
    call.writes.record(SERVICE, operation, ACCOUNT_ID)
    return Response(200 if is_put else 204)
