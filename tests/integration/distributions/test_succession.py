"""From a streaming distribution of old to today's: built with all it had, its host name moved, the old one retired."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.accounts.models import AuditEntry, Bucket, Role, User
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from cdnadmin.operations.services import retry_operation
from distributions.addresses import object_url
from distributions.models import Distribution
from distributions.successors import predecessor_of, successor_of
from tests.certificates import issue_certificate
from tests.conftest import RunningSandbox, wait_until
from tests.integration.distributions.conftest import Edge, client, finish, fresh, make, operation_of
from tests.integration.distributions.old_streams import FILM, old_config, old_ids, old_status, old_stream, succeed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def certificate(sandbox: RunningSandbox) -> str:
    return issue_certificate(client(sandbox, "acm"), "*.example.org")


def config_of(cloudfront: Any, distribution: Distribution) -> Any:
    return cloudfront.get_distribution(Id=fresh(distribution).aws_id)["Distribution"]["DistributionConfig"]


def come_to(operation: Operation, step: str) -> None:
    """Run it, and what it waits for, until it stands before `step`."""
    for _ in range(200):
        operation.refresh_from_db()
        if operation.step == step:
            return
        for each in Operation.objects.filter(state__in=Operation.ACTIVE):
            Operation.objects.filter(pk=each.pk).update(due_at=each.created_at, lease_until=None)
            run_operation(each.pk)
    pytest.fail(f"it never came to {step}")


@pytest.fixture
def one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery ends after each step, so that something can happen between two."""
    monkeypatch.setattr("cdnadmin.operations.runner.DELIVERY_SECONDS", 0.0)


def test_all_of_it_is_built_moved_and_retired(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, edge: Edge, certificate: str
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="talks.example.org", signers=("self",))
    policy = s3.get_bucket_policy(Bucket=bucket.name)["Policy"]
    made, operation = succeed(administrator, old, "talks.example.org", certificate=certificate, retire=True)
    assert successor_of(old) == made
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message

    new, config = fresh(made), config_of(cloudfront, made)
    assert (new.status, new.kind, new.access_model) == ("deployed", "private", "oai")
    assert new.aliases == config["Aliases"]["Items"] == ["talks.example.org"]
    assert config["ViewerCertificate"]["ACMCertificateArn"] == certificate
    assert config["DefaultCacheBehavior"]["TrustedSigners"]["Items"] == ["self"]
    identity = config["Origins"]["Items"][0]["S3OriginConfig"]["OriginAccessIdentity"]
    assert identity == old.config["S3Origin"]["OriginAccessIdentity"] != ""
    assert config["Logging"]["Prefix"] == "talks/"
    assert cloudfront.list_tags_for_resource(Resource=new.arn)["Tags"]["Items"] == [{"Key": "team", "Value": "press"}]
    assert s3.get_bucket_policy(Bucket=bucket.name)["Policy"] == policy
    assert edge.get(object_url(new, FILM)).status_code == 403
    assert "refused" in " ".join(ended.events.values_list("message", flat=True))

    finish(operation_of(old, "delete_distribution"))
    assert old.aws_id not in old_ids(cloudfront)
    assert not Distribution.objects.filter(pk=old.pk).exists()
    assert (fresh(made).succeeds, predecessor_of(new)) == (old.aws_id, None)
    trail = AuditEntry.objects.filter(action="build_successor")
    assert {entry.target for entry in trail} == {made.reference, old.reference}


def test_without_signers_the_same_identity_opens_the_same_files_and_the_old_one_stays(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, edge: Edge
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="films.example.org")
    made, operation = succeed(administrator, old)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert edge.get(object_url(fresh(made), FILM)).text == "A film of 2010.\n"
    assert "films.example.org" in old_config(cloudfront, old)["Aliases"]["Items"]
    assert fresh(old).status == Distribution.Status.DEPLOYED
    assert predecessor_of(fresh(made)) == old
    with pytest.raises(Conflict, match="successor already"):
        succeed(administrator, old)


