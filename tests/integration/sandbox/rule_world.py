"""What the rows of the rule table are built with: a sandbox's CloudFront, and what stands there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from botocore import xform_name

from cdnadmin.signing import generate_private_key, public_pem
from tests.conftest import RunningSandbox, wait_until
from tests.integration.sandbox.cloudfront.conftest import control_config, distribution_config
from tests.integration.sandbox.conftest import connect, fresh

NOBODY = "00000000-0000-0000-0000-000000000000"
STALE = "E0000000000000"
PEM = public_pem(generate_private_key("ecdsa-p256"))
CACHE = {
    "Name": "",
    "MinTTL": 0,
    "ParametersInCacheKeyAndForwardedToOrigin": {
        "EnableAcceptEncodingGzip": True,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    },
}
ORIGIN_REQUEST = {
    "Name": "",
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}


def listed(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)} if items else {"Quantity": 0}


@dataclass(frozen=True)
class World:
    sandbox: RunningSandbox

    @cached_property
    def cloudfront(self) -> Any:
        return connect(self.sandbox, "cloudfront")

    @cached_property
    def s3(self) -> Any:
        return connect(self.sandbox, "s3")

    def quota(self, **wanted: int) -> None:
        httpx.post(f"{self.sandbox.url}/_sandbox/quotas", json=wanted).raise_for_status()

    def create(self, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.cloudfront.create_distribution(DistributionConfig=distribution_config(**more))
        return answer

    def deployed(self, **more: Any) -> dict[str, Any]:
        made = self.create(**more)
        id = made["Distribution"]["Id"]
        wait_until(lambda: self.cloudfront.get_distribution(Id=id)["Distribution"]["Status"] == "Deployed", what="Deployed")
        return made

    def behaving(self, **behavior: Any) -> dict[str, Any]:
        config = distribution_config()
        config["DefaultCacheBehavior"].update(behavior)
        answer: dict[str, Any] = self.cloudfront.create_distribution(DistributionConfig=config)
        return answer

    def from_origin(self, **origin: Any) -> dict[str, Any]:
        config = distribution_config()
        config["Origins"]["Items"][0].update(origin)
        answer: dict[str, Any] = self.cloudfront.create_distribution(DistributionConfig=config)
        return answer

    def oac(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.cloudfront.create_origin_access_control(
            OriginAccessControlConfig=control_config(fresh("oac"))
        )
        return answer

    def oai(self) -> dict[str, Any]:
        config = {"CallerReference": fresh("oai"), "Comment": ""}
        answer: dict[str, Any] = self.cloudfront.create_cloud_front_origin_access_identity(
            CloudFrontOriginAccessIdentityConfig=config
        )
        return answer

    def key(self) -> dict[str, Any]:
        config = {"CallerReference": fresh("key"), "Name": fresh("key"), "EncodedKey": PEM}
        answer: dict[str, Any] = self.cloudfront.create_public_key(PublicKeyConfig=config)
        return answer

    def group(self) -> dict[str, Any]:
        config = {"Name": fresh("group"), "Items": [self.key()["PublicKey"]["Id"]]}
        answer: dict[str, Any] = self.cloudfront.create_key_group(KeyGroupConfig=config)
        return answer

    def cache_policy(self, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.cloudfront.create_cache_policy(CachePolicyConfig={**CACHE, "Name": fresh("cache"), **more})
        return answer

    def origin_policy(self, **more: Any) -> dict[str, Any]:
        config = {**ORIGIN_REQUEST, "Name": fresh("request"), **more}
        answer: dict[str, Any] = self.cloudfront.create_origin_request_policy(OriginRequestPolicyConfig=config)
        return answer

    def headers_policy(self, **more: Any) -> dict[str, Any]:
        config = {"Name": fresh("headers"), **more}
        answer: dict[str, Any] = self.cloudfront.create_response_headers_policy(ResponseHeadersPolicyConfig=config)
        return answer

    def function(self, *, published: bool = True, name: str = "", code: bytes = b"function handler(e) { return e.request }") -> Any:
        name = name or fresh("function")
        config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
        made = self.cloudfront.create_function(Name=name, FunctionConfig=config, FunctionCode=code)
        if published:
            self.cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
        return made

    def streaming(self, *, disabled: bool = False, **more: Any) -> dict[str, Any]:
        config = streaming_config(Enabled=not disabled, **more)
        answer: dict[str, Any] = self.cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)
        return answer

    def invalidate(self, *paths: str, id: str = "", reference: str = "") -> dict[str, Any]:
        batch = {"CallerReference": reference or fresh("batch"), "Paths": listed(*paths)}
        id = id or self.create()["Distribution"]["Id"]
        answer: dict[str, Any] = self.cloudfront.create_invalidation(DistributionId=id, InvalidationBatch=batch)
        return answer


def streaming_config(**more: Any) -> dict[str, Any]:
    return {
        "CallerReference": fresh("rtmp"),
        "S3Origin": {"DomainName": "media.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": "",
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "Enabled": True,
        **more,
    }


@dataclass(frozen=True)
class Row:
    """One rule: the operation, the situation that breaks it, AWS's code and HTTP status, and how it is brought about."""

    operation: str
    situation: str
    code: str
    status: int
    bring_about: Callable[[World], Any]


Call = Callable[[World], Any]


def method(operation: str) -> str:
    return str(xform_name(operation))


def gone(operation: str, code: str, **arguments: Any) -> Row:
    return Row(operation, "it is not there", code, 404, lambda world: getattr(world.cloudfront, method(operation))(**arguments))


def versions(operation: str, made: Callable[[World], dict[str, Any]]) -> list[Row]:
    """Without If-Match, and with another version's. `made`: the arguments of the call, without it."""

    def send(world: World, **version: str) -> None:
        getattr(world.cloudfront, method(operation))(**made(world), **version)

    return [
        Row(operation, "no If-Match", "InvalidIfMatchVersion", 400, send),
        Row(operation, "another version’s If-Match", "PreconditionFailed", 412, lambda world: send(world, IfMatch=STALE)),
    ]


def in_use(operation: str, code: str, made: Callable[[World], tuple[str, str]], use: Callable[[World, str], Any]) -> Row:
    def send(world: World) -> None:
        id, etag = made(world)
        use(world, id)
        name = "Name" if operation == "DeleteFunction" else "Id"
        getattr(world.cloudfront, method(operation))(**{name: id}, IfMatch=etag)

    return Row(operation, "it is in use", code, 409, send)


def full(operation: str, code: str, kind: str, create: Call) -> Row:
    """The quota is as low as it can be, for this call."""

    def send(world: World) -> None:
        world.quota(**{kind: 0})
        try:
            create(world)
        finally:
            world.quota(**{kind: 100})

    return Row(operation, "one more than the quota", code, 400, send)


def again(operation: str, code: str, create: Callable[[World, str], Any]) -> Row:
    def send(world: World) -> None:
        name = fresh("same")
        create(world, name)
        create(world, name)

    return Row(operation, "the name or reference is taken", code, 409, send)


def ids(kind: str) -> Callable[[dict[str, Any]], tuple[str, str]]:
    return lambda made: (made[kind]["Id"], made["ETag"])
