"""Invalidations: what is asked for, what is refused, and what the edges' copies are held against.

Sources: CloudFront API Reference, "CreateInvalidation"; Developer Guide, "What you need to know when invalidating files",
"Concurrent invalidation request maximum".
"""

from __future__ import annotations

import re
from typing import Any

from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.preconditions import Given, require
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.http import Fault

PATHS_IN_PROGRESS, WILDCARDS_IN_PROGRESS, PATH_LENGTH = 3_000, 15, 4_000
# A request of more paths than could ever be in progress is too large in itself.
PATHS_PER_BATCH = PATHS_IN_PROGRESS
# Completed ones that are still listed; older ones are forgotten. Their paths hold at the edges for as long as these run.
COMPLETED_KEPT = 1_000


def invalidations_of(store: Store, distribution_id: str) -> list[Thing]:
    """A distribution's invalidations, the newest last."""
    return store.having("invalidations", distribution_id)


def in_progress(store: Store, distribution_id: str) -> list[Thing]:
    """Those on their way, the newest first. All take the same time, so the first completed one ends the search."""
    found = []
    for thing in reversed(invalidations_of(store, distribution_id)):
        if thing.is_deployed:
            break
        found.append(thing)
    return found


def _shown(thing: Thing) -> dict[str, Any]:
    status = "Completed" if thing.is_deployed else "InProgress"
    return {"Id": thing.id, "Status": status, "CreateTime": thing.created, "InvalidationBatch": thing.config}


def _answer(thing: Thing) -> Given:
    location = f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{thing.extra['distribution']}/invalidation/{thing.id}"
    return {"Invalidation": _shown(thing), "Location": location}


def _is_valid(path: str) -> bool:
    """A slash first, a wildcard only last, and encoded as a URL: no spaces, no non-ASCII."""
    return re.fullmatch(r"/[!-)+-~]*\*?", path) is not None and len(path) <= PATH_LENGTH


def create(store: Store, given: Given) -> Given:
    id, batch = given["DistributionId"], given["InvalidationBatch"]
    require(store, "distribution", id, "NoSuchDistribution")
    for thing in store.having("reference", "invalidation", id, batch["CallerReference"]):
        if thing.config != batch:
            raise Fault(400, "InvalidArgument", "Your request contains a caller reference that was used before with other paths.")
        return _answer(thing)
    paths = batch["Paths"].get("Items", [])
    if not batch["CallerReference"] or not paths or not all(_is_valid(path) for path in paths):
        raise Fault(400, "InvalidArgument", "Your request contains one or more invalid invalidation paths.")
    if len(paths) > PATHS_PER_BATCH:
        raise Fault(413, "BatchTooLarge", "Invalidation batch specified is too large.")
    running = [path for thing in in_progress(store, id) for path in thing.config["Paths"]["Items"]] + paths
    wildcards = sum(path.endswith("*") for path in running)
    if wildcards > WILDCARDS_IN_PROGRESS or len(running) - wildcards > PATHS_IN_PROGRESS:
        message = (
            "You have exceeded the maximum number of allowable InProgress invalidation batch requests, or invalidation objects."
        )
        raise Fault(400, "TooManyInvalidationsInProgress", message)
    thing = store.add(Thing("invalidation", new_id("I"), batch, extra={"distribution": id}))
    for old in invalidations_of(store, id)[:-COMPLETED_KEPT]:
        if old.is_deployed:
            store.remove(old)
    return _answer(thing)


def get(store: Store, given: Given) -> Given:
    require(store, "distribution", given["DistributionId"], "NoSuchDistribution")
    thing = store.get("invalidation", given["Id"])
    if thing is None or thing.extra["distribution"] != given["DistributionId"]:
        raise Fault(404, "NoSuchInvalidation", "The specified invalidation does not exist.")
    return {"Invalidation": _shown(thing)}


def listed(store: Store, given: Given) -> Given:
    require(store, "distribution", given["DistributionId"], "NoSuchDistribution")
    kept = ("Id", "Status", "CreateTime")
    newest_first = invalidations_of(store, given["DistributionId"])[::-1]
    return {"InvalidationList": page(newest_first, given, lambda thing: {name: _shown(thing)[name] for name in kept})}
