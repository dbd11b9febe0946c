"""Origin access identities and controls, public keys and key groups: references, names, versions, uses, quotas.

Sources: CloudFront API Reference, each operation's page; Developer Guide, "Quotas".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cdnadmin.signing import generate_private_key, public_pem
from tests.integration.sandbox.cloudfront.conftest import (
    Make,
    control_config,
    distribution_config,
    group,
    key,
    needs_its_etag,
    oac,
    oai,
    trusting,
    update,
)
from tests.integration.sandbox.conftest import fresh, refused


@pytest.fixture(autouse=True)
def no_leftovers(cloudfront: Any, make: Make) -> Iterator[None]:
    """Keys and groups are few an account: those of a test go with it (distributions that use them first)."""
    yield
    for item in cloudfront.list_key_groups()["KeyGroupList"].get("Items", []):
        id = item["KeyGroup"]["Id"]
        cloudfront.delete_key_group(Id=id, IfMatch=cloudfront.get_key_group(Id=id)["ETag"])
    for item in cloudfront.list_public_keys()["PublicKeyList"].get("Items", []):
        cloudfront.delete_public_key(Id=item["Id"], IfMatch=cloudfront.get_public_key(Id=item["Id"])["ETag"])


def test_an_identity_of_one_reference_is_one(cloudfront: Any) -> None:
    first = oai(cloudfront, "same")
    assert oai(cloudfront, "same")["CloudFrontOriginAccessIdentity"] == first["CloudFrontOriginAccessIdentity"]
    with refused("CloudFrontOriginAccessIdentityAlreadyExists", 409):
        oai(cloudfront, "same", comment="another")
    assert len(first["CloudFrontOriginAccessIdentity"]["S3CanonicalUserId"]) == 96


def test_an_identity_lives_and_ends(cloudfront: Any, make: Make) -> None:
    made = oai(cloudfront)
    id, etag = made["CloudFrontOriginAccessIdentity"]["Id"], made["ETag"]
    config = made["CloudFrontOriginAccessIdentity"]["CloudFrontOriginAccessIdentityConfig"]
    change = cloudfront.update_cloud_front_origin_access_identity
    needs_its_etag(change, Id=id, CloudFrontOriginAccessIdentityConfig={**config, "Comment": "new"})
    with refused("IllegalUpdate", 400):
        change(Id=id, IfMatch=etag, CloudFrontOriginAccessIdentityConfig={**config, "CallerReference": "other"})
    etag = change(Id=id, IfMatch=etag, CloudFrontOriginAccessIdentityConfig={**config, "Comment": "new"})["ETag"]
    distribution = distribution_config()
    distribution["Origins"]["Items"][0]["S3OriginConfig"]["OriginAccessIdentity"] = f"origin-access-identity/cloudfront/{id}"
    user = make(distribution)["Distribution"]["Id"]
    delete = cloudfront.delete_cloud_front_origin_access_identity
    needs_its_etag(delete, Id=id)
    with refused("CloudFrontOriginAccessIdentityInUse", 409):
        delete(Id=id, IfMatch=etag)
    update(cloudfront, user, lambda c: c["Origins"]["Items"][0]["S3OriginConfig"].update(OriginAccessIdentity=""))
    delete(Id=id, IfMatch=etag)
    with refused("NoSuchCloudFrontOriginAccessIdentity", 404):
        cloudfront.get_cloud_front_origin_access_identity(Id=id)


def test_a_control_has_a_name_of_its_own(cloudfront: Any) -> None:
    first, second = oac(cloudfront, fresh("oac")), oac(cloudfront)
    name = first["OriginAccessControl"]["OriginAccessControlConfig"]["Name"]
    with refused("OriginAccessControlAlreadyExists", 409):
        oac(cloudfront, name)
    with refused("OriginAccessControlAlreadyExists", 409):
        cloudfront.update_origin_access_control(
            Id=second["OriginAccessControl"]["Id"], IfMatch=second["ETag"], OriginAccessControlConfig=control_config(name)
        )


@pytest.mark.parametrize(
    "change", [{"SigningProtocol": "sigv2"}, {"SigningBehavior": "sometimes"}, {"OriginAccessControlOriginType": "ftp"}]
)
def test_a_control_of_no_known_kind(cloudfront: Any, change: dict[str, str]) -> None:
    with refused("MalformedXML", 400):
        oac(cloudfront, **change)


def test_a_control_lives_and_ends(cloudfront: Any, make: Make) -> None:
    made = oac(cloudfront)
    id, etag = made["OriginAccessControl"]["Id"], made["ETag"]
    config = {**made["OriginAccessControl"]["OriginAccessControlConfig"], "Description": "new"}
    needs_its_etag(cloudfront.update_origin_access_control, Id=id, OriginAccessControlConfig=config)
    etag = cloudfront.update_origin_access_control(Id=id, IfMatch=etag, OriginAccessControlConfig=config)["ETag"]
    distribution = distribution_config()
    distribution["Origins"]["Items"][0]["OriginAccessControlId"] = id
    user = make(distribution)["Distribution"]["Id"]
    needs_its_etag(cloudfront.delete_origin_access_control, Id=id)
    with refused("OriginAccessControlInUse", 409):
        cloudfront.delete_origin_access_control(Id=id, IfMatch=etag)
    update(cloudfront, user, lambda c: c["Origins"]["Items"][0].update(OriginAccessControlId=""))
    cloudfront.delete_origin_access_control(Id=id, IfMatch=etag)
    with refused("NoSuchOriginAccessControl", 404):
        cloudfront.get_origin_access_control(Id=id)


def test_an_origin_has_a_control_or_an_identity(cloudfront: Any) -> None:
    control, identity = oac(cloudfront)["OriginAccessControl"]["Id"], oai(cloudfront)["CloudFrontOriginAccessIdentity"]["Id"]
    config = distribution_config()
    origin = config["Origins"]["Items"][0]
    origin["OriginAccessControlId"] = control
    origin["S3OriginConfig"]["OriginAccessIdentity"] = f"origin-access-identity/cloudfront/{identity}"
    with refused("IllegalOriginAccessConfiguration", 400):
        cloudfront.create_distribution(DistributionConfig=config)


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ecdsa-p256"])
def test_a_public_key_is_kept_as_it_was_sent(cloudfront: Any, algorithm: Any) -> None:
    pem = public_pem(generate_private_key(algorithm))
    made = key(cloudfront, pem=pem)["PublicKey"]
    assert made["Id"].startswith("K")
    assert cloudfront.get_public_key_config(Id=made["Id"])["PublicKeyConfig"]["EncodedKey"] == pem


RSA_1024 = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDFJXKlbBkHqpGRB0lBeJJBBDyQ
-----END PUBLIC KEY-----
"""


