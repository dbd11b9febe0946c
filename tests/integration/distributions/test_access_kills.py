"""A worker that dies anywhere on the way to another access model: viewers go on, nothing is wider than before or after, it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from distributions.services.access_models import plan_access_model
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan
from tests.conftest import RunningSandbox, wait_until
from tests.dying import Doomed, doomed_process
from tests.integration.distributions.conftest import Edge, finish, fresh, make
from tests.integration.distributions.test_access_models import ALL_USERS, at_s3, grantees, policy_of, switch
from tests.integration.operations.conftest import own_environment

pytestmark = pytest.mark.django_db(transaction=True)

Model = Distribution.AccessModel


@pytest.fixture(scope="module")
def doomed(sandbox: RunningSandbox, django_db_setup: None) -> Iterator[Doomed]:
    with doomed_process(sandbox.url, own_environment(VAULT_KEY_FILE=str(settings.VAULT_KEY_FILE))) as running:
        yield running


def end_lease(operation: Operation) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(lease_until=past, due_at=past, attempt=0)


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        (Model.OAI, Model.OAC, "permit update propagate verify revoke"),
        (Model.PUBLIC_ACL, Model.OAI_ACL, "permit update propagate verify set_files revoke"),
    ],
)
def test_a_death_anywhere_opens_nothing_and_shuts_nobody_out(
    old: str,
    new: str,
    steps: str,
    doomed: Doomed,
    administrator: User,
    acl_bucket: Bucket,
    s3: Any,
    edge: Edge,
    sandbox: RunningSandbox,
    tmp_path: Path,
) -> None:
    site = make(administrator, acl_bucket, name="Doomed")
    if old != site.access_model:
        switch(administrator, site, old)
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    plan = plan_access_model(actor=administrator, distribution=fresh(site), model=new)
    before = set(policy_of(s3, acl_bucket))
    operation, seen, deaths = apply_plan(actor=administrator, plan=plan), tmp_path / "seen", 0
    allowed = before | {f"CdnadminOac{site.public_id}", f"CdnadminOai{site.public_id}"}
    public = Model.PUBLIC_ACL in {old, new}

    def is_over() -> bool:
        nonlocal deaths
        end_lease(operation)
        died = doomed.run(operation.pk, seen=seen)
        deaths += died
        assert edge.get(added.url).status_code == 200, operation.step
        assert at_s3(sandbox, acl_bucket, added.key) == 403 or public
        sids = {sid.partition("Bridge")[0] for sid in policy_of(s3, acl_bucket)}
        assert sids <= allowed
        operation.refresh_from_db()
        if operation.state == Operation.State.WAITING and operation.step == "propagate":
            for look_out in Operation.objects.exclude(pk=operation.pk).filter(state__in=Operation.ACTIVE):
                end_lease(look_out)
                doomed.run(look_out.pk, seen=seen)
        return not died and not operation.is_active

    wait_until(is_over, seconds=40, what="the end of a switch that dies everywhere")
    assert operation.state == Operation.State.SUCCEEDED, operation.error_message
    for step in steps.split():
        assert f"\n{step}: " in f"\n{seen.read_text()}", f"it never died in {step}"
    assert deaths > 10
    row = fresh(site)
    assert (row.access_model, row.second_model) == (new, "")
    assert edge.get(added.url).status_code == 200
    assert at_s3(sandbox, acl_bucket, added.key) == (200 if new == Model.PUBLIC_ACL else 403)
    assert set(policy_of(s3, acl_bucket)) == ({f"CdnadminOac{site.public_id}"} if new == Model.OAC else set())
    if new == Model.OAI_ACL:
        assert row.origin_access is not None
        assert grantees(s3, acl_bucket, added.key) == {row.origin_access.canonical_user_id}


@pytest.mark.parametrize("moment", ["held", "unanswered"])
def test_a_death_in_each_of_its_calls_doubles_nothing_that_is_seen(
    moment: str,
    doomed: Doomed,
    administrator: User,
    acl_bucket: Bucket,
    s3: Any,
    edge: Edge,
    inject: Callable[..., None],
) -> None:
    site = make(administrator, acl_bucket, name="Doomed")
    added = add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    operation = apply_plan(
        actor=administrator, plan=plan_access_model(actor=administrator, distribution=fresh(site), model=Model.PUBLIC_ACL)
    )
    for call in ("PutObjectAcl", "UpdateDistribution", "DeleteBucketPolicy"):
        inject(operation=call, **({"delay": 0.2} if moment == "held" else {"drop_answer": True}))

        def has_died(call: str = call) -> bool:
            end_lease(operation)
            if doomed.run(operation.pk, call=call, moment=moment):
                return True
            for look_out in Operation.objects.exclude(pk=operation.pk).filter(state__in=Operation.ACTIVE):
                end_lease(look_out)
                doomed.run(look_out.pk)
            operation.refresh_from_db()
            assert operation.is_active, f"{call} was never called"
            return False

        wait_until(has_died, what=f"a death in {call}")
        assert edge.get(added.url).status_code == 200
    end_lease(operation)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert policy_of(s3, acl_bucket) == {}
    assert grantees(s3, acl_bucket, added.key) == {ALL_USERS}
    assert edge.get(added.url).status_code == 200