def test_files_opened_by_acl_stay_so_and_one_without_an_identity_is_open(
    administrator: User, acl_bucket: Bucket, cloudfront: Any, s3: Any, edge: Edge
) -> None:
    old = old_stream(cloudfront, s3, acl_bucket)
    s3.delete_bucket_policy(Bucket=acl_bucket.name)
    oai = old.config["S3Origin"]["OriginAccessIdentity"].rpartition("/")[2]
    reader = cloudfront.get_cloud_front_origin_access_identity(Id=oai)["CloudFrontOriginAccessIdentity"]["S3CanonicalUserId"]
    s3.put_object_acl(Bucket=acl_bucket.name, Key=FILM, GrantRead=f'id="{reader}"')
    made, operation = succeed(administrator, old)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert fresh(made).access_model == Distribution.AccessModel.OAI_ACL
    assert edge.get(object_url(fresh(made), FILM)).text == "A film of 2010.\n"

    # Kept private again: only a policy for everybody opens it to who comes as nobody.
    bare = old_stream(cloudfront, s3, acl_bucket, identity=False, CallerReference=f"bare-{acl_bucket.name}")
    made, operation = succeed(administrator, bare)
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED
    assert "could not be opened through it" in " ".join(ended.events.values_list("message", flat=True))
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{acl_bucket.name}/*"}
    s3.put_bucket_policy(Bucket=acl_bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))
    assert fresh(made).access_model == Distribution.AccessModel.OPEN


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, certificate: str, sandbox: RunningSandbox
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="wrong.example.org")
    other = issue_certificate(client(sandbox, "acm"), "other.example.net")
    given: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
        ("aliases", ("stranger.example.org",), {"certificate": certificate}),
        ("certificate_arn", ("wrong.example.org",), {"certificate": other}),
        ("certificate_arn", ("wrong.example.org",), {}),
    ]
    for field, aliases, more in given:
        with pytest.raises(InvalidInput) as refused:
            succeed(administrator, old, *aliases, **more)
        assert refused.value.field == field
    with pytest.raises(Conflict, match="changed at AWS"):
        succeed(administrator, old, seen="an older one")
    editor = User.objects.create_user("eda@example.org", role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        succeed(editor, old)
    web = make(administrator, bucket, kind="private")
    with pytest.raises(Conflict, match="no streaming distribution"):
        succeed(administrator, web)
    # Its bucket has another's private files by now, which its successor would show to everybody.
    with pytest.raises(InvalidInput, match="which is private"):
        succeed(administrator, old)
    assert not Operation.objects.filter(kind="succeed_distribution").exists()


def test_a_name_is_free_where_the_old_one_was_deleted_outside_in_the_middle(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, certificate: str, one_step: None
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="gone.example.org")
    made, operation = succeed(administrator, old, "gone.example.org", certificate=certificate, retire=True)
    come_to(operation, "take")
    off = cloudfront.update_streaming_distribution(
        Id=old.aws_id, StreamingDistributionConfig={**old.config, "Enabled": False}, IfMatch=old.etag
    )
    wait_until(lambda: old_status(cloudfront, old) == "Deployed", what="its disabling")
    cloudfront.delete_streaming_distribution(Id=old.aws_id, IfMatch=off["ETag"])
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert fresh(made).aliases == ["gone.example.org"]
    assert fresh(old).status == Distribution.Status.GONE
    assert not Operation.objects.filter(kind="delete_distribution").exists()


def test_a_name_that_another_has_taken_is_told_of_and_given_once_it_is_free(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, certificate: str, one_step: None
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="fast.example.org")
    made, operation = succeed(administrator, old, "fast.example.org", certificate=certificate, retire=True)
    come_to(operation, "give")
    thief = {**old.config, "CallerReference": "thief", "Aliases": {"Quantity": 1, "Items": ["fast.example.org"]}}
    stolen = cloudfront.create_streaming_distribution(StreamingDistributionConfig=thief)
    ended = finish(operation)
    assert ended.state == Operation.State.FAILED
    assert "fast.example.org" in ended.error_message
    assert fresh(made).status == Distribution.Status.DEPLOYED
    assert old.aws_id in old_ids(cloudfront), "it is not retired before its name has moved"
    given_up = {**thief, "Aliases": {"Quantity": 0}}
    cloudfront.update_streaming_distribution(
        Id=stolen["StreamingDistribution"]["Id"], StreamingDistributionConfig=given_up, IfMatch=stolen["ETag"]
    )
    retry_operation(actor=administrator, operation=operation)
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert fresh(made).aliases == ["fast.example.org"]


def test_a_dns_record_that_leads_elsewhere_is_waited_for(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, certificate: str, inject: Callable[..., None], one_step: None
) -> None:
    old = old_stream(cloudfront, s3, bucket, alias="dns.example.org")
    made, operation = succeed(administrator, old, "dns.example.org", certificate=certificate)
    come_to(operation, "give")
    message = "One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to"
    inject(service="cloudfront", operation="UpdateDistribution", code="InvalidArgument", status=400, message=f"{message} another")
    run_operation(operation.pk)
    operation.refresh_from_db()
    assert operation.state == Operation.State.WAITING
    assert f"CNAME to {fresh(made).domain_name}" in operation.note
    assert finish(operation).state == Operation.State.SUCCEEDED
    assert fresh(made).aliases == ["dns.example.org"]


def test_a_certificate_that_ended_meanwhile_or_signatures_taken_off_leave_the_old_one_whole(
    administrator: User, bucket: Bucket, cloudfront: Any, s3: Any, sandbox: RunningSandbox, one_step: None
) -> None:
    acm = client(sandbox, "acm")
    arn = issue_certificate(acm, "ends.example.org")
    old = old_stream(cloudfront, s3, bucket, alias="ends.example.org", signers=("self",))
    made, operation = succeed(administrator, old, "ends.example.org", certificate=arn, retire=True)
    come_to(operation, "verify")
    seen = cloudfront.get_distribution_config(Id=fresh(made).aws_id)
    opened = seen["DistributionConfig"]
    opened["DefaultCacheBehavior"]["TrustedSigners"] = {"Enabled": False, "Quantity": 0}
    changed = cloudfront.update_distribution(Id=fresh(made).aws_id, DistributionConfig=opened, IfMatch=seen["ETag"])
    assert "signatures off *" in finish(operation).error_message
    opened["DefaultCacheBehavior"]["TrustedSigners"] = {"Enabled": True, "Quantity": 1, "Items": ["self"]}
    cloudfront.update_distribution(Id=fresh(made).aws_id, DistributionConfig=opened, IfMatch=changed["ETag"])
    retry_operation(actor=administrator, operation=operation)
    come_to(operation, "take")
    assert fresh(made).versions.filter(source="outside").count() == 1
    issue_certificate(acm, "else.example.org", arn=arn)
    ended = finish(operation)
    assert (ended.state, ended.step) == (Operation.State.FAILED, "take")
    assert "does not cover ends.example.org" in ended.error_message
    assert old_config(cloudfront, old)["Aliases"]["Items"] == ["ends.example.org"]
    assert old.aws_id in old_ids(cloudfront)