@pytest.mark.parametrize("pem", ["", "not a key", RSA_1024, generate_private_key("ecdsa-p256").decode()])
def test_what_is_no_public_key(cloudfront: Any, pem: str) -> None:
    with refused("InvalidArgument", 400):
        key(cloudfront, pem=pem)


def test_keys_have_one_name_and_one_reference(cloudfront: Any) -> None:
    key(cloudfront, name="one", reference="one")
    for again in ({"name": "one"}, {"reference": "one"}, {"name": "one", "reference": "one"}):
        with refused("PublicKeyAlreadyExists", 409):
            key(cloudfront, **again)


def test_a_key_lives_and_ends(cloudfront: Any) -> None:
    made = key(cloudfront)
    id, etag, config = made["PublicKey"]["Id"], made["ETag"], made["PublicKey"]["PublicKeyConfig"]
    needs_its_etag(cloudfront.update_public_key, Id=id, PublicKeyConfig={**config, "Comment": "new"})
    with refused("CannotChangeImmutablePublicKeyFields", 400):
        cloudfront.update_public_key(Id=id, IfMatch=etag, PublicKeyConfig={**config, "Name": "other"})
    etag = cloudfront.update_public_key(Id=id, IfMatch=etag, PublicKeyConfig={**config, "Comment": "new"})["ETag"]
    holder = group(cloudfront, id)
    needs_its_etag(cloudfront.delete_public_key, Id=id)
    with refused("PublicKeyInUse", 409):
        cloudfront.delete_public_key(Id=id, IfMatch=etag)
    cloudfront.delete_key_group(Id=holder["KeyGroup"]["Id"], IfMatch=holder["ETag"])
    cloudfront.delete_public_key(Id=id, IfMatch=etag)
    with refused("NoSuchPublicKey", 404):
        cloudfront.get_public_key(Id=id)


def test_groups_hold_keys_that_exist(cloudfront: Any) -> None:
    id = key(cloudfront)["PublicKey"]["Id"]
    for keys in ([], ["KNOTHERE"], [id, "KNOTHERE"], [id, id]):
        with refused("InvalidArgument", 400):
            group(cloudfront, *keys)
    made = group(cloudfront, id, name="one")
    with refused("KeyGroupAlreadyExists", 409):
        group(cloudfront, id, name="one")
    with refused("InvalidArgument", 400):
        config = {"Name": "one", "Items": ["KNOTHERE"]}
        cloudfront.update_key_group(Id=made["KeyGroup"]["Id"], IfMatch=made["ETag"], KeyGroupConfig=config)


def test_a_group_lives_and_ends(cloudfront: Any, make: Make) -> None:
    first, second = key(cloudfront)["PublicKey"]["Id"], key(cloudfront)["PublicKey"]["Id"]
    made = group(cloudfront, first)
    id, etag = made["KeyGroup"]["Id"], made["ETag"]
    config = {**made["KeyGroup"]["KeyGroupConfig"], "Items": [first, second]}
    needs_its_etag(cloudfront.update_key_group, Id=id, KeyGroupConfig=config)
    etag = cloudfront.update_key_group(Id=id, IfMatch=etag, KeyGroupConfig=config)["ETag"]
    distribution = distribution_config()
    distribution["DefaultCacheBehavior"]["TrustedKeyGroups"] = trusting(id)
    user = make(distribution)["Distribution"]
    assert user["ActiveTrustedKeyGroups"]["Items"] == [{"KeyGroupId": id, "KeyPairIds": {"Quantity": 2, "Items": [first, second]}}]
    needs_its_etag(cloudfront.delete_key_group, Id=id)
    with refused("ResourceInUse", 409):
        cloudfront.delete_key_group(Id=id, IfMatch=etag)
    update(cloudfront, user["Id"], lambda c: c["DefaultCacheBehavior"].update(TrustedKeyGroups=trusting()))
    cloudfront.delete_key_group(Id=id, IfMatch=etag)
    with refused("NoSuchResource", 404):
        cloudfront.get_key_group(Id=id)


def test_quotas_of_keys_and_groups(cloudfront: Any) -> None:
    keys = [key(cloudfront)["PublicKey"]["Id"] for _ in range(10)]
    with refused("TooManyPublicKeys", 400):
        key(cloudfront)
    with refused("TooManyPublicKeysInKeyGroup", 400):
        group(cloudfront, *keys[:6])
    for _ in range(10):
        group(cloudfront, *keys[:5])
    with refused("TooManyKeyGroups", 400):
        group(cloudfront, keys[0])
