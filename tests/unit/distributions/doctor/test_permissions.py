"""The least policy, and what is said of permissions; which places of buckets overlap."""

from __future__ import annotations

from typing import Any

import pytest

from cdnadmin.aws.permissions import is_root, principal_arn
from distributions.doctor.least_privilege import ALWAYS, FEATURES, Ground, actions_of, policy_document
from distributions.doctor.permissions import check_permissions
from distributions.doctor.places import Places
from tests.unit.distributions.reach.configs import behavior, config, origin

USER = "arn:aws:iam::123456789012:user/cdnadmin"
GROUND = Ground("123456789012", ("media", "press"), ("logs",), ("arn:aws:kms:eu-west-1:123456789012:key/1",), USER)


def resources_by_action(codes: set[str], ground: Ground = GROUND) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for statement in policy_document(codes, ground)["Statement"]:
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        for action in statement["Action"]:
            found.setdefault(action, []).extend(resources)
    return found


def test_the_policy_has_what_is_in_use_and_nothing_else_each_held_to_its_resources() -> None:
    least = resources_by_action(set())
    assert set(least) == actions_of(ALWAYS)
    assert not any("PublicKey" in action and "List" not in action for action in least)
    assert least["cloudfront:UpdateDistribution"] == ["arn:aws:cloudfront::123456789012:distribution/*"]
    assert least["s3:PutObject"] == ["arn:aws:s3:::media/*", "arn:aws:s3:::press/*"]
    assert least["s3:PutBucketPolicy"] == ["arn:aws:s3:::media", "arn:aws:s3:::press"]
    assert least["iam:SimulatePrincipalPolicy"] == [USER]
    whole = resources_by_action({feature.code for feature in FEATURES})
    assert whole["kms:Decrypt"] == list(GROUND.keys)
    assert whole["s3:PutBucketAcl"] == ["arn:aws:s3:::logs"]
    # Only what takes no resource stands with "*": Service Authorization Reference.
    everywhere = {action for action, resources in whole.items() if resources == ["*"]}
    assert not {action for action in everywhere if action.startswith("s3:")} - {
        "s3:ListAllMyBuckets",
        "s3:GetAccountPublicAccessBlock",
    }
    assert not any(word in action for action in everywhere for word in ("Update", "Delete") if "Key" not in action)
    unknown = resources_by_action(set(), Ground(""))
    assert unknown["cloudfront:GetDistribution"] == ["arn:aws:cloudfront::*:distribution/*"]
    assert len(str(policy_document({feature.code for feature in FEATURES}, GROUND)).replace(" ", "")) < 6_144, "IAM takes no more"


def said(**more: Any) -> dict[str, object]:
    return {"source": USER, "root": False, "said": {**dict.fromkeys(actions_of(ALWAYS), "allowed"), **more}}


def found(permissions: dict[str, object]) -> dict[str, str]:
    return {each.code: each.details for each in check_permissions(permissions, set(), "Production")}


def test_what_is_lacking_is_named_by_what_it_is_for_and_what_is_not_known_is_not_guessed() -> None:
    assert found(said()) == {}
    assert found({}) == {}, "nobody was asked yet"
    lacking = found(said(**{"s3:PutObject": "denied", "s3:DeleteObject": "denied", "acm:ListCertificates": "denied"}))
    assert lacking == {"permission-missing": "s3:DeleteObject\ns3:PutObject"}, "certificates are not in use"
    assert found(said(**{"s3:PutObject": "unknown"})) == {"permission-unknown": "s3:PutObject"}
    assert set(found({"root": True, "source": "", "said": {}})) == {"root-credentials"}


@pytest.mark.parametrize(
    ("arn", "source"),
    [
        (USER, USER),
        ("arn:aws:sts::123456789012:assumed-role/Media/i-0abc", "arn:aws:iam::123456789012:role/Media"),
        ("arn:aws-cn:sts::123456789012:assumed-role/Media/x", "arn:aws-cn:iam::123456789012:role/Media"),
        ("arn:aws:sts::123456789012:federated-user/x", ""),
        ("arn:aws:iam::123456789012:root", ""),
    ],
)
def test_whom_iam_can_be_asked_about(arn: str, source: str) -> None:
    assert principal_arn(arn) == source
    assert is_root(arn) == arn.endswith(":root")


def place(path: str, *, signed: bool = True, **more: Any) -> dict[str, Any]:
    return config(behavior("o", signed=signed), origins=[origin("o", "media", path)], **more)


def test_places_overlap_where_one_begins_the_other_and_the_unsigned_come_first() -> None:
    places = Places([(1, place("/a")), (2, place("/a/b", signed=True)), (3, place("/ab")), (4, place("", signed=False))])
    places.add(5, place("/a", Enabled=False))
    assert places.over("media", "a/", but=1) == [4, 2]
    assert places.over("media", "a/b/", but=2) == [4, 1]
    assert places.over("media", "ab/", but=3) == [4]
    assert places.over("media", "", but=4) == [1, 2, 3]
    assert places.over("press", "", but=0) == []


def test_ten_thousand_places_are_told_apart_at_once() -> None:
    places = Places((number, place(f"/site-{number:05d}")) for number in range(10_000))
    assert all(places.over("media", f"site-{number:05d}/", but=number) == [] for number in range(0, 10_000, 10))
