"""Tags of a plan: changed by key beside what others make of them, and still to be read on the plan once it is applied."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, User
from distributions.models import ChangePlan, Distribution
from distributions.services.plans import apply_plan, open_draft, set_plan_tags
from tests.integration.distributions.conftest import finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)


def tags_at_aws(cloudfront: Any, distribution: Distribution) -> dict[str, str]:
    items = cloudfront.list_tags_for_resource(Resource=distribution.arn)["Tags"]["Items"]
    return {item["Key"]: item["Value"] for item in items}


def tag_at_aws(cloudfront: Any, distribution: Distribution, **tags: str) -> None:
    cloudfront.tag_resource(
        Resource=distribution.arn, Tags={"Items": [{"Key": key, "Value": value} for key, value in tags.items()]}
    )


def applied(administrator: User, plan: ChangePlan) -> ChangePlan:
    finish(apply_plan(actor=administrator, plan=plan))
    plan.refresh_from_db()
    assert plan.state == ChangePlan.State.APPLIED
    return plan


def test_tags_that_others_set_meanwhile_stay(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket, tags={"team": "press", "old": "1"})
    plan = open_draft(actor=administrator, distribution=site)
    set_plan_tags(actor=administrator, plan=plan, tags={"team": "film"})
    tag_at_aws(cloudfront, site, cost="42")
    plan = applied(administrator, plan)
    assert tags_at_aws(cloudfront, site) == {"team": "film", "cost": "42"} == fresh(site).tags
    assert plan.note == ""


def test_one_tag_changed_by_two_is_told_to_the_one_who_came_last(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket, tags={"team": "press"})
    plan = open_draft(actor=administrator, distribution=site)
    set_plan_tags(actor=administrator, plan=plan, tags={"team": "film"})
    tag_at_aws(cloudfront, site, team="radio")
    plan = applied(administrator, plan)
    assert tags_at_aws(cloudfront, site) == {"team": "film"}
    assert "“team” had become “radio”" in plan.note


def test_an_applied_plan_still_shows_the_tags_that_it_changed(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, tags={"team": "press"})
    plan = open_draft(actor=administrator, distribution=site)
    set_plan_tags(actor=administrator, plan=plan, tags={"team": "film"})
    browser = Client()
    browser.force_login(administrator)
    for each in (plan, applied(administrator, plan)):
        page = browser.get(f"/distributions/plans/{each.public_id}/").content.decode()
        assert "film" in page
        assert "press" in page
