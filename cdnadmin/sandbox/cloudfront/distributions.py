"""Operations on distributions and invalidations."""

from __future__ import annotations

from typing import Any

from cdnadmin.sandbox.cloudfront import rules
from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

Given = dict[str, Any]
DISTRIBUTIONS_AT_MOST = 500
INVALIDATION_PATHS_AT_MOST = 3000
_SUMMARY = (
    "Aliases",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
    "Staging",
)


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


def _status(thing: Thing) -> str:
    return "Deployed" if thing.is_deployed else "InProgress"


def _document(store: Store, thing: Thing) -> dict[str, Any]:
    groups = []
    for id in sorted(rules.key_groups_of(thing.config)):
        group = store.get("key-group", id)
        if group:
            keys = group.config["Items"]
            groups.append({"KeyGroupId": id, "KeyPairIds": {"Quantity": len(keys), "Items": keys}})
    return {
        "Id": thing.id,
        "ARN": thing.extra["arn"],
        "Status": _status(thing),
        "LastModifiedTime": thing.modified,
        "InProgressInvalidationBatches": sum(
            not invalidation.is_deployed
            for invalidation in store.all("invalidation")
            if invalidation.extra["distribution"] == thing.id
        ),
        "DomainName": thing.extra["domain"],
        "ActiveTrustedSigners": {"Enabled": False, "Quantity": 0},
        "ActiveTrustedKeyGroups": {"Enabled": bool(groups), "Quantity": len(groups), **({"Items": groups} if groups else {})},
        "DistributionConfig": thing.config,
    }


def create(store: Store, given: Given) -> Given:
    config = given.get("DistributionConfig") or given["DistributionConfigWithTags"]["DistributionConfig"]
    tags = given.get("DistributionConfigWithTags", {}).get("Tags", {}).get("Items", [])
    for thing in store.all("distribution"):
        if thing.config["CallerReference"] == config["CallerReference"]:
            message = "The caller reference that you are using to create a distribution is associated with another distribution. "
            raise Fault(409, "DistributionAlreadyExists", message + f"Already exists: {thing.id}")
    if len(store.all("distribution")) >= DISTRIBUTIONS_AT_MOST:
        raise Fault(
            400, "TooManyDistributions", "Processing your request would cause you to exceed the maximum number of distributions."
        )
    rules.check_config(store, config)
    id = new_id()
    extra = {
        "arn": f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/{id}",
        "domain": f"d{new_id('')[:13].lower()}.localhost",
        "tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
    }
    thing = store.add(Thing("distribution", id, rules.with_defaults(config), extra=extra))
    location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}"
    return {"Distribution": _document(store, thing), "Location": location, "ETag": thing.etag}


def get(store: Store, given: Given) -> Given:
    thing = store.read(require(store, "distribution", given["Id"], "NoSuchDistribution"))
    return {"Distribution": _document(store, thing), "ETag": thing.etag}


def get_config(store: Store, given: Given) -> Given:
    thing = store.read(require(store, "distribution", given["Id"], "NoSuchDistribution"))
    return {"DistributionConfig": thing.config, "ETag": thing.etag}


def update(store: Store, given: Given) -> Given:
    thing = require(store, "distribution", given["Id"], "NoSuchDistribution")
    check_etag(thing, given)
    config = given["DistributionConfig"]
    if config["CallerReference"] != thing.config["CallerReference"]:
        raise Fault(400, "IllegalUpdate", "The update contains modifications that are not allowed: CallerReference.")
    rules.check_config(store, config, id=thing.id)
    full = rules.with_defaults(config)
    if full != thing.config:
        store.change(thing, full)
    return {"Distribution": _document(store, thing), "ETag": thing.etag}


def delete(store: Store, given: Given) -> Given:
    thing = require(store, "distribution", given["Id"], "NoSuchDistribution")
    check_etag(thing, given)
    if thing.config["Enabled"] or not thing.is_deployed:
        raise Fault(409, "DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
    store.remove(thing)
    return {}


def summaries(store: Store, given: Given) -> Given:
    def summary(thing: Thing) -> dict[str, Any]:
        thing = store.read(thing)
        head = {"Id": thing.id, "ARN": thing.extra["arn"], "ETag": thing.etag, "Status": _status(thing)}
        head |= {"LastModifiedTime": thing.modified, "DomainName": thing.extra["domain"]}
        return head | {name: thing.config[name] for name in _SUMMARY}

    return {"DistributionList": page(store.all("distribution"), given, summary)}


def _tagged(store: Store, given: Given) -> Thing:
    return require(store, "distribution", given["Resource"].rpartition("/")[2], "NoSuchResource")


def tag(store: Store, given: Given) -> Given:
    thing = _tagged(store, given)
    thing.extra["tags"] |= {item["Key"]: item.get("Value", "") for item in given["Tags"].get("Items", [])}
    store.save_extra(thing)
    return {}


def untag(store: Store, given: Given) -> Given:
    thing = _tagged(store, given)
    for name in given["TagKeys"].get("Items", []):
        thing.extra["tags"].pop(name, None)
    store.save_extra(thing)
    return {}


def tags(store: Store, given: Given) -> Given:
    return {"Tags": {"Items": [{"Key": name, "Value": value} for name, value in _tagged(store, given).extra["tags"].items()]}}


def _invalidation(thing: Thing) -> dict[str, Any]:
    status = "Completed" if thing.is_deployed else "InProgress"
    return {"Id": thing.id, "Status": status, "CreateTime": thing.created, "InvalidationBatch": thing.config}


def create_invalidation(store: Store, given: Given) -> Given:
    require(store, "distribution", given["DistributionId"], "NoSuchDistribution")
    batch = given["InvalidationBatch"]
    mine = [thing for thing in store.all("invalidation") if thing.extra["distribution"] == given["DistributionId"]]
    for thing in mine:
        if thing.config["CallerReference"] == batch["CallerReference"]:
            if thing.config != batch:
                raise Fault(400, "InvalidArgument", "The caller reference was used with other paths before.")
            return {"Invalidation": _invalidation(thing), "Location": _invalidation_url(thing)}
    paths = batch["Paths"].get("Items", [])
    if not paths or any(not path.startswith("/") or "*" in path[:-1] for path in paths):
        raise Fault(400, "InvalidArgument", "Your request contains one or more invalid invalidation paths.")
    if len(paths) + sum(thing.config["Paths"]["Quantity"] for thing in mine if not thing.is_deployed) > INVALIDATION_PATHS_AT_MOST:
        message = (
            "You have exceeded the maximum number of allowable InProgress invalidation batch requests, or invalidation objects."
        )
        raise Fault(400, "TooManyInvalidationsInProgress", message)
    thing = store.add(Thing("invalidation", new_id("I"), batch, extra={"distribution": given["DistributionId"]}))
    return {"Invalidation": _invalidation(thing), "Location": _invalidation_url(thing)}


def _invalidation_url(thing: Thing) -> str:
    return f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{thing.extra['distribution']}/invalidation/{thing.id}"


def get_invalidation(store: Store, given: Given) -> Given:
    thing = require(store, "invalidation", given["Id"], "NoSuchInvalidation")
    return {"Invalidation": _invalidation(thing)}


def invalidations(store: Store, given: Given) -> Given:
    require(store, "distribution", given["DistributionId"], "NoSuchDistribution")
    mine = [thing for thing in store.all("invalidation") if thing.extra["distribution"] == given["DistributionId"]]
    kept = ("Id", "Status", "CreateTime")
    return {"InvalidationList": page(mine[::-1], given, lambda thing: {name: _invalidation(thing)[name] for name in kept})}
