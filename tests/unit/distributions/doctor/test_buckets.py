"""Each check of a bucket as such, where it finds something and where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.doctor.checks import look_at_site
from distributions.models import BucketTruth, Distribution
from tests.unit.distributions.doctor.sites import EVERYBODY, bucket_site, distribution, statement, truth

PUBLIC = distribution(pk=2, public_id="publicpublic", access_model="public-acl", origin_access=None)
SID = f"CdnadminOac{distribution().public_id}"
GONE_ARN = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EGONE"
ACLS_ON: dict[str, Any] = {"ownership": "ObjectWriter"}


def bucket(*statements: dict[str, Any], **given: Any) -> BucketTruth:
    return truth(distribution(), *statements, **given)


BUCKETS: dict[str, tuple[BucketTruth, list[Distribution], set[str]]] = {
    "a switch off": (bucket(switches=["BlockPublicAcls"]), [distribution()], {"switches-off"}),
    "on for the account": (
        bucket(switches=[], account_switches=["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]),
        [distribution()],
        set(),
    ),
    "off for public objects": (
        bucket({**EVERYBODY, "Principal": {"AWS": "123456789012"}}, switches=[], **ACLS_ON),
        [PUBLIC],
        {"switches-needed"},
    ),
    "off for a public policy": (bucket(EVERYBODY, switches=[]), [distribution()], {"switches-needed"}),
    "ACLs without need": (bucket(**ACLS_ON), [distribution()], {"acls-without-need"}),
    "what can't be read": (bucket(switches=[], unread={"switches": "AccessDenied"}), [distribution()], {"bucket-unread"}),
    "nothing to be read": (bucket(EVERYBODY, switches=[], error="AWS can't be reached."), [], {"bucket-unread"}),
    "a statement of nobody": (
        bucket({**statement(distribution()), "Sid": "CdnadminOaczzzzzzzzzzzz"}),
        [distribution()],
        {"statement-orphaned"},
    ),
    "one that moved": (
        bucket(statement(distribution()), {**statement(distribution()), "Sid": f"{SID}Moving"}),
        [distribution()],
        {"statement-left-over"},
    ),
    "one of what is gone": (bucket(statement(distribution())), [distribution(status="gone")], {"statement-left-over"}),
    "one that names what S3 shows as deleted": (
        bucket({**EVERYBODY, "Principal": {"AWS": "AIDAJDPLRKLG7UEXAMPLE"}}),
        [distribution()],
        {"statement-names-the-gone"},
    ),
    "one that names an identity that is gone": (
        bucket({**EVERYBODY, "Principal": {"AWS": GONE_ARN}}),
        [distribution()],
        {"statement-names-the-gone"},
    ),
    "a policy that is nearly full": (
        bucket(*({**EVERYBODY, "Principal": {"AWS": "123456789012"}, "Sid": "x" * 170 + str(n)} for n in range(70))),
        [distribution()],
        {"policy-nearly-full"},
    ),
}
BY_BUCKET = set().union(*(expected for _, _, expected in BUCKETS.values()))


@pytest.mark.parametrize("name", BUCKETS)
def test_of_a_bucket(name: str) -> None:
    seen, here, expected = BUCKETS[name]
    found = look_at_site(bucket_site(seen, *here, gone=frozenset({"EGONE"})))
    assert {each.code for each in found} == expected, [each.sentence for each in found]


def test_a_statement_of_a_change_under_way_is_left_alone() -> None:
    seen = bucket(statement(distribution()), {**statement(distribution()), "Sid": f"{SID}Moving"})
    assert look_at_site(bucket_site(seen, distribution(), busy=frozenset({distribution().public_id}))) == []


def test_only_what_names_nobody_else_is_taken_out() -> None:
    def mend(principal: Any) -> str:
        seen = bucket({**EVERYBODY, "Principal": {"AWS": principal}})
        return look_at_site(bucket_site(seen, distribution(), gone=frozenset({"EGONE"})))[0].mend

    assert mend([GONE_ARN, "AIDAJDPLRKLG7UEXAMPLE"]) == "take-out"
    assert mend([GONE_ARN, "arn:aws:iam::123456789012:root"]) == ""
