"""Operations on cache policies, origin request policies and response headers policies.

Managed ones are listed and read with the rest, and refuse to be changed. Source: CloudFront API Reference,
"CreateCachePolicy", "CreateOriginRequestPolicy", "CreateResponseHeadersPolicy" and their neighbours.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.policies import CACHE, MANAGED, ORIGIN_REQUEST, RESPONSE_HEADERS
from cdnadmin.sandbox.cloudfront.policy_rules import CHECKS
from cdnadmin.sandbox.cloudfront.preconditions import Given, check_etag
from cdnadmin.sandbox.cloudfront.store import Store, Thing
from cdnadmin.sandbox.http import Fault

_MANAGED_ETAG = "E23ZP02F085DFQ"
_TOO_MANY = {
    CACHE: "TooManyCachePolicies",
    ORIGIN_REQUEST: "TooManyOriginRequestPolicies",
    RESPONSE_HEADERS: "TooManyResponseHeadersPolicies",
}


@cache
def _managed(kind: str) -> dict[str, Thing]:
    return {id: Thing(kind, id, config, etag=_MANAGED_ETAG, created=0.0, modified=0.0) for id, config in MANAGED[kind].items()}


def _require(store: Store, kind: str, id: str) -> Thing:
    thing = _managed(kind).get(id) or store.get(kind, id)
    if thing is None:
        raise Fault(404, f"NoSuch{kind}", "The policy does not exist.")
    return thing


def _policy(kind: str, thing: Thing) -> dict[str, Any]:
    return {"Id": thing.id, "LastModifiedTime": thing.modified, f"{kind}Config": thing.config}


def _answer(kind: str, thing: Thing) -> Given:
    return {kind: _policy(kind, thing), f"{kind}Config": thing.config, "ETag": thing.etag}


def _name_is_free(store: Store, kind: str, name: str, id: str = "") -> None:
    if any(thing.id != id for thing in store.having("name", kind, name)):
        raise Fault(409, f"{kind}AlreadyExists", "A policy with this name already exists. You must provide a unique name.")


def create(kind: str, store: Store, given: Given) -> Given:
    config = given[f"{kind}Config"]
    CHECKS[kind](config)
    _name_is_free(store, kind, config["Name"])
    if len(store.all(kind)) >= store.quotas[kind]:
        raise Fault(400, _TOO_MANY[kind], "You have reached the maximum number of policies of this kind for this account.")
    thing = store.add(Thing(kind, str(uuid.uuid4()), config))
    return _answer(kind, thing)


def get(kind: str, store: Store, given: Given) -> Given:
    return _answer(kind, _require(store, kind, given["Id"]))


def update(kind: str, store: Store, given: Given) -> Given:
    thing = _require(store, kind, given["Id"])
    if thing.id in MANAGED[kind]:
        raise Fault(400, "IllegalUpdate", "The update contains modifications that are not allowed: the policy is managed by AWS.")
    check_etag(thing, given)
    config = given[f"{kind}Config"]
    CHECKS[kind](config)
    _name_is_free(store, kind, config["Name"], thing.id)
    if config != thing.config:
        store.change(thing, config)
    return _answer(kind, thing)


def delete(kind: str, store: Store, given: Given) -> Given:
    thing = _require(store, kind, given["Id"])
    if thing.id in MANAGED[kind]:
        raise Fault(400, "IllegalDelete", "You cannot delete a managed policy.")
    check_etag(thing, given)
    if store.having("uses", kind, thing.id):
        raise Fault(409, f"{kind}InUse", "Cannot delete the policy because it is attached to one or more cache behaviors.")
    store.remove(thing)
    return {}


def listed(kind: str, store: Store, given: Given) -> Given:
    def shown(thing: Thing) -> dict[str, Any]:
        return {"Type": "managed" if thing.id in MANAGED[kind] else "custom", kind: _policy(kind, thing)}

    wanted = given.get("Type")
    things = [] if wanted == "custom" else list(_managed(kind).values())
    things += [] if wanted == "managed" else store.all(kind)
    return {f"{kind}List": page(things, given, shown, marked=False)}


def _operations() -> dict[str, Callable[[Store, Given], Given]]:
    plurals = {CACHE: "CachePolicies", ORIGIN_REQUEST: "OriginRequestPolicies", RESPONSE_HEADERS: "ResponseHeadersPolicies"}
    found: dict[str, Callable[[Store, Given], Given]] = {}
    for kind, plural in plurals.items():
        found |= {
            f"Create{kind}": partial(create, kind),
            f"Get{kind}": partial(get, kind),
            f"Get{kind}Config": partial(get, kind),
            f"Update{kind}": partial(update, kind),
            f"Delete{kind}": partial(delete, kind),
            f"List{plural}": partial(listed, kind),
        }
    return found


OPERATIONS = _operations()
