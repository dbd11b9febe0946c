"""Distributions with something to serve, asked by Host as a viewer would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from cdnadmin.signing import Signer, generate_private_key, load_signer, public_pem
from tests.conftest import RunningSandbox
from tests.integration.sandbox.cloudfront.conftest import (
    CORS_S3_ORIGIN,
    Make,
    distribution_config,
    group,
    key,
    make,  # noqa: F401 (a fixture)
    oac,
    oai,
    trusting,
    update,
    wait_deployed,
)
from tests.integration.sandbox.conftest import Answer, Ask, make_bucket

FILM = bytes(range(256)) * 8


@dataclass(frozen=True)
class Site:
    """A distribution and how to be its viewer."""

    id: str
    arn: str
    domain: str
    bucket: str
    port: int
    ask: Ask

    def get(self, path: str = "/film.mp4", method: str = "GET", **more: Any) -> Answer:
        return self.ask(path, method, **{"host": f"{self.domain}:{self.port}", **more})

    def url(self, path: str = "/film.mp4") -> str:
        return f"http://{self.domain}:{self.port}{path}"


Publish = Callable[..., Site]


@pytest.fixture(scope="module")
def media(s3: Any) -> str:
    """A closed bucket with /film.mp4."""
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="film.mp4", Body=FILM, ContentType="video/mp4")
    return name


@pytest.fixture(scope="module")
def publish(cloudfront: Any, make: Make, sandbox: RunningSandbox, ask: Ask, media: str) -> Publish:  # noqa: F811
    """publish(bucket, access="oac" | "oai" | "", groups=(…), origin={…}, behavior={…}, **config): a deployed distribution."""

    def create(
        bucket: str = "",
        *,
        access: str = "",
        groups: tuple[str, ...] = (),
        origin: dict[str, Any] | None = None,
        behavior: dict[str, Any] | None = None,
        wait: bool = True,
        **more: Any,
    ) -> Site:
        config = distribution_config(bucket or media, **more)
        first = config["Origins"]["Items"][0]
        first.update(origin or {})
        if access == "oac":
            first["OriginAccessControlId"] = oac(cloudfront)["OriginAccessControl"]["Id"]
        elif access:
            first["S3OriginConfig"]["OriginAccessIdentity"] = f"origin-access-identity/cloudfront/{access}"
        config["DefaultCacheBehavior"] |= {"TrustedKeyGroups": trusting(*groups), "OriginRequestPolicyId": CORS_S3_ORIGIN}
        config["DefaultCacheBehavior"] |= behavior or {}
        made = make(config)["Distribution"]
        if wait:
            wait_deployed(cloudfront, made["Id"])
        return Site(made["Id"], made["ARN"], made["DomainName"], bucket or media, sandbox.port, ask)

    return create


def allow(s3: Any, bucket: str, *statements: dict[str, Any]) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def service_may_read(bucket: str, *arns: str, path: str = "*") -> dict[str, Any]:
    """The statement of "Restrict access to an Amazon S3 origin"."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{path}",
        "Condition": {"StringEquals": {"AWS:SourceArn": list(arns)}},
    }


@pytest.fixture(scope="module")
def public(s3: Any, publish: Publish, media: str) -> Site:
    """A public distribution over the closed bucket, by origin access control."""
    site = publish(access="oac")
    allow(s3, media, service_may_read(media, site.arn))
    return site


@dataclass(frozen=True)
class Trusted:
    """A key that CloudFront knows, and the group it is in."""

    id: str
    group: str
    signer: Signer


@pytest.fixture(scope="module")
def trust(cloudfront: Any, make: Make) -> Iterator[Callable[..., Trusted]]:  # noqa: F811
    """trust("ecdsa-p256"): a new key in a new group; both go with the module, after the distributions let go."""
    made: list[Trusted] = []

    def create(algorithm: Any = "ecdsa-p256") -> Trusted:
        private = generate_private_key(algorithm)
        id = key(cloudfront, pem=public_pem(private))["PublicKey"]["Id"]
        made.append(Trusted(id, group(cloudfront, id)["KeyGroup"]["Id"], load_signer(private)))
        return made[-1]

    yield create
    for page in cloudfront.get_paginator("list_distributions").paginate():
        for item in page["DistributionList"].get("Items", []):
            if item["DefaultCacheBehavior"]["TrustedKeyGroups"]["Enabled"]:
                update(cloudfront, item["Id"], _trust_nobody, wait=False)
    for trusted in made:
        cloudfront.delete_key_group(Id=trusted.group, IfMatch=cloudfront.get_key_group(Id=trusted.group)["ETag"])
        cloudfront.delete_public_key(Id=trusted.id, IfMatch=cloudfront.get_public_key(Id=trusted.id)["ETag"])


def _trust_nobody(config: dict[str, Any]) -> None:
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"].get("Items", [])):
        behavior["TrustedKeyGroups"] = trusting()


def make_identity(cloudfront: Any) -> tuple[str, str]:
    """(id, canonical user id) of a new origin access identity."""
    made = oai(cloudfront)["CloudFrontOriginAccessIdentity"]
    return made["Id"], made["S3CanonicalUserId"]
