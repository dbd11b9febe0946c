"""Invalidations: gathered, within the limits, sent once whatever happens, and the edge really drops its copies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.invalidation_follow import DISTRIBUTIONS_A_ROUND, KIND, MISSING_FOR, follow_invalidations
from distributions.models import Distribution, InvalidationBatch, InvalidationPath, InvalidationRequest
from distributions.services.invalidations import cost_of, request_invalidation, send_what_was_left
from distributions.services.objects import add_object
from tests.conftest import RunningSandbox, wait_until
from tests.integration.distributions.conftest import Edge, finish, fresh, make


def ask(actor: User, site: Distribution, *paths: str) -> Operation:
    request_invalidation(actor=actor, distribution=site, paths=paths)
    return Operation.objects.filter(kind=KIND).latest("id")


def fresh_operation(operation: Operation) -> Operation:
    return Operation.objects.get(pk=operation.pk)


def sent(cloudfront: Any, site: Distribution) -> list[list[str]]:
    """The paths of every invalidation that CloudFront has, the oldest first."""
    found = cloudfront.list_invalidations(DistributionId=site.aws_id)["InvalidationList"].get("Items", [])
    batches = [cloudfront.get_invalidation(DistributionId=site.aws_id, Id=item["Id"])["Invalidation"] for item in found]
    return [batch["InvalidationBatch"]["Paths"]["Items"] for batch in reversed(batches)]


def test_requests_within_seconds_go_as_one_and_the_same_path_once(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    first = ask(administrator, site, "/a.png", "/b.png")
    second = ask(administrator, site, "/b.png", "/c/*")
    assert first == second
    assert finish(first).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a.png", "/b.png", "/c/*"]]
    batch = InvalidationBatch.objects.get()
    assert (batch.state, batch.path_count, batch.wildcard_count) == ("completed", 3, 1)
    assert cost_of(bucket.account, 0).used == 3


def test_the_edge_shows_the_new_file_only_after_it(administrator: User, bucket: Bucket, edge: Edge) -> None:
    site = make(administrator, bucket)
    put: dict[str, Any] = {"actor": administrator, "distribution": site, "path": "logo.txt", "content_type": "text/plain"}
    url = add_object(body=b"old", **put).url
    assert edge.get(url).text == "old"
    add_object(body=b"new", **put)
    assert (edge.get(url).text, edge.get(url).headers["x-cache"]) == ("old", "Hit from cloudfront")
    finish(ask(administrator, site, "/logo*"))
    assert edge.get(url).text == "new"


@pytest.mark.parametrize(
    "fault",
    [
        {"drop_answer": True},
        {"drop_answer": True, "times": 4},
        {"code": "Throttling", "times": 4},
        {"code": "InternalError", "status": 500},
    ],
)
def test_a_fault_neither_loses_nor_doubles_it(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None], fault: dict[str, Any]
) -> None:
    site = make(administrator, bucket)
    inject(service="cloudfront", operation="CreateInvalidation", **fault)
    assert finish(ask(administrator, site, "/a", "/b")).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a", "/b"]]


def test_a_worker_killed_after_the_call_sends_it_once(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    operation = ask(administrator, site, "/a")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    # As if it had died before it wrote the answer down.
    InvalidationBatch.objects.update(state="sending", aws_id="", sent_at=None)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a"]]


def test_more_than_the_limit_is_split_and_queued(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    paths = [f"/f/{n}" for n in range(3_500)] + [f"/w{n}/*" for n in range(20)]
    operation = ask(administrator, site, *paths)
    assert finish(operation, seconds=60).state == Operation.State.SUCCEEDED
    batches = sent(cloudfront, site)
    assert sorted(path for batch in batches for path in batch) == sorted(paths)
    assert all(len(batch) <= 3_000 and sum(path.endswith("*") for path in batch) <= 15 for batch in batches)
    assert not InvalidationPath.objects.filter(batch=None).exists()


def test_what_others_send_counts_and_is_waited_for(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    inject(service="cloudfront", operation="CreateInvalidation", code="TooManyInvalidationsInProgress", status=400, times=2)
    operation = ask(administrator, site, "/a")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert operation.state == Operation.State.WAITING
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a"]]


def test_a_request_that_is_too_large_for_cloudfront_is_sent_in_smaller_ones(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    inject(service="cloudfront", operation="CreateInvalidation", code="BatchTooLarge", status=413)
    assert finish(ask(administrator, site, "/a", "/b", "/c", "/d")).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a", "/b"], ["/c", "/d"]]
    assert InvalidationBatch.objects.count() == 2


def test_one_that_cannot_be_sent_says_why_and_is_sent_on_another_try(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    browser = Client()
    browser.force_login(administrator)
    url = f"/distributions/{site.public_id}/invalidations/"
    inject(service="cloudfront", operation="CreateInvalidation", code="ServiceUnavailable", status=503, times=100)
    operation = ask(administrator, site, "/a")
    # As if it had been tried for long.
    Operation.objects.filter(pk=operation.pk).update(attempt=8, error_code="ServiceUnavailable")
    assert finish(operation).state == Operation.State.FAILED
    text = browser.get(url).content.decode()
    assert "Not sent" in text
    assert operation.public_id in text
    assert 'hx-trigger="every' not in text, "nothing moves: nothing is polled"
    httpx.delete(f"{bucket.account.endpoint_url}/_sandbox/faults").raise_for_status()
    browser.post(f"/operations/{operation.public_id}/retry/")
    assert finish(fresh_operation(operation)).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a"]]
    assert "Every edge has it" in browser.get(url).content.decode()


def test_paths_that_cloudfront_refuses_fail_with_its_reason_and_can_be_asked_for_again(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    browser = Client()
    browser.force_login(administrator)
    url = f"/distributions/{site.public_id}/invalidations/"
    inject(service="cloudfront", operation="CreateInvalidation", code="InvalidArgument", status=400, message="Not these.")
    assert finish(ask(administrator, site, "/a", "/b")).state == Operation.State.FAILED
    assert cost_of(bucket.account, 0).used == 0, "what was refused is not charged"
    assert "Not these." in browser.get(url).content.decode()
    asked = InvalidationRequest.objects.get()
    shown = browser.get(url, {"show": asked.public_id}).content.decode()
    for said in ("/a", "/b", "InvalidArgument", f"?again={asked.public_id}"):
        assert said in shown
    assert "/a\n/b</textarea>" in browser.get(url, {"again": asked.public_id}).content.decode()
    assert browser.get(url, {"show": "none"}).status_code == 404
    assert finish(ask(administrator, site, "/c")).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/c"]]


def test_the_accounts_look_out_follows_them_and_wakes_what_waits(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    operation = ask(administrator, site, "/a")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    assert Operation.objects.filter(kind="watch_propagation", state__in=Operation.ACTIVE).exists()
    later = timezone.now() + timedelta(hours=1)
    Operation.objects.filter(pk=operation.pk).update(due_at=later)
    connection = connection_for(bucket.account)
    wait_until(lambda: follow_invalidations(bucket.account, connection) == 0, what="the end of an invalidation")
    assert InvalidationBatch.objects.get().state == "completed"
    assert fresh_operation(operation).due_at < later
    assert finish(operation).state == Operation.State.SUCCEEDED


def test_following_costs_few_calls_however_many_there_are(administrator: User, bucket: Bucket, inject: Callable[..., None]) -> None:
    """And a read that does not know yet what was sent a moment ago is not taken for its end."""
    site = make(administrator, bucket)
    others = [Distribution(account=bucket.account, name=f"Other {n}", aws_id=site.aws_id) for n in range(20)]
    Distribution.objects.bulk_create(others)
    InvalidationBatch.objects.bulk_create(
        InvalidationBatch(distribution=other, aws_id="INONE", state="in_progress", sent_at=timezone.now()) for other in others
    )
    connection = connection_for(bucket.account)
    assert follow_invalidations(bucket.account, connection) == 20
    # As many calls as a round may make are refused: one more would be answered, and its distribution counted.
    inject(service="cloudfront", operation="ListInvalidations", code="AccessDenied", status=403, times=DISTRIBUTIONS_A_ROUND)
    assert follow_invalidations(bucket.account, connection) == 20 - DISTRIBUTIONS_A_ROUND
    InvalidationBatch.objects.update(sent_at=timezone.now() - MISSING_FOR - timedelta(seconds=1))
    assert follow_invalidations(bucket.account, connection) == 20 - DISTRIBUTIONS_A_ROUND, "old, and forgotten by CloudFront"


def test_what_is_asked_for_while_one_runs_is_taken_along(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    operation = ask(administrator, site, "/a")
    Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
    run_operation(operation.pk)
    assert ask(administrator, site, "/b") == operation
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert sent(cloudfront, site) == [["/a"], ["/b"]]
    InvalidationPath.objects.filter(path="/b").update(batch=None)
    assert send_what_was_left() == 0, "it is not a minute old"


def test_who_may_and_what_has_no_edges(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    staff = User.objects.create_user("sam@example.org", role=Role.STAFF)
    with pytest.raises(NotAllowed):
        request_invalidation(actor=staff, distribution=site, paths=["/a"])
    with pytest.raises(InvalidInput):
        request_invalidation(actor=administrator, distribution=site, paths=[])
    Distribution.objects.filter(pk=site.pk).update(managed_by="terraform")
    ask(administrator, fresh(site), "/a")
    Distribution.objects.filter(pk=site.pk).update(status="gone")
    with pytest.raises(Conflict):
        request_invalidation(actor=administrator, distribution=fresh(site), paths=["/a"])


def test_the_page_says_what_will_be_sent_and_what_it_costs_first(
    administrator: User, bucket: Bucket, sandbox: RunningSandbox
) -> None:
    site = make(administrator, bucket)
    browser = Client()
    browser.force_login(administrator)
    url = f"/distributions/{site.public_id}/invalidations/"
    lines = "\n".join(f"/press/{n}.png" for n in range(12)) + "\n/press/1.png"
    before = httpx.get(f"{sandbox.url}/_sandbox/writes").text
    looked = browser.post(url, {"paths": lines, "do": "look"})
    text = looked.content.decode()
    for said in ("12 paths will be sent; 1 stood there twice", "costs nothing", "/press/*", "Fetch 12 paths anew"):
        assert said in text
    assert httpx.get(f"{sandbox.url}/_sandbox/writes").text == before
    assert not InvalidationPath.objects.exists()
    typed = browser.post(url, {"paths": lines}, headers={"HX-Request": "true"}).content.decode()
    assert typed.lstrip().startswith('<div id="preview"')
    assert "Fetch 12 paths anew" in typed
    assert "Line 3" in browser.post(url, {"paths": "/ok\n\nnot"}, headers={"HX-Request": "true"}).content.decode()
    refused = browser.post(url, {"paths": "/ok\nnot", "do": "send"})
    assert refused.status_code == 422
    assert "Line 2" in refused.content.decode()
    assert browser.post(url, {"paths": lines, "do": "send"})["Location"] == url
    assert "Waiting for its turn" in browser.get(url).content.decode()
    finish(Operation.objects.filter(kind=KIND).latest("id"))
    assert "Every edge has it" in browser.get(url).content.decode()
    assert "No matches" in browser.get(url, {"search": "nothing like it"}, headers={"HX-Request": "true"}).content.decode()


def test_paths_behind_a_batch_that_is_refused_are_sent_all_the_same(
    administrator: User, bucket: Bucket, cloudfront: Any, inject: Callable[..., None]
) -> None:
    site = make(administrator, bucket)
    operation = ask(administrator, site, *(f"/{number}" for number in range(3001)))
    inject(service="cloudfront", operation="CreateInvalidation", code="InvalidArgument", status=400)
    ended = finish(operation)
    assert (ended.state, ended.error_code) == (Operation.State.FAILED, "InvalidArgument")
    assert [len(paths) for paths in sent(cloudfront, site)] == [1]
    (refused,) = InvalidationBatch.objects.filter(state=InvalidationBatch.State.FAILED)
    assert (refused.path_count, refused.error_code) == (3000, "InvalidArgument")
    assert not InvalidationPath.objects.filter(batch=None).exists()


def test_what_is_wrong_is_said_once_on_the_page_and_at_once_while_somebody_types(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    browser = Client()
    browser.force_login(administrator)
    url = f"/distributions/{site.public_id}/invalidations/"
    said = "must begin with a slash"
    assert browser.post(url, {"paths": "a.png", "do": "look"}).content.decode().count(said) == 1
    assert browser.post(url, {"paths": "a.png"}, headers={"HX-Request": "true"}).content.decode().count(said) == 1
