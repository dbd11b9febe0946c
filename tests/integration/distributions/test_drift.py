"""What somebody changed at AWS is found, shown, and never mistaken."""

from __future__ import annotations

from typing import Any

from cdnadmin.accounts.models import AuditEntry, Bucket, User
from cdnadmin.operations.models import Operation
from distributions.models import Distribution
from distributions.services.changes import update_distribution
from distributions.services.importing import check_account
from distributions.versions import record_version
from tests.integration.distributions.conftest import finish, fresh, make
from tests.integration.distributions.test_plans import outside


def check(bucket: Bucket) -> str:
    ended = finish(check_account(actor=None, account=bucket.account), seconds=60)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return ended.note


def test_a_change_made_outside_is_found_once_and_written_down(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site, other = make(administrator, bucket), make(administrator, bucket, name="Other")
    assert "Nothing" in check(bucket)
    etag = outside(cloudfront, site, Comment="Theirs", Enabled=False)
    assert check(bucket).startswith("1 changed outside")
    row = fresh(site)
    assert row.drift is not None
    assert (row.drift.etag, row.config["Comment"], row.drift.config["Comment"]) == (etag, "Press kit", "Theirs")
    assert fresh(other).drift is None
    entry = AuditEntry.objects.get(action="find_drift")
    assert (entry.target_label, entry.before["Comment"], entry.after["Comment"]) == ("Press kit", "Press kit", "Theirs")
    found_at = row.drift_found_at
    assert "Nothing" in check(bucket)
    assert fresh(site).drift_found_at == found_at


def test_what_is_put_back_outside_is_no_drift_any_more(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    outside(cloudfront, site, Comment="Theirs")
    check(bucket)
    etag = outside(cloudfront, site, Comment="Press kit")
    check(bucket)
    row = fresh(site)
    assert (row.drift, row.drift_found_at, row.etag) == (None, None, etag)
    assert finish(update_distribution(actor=administrator, distribution=row, comment="Ours")).state == "succeeded"


def test_our_own_change_and_stale_answers_are_no_drift(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    old = site.etag
    operation = update_distribution(actor=administrator, distribution=site, comment="Ours")
    outside_etag = fresh(site).etag
    assert outside_etag == old
    check(bucket)
    finish(operation)
    assert "Nothing" in check(bucket)
    row = fresh(site)
    # A list as old as the creation: its ETag is known, and older.
    record_version(distribution=row, etag="EOLD", config=row.config, source="here")
    Distribution.objects.filter(pk=row.pk).update(etag="ENEWER")
    record_version(distribution=row, etag="ENEWER", config={**row.config, "Comment": "Newer"}, source="here")
    assert "Nothing" in check(bucket)
    assert fresh(site).drift is None


def test_one_deleted_outside_is_found_gone(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    finish(update_distribution(actor=administrator, distribution=site, enabled=False))
    cloudfront.delete_distribution(Id=site.aws_id, IfMatch=fresh(site).etag)
    assert "1 deleted there" in check(bucket)
    row = fresh(site)
    assert (row.status, row.is_served) == (Distribution.Status.GONE, False)
    assert AuditEntry.objects.filter(action="find_gone", target=site.reference).count() == 1
    check(bucket)
    assert AuditEntry.objects.filter(action="find_gone", target=site.reference).count() == 1


def test_a_new_etag_without_a_difference_is_taken_quietly(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket)
    outside(cloudfront, site, Comment="For a moment")
    etag = outside(cloudfront, site, Comment="Press kit")
    assert "Nothing" in check(bucket)
    assert (fresh(site).etag, fresh(site).drift) == (etag, None)
    assert not AuditEntry.objects.filter(action="find_drift").exists()
