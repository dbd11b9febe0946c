"""Is it really private? Asked from outside: each way in that stands open is named, with since when; what is mended is seen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, Bucket, User
from cdnadmin.operations.lease import claim
from cdnadmin.operations.models import Operation
from cdnadmin.probing import probe
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.watching import EVERY, check_due
from distributions.services.changes import update_distribution
from distributions.services.importing import check_account
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan, edit_plan, open_draft
from distributions.services.privacy import check_privacy
from distributions.steps.privacy import choose_questions
from tests.conftest import RunningSandbox, free_port
from tests.integration.distributions.conftest import finish, fresh, make

pytestmark = pytest.mark.django_db(transaction=True)

Verdict, Way = PrivacyCheck.Verdict, PrivacyProbe.Way


def check(actor: User, site: Distribution) -> PrivacyCheck:
    Operation.objects.filter(kind="check_privacy", state__in=Operation.ACTIVE).update(state="cancelled")
    ended = finish(check_privacy(actor=actor, distribution=fresh(site)))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return PrivacyCheck.objects.filter(distribution=site).latest("id")


def breaches(found: PrivacyCheck) -> dict[str, PrivacyProbe]:
    return {row.way: row for row in found.probes.all() if row.is_breach}


def private(actor: User, bucket: Bucket) -> Distribution:
    site = make(actor, bucket, name="Premiere", kind=Distribution.Kind.PRIVATE)
    add_object(actor=actor, distribution=site, path="film.txt", body=b"a film", content_type="text/plain")
    return site


def test_a_private_one_is_refused_everywhere_and_nothing_secret_is_kept(
    administrator: User, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="cdnadmin")
    site = private(administrator, bucket)
    found = check(administrator, site)
    assert "Signature" not in caplog.text
    rows = list(found.probes.all())
    assert found.verdict == Verdict.REFUSED, [(row.way, row.outcome, row.status) for row in rows]
    assert {row.way for row in rows} == {Way.EDGE, Way.S3, Way.LISTING, Way.EDGE_LISTING, Way.OLD}
    assert all(row.outcome == "refused" and row.status == 403 for row in rows)
    assert not any("Signature" in row.address or "Policy" in row.address for row in rows)
    row = fresh(site)
    assert (row.privacy_verdict, row.privacy_open_since) == ("refused", None)
    assert row.privacy_checked_at is not None


def test_each_way_that_is_opened_is_named_with_since_when_and_what_is_mended_is_seen(
    administrator: User, acl_bucket: Bucket, s3: Any
) -> None:
    site = private(administrator, acl_bucket)
    key = f"{site.prefix}film.txt"
    before = s3.get_bucket_policy(Bucket=acl_bucket.name)["Policy"]
    everybody = {"Sid": "All", "Effect": "Allow", "Principal": "*"}
    opened = json.loads(before)
    opened["Statement"] += [
        {**everybody, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{acl_bucket.name}/*"},
        {**everybody, "Sid": "List", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{acl_bucket.name}"},
    ]
    assert check(administrator, site).verdict == Verdict.REFUSED
    s3.put_bucket_policy(Bucket=acl_bucket.name, Policy=json.dumps(opened))
    first = check(administrator, site)
    assert first.verdict == Verdict.OPEN
    assert set(breaches(first)) == {Way.S3, Way.LISTING}
    again = check(administrator, site)
    since = breaches(again)[Way.S3].open_since
    assert since == first.began_at == breaches(again)[Way.LISTING].open_since == fresh(site).privacy_open_since
    s3.put_bucket_policy(Bucket=acl_bucket.name, Policy=before)
    s3.put_object_acl(Bucket=acl_bucket.name, Key=key, ACL="public-read")
    by_acl = check(administrator, site)
    assert set(breaches(by_acl)) == {Way.S3}
    s3.put_object_acl(Bucket=acl_bucket.name, Key=key, ACL="private")
    assert check(administrator, site).verdict == Verdict.REFUSED
    assert fresh(site).privacy_open_since is None


def test_an_error_page_is_no_file_and_strangers_need_no_credentials(
    administrator: User, bucket: Bucket, sandbox: RunningSandbox
) -> None:
    empty = check(administrator, site := make(administrator, bucket, kind=Distribution.Kind.PRIVATE))
    assert (empty.verdict, empty.probes.get(way=Way.EDGE).outcome) == (Verdict.UNKNOWN, "refused")
    add_object(actor=administrator, distribution=site, path="film.txt", body=b"a film", content_type="text/plain")
    page = {"ErrorCode": 403, "ResponsePagePath": "/film.txt", "ResponseCode": "200", "ErrorCachingMinTTL": 0}
    plan = edit_plan(
        actor=administrator,
        plan=open_draft(actor=administrator, distribution=fresh(site)),
        edit=lambda config: {**config, "CustomErrorResponses": {"Quantity": 1, "Items": [page]}},
    )
    ended = finish(apply_plan(actor=administrator, plan=plan))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    found = check(administrator, site)
    assert (found.verdict, found.probes.get(way=Way.EDGE).status) == (Verdict.REFUSED, 200)
    httpx.post(f"{sandbox.url}/_sandbox/credentials", json={"expired": True}).raise_for_status()
    try:
        blind = check(administrator, site)
    finally:
        httpx.post(f"{sandbox.url}/_sandbox/credentials", json={"expired": False}).raise_for_status()
    assert (blind.verdict, blind.probes.get(way=Way.S3).subject) == (Verdict.REFUSED, f"{site.prefix}film.txt")


def test_another_distribution_and_a_behavior_without_signatures_are_found(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any
) -> None:
    site = private(administrator, bucket)
    other = make(administrator, bucket, name="Shows all")
    # As somebody might do it outside: the same part of the bucket, for everybody.
    seen = cloudfront.get_distribution_config(Id=other.aws_id)
    config = seen["DistributionConfig"]
    config["Origins"]["Items"][0]["OriginPath"] = site.origin_path
    cloudfront.update_distribution(Id=other.aws_id, DistributionConfig=config, IfMatch=seen["ETag"])
    asked = Operation.objects.filter(kind="check_privacy", target=site.reference)
    asked.update(state="cancelled")
    finish(check_account(actor=administrator, account=other.account))
    assert asked.filter(state__in=Operation.ACTIVE).exists(), "a change from outside asked for no check of whom it opens"
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket.name)["Policy"])["Statement"]
    arns = [each["Condition"]["StringEquals"]["AWS:SourceArn"] for each in statement]
    for each in statement:
        each["Condition"]["StringEquals"]["AWS:SourceArn"] = arns
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    cloudfront.get_waiter("distribution_deployed").wait(Id=other.aws_id, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    found = breaches(check(administrator, site))
    assert set(found) == {Way.OTHER}
    assert found[Way.OTHER].subject == "Shows all"
    plan = edit_plan(
        actor=administrator,
        plan=open_draft(actor=administrator, distribution=fresh(site)),
        edit=lambda config: {**config, "CacheBehaviors": {"Quantity": 1, "Items": [_unsigned(config)]}},
    )
    ended = finish(apply_plan(actor=administrator, plan=plan, opens_confirmed=_openings(plan)))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    found = breaches(check(administrator, site))
    assert found[Way.BEHAVIOR].subject == "open/*"


def _openings(plan: Any) -> list[str]:
    from distributions.configuration.trust import openings

    return [each.sentence for each in openings(plan.base.config, plan.wanted)]


def _unsigned(config: dict[str, Any]) -> dict[str, Any]:
    return {**config["DefaultCacheBehavior"], "PathPattern": "open/*", "TrustedKeyGroups": {"Enabled": False, "Quantity": 0}}


def test_a_change_that_ends_while_strangers_are_asked_is_asked_about_anew(administrator: User, bucket: Bucket) -> None:
    site = private(administrator, bucket)
    asked = Operation.objects.filter(kind="check_privacy", target=site.reference)
    asking = asked.get()
    Operation.objects.filter(pk=asking.pk).update(due_at=timezone.now(), step="choose")
    choose_questions(claimed(asking))
    finish(update_distribution(actor=administrator, distribution=fresh(site), comment="Meanwhile"))
    assert asked.count() == 1
    Operation.objects.filter(pk=asking.pk).update(lease_until=None)
    assert finish(asking).state == Operation.State.SUCCEEDED
    assert asked.filter(state__in=Operation.ACTIVE).count() == 1


def claimed(operation: Operation) -> Operation:
    """As a worker holds it."""
    held = claim(operation.pk)
    assert held is not None
    return held


def test_a_public_one_opens_at_the_edge_alone(administrator: User, bucket: Bucket, s3: Any) -> None:
    site = make(administrator, bucket)
    add_object(actor=administrator, distribution=site, path="a.txt", body=b"there", content_type="text/plain")
    assert check(administrator, site).verdict == Verdict.PROMISED
    s3.delete_bucket_policy(Bucket=bucket.name)
    assert check(administrator, site).verdict == Verdict.SHUT


def test_who_does_not_answer_could_not_be_asked_which_is_not_refused(
    administrator: User, bucket: Bucket, account: AwsAccount
) -> None:
    site = private(administrator, bucket)
    AwsAccount.objects.filter(pk=account.pk).update(viewer_base=f"http://{{domain}}:{free_port()}")
    found = check(administrator, site)
    assert found.verdict == Verdict.UNKNOWN
    assert {row.outcome for row in found.probes.all() if row.way == Way.EDGE} == {"unreachable"}
    assert {row.outcome for row in found.probes.all() if row.way == Way.S3} == {"refused"}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that sends on to itself, and writes down what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Authorization')} {self.headers.get('Cookie')}")
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://probed.localhost:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_no_redirect_is_followed_and_nothing_of_ours_is_sent(
    listener: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, asked = listener
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answer = probe(f"{base}/a%20b.txt")
    assert (answer.status, answer.opens) == (302, None)
    assert asked == ["/a%20b.txt None None"]


def test_each_has_its_turn_and_a_change_asks_about_whom_it_may_have_opened(
    administrator: User, bucket: Bucket, sandbox: RunningSandbox, inject: Callable[..., None]
) -> None:
    site = private(administrator, bucket)
    asked = Operation.objects.filter(kind="check_privacy", target=site.reference)
    assert asked.get().input["trigger"] == "change", "its creation asked for no check"
    finish(asked.get())
    assert PrivacyCheck.objects.get().trigger == "change"
    assert check_due() == 0
    Distribution.objects.filter(pk=site.pk).update(privacy_checked_at=timezone.now() - EVERY * 2)
    asked.update(created_at=timezone.now() - EVERY * 2)
    assert check_due() == 1
    finish(asked.latest("id"))
    assert PrivacyCheck.objects.latest("id").trigger == "schedule"
    Distribution.objects.filter(pk=site.pk).update(is_served=False, privacy_checked_at=None)
    asked.update(created_at=timezone.now() - EVERY * 2)
    assert check_due() == 0
