"""Distributions of a given shape, disabled and deleted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdnadmin.signing import generate_private_key, public_pem
from tests.conftest import wait_until
from tests.integration.sandbox.conftest import fresh, refused

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CORS_S3_ORIGIN = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"
PEM = public_pem(generate_private_key("ecdsa-p256"))
Change = Callable[[dict[str, Any]], None]


def distribution_config(bucket: str = "media", **more: Any) -> dict[str, Any]:
    """The smallest configuration that CloudFront takes, over an S3 bucket."""
    origin = {"Id": "s3", "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    return {
        "CallerReference": fresh("reference"),
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "s3",
            "ViewerProtocolPolicy": "allow-all",
            "CachePolicyId": CACHING_OPTIMIZED,
        },
        **more,
    }


def trusting(*groups: str) -> dict[str, Any]:
    return {"Enabled": bool(groups), "Quantity": len(groups), "Items": list(groups)}


def wait_deployed(cloudfront: Any, id: str) -> None:
    wait_until(lambda: cloudfront.get_distribution(Id=id)["Distribution"]["Status"] == "Deployed", what=f"{id} deployed")


def update(cloudfront: Any, id: str, change: Change, *, wait: bool = True) -> dict[str, Any]:
    """Read, change, write back."""
    there = cloudfront.get_distribution_config(Id=id)
    change(there["DistributionConfig"])
    answer: dict[str, Any] = cloudfront.update_distribution(
        Id=id, IfMatch=there["ETag"], DistributionConfig=there["DistributionConfig"]
    )
    if wait:
        wait_deployed(cloudfront, id)
    return answer


def disable(config: dict[str, Any]) -> None:
    config["Enabled"] = False


def remove(cloudfront: Any, id: str) -> None:
    etag = update(cloudfront, id, disable)["ETag"]
    cloudfront.delete_distribution(Id=id, IfMatch=etag)


Make = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def make(cloudfront: Any) -> Iterator[Make]:
    """make(config): a distribution that ends with the module."""
    made: list[str] = []

    def create(config: dict[str, Any] | None = None, *, wait: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = cloudfront.create_distribution(DistributionConfig=config or distribution_config())
        made.append(answer["Distribution"]["Id"])
        if wait:
            wait_deployed(cloudfront, made[-1])
        return answer

    yield create
    left = {
        item["Id"] for page in cloudfront.get_paginator("list_distributions").paginate() for item in items(page, "Distribution")
    }
    for id in made:
        if id in left:
            update(cloudfront, id, disable, wait=False)
    for id in made:
        if id in left:
            wait_deployed(cloudfront, id)
            cloudfront.delete_distribution(Id=id, IfMatch=cloudfront.get_distribution(Id=id)["ETag"])


def items(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page[f"{kind}List"].get("Items", [])
    return found


def needs_its_etag(call: Callable[..., Any], **arguments: Any) -> None:
    """An update or delete is refused without If-Match and with another version's."""
    with refused("InvalidIfMatchVersion", 400):
        call(**arguments)
    with refused("PreconditionFailed", 412):
        call(**arguments, IfMatch="E0000000000000")


def oai(cloudfront: Any, reference: str = "", comment: str = "c") -> dict[str, Any]:
    config = {"CallerReference": reference or fresh("reference"), "Comment": comment}
    answer: dict[str, Any] = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=config)
    return answer


def control_config(name: str, **more: str) -> dict[str, str]:
    return {"Name": name, "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3", **more}


def oac(cloudfront: Any, name: str = "", **more: str) -> dict[str, Any]:
    config = control_config(name or fresh("oac"), **more)
    answer: dict[str, Any] = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)
    return answer


def key(cloudfront: Any, *, name: str = "", reference: str = "", pem: str = PEM) -> dict[str, Any]:
    config = {"CallerReference": reference or fresh("reference"), "Name": name or fresh("key"), "EncodedKey": pem}
    answer: dict[str, Any] = cloudfront.create_public_key(PublicKeyConfig=config)
    return answer


def group(cloudfront: Any, *keys: str, name: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = cloudfront.create_key_group(KeyGroupConfig={"Name": name or fresh("group"), "Items": list(keys)})
    return answer
