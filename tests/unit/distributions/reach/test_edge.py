"""Whether a viewer at CloudFront gets a file."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.reach.edge import may_open
from distributions.reach.state import BucketState, ObjectState
from tests.unit.distributions.reach.configs import behavior, config, group, listed, origin

ARN = "arn:aws:cloudfront::123456789012:distribution/E1"
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2"


def statement(principal: Any, resource: str, action: str = "s3:GetObject") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{resource}"}


def bucket(name: str, *statements: dict[str, Any]) -> BucketState:
    return BucketState(name, "123456789012", {"Statement": list(statements)}, "BucketOwnerEnforced", frozenset())


FOR_CONTROL = {
    **statement({"Service": "cloudfront.amazonaws.com"}, "press/*"),
    "Condition": {"StringEquals": {"aws:SourceArn": ARN}},
}
BUCKETS = {
    "press": bucket("press", FOR_CONTROL, statement({"AWS": IDENTITY}, "press/old/*")),
    "spare": bucket("spare", statement("*", "spare/*"), statement("*", "spare", "s3:ListBucket")),
}
ORIGINS = [
    origin("new", "press", oac="EOAC"),
    origin("kit", "press", "/kit", oac="EOAC"),
    origin("old", "press", oai="E2"),
    origin("open", "press"),
    origin("spare", "spare"),
    origin("unseen", "unseen"),
    origin("ghost", "press", oai="E9"),
    origin("server"),
]


def opens(path: str = "/a.png", *, target: str = "new", signed: bool = False, **more: Any) -> tuple[bool | None, str]:
    made = more.pop("made", None) or config(behavior(target), origins=ORIGINS)
    missing = more.pop("missing", set())
    verdict = may_open(
        made,
        arn=ARN,
        path=path,
        signed=signed,
        buckets=BUCKETS,
        object_for=lambda bucket, key: ObjectState(key, exists=(bucket, key) not in missing),
        identities={"E2": "a" * 64},
        **more,
    )
    assert verdict.sentence.endswith(".")
    return verdict.allowed, verdict.reason


def test_each_origin_is_asked_as_whom_it_says() -> None:
    assert opens(target="new") == (True, "policy-allows")
    assert opens(target="new", unsigning={"EOAC"}) == opens(target="open") == (False, "nothing-allows")
    assert opens("/old/a", target="old") == (True, "policy-allows")
    assert opens("/a", target="old") == (False, "nothing-allows")
    assert opens(target="spare") == (True, "policy-allows")
    assert opens(target="server") == (None, "custom-origin")
    assert opens(target="unseen") == (None, "bucket-unknown")
    assert opens(target="ghost") == (None, "identity-unknown")


def test_signatures_are_the_behaviors_matter() -> None:
    made = config(
        behavior("new", signed=True),
        behavior("new", "posters/*"),
        behavior("new", "old/*", TrustedSigners={"Enabled": True}),
        origins=ORIGINS,
    )
    assert opens(made=made) == opens("/old/x", made=made) == (False, "needs-signature")
    assert opens(made=made, signed=True) == opens("/posters/x", made=made) == (True, "policy-allows")


def test_who_is_disabled_or_of_old_serves_nobody() -> None:
    assert (
        opens(enabled_at_edge=False)
        == opens(made={**config(behavior("new"), origins=ORIGINS), "Enabled": False})
        == (False, "disabled")
    )
    assert opens(made={"S3Origin": {}, "Enabled": True}) == (False, "rtmp-ended")


def test_functions_may_change_what_is_asked_for() -> None:
    functions: dict[str, Any] = {"FunctionAssociations": listed([{"EventType": "viewer-request", "FunctionARN": "x"}])}
    assert opens(made=config(behavior("new", **functions), origins=ORIGINS)) == (None, "function")
    assert opens(made=config(behavior("new", signed=True, **functions), origins=ORIGINS)) == (False, "needs-signature")
    answers: dict[str, Any] = {"LambdaFunctionAssociations": listed([{"EventType": "viewer-response", "LambdaFunctionARN": "x"}])}
    assert opens(made=config(behavior("new", **answers), origins=ORIGINS)) == (True, "policy-allows")


@pytest.mark.parametrize(
    ("target", "path", "key"),
    [
        ("new", "/a%20b%2Bc/%C3%A9.png", "a b+c/é.png"),
        ("new", "/a%2520b", "a%20b"),
        ("new", "//a", "/a"),
        ("kit", "/a", "kit/a"),
        ("kit", "/", "kit/"),
    ],
)
def test_the_key_is_origin_path_and_path_decoded_once(target: str, path: str, key: str) -> None:
    assert opens(path, target=target, missing={("press", key)}) == (False, "missing-hidden")


def test_what_is_no_key() -> None:
    assert opens("/%FF") == (False, "bad-path")
    # The bucket itself is asked for, and answers its listing to whom it may.
    assert opens("/", target="spare") == (True, "policy-allows")
    assert opens("/") == (False, "nothing-allows")
    rooted = config(behavior("new"), origins=ORIGINS, DefaultRootObject="index.html")
    assert opens("/", made=rooted) == (True, "policy-allows")
    assert opens("/", made=rooted, missing={("press", "index.html")}) == (False, "missing-hidden")


def test_groups_fail_over_by_what_s3_answers() -> None:
    def through(first: str, second: str, *statuses: int, **more: Any) -> tuple[bool | None, str]:
        made = config(behavior("g"), origins=ORIGINS, groups=[group("g", first, second, *statuses)])
        return opens(made=made, **more)

    assert through("open", "new", 403) == (True, "policy-allows")
    assert through("open", "new", 404, 500) == (False, "nothing-allows")
    assert through("new", "open", 403) == (True, "policy-allows")
    assert through("spare", "new", 404, missing={("spare", "a.png")}) == (True, "policy-allows")
    assert through("spare", "new", 403, missing={("spare", "a.png")}) == (False, "missing")
    assert through("open", "open", 403) == (False, "nothing-allows")
    assert through("server", "new", 403) == (None, "custom-origin")
    assert through("unseen", "new", 403) == (None, "failover")
    assert through("open", "server", 403) == (None, "custom-origin")
