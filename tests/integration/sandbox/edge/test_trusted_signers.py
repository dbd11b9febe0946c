"""Accounts that may sign, by CloudFront key pairs. Source: Developer Guide, "Specify signers that can create signed URLs"."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cdnadmin.signing import HashAlgorithm, Signer, generate_private_key, load_signer, public_pem, sign_cookies, sign_url
from tests.conftest import RunningSandbox
from tests.integration.sandbox.cloudfront.conftest import trusting, update
from tests.integration.sandbox.conftest import Answer, refused
from tests.integration.sandbox.edge.conftest import FILM, Publish, Site, Trusted, allow, service_may_read
from tests.integration.sandbox.rule_world import streaming_config

SELF, OTHER, OWN = "self", "123456789012", "000000000000"
SOON = int(time.time()) + 3600
PRIVATE = generate_private_key("rsa-2048")
PEM, SIGNER = public_pem(PRIVATE), load_signer(PRIVATE)


@dataclass(frozen=True)
class KeyPairs:
    """The sandbox's end point, and a viewer who signs with PRIVATE."""

    url: str

    def put(self, account: str, id: str, **more: Any) -> int:
        return httpx.post(self.url, json={"account": account, "id": id, "public_key": PEM, "active": True, **more}).status_code

    def all(self) -> dict[str, tuple[str, bool]]:
        return {item["id"]: (item["account"], item["active"]) for item in httpx.get(self.url).json()}

    def delete(self, id: str = "") -> int:
        return httpx.delete(f"{self.url}/{id}" if id else self.url).status_code


@pytest.fixture
def pairs(sandbox: RunningSandbox) -> Iterator[KeyPairs]:
    made = KeyPairs(f"{sandbox.url}/_sandbox/key-pairs")
    yield made
    made.delete()


def opened(site: Site, id: str, signer: Signer = SIGNER, path: str = "/film.mp4", **more: Any) -> Answer:
    parts = urlsplit(sign_url(site.url(path), key_pair_id=id, signer=signer, expires=SOON, **more))
    return site.get(f"{parts.path}?{parts.query}")


@pytest.fixture(scope="module")
def site(s3: Any, publish: Publish) -> Site:
    """It trusts its own account, and /other/* another's."""
    made = publish(access="oac", behavior={"TrustedSigners": trusting(SELF)})
    s3.put_object(Bucket=made.bucket, Key="other/film.mp4", Body=FILM)
    allow(s3, made.bucket, service_may_read(made.bucket, made.arn))
    return made


@pytest.fixture(scope="module")
def split(cloudfront: Any, site: Site) -> Site:
    def add(config: dict[str, Any]) -> None:
        behavior = {**config["DefaultCacheBehavior"], "PathPattern": "other/*", "TrustedSigners": trusting(OTHER, OWN)}
        config["CacheBehaviors"] = {"Quantity": 1, "Items": [behavior]}

    update(cloudfront, site.id, add)
    return site


def active(cloudfront: Any, site: Site) -> dict[str, Any]:
    found: dict[str, Any] = cloudfront.get_distribution(Id=site.id)["Distribution"]["ActiveTrustedSigners"]
    return found


def test_a_trusted_accounts_active_key_pairs_open(cloudfront: Any, split: Site, pairs: KeyPairs) -> None:
    site = split
    assert opened(site, "APKASELF1").code == "InvalidKey"  # it has none yet
    assert [item["KeyPairIds"]["Quantity"] for item in active(cloudfront, site)["Items"]] == [0, 0]
    assert [pairs.put(SELF, "APKASELF1"), pairs.put(OTHER, "APKAOTHER1"), pairs.put(OTHER, "APKAOTHER2", active=False)] == [204] * 3
    for hash_algorithm in HashAlgorithm:
        assert opened(site, "APKASELF1", hash_algorithm=hash_algorithm).body == FILM
    cookies = sign_cookies(resource="http*://*/*", key_pair_id="APKASELF1", signer=SIGNER, expires=SOON)
    assert site.get(headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}).body == FILM
    # Each behavior by its own signers; both spellings of the account are one.
    assert opened(site, "APKAOTHER1").code == "InvalidKey"
    assert opened(site, "APKAOTHER1", path="/other/film.mp4").body == FILM
    assert opened(site, "APKASELF1", path="/other/film.mp4").body == FILM
    assert opened(site, "APKAOTHER2", path="/other/film.mp4").code == "InvalidKey"
    assert site.get().code == "MissingKey"
    forged = load_signer(generate_private_key("rsa-2048"))
    assert opened(site, "APKASELF1", forged).code == "AccessDenied"
    assert active(cloudfront, site) == {
        "Enabled": True,
        "Quantity": 2,
        "Items": [
            {"AwsAccountNumber": "self", "KeyPairIds": {"Quantity": 1, "Items": ["APKASELF1"]}},
            {"AwsAccountNumber": OTHER, "KeyPairIds": {"Quantity": 1, "Items": ["APKAOTHER1"]}},
        ],
    }
    pairs.put(SELF, "APKASELF1", active=False)
    assert opened(site, "APKASELF1").code == "InvalidKey"
    assert active(cloudfront, site)["Items"][0]["KeyPairIds"] == {"Quantity": 0}


