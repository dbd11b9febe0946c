"""Operations on origin access identities and controls, public keys and key groups."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from cdnadmin.errors import InvalidInput
from cdnadmin.sandbox.cloudfront.paging import page
from cdnadmin.sandbox.cloudfront.preconditions import Given, check_etag, require
from cdnadmin.sandbox.cloudfront.store import Store, Thing, new_id
from cdnadmin.sandbox.http import Fault
from cdnadmin.signing import load_public_key

# Source: Developer Guide, "Quotas on key groups".
KEYS_PER_GROUP = 5
_OAI = "CloudFrontOriginAccessIdentity"


def _in_use(store: Store, thing: Thing, code: str) -> None:
    if store.having("uses", thing.kind, thing.id):
        raise Fault(409, code, "The specified resource is in use.")


def _too_many(store: Store, kind: str) -> bool:
    return store.count(kind) >= store.quotas[kind]


# origin access identities
def _oai(thing: Thing) -> dict[str, Any]:
    return {"Id": thing.id, "S3CanonicalUserId": thing.extra["canonical"], f"{_OAI}Config": thing.config}


def create_oai(store: Store, given: Given) -> Given:
    config = given[f"{_OAI}Config"]
    for thing in store.having("reference", "oai", config["CallerReference"]):
        if thing.config != config:
            message = "The caller reference was used before with another comment."
            raise Fault(409, f"{_OAI}AlreadyExists", message)
        return {_OAI: _oai(thing), "ETag": thing.etag}
    if _too_many(store, "oai"):
        raise Fault(
            400, "TooManyCloudFrontOriginAccessIdentities", "You have exceeded the maximum number of origin access identities."
        )
    id = new_id()
    canonical = hashlib.sha512(id.encode()).hexdigest()[:96]
    thing = store.add(Thing("oai", id, config, extra={"canonical": canonical}))
    return {_OAI: _oai(thing), "ETag": thing.etag}


def get_oai(store: Store, given: Given) -> Given:
    thing = require(store, "oai", given["Id"], f"NoSuch{_OAI}")
    return {_OAI: _oai(thing), f"{_OAI}Config": thing.config, "ETag": thing.etag}


def update_oai(store: Store, given: Given) -> Given:
    thing = require(store, "oai", given["Id"], f"NoSuch{_OAI}")
    check_etag(thing, given)
    config = given[f"{_OAI}Config"]
    if config["CallerReference"] != thing.config["CallerReference"]:
        raise Fault(400, "IllegalUpdate", "The update contains modifications that are not allowed: CallerReference.")
    store.change(thing, config)
    return {_OAI: _oai(thing), "ETag": thing.etag}


def delete_oai(store: Store, given: Given) -> Given:
    thing = require(store, "oai", given["Id"], f"NoSuch{_OAI}")
    check_etag(thing, given)
    _in_use(store, thing, f"{_OAI}InUse")
    store.remove(thing)
    return {}


def list_oais(store: Store, given: Given) -> Given:
    def shown(thing: Thing) -> dict[str, Any]:
        return {"Id": thing.id, "S3CanonicalUserId": thing.extra["canonical"], "Comment": thing.config["Comment"]}

    return {f"{_OAI}List": page(store.all("oai"), given, shown)}


# origin access controls
def _oac(thing: Thing) -> dict[str, Any]:
    return {"Id": thing.id, "OriginAccessControlConfig": thing.config}


def _name_is_free(store: Store, kind: str, name: str, code: str, id: str = "") -> None:
    if any(thing.id != id for thing in store.having("name", kind, name)):
        raise Fault(409, code, "A resource of this name exists already.")


def create_oac(store: Store, given: Given) -> Given:
    config = given["OriginAccessControlConfig"]
    _name_is_free(store, "oac", config["Name"], "OriginAccessControlAlreadyExists")
    if _too_many(store, "oac"):
        raise Fault(400, "TooManyOriginAccessControls", "The number of origin access controls is more than the maximum allowed.")
    thing = store.add(Thing("oac", new_id(), config))
    return {"OriginAccessControl": _oac(thing), "ETag": thing.etag}


def get_oac(store: Store, given: Given) -> Given:
    thing = require(store, "oac", given["Id"], "NoSuchOriginAccessControl")
    return {"OriginAccessControl": _oac(thing), "OriginAccessControlConfig": thing.config, "ETag": thing.etag}


def update_oac(store: Store, given: Given) -> Given:
    thing = require(store, "oac", given["Id"], "NoSuchOriginAccessControl")
    check_etag(thing, given)
    _name_is_free(store, "oac", given["OriginAccessControlConfig"]["Name"], "OriginAccessControlAlreadyExists", thing.id)
    store.change(thing, given["OriginAccessControlConfig"])
    return {"OriginAccessControl": _oac(thing), "ETag": thing.etag}


def delete_oac(store: Store, given: Given) -> Given:
    thing = require(store, "oac", given["Id"], "NoSuchOriginAccessControl")
    check_etag(thing, given)
    _in_use(store, thing, "OriginAccessControlInUse")
    store.remove(thing)
    return {}


def list_oacs(store: Store, given: Given) -> Given:
    def shown(thing: Thing) -> dict[str, Any]:
        return {"Id": thing.id, "Description": "", **thing.config}

    return {"OriginAccessControlList": page(store.all("oac"), given, shown)}


# public keys
def _key(thing: Thing) -> dict[str, Any]:
    return {"Id": thing.id, "CreatedTime": thing.created, "PublicKeyConfig": thing.config}


def create_key(store: Store, given: Given) -> Given:
    config = given["PublicKeyConfig"]
    if store.having("reference", "public-key", config["CallerReference"]):
        raise Fault(409, "PublicKeyAlreadyExists", "The specified public key already exists.")
    _name_is_free(store, "public-key", config["Name"], "PublicKeyAlreadyExists")
    if _too_many(store, "public-key"):
        message = "The maximum number of public keys for field-level encryption and signed URLs have been created."
        raise Fault(400, "TooManyPublicKeys", message)
    try:
        load_public_key(config["EncodedKey"])
    except InvalidInput as error:
        raise Fault(400, "InvalidArgument", f"Your request contains an invalid public key. {error.message}") from None
    thing = store.add(Thing("public-key", new_id("K"), config))
    return {"PublicKey": _key(thing), "ETag": thing.etag}


def get_key(store: Store, given: Given) -> Given:
    thing = require(store, "public-key", given["Id"], "NoSuchPublicKey")
    return {"PublicKey": _key(thing), "PublicKeyConfig": thing.config, "ETag": thing.etag}


def update_key(store: Store, given: Given) -> Given:
    thing = require(store, "public-key", given["Id"], "NoSuchPublicKey")
    check_etag(thing, given)
    config = given["PublicKeyConfig"]
    if any(config[name] != thing.config[name] for name in ("CallerReference", "Name", "EncodedKey")):
        raise Fault(400, "CannotChangeImmutablePublicKeyFields", "You can't change the value of a public key.")
    store.change(thing, config)
    return {"PublicKey": _key(thing), "ETag": thing.etag}


def delete_key(store: Store, given: Given) -> Given:
    thing = require(store, "public-key", given["Id"], "NoSuchPublicKey")
    check_etag(thing, given)
    _in_use(store, thing, "PublicKeyInUse")
    store.remove(thing)
    return {}


def list_keys(store: Store, given: Given) -> Given:
    def shown(thing: Thing) -> dict[str, Any]:
        names = ("Name", "EncodedKey", "Comment")
        return {"Id": thing.id, "CreatedTime": thing.created, **{name: thing.config.get(name, "") for name in names}}

    return {"PublicKeyList": page(store.all("public-key"), given, shown, marked=False)}


# key groups
def _group(thing: Thing) -> dict[str, Any]:
    return {"Id": thing.id, "LastModifiedTime": thing.modified, "KeyGroupConfig": thing.config}


def _check_keys(store: Store, config: dict[str, Any]) -> None:
    if not config["Items"] or any(store.get("public-key", id) is None for id in config["Items"]):
        raise Fault(400, "InvalidArgument", "Your request contains a public key that does not exist, or none.")
    if len(config["Items"]) > KEYS_PER_GROUP:
        raise Fault(
            400, "TooManyPublicKeysInKeyGroup", "The number of public keys in this key group is more than the maximum allowed."
        )
    if len(set(config["Items"])) != len(config["Items"]):
        raise Fault(400, "InvalidArgument", "A public key stands more than once.")


def create_group(store: Store, given: Given) -> Given:
    config = given["KeyGroupConfig"]
    _name_is_free(store, "key-group", config["Name"], "KeyGroupAlreadyExists")
    _check_keys(store, config)
    if _too_many(store, "key-group"):
        raise Fault(400, "TooManyKeyGroups", "You have reached the maximum number of key groups for this account.")
    thing = store.add(Thing("key-group", str(uuid.uuid4()), config))
    return {"KeyGroup": _group(thing), "ETag": thing.etag}


def get_group(store: Store, given: Given) -> Given:
    thing = require(store, "key-group", given["Id"], "NoSuchResource")
    return {"KeyGroup": _group(thing), "KeyGroupConfig": thing.config, "ETag": thing.etag}


def update_group(store: Store, given: Given) -> Given:
    thing = require(store, "key-group", given["Id"], "NoSuchResource")
    check_etag(thing, given)
    _name_is_free(store, "key-group", given["KeyGroupConfig"]["Name"], "KeyGroupAlreadyExists", thing.id)
    _check_keys(store, given["KeyGroupConfig"])
    store.change(thing, given["KeyGroupConfig"])
    return {"KeyGroup": _group(thing), "ETag": thing.etag}


def delete_group(store: Store, given: Given) -> Given:
    thing = require(store, "key-group", given["Id"], "NoSuchResource")
    check_etag(thing, given)
    _in_use(store, thing, "ResourceInUse")
    store.remove(thing)
    return {}


def list_groups(store: Store, given: Given) -> Given:
    return {"KeyGroupList": page(store.all("key-group"), given, lambda thing: {"KeyGroup": _group(thing)}, marked=False)}
