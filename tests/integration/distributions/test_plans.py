"""Changes as plans: drafted, applied, reconciled with what a colleague or the console did meanwhile. Nobody loses a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations.models import Operation
from distributions.configuration.behavior_edits import behavior_values, put_behavior, put_error_response
from distributions.configuration.differences import compare
from distributions.configuration.edits import custom_origin, put_origin, put_origin_group
from distributions.models import ChangePlan, ConfigurationVersion, Distribution
from distributions.services.changes import update_distribution
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.drift import accept_drift
from distributions.services.plans import (
    apply_plan,
    discard_plan,
    edit_plan,
    is_empty,
    open_draft,
    plan_restoring,
    resolve_plan,
    set_plan_tags,
    settle_drift,
    theirs_of,
)
from tests.integration.distributions.conftest import finish, fresh, make


def outside(cloudfront: Any, distribution: Distribution, **values: Any) -> str:
    """As somebody in the AWS console does; the ETag that it has then."""
    seen = cloudfront.get_distribution_config(Id=distribution.aws_id)
    config = {**seen["DistributionConfig"], **values}
    answer = cloudfront.update_distribution(Id=distribution.aws_id, DistributionConfig=config, IfMatch=seen["ETag"])
    return str(answer["ETag"])


def at_aws(cloudfront: Any, distribution: Distribution) -> dict[str, Any]:
    config: dict[str, Any] = cloudfront.get_distribution_config(Id=distribution.aws_id)["DistributionConfig"]
    return config


def draft(actor: User, distribution: Distribution, **values: Any) -> ChangePlan:
    plan = open_draft(actor=actor, distribution=distribution)
    return edit_plan(actor=actor, plan=plan, edit=lambda config: {**config, **values})


@pytest.fixture
def colleague(transactional_db: None) -> User:
    return User.objects.create_user("bea@example.org", "a long pass phrase", name="Bea", role=Role.ADMINISTRATOR)


def test_a_plan_is_applied_whole_and_read_back(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)

    def edit(config: dict[str, Any]) -> dict[str, Any]:
        config = put_origin(
            config,
            custom_origin(
                id="spare",
                domain="spare.example.org",
                path="/files",
                protocol_policy="https-only",
                http_port=80,
                https_port=443,
                read_timeout=30,
                keepalive_timeout=5,
                headers=[("X-Origin-Verify", "geheim")],
            ),
        )
        config = put_origin_group(config, id="both", primary="media", secondary="spare", status_codes=[500, 503])
        config = put_behavior(config, pattern="/hls/*", values=behavior_values(config, None))
        return put_error_response(config, code=404, page_path="/404.html", response_code="404", min_ttl=30)

    plan = edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=edit)
    plan = set_plan_tags(actor=administrator, plan=plan, tags={"team": "press"})
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    plan.refresh_from_db()
    assert (plan.state, plan.note) == (ChangePlan.State.APPLIED, "")
    assert not compare(plan.wanted, at_aws(cloudfront, site))
    tags = cloudfront.list_tags_for_resource(Resource=site.arn)["Tags"]["Items"]
    assert tags == [{"Key": "team", "Value": "press"}]
    assert [version.number for version in site.versions.all()] == [2, 1]
    assert fresh(site).tags == {"team": "press"}


def test_a_change_made_outside_meanwhile_is_shown_and_nothing_is_overwritten(
    administrator: User, bucket: Bucket, cloudfront: Any
) -> None:
    site = make(administrator, bucket)
    plan = draft(administrator, site, Comment="Mine", DefaultRootObject="index.html")
    etag = outside(cloudfront, site, Comment="Theirs", PriceClass="PriceClass_100")
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "changed_outside")
    assert at_aws(cloudfront, site)["Comment"] == "Theirs"
    plan = ChangePlan.objects.get(pk=plan.pk)
    theirs = theirs_of(plan)
    assert plan.state == ChangePlan.State.CONFLICT
    assert theirs is not None
    assert (theirs.etag, theirs.source) == (etag, ConfigurationVersion.Source.OUTSIDE)
    with pytest.raises(InvalidInput, match="both of you changed it"):
        resolve_plan(actor=administrator, plan=plan, choices={}, seen=etag)
    plan = resolve_plan(actor=administrator, plan=plan, choices={"Comment": "mine"}, seen=etag)
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    found = at_aws(cloudfront, site)
    assert (found["Comment"], found["PriceClass"], found["DefaultRootObject"]) == ("Mine", "PriceClass_100", "index.html")
    assert fresh(site).drift is None


def test_two_administrators_who_edit_at_once_lose_nothing(
    administrator: User, colleague: User, bucket: Bucket, cloudfront: Any
) -> None:
    site = make(administrator, bucket)
    mine = draft(administrator, site, Comment="Ada’s")
    hers = draft(colleague, site, PriceClass="PriceClass_200")
    assert finish(apply_plan(actor=colleague, plan=hers)).state == Operation.State.SUCCEEDED
    with pytest.raises(Conflict, match="Others changed it"):
        apply_plan(actor=administrator, plan=mine)
    mine = resolve_plan(actor=administrator, plan=mine, choices={}, seen=fresh(site).etag)
    assert finish(apply_plan(actor=administrator, plan=mine)).state == Operation.State.SUCCEEDED
    found = at_aws(cloudfront, site)
    assert (found["Comment"], found["PriceClass"]) == ("Ada’s", "PriceClass_200")


def test_another_etag_with_the_same_configuration_is_no_conflict(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    plan = draft(administrator, site, Comment="Mine")
    before = at_aws(cloudfront, site)["PriceClass"]
    outside(cloudfront, site, PriceClass="PriceClass_100")
    outside(cloudfront, site, PriceClass=before)
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    assert at_aws(cloudfront, site)["Comment"] == "Mine"


def test_lost_answers_and_throttling_lose_no_edit_and_are_no_conflict(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], sandbox: Any
) -> None:
    site = make(administrator, bucket)
    faults: list[dict[str, Any]] = [
        {"drop_answer": True},
        {"drop_answer": True, "times": 3},
        {"code": "Throttling", "times": 3},
        {"code": "InternalError", "status": 500, "times": 4},
        {"code": "PreconditionFailed", "status": 412},
    ]
    for number, fault in enumerate(faults):
        inject(service="cloudfront", operation="UpdateDistribution", **fault)
        ended = finish(update_distribution(actor=administrator, distribution=fresh(site), comment=f"Edit {number}"))
        assert ended.state == Operation.State.SUCCEEDED, f"{fault}: {ended.error_message}"
        assert at_aws(cloudfront, site)["Comment"] == f"Edit {number}"
        httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    assert fresh(site).drift is None
    assert not ChangePlan.objects.exclude(state=ChangePlan.State.APPLIED).exists()


def test_an_earlier_version_is_put_back_as_a_plan(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, comment="Second", price_class="PriceClass_100"))
    first = site.versions.get(number=1)
    plan = plan_restoring(actor=administrator, distribution=fresh(site), version=first)
    assert {each.path for each in compare(plan.base.config, plan.wanted)} == {"Comment", "PriceClass"}
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    assert not compare(first.config, at_aws(cloudfront, site))
    assert [(version.number, version.who) for version in site.versions.all()] == [(3, "Ada"), (2, "Ada"), (1, "Ada")]


def test_drift_is_accepted_or_put_back_field_by_field(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    etag = outside(cloudfront, site, Comment="Theirs", PriceClass="PriceClass_100")
    drifted(site, etag, cloudfront)
    plan = settle_drift(
        actor=administrator, distribution=fresh(site), choices={"Comment": "mine", "PriceClass": "theirs"}, seen=etag
    )
    assert plan is not None
    assert [each.path for each in compare(plan.base.config, plan.wanted)] == ["Comment"]
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    found = at_aws(cloudfront, site)
    assert (found["Comment"], found["PriceClass"]) == ("Press kit", "PriceClass_100")
    etag = outside(cloudfront, site, Comment="Again")
    drifted(site, etag, cloudfront)
    assert settle_drift(actor=administrator, distribution=fresh(site), choices={"Comment": "theirs"}, seen=etag) is None
    row = fresh(site)
    assert (row.comment, row.etag, row.drift) == ("Again", etag, None)
    with pytest.raises(Conflict):
        accept_drift(actor=administrator, distribution=row)


def drifted(site: Distribution, etag: str, cloudfront: Any) -> None:
    version = ConfigurationVersion.objects.create(
        distribution=site, number=90 + site.versions.count(), etag=etag, config=at_aws(cloudfront, site), source="outside"
    )
    Distribution.objects.filter(pk=site.pk).update(drift=version)


def test_a_draft_is_found_again_and_an_empty_one_is_begun_anew(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    plan = draft(administrator, site, Comment="Kept")
    assert open_draft(actor=administrator, distribution=site) == plan
    discard_plan(actor=administrator, plan=plan)
    again = open_draft(actor=administrator, distribution=site)
    assert again != plan
    assert is_empty(again)
    with pytest.raises(Conflict, match="Nothing would change"):
        apply_plan(actor=administrator, plan=again)
    with pytest.raises(Conflict, match="discarded"):
        edit_plan(actor=administrator, plan=plan, edit=lambda config: config)


def test_what_may_not_be_changed_from_here_is_refused_with_its_reason(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    for values, said in (
        ({"managed_by": "terraform"}, "Terraform"),
        ({"managed_by": "", "unknown_fields": ["Distribution/DistributionConfig/NewThing"]}, "does not know"),
        ({"unknown_fields": [], "config": {**site.config, "Staging": True}}, "staging"),
        ({"config": {**site.config, "ConnectionMode": "tenant-only"}}, "tenants"),
    ):
        Distribution.objects.filter(pk=site.pk).update(**values)
        with pytest.raises(Conflict, match=said):
            open_draft(actor=administrator, distribution=fresh(site))
        with pytest.raises(Conflict, match=said):
            update_distribution(actor=administrator, distribution=fresh(site), enabled=False)


def test_an_editor_plans_nothing(bucket: Bucket, administrator: User) -> None:
    site = make(administrator, bucket)
    editor = User.objects.create_user("eda@example.org", role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        open_draft(actor=editor, distribution=site)


def test_a_public_origin_may_not_cover_the_files_of_a_private_distribution(administrator: User, bucket: Bucket) -> None:
    private = create_distribution(actor=administrator, wanted=NewDistribution(name="Secret", bucket=bucket, kind="private"))
    site = make(administrator, bucket)

    def widen(config: dict[str, Any]) -> dict[str, Any]:
        origin = {**config["Origins"]["Items"][0], "OriginPath": ""}
        return put_origin(config, origin, replaces="media")

    with pytest.raises(InvalidInput, match=private.name):
        edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=widen)


def test_an_origin_that_moves_is_let_in_before_and_shut_out_after(administrator: User, bucket: Bucket, s3: Any) -> None:
    site = make(administrator, bucket)

    def move(config: dict[str, Any]) -> dict[str, Any]:
        return put_origin(config, {**config["Origins"]["Items"][0], "OriginPath": "/elsewhere"}, replaces="media")

    plan = edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=move)
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert fresh(site).origin_path == "/elsewhere"
    policy = s3.get_bucket_policy(Bucket=bucket.name)["Policy"]
    assert "/elsewhere/*" in policy
    assert site.origin_path not in policy


def test_what_cloudfront_would_refuse_is_told_at_its_field(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    plan = open_draft(actor=administrator, distribution=site)

    def long(config: dict[str, Any]) -> dict[str, Any]:
        return {**config, "Comment": "x" * 129}

    with pytest.raises(InvalidInput) as refused:
        edit_plan(actor=administrator, plan=plan, edit=long)
    assert refused.value.field == "Comment"
