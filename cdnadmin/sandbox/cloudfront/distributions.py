"""Operations on distributions, and the tags of whatever has some."""

from __future__ import annotations

from typing import Any

from cdnadmin.sandbox.cloudfront import rules
from cdnadmin.sandbox.cloudfront.defaults import with_defaults
from cdnadmin.sandbox.cloudfront.invalidations import in_progress
from cdnadmin.sandbox.cloudfront.key_pairs import active_signers
from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.preconditions import Given, check_etag, require
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.cloudfront.uses import key_groups_of, signers_of
from cdnadmin.sandbox.http import Fault
from cdnadmin.sandbox.principals import ACCOUNT_ID

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
    "ConnectionMode",
    "AnycastIpListId",
)


def _status(thing: Thing) -> str:
    return "Deployed" if thing.is_deployed else "InProgress"


def _document(store: Store, thing: Thing) -> dict[str, Any]:
    groups = []
    for id in sorted(key_groups_of(thing.config)):
        group = store.get("key-group", id)
        if group:
            keys = group.config["Items"]
            groups.append({"KeyGroupId": id, "KeyPairIds": {"Quantity": len(keys), "Items": keys}})
    return {
        "Id": thing.id,
        "ARN": thing.extra["arn"],
        "Status": _status(thing),
        "LastModifiedTime": thing.modified,
        "InProgressInvalidationBatches": len(in_progress(store, thing.id)),
        "DomainName": thing.extra["domain"],
        "ActiveTrustedSigners": active_signers(store, signers_of(thing.config)),
        "ActiveTrustedKeyGroups": {"Enabled": bool(groups), "Quantity": len(groups), **({"Items": groups} if groups else {})},
        "DistributionConfig": thing.config,
    }


def new_distribution(config: dict[str, Any], tags: dict[str, str]) -> Thing:
    """A distribution that is in no store yet."""
    id = new_id()
    arn, domain = f"arn:aws:cloudfront::{ACCOUNT_ID}:distribution/{id}", f"d{new_id('')[:13].lower()}.localhost"
    return Thing("distribution", id, with_defaults(config), extra={"arn": arn, "domain": domain, "tags": tags})


def create(store: Store, given: Given) -> Given:
    config = given.get("DistributionConfig") or given["DistributionConfigWithTags"]["DistributionConfig"]
    tags = given.get("DistributionConfigWithTags", {}).get("Tags", {}).get("Items", [])
    for thing in store.having("reference", "distribution", config["CallerReference"]):
        message = "The caller reference that you are using to create a distribution is associated with another distribution. "
        raise Fault(409, "DistributionAlreadyExists", message + f"Already exists: {thing.id}")
    if store.count("distribution") >= store.quotas["distribution"]:
        raise Fault(
            400, "TooManyDistributions", "Processing your request would cause you to exceed the maximum number of distributions."
        )
    rules.check_tags(tags, {})
    rules.check_config(store, config)
    thing = store.add(new_distribution(config, {tag["Key"]: tag.get("Value", "") for tag in tags}))
    location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{thing.id}"
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
    rules.check_change(thing.config, config)
    rules.check_config(store, config, id=thing.id)
    rules.check_whole(config)
    full = with_defaults(config)
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
        return head | {name: thing.config[name] for name in _SUMMARY if name in thing.config}

    return {"DistributionList": page(store.all("distribution"), given, summary)}


def _tagged(store: Store, given: Given) -> Thing:
    kind, _, id = given["Resource"].rpartition(":")[2].partition("/")
    if kind not in {"distribution", "streaming-distribution"}:
        raise Fault(404, "NoSuchResource", "A resource that was specified is not valid.")
    return require(store, kind, id, "NoSuchResource")


def tag(store: Store, given: Given) -> Given:
    thing, wanted = _tagged(store, given), given["Tags"].get("Items", [])
    rules.check_tags(wanted, thing.extra["tags"])
    thing.extra["tags"] |= {item["Key"]: item.get("Value", "") for item in wanted}
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
