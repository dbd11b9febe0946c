"""Origins that are added or move: every one is let into its bucket, and no file is out of reach meanwhile or after a failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import retry_operation
from distributions.access.switching import MOVING
from distributions.addresses import object_url
from distributions.configuration.edits import put_origin
from distributions.configuration.fields import Config
from distributions.models import Distribution
from distributions.services.managing import mark_managed
from distributions.services.plans import apply_plan, discard_plan, edit_plan, open_draft
from tests.integration.distributions.conftest import Edge, finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = {"service": "cloudfront", "operation": "UpdateDistribution", "code": "AccessDenied", "status": 403}


def resources(s3: Any, bucket: Bucket) -> dict[str, str]:
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])
    return {each["Sid"]: each["Resource"].partition(f"{bucket.name}")[2] for each in policy["Statement"]}


def moved(config: Config) -> Config:
    origin = config["Origins"]["Items"][0]
    return put_origin(config, {**origin, "OriginPath": "/moved"}, replaces=origin["Id"])


def file_of(site: Distribution, s3: Any, bucket: Bucket) -> str:
    key = f"{site.prefix}a.txt"
    s3.put_object(Bucket=bucket.name, Key=key, Body=b"there")
    return object_url(site, key)


def test_every_origin_has_a_statement_of_its_own_whatever_it_is_called(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge
) -> None:
    site = make(administrator, bucket)
    url = file_of(site, s3, bucket)
    own = resources(s3, bucket)
    plan = open_draft(actor=administrator, distribution=site)
    for number, name in enumerate(["中文", "a b", "a-b"]):
        first = plan.wanted["Origins"]["Items"][0]
        other = {**first, "Id": name, "OriginPath": f"/other-{number}"}
        plan = edit_plan(actor=administrator, plan=plan, edit=lambda config, other=other: put_origin(config, other))  # type: ignore[misc]
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.SUCCEEDED
    now = resources(s3, bucket)
    assert own.items() <= now.items()
    assert set(now.values()) - set(own.values()) == {"/other-0/*", "/other-1/*", "/other-2/*"}
    assert edge.get(url).status_code == 200


def test_one_that_moves_is_let_in_beside_its_old_place_until_every_edge_has_moved(
    administrator: User, bucket: Bucket, s3: Any
) -> None:
    site = make(administrator, bucket)
    before = resources(s3, bucket)
    plan = edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=moved)
    operation = apply_plan(actor=administrator, plan=plan)
    while operation.step != "propagate":
        Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
        run_operation(operation.pk)
        operation.refresh_from_db()
    (sid,) = before
    assert resources(s3, bucket) == {**before, f"{sid}{MOVING}": "/moved/*"}
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert resources(s3, bucket) == {sid: "/moved/*"}


def test_where_the_move_is_refused_its_files_stay_open(
    administrator: User, bucket: Bucket, s3: Any, edge: Edge, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    url = file_of(site, s3, bucket)
    plan = edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=moved)
    inject(**REFUSED)
    assert finish(apply_plan(actor=administrator, plan=plan)).state == Operation.State.FAILED
    discard_plan(actor=administrator, plan=plan)
    assert edge.get(url).status_code == 200


def test_what_came_under_anothers_management_is_not_tried_again(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    plan = edit_plan(actor=administrator, plan=open_draft(actor=administrator, distribution=site), edit=moved)
    inject(**REFUSED)
    operation = finish(apply_plan(actor=administrator, plan=plan))
    mark_managed(actor=administrator, distribution=fresh(site), managed_by="terraform")
    retry_operation(actor=administrator, operation=operation)
    ended = finish(operation)
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "unchangeable")
