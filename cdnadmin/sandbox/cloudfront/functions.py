"""Operations on CloudFront Functions: made, changed, published, listed and associated. The sandbox does not run them.

Sources: CloudFront API Reference, "CreateFunction" and its neighbours; Developer Guide, "Quotas on CloudFront Functions".
"""

from __future__ import annotations

import base64
import re
from typing import Any

from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.preconditions import Given, check_etag
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

CODE_BYTES = 10_240


def _require(store: Store, given: Given) -> Thing:
    thing = store.get("function", given["Name"])
    if thing is None:
        raise Fault(404, "NoSuchFunctionExists", "The function does not exist.")
    return thing


def _version(thing: Thing, stage: str) -> dict[str, Any]:
    """What a stage has: config, code, etag and time. Raises Fault where nothing was published yet."""
    if stage == "LIVE":
        if "live" not in thing.extra:
            raise Fault(404, "NoSuchFunctionExists", "The function has not been published.")
        live: dict[str, Any] = thing.extra["live"]
        return live
    return {"config": thing.config["settings"], "code": thing.config["code"], "etag": thing.etag, "modified": thing.modified}


def _summary(store: Store, thing: Thing, stage: str) -> dict[str, Any]:
    version = _version(thing, stage)
    published = "live" in thing.extra and thing.extra["live"]["code"] == version["code"]
    used = bool(store.having("uses", "function", thing.id))
    return {
        "Name": thing.id,
        "Status": "UNPUBLISHED" if not published else "DEPLOYED" if used else "UNASSOCIATED",
        "FunctionConfig": version["config"],
        "FunctionMetadata": {
            "FunctionARN": f"arn:aws:cloudfront::{ACCOUNT_ID}:function/{thing.id}",
            "Stage": stage,
            "CreatedTime": thing.created,
            "LastModifiedTime": version["modified"],
        },
    }


def _content(given: Given) -> dict[str, Any]:
    code: bytes = given["FunctionCode"]
    if len(code) > CODE_BYTES:
        raise Fault(413, "FunctionSizeLimitExceeded", "The function is too large: its code may have 10 KB.")
    if not code:
        raise Fault(400, "InvalidArgument", "The parameter FunctionCode must not be empty.")
    return {"settings": given["FunctionConfig"], "code": base64.b64encode(code).decode()}


def create(store: Store, given: Given) -> Given:
    name = given["Name"]
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name):
        raise Fault(400, "InvalidArgument", "The parameter Name has 1 to 64 letters, digits, - and _.")
    content = _content(given)
    if store.get("function", name):
        raise Fault(409, "FunctionAlreadyExists", "A function with the same name already exists in this account.")
    if store.count("function") >= store.quotas["function"]:
        raise Fault(400, "TooManyFunctions", "You have reached the maximum number of CloudFront functions for this account.")
    thing = store.add(Thing("function", name, content))
    location = f"https://cloudfront.amazonaws.com/2020-05-31/function/{name}"
    return {"FunctionSummary": _summary(store, thing, "DEVELOPMENT"), "Location": location, "ETag": thing.etag}


def describe(store: Store, given: Given) -> Given:
    thing, stage = _require(store, given), given.get("Stage", "DEVELOPMENT")
    return {"FunctionSummary": _summary(store, thing, stage), "ETag": _version(thing, stage)["etag"]}


def get(store: Store, given: Given) -> Given:
    version = _version(_require(store, given), given.get("Stage", "DEVELOPMENT"))
    code = base64.b64decode(version["code"])
    return {"FunctionCode": code, "ETag": version["etag"], "ContentType": "application/octet-stream"}


def update(store: Store, given: Given) -> Given:
    thing = _require(store, given)
    check_etag(thing, given)
    store.change(thing, _content(given))
    return {"FunctionSummary": _summary(store, thing, "DEVELOPMENT"), "ETag": thing.etag}


def publish(store: Store, given: Given) -> Given:
    thing = _require(store, given)
    check_etag(thing, given)
    thing.extra["live"] = {**_version(thing, "DEVELOPMENT"), "etag": new_id()}
    store.save_extra(thing)
    return {"FunctionSummary": _summary(store, thing, "LIVE")}


def delete(store: Store, given: Given) -> Given:
    thing = _require(store, given)
    check_etag(thing, given)
    if store.having("uses", "function", thing.id):
        raise Fault(409, "FunctionInUse", "Cannot delete the function because it is attached to one or more cache behaviors.")
    store.remove(thing)
    return {}


def listed(store: Store, given: Given) -> Given:
    """Of both stages, unless one is asked for."""
    stages = [given["Stage"]] if given.get("Stage") else ["DEVELOPMENT", "LIVE"]
    entries = [
        (thing, stage) for thing in store.all("function") for stage in stages if stage == "DEVELOPMENT" or "live" in thing.extra
    ]
    rows = [Thing("function", f"{thing.id}:{stage}", {"of": thing.id, "stage": stage}) for thing, stage in entries]
    by_name = {thing.id: thing for thing, _ in entries}
    shown = page(rows, given, lambda row: _summary(store, by_name[row.config["of"]], row.config["stage"]), marked=False)
    return {"FunctionList": shown}


def is_live(store: Store, arn: str) -> bool:
    """Whether an ARN is that of a function of this account that was published."""
    prefix, _, name = arn.rpartition("/")
    thing = store.get("function", name)
    return prefix == f"arn:aws:cloudfront::{ACCOUNT_ID}:function" and thing is not None and "live" in thing.extra
