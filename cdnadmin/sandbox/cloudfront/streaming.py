"""Operations on legacy streaming distributions (RTMP): they serve nobody, and are listed, changed and deleted.

AWS takes none any more since 2020-12-31; the sandbox does, so that an old account can be played.
Source: Amazon CloudFront API Reference, "CreateStreamingDistribution" and its neighbours.
"""

from __future__ import annotations

import copy
from typing import Any

from cdnadmin.sandbox.cloudfront import rules
from cdnadmin.sandbox.cloudfront.behavior_rules import check_signers
from cdnadmin.sandbox.cloudfront.key_pairs import active_signers
from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.preconditions import Given, check_etag, require
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.cloudfront.viewer_rules import check_aliases
from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

_KIND, _GONE = "streaming-distribution", "NoSuchStreamingDistribution"


def _full(config: dict[str, Any]) -> dict[str, Any]:
    full = copy.deepcopy(config)
    full.setdefault("Aliases", {"Quantity": 0})
    full.setdefault("Logging", {"Enabled": False, "Bucket": "", "Prefix": ""})
    full.setdefault("PriceClass", "PriceClass_All")
    return full


def _check(store: Store, config: dict[str, Any], id: str = "") -> None:
    named = config["S3Origin"].get("OriginAccessIdentity", "")
    prefix, _, identity = named.rpartition("/")
    if named and (prefix != "origin-access-identity/cloudfront" or store.get("oai", identity) is None):
        raise Fault(400, "InvalidOriginAccessIdentity", "The origin access identity is not valid.")
    if ".s3" not in config["S3Origin"]["DomainName"]:
        raise Fault(400, "InvalidOrigin", "The Amazon S3 origin server specified does not refer to a valid Amazon S3 bucket.")
    trusted = config["TrustedSigners"]
    if trusted["Enabled"] != bool(trusted["Quantity"]):
        raise Fault(400, "InvalidArgument", "The parameter TrustedSigners is inconsistent: Enabled and Quantity don't match.")
    check_signers(trusted)
    check_aliases(store, config, id, too_many="TooManyStreamingDistributionCNAMEs")
    if len(config["Comment"]) > 128:
        raise Fault(400, "InvalidArgument", "The parameter Comment is too big.")


def _status(thing: Thing) -> str:
    return "Deployed" if thing.is_deployed else "InProgress"


def _document(store: Store, thing: Thing) -> dict[str, Any]:
    return {
        "Id": thing.id,
        "ARN": thing.extra["arn"],
        "Status": _status(thing),
        "LastModifiedTime": thing.modified,
        "DomainName": thing.extra["domain"],
        "ActiveTrustedSigners": active_signers(store, thing.config["TrustedSigners"].get("Items", [])),
        "StreamingDistributionConfig": thing.config,
    }


def create(store: Store, given: Given) -> Given:
    config = given.get("StreamingDistributionConfig") or given["StreamingDistributionConfigWithTags"]["StreamingDistributionConfig"]
    tags = given.get("StreamingDistributionConfigWithTags", {}).get("Tags", {}).get("Items", [])
    for thing in store.having("reference", _KIND, config["CallerReference"]):
        message = f"The caller reference is associated with another streaming distribution. Already exists: {thing.id}"
        raise Fault(409, "StreamingDistributionAlreadyExists", message)
    if store.count(_KIND) >= store.quotas[_KIND]:
        message = "Processing your request would cause you to exceed the maximum number of streaming distributions."
        raise Fault(400, "TooManyStreamingDistributions", message)
    rules.check_tags(tags, {})
    _check(store, config)
    id = new_id()
    extra = {
        "arn": f"arn:aws:cloudfront::{ACCOUNT_ID}:streaming-distribution/{id}",
        "domain": f"s{new_id('')[:13].lower()}.localhost",
        "tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
    }
    thing = store.add(Thing(_KIND, id, _full(config), extra=extra))
    location = f"https://cloudfront.amazonaws.com/2020-05-31/streaming-distribution/{id}"
    return {"StreamingDistribution": _document(store, thing), "Location": location, "ETag": thing.etag}


def get(store: Store, given: Given) -> Given:
    thing = require(store, _KIND, given["Id"], _GONE)
    return {
        "StreamingDistribution": _document(store, thing),
        "StreamingDistributionConfig": thing.config,
        "ETag": thing.etag,
    }


def update(store: Store, given: Given) -> Given:
    thing = require(store, _KIND, given["Id"], _GONE)
    check_etag(thing, given)
    config = given["StreamingDistributionConfig"]
    if config["CallerReference"] != thing.config["CallerReference"]:
        raise Fault(400, "IllegalUpdate", "The update contains modifications that are not allowed: CallerReference.")
    _check(store, config, thing.id)
    full = _full(config)
    if full != thing.config:
        store.change(thing, full)
    return {"StreamingDistribution": _document(store, thing), "ETag": thing.etag}


def delete(store: Store, given: Given) -> Given:
    thing = require(store, _KIND, given["Id"], _GONE)
    check_etag(thing, given)
    if thing.config["Enabled"] or not thing.is_deployed:
        raise Fault(409, "StreamingDistributionNotDisabled", "The streaming distribution has not been disabled.")
    store.remove(thing)
    return {}


def summaries(store: Store, given: Given) -> Given:
    names = ("S3Origin", "Aliases", "TrustedSigners", "Comment", "PriceClass", "Enabled")

    def summary(thing: Thing) -> dict[str, Any]:
        head = {"Id": thing.id, "ARN": thing.extra["arn"], "Status": _status(thing)}
        head |= {"LastModifiedTime": thing.modified, "DomainName": thing.extra["domain"]}
        return head | {name: thing.config[name] for name in names}

    return {"StreamingDistributionList": page(store.all(_KIND), given, summary)}
