"""The doctor against the sandbox: what it finds, how each mend mends, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, User
from cdnadmin.errors import Conflict, InvalidInput
from cdnadmin.operations.models import Operation
from distributions.doctor.examining import EXAMINE, examine_due
from distributions.models import ChangePlan, Distribution, Examination, FoundProblem
from distributions.services.doctor import dismiss_finding, examine_account, mend_finding, restore_finding
from distributions.services.objects import add_object
from tests.integration.distributions.conftest import client, finish, fresh, make
from tests.integration.distributions.test_access_models import policy_of

pytestmark = pytest.mark.django_db(transaction=True)


def examine(actor: User, account: AwsAccount) -> dict[str, FoundProblem]:
    """What is there now, by code."""
    Operation.objects.filter(kind=EXAMINE, state__in=Operation.ACTIVE).update(state="cancelled")
    ended = finish(examine_account(actor=actor, account=account))
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    return found(account)


def found(account: AwsAccount) -> dict[str, FoundProblem]:
    rows = FoundProblem.objects.select_related("account", "distribution__bucket", "bucket")
    return {row.code: row for row in rows.filter(account=account, gone_at=None)}


def put_policy(s3: Any, bucket: Bucket, *more: dict[str, Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": [*policy_of(s3, bucket).values(), *more]}
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(document))


def test_what_is_as_it_should_be_needs_nothing_and_what_is_opened_is_found_with_since_when(
    administrator: User, bucket: Bucket, s3: Any
) -> None:
    site = make(administrator, bucket, name="Premiere", kind=Distribution.Kind.PRIVATE)
    add_object(actor=administrator, distribution=site, path="film.txt", body=b"a film", content_type="text/plain")
    before = examine(administrator, bucket.account)
    assert set(before) == {"account-switches-off"}, {code: row.sentence for code, row in before.items()}
    assert Examination.objects.get().finished_at is not None
    s3.delete_public_access_block(Bucket=bucket.name)
    everybody = {"Sid": "All", "Effect": "Allow", "Principal": "*"}
    put_policy(s3, bucket, {**everybody, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket.name}/*"})
    opened = examine(administrator, bucket.account)
    assert set(opened) == {"account-switches-off", "public-bucket", "switches-needed"}
    danger = opened["public-bucket"]
    assert (danger.severity, danger.mend, danger.distribution) == ("danger", "close-bucket", site)
    again = examine(administrator, bucket.account)["public-bucket"]
    assert (again.pk, again.first_seen) == (danger.pk, danger.first_seen)
    assert again.last_seen > danger.last_seen
    mended = mend_finding(actor=administrator, finding=again)
    assert "read back" in mended.sentence
    asked = Operation.objects.get(kind="check_privacy", target=site.reference, state__in=Operation.ACTIVE)
    assert "again_at" in asked.input, "what was mended is to be seen from outside"
    assert all(s3.get_public_access_block(Bucket=bucket.name)["PublicAccessBlockConfiguration"].values())
    entry = AuditEntry.objects.get(action="mend_finding")
    assert (entry.before, entry.after["switches"][0]) == ({"switches": []}, "BlockPublicAcls")
    finish(Operation.objects.filter(kind=EXAMINE).latest("id"))
    assert set(found(bucket.account)) == {"account-switches-off"}
    assert FoundProblem.objects.get(pk=danger.pk).gone_at is not None
    with pytest.raises(Conflict, match="mended already"):
        mend_finding(actor=administrator, finding=FoundProblem.objects.get(pk=danger.pk))


def test_a_bucket_on_which_something_depends_is_not_closed(administrator: User, acl_bucket: Bucket, s3: Any) -> None:
    site = make(administrator, acl_bucket, name="Open pictures")
    now = examine(administrator, acl_bucket.account)
    assert {"switches-off", "acls-without-need"} <= set(now)
    Distribution.objects.filter(pk=site.pk).update(access_model="public-acl")
    with pytest.raises(Conflict, match="Open pictures"):
        mend_finding(actor=administrator, finding=now["switches-off"])
    with pytest.raises(s3.exceptions.ClientError):
        s3.get_public_access_block(Bucket=acl_bucket.name)
    codes = set(examine(administrator, acl_bucket.account))
    assert "switches-needed" in codes
    assert not codes & {"switches-off", "acls-without-need", "bypass"}
    assert not AuditEntry.objects.filter(action="mend_finding").exists()


def test_statements_are_written_back_and_taken_out_and_what_aws_still_has_stays(
    administrator: User, bucket: Bucket, s3: Any, cloudfront: Any
) -> None:
    site = make(administrator, bucket, name="Press kit")
    other = make(administrator, bucket, name="Kept elsewhere")
    sid = f"CdnadminOac{site.public_id}"
    mine = policy_of(s3, bucket)[sid]
    orphan = {**mine, "Sid": "CdnadminOacabcdefghjkmn", "Condition": {"StringEquals": {"AWS:SourceArn": f"{site.arn}GONE"}}}
    kept = policy_of(s3, bucket)[f"CdnadminOac{other.public_id}"]
    moving = {**kept, "Sid": f"CdnadminOac{other.public_id}Moving"}
    identity = cloudfront.create_cloud_front_origin_access_identity(
        CloudFrontOriginAccessIdentityConfig={"CallerReference": site.public_id, "Comment": "gone"}
    )
    gone_id = identity["CloudFrontOriginAccessIdentity"]["Id"]
    gone = {**{name: value for name, value in mine.items() if name != "Condition"}, "Sid": "Console"}
    gone["Principal"] = {"AWS": f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {gone_id}"}
    document = {"Version": "2012-10-17", "Statement": [kept, orphan, moving, gone]}
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(document))
    cloudfront.delete_cloud_front_origin_access_identity(Id=gone_id, IfMatch=identity["ETag"])
    now = examine(administrator, bucket.account)
    expected = {"statement-missing", "statement-orphaned", "statement-left-over", "statement-names-the-gone"}
    assert set(now) == {"account-switches-off", *expected}, {code: row.sentence for code, row in now.items()}
    assert sid in now["statement-missing"].details
    # First the one with which S3 takes no change at all.
    for code in sorted(expected, key=lambda each: each != "statement-names-the-gone"):
        operation = mend_finding(actor=administrator, finding=now[code]).operation
        assert operation is not None
        assert finish(operation).state == Operation.State.SUCCEEDED, operation.error_message
    assert set(policy_of(s3, bucket)) == {sid, f"CdnadminOac{other.public_id}"}
    assert set(examine(administrator, bucket.account)) == {"account-switches-off"}
    # Another cdnadmin's, which AWS still has: it is found, and stays.
    put_policy(s3, bucket, {**mine, "Sid": "CdnadminOacabcdefghjkmn"})
    operation = mend_finding(actor=administrator, finding=examine(administrator, bucket.account)["statement-orphaned"]).operation
    assert operation is not None
    ended = finish(operation)
    assert (ended.state, "AWS still has" in ended.error_message) == (Operation.State.FAILED, True)
    assert "CdnadminOacabcdefghjkmn" in policy_of(s3, bucket)


def test_a_key_that_does_not_let_cloudfront_decrypt_is_found_with_the_statement_that_mends_it(
    administrator: User, bucket: Bucket, s3: Any, sandbox: Any
) -> None:
    kms = client(sandbox, "kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    make(administrator, bucket, name="Encrypted")
    danger = examine(administrator, bucket.account)["kms-not-permitted"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"].append(json.loads(danger.details))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert not [code for code in examine(administrator, bucket.account) if code.startswith("kms")]
    rule["ApplyServerSideEncryptionByDefault"].pop("KMSMasterKeyID")
    s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert "kms-managed-key" in examine(administrator, bucket.account)


def test_plain_http_leads_to_a_plan_and_what_is_left_for_a_reason_comes_back_only_anew(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, name="Press kit")
    AwsAccount.objects.update(viewer_base="https://{domain}")
    account = AwsAccount.objects.get()
    plain = examine(administrator, account)["http-allowed"]
    plan = mend_finding(actor=administrator, finding=plain).plan
    assert plan is not None
    assert plan.wanted["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert ChangePlan.objects.get().state == "draft"
    with pytest.raises(InvalidInput, match="Say why"):
        dismiss_finding(actor=administrator, finding=plain, reason=" ")
    dismiss_finding(actor=administrator, finding=plain, reason="Old set-top boxes")
    kept = examine(administrator, account)["http-allowed"]
    assert (kept.dismissed_reason, kept.dismissed_by) == ("Old set-top boxes", administrator)
    restore_finding(actor=administrator, finding=kept)
    dismiss_finding(actor=administrator, finding=plain, reason="Old set-top boxes")
    config = fresh(site).config
    for policy in ("redirect-to-https", "allow-all"):
        config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = policy
        Distribution.objects.filter(pk=site.pk).update(config=config)
        back = examine(administrator, account).get("http-allowed")
    assert back is not None
    assert back.dismissed_at is None
    assert back.first_seen > kept.first_seen


def test_it_goes_on_where_it_was_and_what_was_changed_is_looked_at_soon(
    administrator: User, bucket: Bucket, inject: Callable[..., None]
) -> None:
    sites = [make(administrator, bucket, name=f"Site {number}") for number in range(2)]
    AwsAccount.objects.update(viewer_base="https://{domain}")
    account = AwsAccount.objects.get()
    # As if a worker had been killed after the first one.
    operation = examine_account(actor=administrator, account=account)
    Operation.objects.filter(pk=operation.pk).update(step="distributions", data={"after": sites[0].pk, "distributions": 1})
    finish(operation)
    assert [row.distribution for row in FoundProblem.objects.filter(code="http-allowed")] == [sites[1]]
    running = examine_account(actor=administrator, account=account)
    with pytest.raises(Conflict):
        examine_account(actor=administrator, account=account)
    finish(running)
    assert examine_due() == 0, "nothing was changed, and it was asked for just now"
    Operation.objects.filter(kind=EXAMINE).update(created_at="2020-01-01T00:00Z")
    Examination.objects.update(changes_until="2020-01-01T00:00Z")
    assert examine_due() == 1
    asked = Operation.objects.filter(kind=EXAMINE).latest("id")
    assert set(asked.input["only"]) == {site.public_id for site in sites}
    inject(service="cloudfront", operation="ListCachePolicies", code="AccessDenied", status=403, message="no", times=9)
    assert finish(asked).state == Operation.State.SUCCEEDED
    assert Examination.objects.get().known["authorization"] is not None, "what was known of the account was asked for again"
