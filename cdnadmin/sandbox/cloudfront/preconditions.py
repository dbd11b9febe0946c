"""What every call on a resource needs first: that it is there, and that the caller has seen its present version."""

from __future__ import annotations

from typing import Any

from cdnadmin.sandbox.cloudfront.store import Store, Thing
from cdnadmin.sandbox.http import Fault

Given = dict[str, Any]


def require(store: Store, kind: str, id: str, code: str) -> Thing:
    thing = store.get(kind, id)
    if thing is None:
        raise Fault(404, code, "The specified resource does not exist.")
    return thing


def check_etag(thing: Thing, given: Given) -> None:
    """If-Match must be there, and be the ETag of what is there now."""
    if not given.get("IfMatch"):
        raise Fault(400, "InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given["IfMatch"] != thing.etag:
        raise Fault(
            412, "PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more headers."
        )
