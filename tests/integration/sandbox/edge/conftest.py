"""Distributions with something to serve, asked by Host as a viewer would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
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
from tests.integration.sandbox.conftest import Answer, Ask, fresh, make_bucket
from tests.integration.sandbox.edge.origin_server import serving

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
def no_policies_left(cloudfront: Any) -> Iterator[None]:
    """The account's own policies go after the module's distributions: twenty of a kind are all that it gets."""
    yield
    for kind in ("cache_policy", "response_headers_policy"):
        name = "".join(part.capitalize() for part in kind.split("_"))
        for item in getattr(cloudfront, f"list_{kind.replace('policy', 'policies')}")(Type="custom")[f"{name}List"].get(
            "Items", []
        ):
            etag = getattr(cloudfront, f"get_{kind}")(Id=item[name]["Id"])["ETag"]
            getattr(cloudfront, f"delete_{kind}")(Id=item[name]["Id"], IfMatch=etag)


@pytest.fixture(scope="module")
def publish(cloudfront: Any, no_policies_left: None, make: Make, sandbox: RunningSandbox, ask: Ask, media: str) -> Publish:  # noqa: F811
    """publish(bucket, access="oac" | "oai" | "", groups=(…), origin={…}, behavior={…}, **config): a deployed distribution.

    What `behavior` sets to None is left out: behaviors with ForwardedValues have no policies.
    """

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
        changed = config["DefaultCacheBehavior"] | (behavior or {})
        config["DefaultCacheBehavior"] = {name: value for name, value in changed.items() if value is not None}
        made = make(config)["Distribution"]
        if wait:
            wait_deployed(cloudfront, made["Id"])
        return Site(made["Id"], made["ARN"], made["DomainName"], bucket or media, sandbox.port, ask)

    return create


def allow(s3: Any, bucket: str, *statements: dict[str, Any]) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def opened(s3: Any) -> str:
    """A bucket that everybody may read and list, so that what is not there is 404."""
    name = make_bucket(s3, block=False)
    actions = {"s3:GetObject": f"arn:aws:s3:::{name}/*", "s3:ListBucket": f"arn:aws:s3:::{name}"}
    allow(s3, name, *({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": of} for action, of in actions.items()))
    return name


def legacy(*, ttls: tuple[int, int, int] = (0, 86_400, 31_536_000), **forwarded: Any) -> dict[str, Any]:
    """A behavior's caching in the form before policies. `ttls`: minimum, default, maximum."""
    values = {"QueryString": False, "Cookies": {"Forward": "none"}, **forwarded}
    named = dict(zip(("MinTTL", "DefaultTTL", "MaxTTL"), ttls, strict=True))
    return {"CachePolicyId": None, "OriginRequestPolicyId": None, "ForwardedValues": values, **named}


def listed(*items: Any) -> dict[str, Any]:
    """A list as CloudFront's API writes it."""
    return {"Quantity": len(items), "Items": list(items)}


def cache_policy(cloudfront: Any, *, ttls: tuple[int, int, int] = (0, 60, 600), gzip: bool = False, **parts: Any) -> str:
    """The id of a new cache policy; `parts`: QueryStringsConfig, HeadersConfig, CookiesConfig."""
    none = {
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    config = {"Name": fresh("cache"), "MinTTL": ttls[0], "DefaultTTL": ttls[1], "MaxTTL": ttls[2]}
    key = {"EnableAcceptEncodingGzip": gzip, "EnableAcceptEncodingBrotli": False, **none, **parts}
    made = cloudfront.create_cache_policy(CachePolicyConfig={**config, "ParametersInCacheKeyAndForwardedToOrigin": key})
    return str(made["CachePolicy"]["Id"])


def invalidate(cloudfront: Any, site: Site, *paths: str) -> None:
    batch = {"CallerReference": fresh(), "Paths": listed(*paths)}
    cloudfront.create_invalidation(DistributionId=site.id, InvalidationBatch=batch)


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