def test_key_groups_and_accounts_are_told_apart(
    publish: Publish, s3: Any, site: Site, pairs: KeyPairs, trust: Callable[..., Trusted], cloudfront: Any
) -> None:
    pairs.put(SELF, "APKASELF1")
    trusted = trust()
    grouped = publish(access="oac", groups=(trusted.group,))
    allow(s3, site.bucket, service_may_read(site.bucket, site.arn, grouped.arn))
    assert opened(grouped, trusted.id, trusted.signer).body == FILM
    assert opened(grouped, "APKASELF1").code == "InvalidKey"
    assert opened(site, trusted.id, trusted.signer).code == "InvalidKey"
    there = cloudfront.get_distribution_config(Id=grouped.id)
    there["DistributionConfig"]["DefaultCacheBehavior"]["TrustedSigners"] = trusting(SELF)
    with refused("InvalidArgument", 400):
        cloudfront.update_distribution(Id=grouped.id, IfMatch=there["ETag"], DistributionConfig=there["DistributionConfig"])


def test_what_an_account_can_have(pairs: KeyPairs) -> None:
    assert [pairs.put(OWN, "APKAONE1"), pairs.put(SELF, "APKATWO2")] == [204, 204]
    assert pairs.put(SELF, "APKATHREE") == 400  # two active ones at most
    assert pairs.put(SELF, "APKATHREE", active=False) == 204
    assert [pairs.put(SELF, "APKAONE1", active=False), pairs.put(SELF, "APKATHREE")] == [204, 204]
    assert pairs.all() == {"APKAONE1": (SELF, False), "APKATWO2": (SELF, True), "APKATHREE": (SELF, True)}
    curve = public_pem(generate_private_key("ecdsa-p256"))
    for account, id, more in (
        ("me", "APKAFOUR", {}),
        (OTHER, "KFOUR", {}),
        (OTHER, "APKAONE1", {}),
        (OTHER, "APKAFOUR", {"public_key": "none"}),
        (OTHER, "APKAFOUR", {"public_key": curve}),
        (OTHER, "APKAFOUR", {"active": "yes"}),
        (OTHER, "APKAFOUR", {"colour": "red"}),
    ):
        assert pairs.put(account, id, **more) == 400, (account, id, more)
    assert [pairs.delete("APKAONE1"), pairs.delete("APKAONE1"), pairs.delete(), pairs.delete()] == [204, 404, 204, 204]
    assert pairs.all() == {}


def test_a_streaming_distributions_signers(cloudfront: Any, pairs: KeyPairs) -> None:
    pairs.put(OTHER, "APKAOTHER1")
    config = streaming_config(TrustedSigners=trusting(OTHER, OWN), Enabled=False)
    made = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)["StreamingDistribution"]
    there = cloudfront.get_streaming_distribution(Id=made["Id"])["StreamingDistribution"]["ActiveTrustedSigners"]
    assert [(item["AwsAccountNumber"], item["KeyPairIds"].get("Items")) for item in there["Items"]] == [
        ("self", None),
        (OTHER, ["APKAOTHER1"]),
    ]
    tags = {"Items": [{"Key": "team", "Value": "media"}]}
    cloudfront.tag_resource(Resource=made["ARN"], Tags=tags)
    assert cloudfront.list_tags_for_resource(Resource=made["ARN"])["Tags"] == tags
    cloudfront.untag_resource(Resource=made["ARN"], TagKeys={"Items": ["team"]})
    assert cloudfront.list_tags_for_resource(Resource=made["ARN"])["Tags"] == {"Items": []}
