"""Origin accesses as things of their own, against the sandbox: made, renamed, deleted, and what others do to them outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.aws.bucket_policies import oai_statement
from cdnadmin.errors import AwsConflict, AwsQuotaExceeded, CdnadminError, Conflict, InvalidInput, NotAllowed
from distributions.access.uses import buckets_naming, named_in_configurations, served_by
from distributions.models import BucketTruth, ChangePlan, Distribution, OriginAccess
from distributions.services.origin_access import (
    create_origin_access_control,
    create_origin_access_identity,
    delete_origin_access,
    rename_origin_access,
)
from distributions.services.origin_access_refresh import refresh_origin_accesses
from distributions.versions import record_version
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import make

pytestmark = pytest.mark.django_db(transaction=True)


def control_at(cloudfront: Any, id: str) -> dict[str, Any]:
    seen: dict[str, Any] = cloudfront.get_origin_access_control(Id=id)
    return seen


def rename_outside(cloudfront: Any, access: OriginAccess, name: str) -> None:
    if access.is_identity:
        seen = cloudfront.get_cloud_front_origin_access_identity(Id=access.aws_id)
        config = seen["CloudFrontOriginAccessIdentity"]["CloudFrontOriginAccessIdentityConfig"] | {"Comment": name}
        cloudfront.update_cloud_front_origin_access_identity(
            Id=access.aws_id, CloudFrontOriginAccessIdentityConfig=config, IfMatch=seen["ETag"]
        )
    else:
        seen = control_at(cloudfront, access.aws_id)
        config = seen["OriginAccessControl"]["OriginAccessControlConfig"] | {"Name": name}
        cloudfront.update_origin_access_control(Id=access.aws_id, OriginAccessControlConfig=config, IfMatch=seen["ETag"])


def delete_outside(cloudfront: Any, access: OriginAccess) -> None:
    if access.is_identity:
        etag = cloudfront.get_cloud_front_origin_access_identity(Id=access.aws_id)["ETag"]
        cloudfront.delete_cloud_front_origin_access_identity(Id=access.aws_id, IfMatch=etag)
    else:
        cloudfront.delete_origin_access_control(Id=access.aws_id, IfMatch=control_at(cloudfront, access.aws_id)["ETag"])


def refused(field: str, call: Callable[..., object], **given: Any) -> str:
    with pytest.raises(InvalidInput) as error:
        call(**given)
    assert error.value.field == field
    return error.value.message


def test_made_renamed_and_deleted_with_a_trail(administrator: User, account: AwsAccount, cloudfront: Any) -> None:
    control = create_origin_access_control(actor=administrator, account=account, name="Press", description="For the press")
    identity = create_origin_access_identity(actor=administrator, account=account, name="Old")
    assert (control.signing_behavior, control.description, identity.canonical_user_id != "") == ("always", "For the press", True)

    # One that signs otherwise goes on so when it is renamed.
    seen = control_at(cloudfront, control.aws_id)
    config = seen["OriginAccessControl"]["OriginAccessControlConfig"] | {"SigningBehavior": "no-override"}
    cloudfront.update_origin_access_control(Id=control.aws_id, OriginAccessControlConfig=config, IfMatch=seen["ETag"])
    rename_origin_access(actor=administrator, origin_access=control, name="Press kit")
    control.refresh_from_db()
    seen = control_at(cloudfront, control.aws_id)
    assert seen["OriginAccessControl"]["OriginAccessControlConfig"] == config | {"Name": "Press kit"}
    assert (control.name, control.etag, control.signing_behavior) == ("Press kit", seen["ETag"], "no-override")
    rename_origin_access(actor=administrator, origin_access=control, name="Press kit", description="")
    assert control_at(cloudfront, control.aws_id)["OriginAccessControl"]["OriginAccessControlConfig"]["Description"] == ""

    rename_origin_access(actor=administrator, origin_access=identity, name="Older")
    at_aws = cloudfront.get_cloud_front_origin_access_identity(Id=identity.aws_id)
    assert at_aws["CloudFrontOriginAccessIdentity"]["CloudFrontOriginAccessIdentityConfig"]["Comment"] == "Older"
    assert OriginAccess.objects.get(pk=identity.pk).etag == at_aws["ETag"]
    # Its old name is free again, for another one.
    again = create_origin_access_identity(actor=administrator, account=account, name="Old")
    assert again.aws_id != identity.aws_id

    for access in (control, identity, again):
        delete_origin_access(actor=administrator, origin_access=access)
    assert not OriginAccess.objects.exists()
    ids = {item["Id"] for item in cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items", [])}
    assert control.aws_id not in ids
    trail = [(entry.action, entry.target_label) for entry in AuditEntry.objects.filter(target=f"origin_access:{control.aws_id}")]
    assert sorted(trail) == [
        ("create_origin_access_control", "Press"),
        ("delete_origin_access", "Press kit"),
        ("rename_origin_access", "Press kit"),
        ("rename_origin_access", "Press kit"),
    ]


def test_what_a_name_may_not_be(administrator: User, account: AwsAccount, cloudfront: Any, sandbox: RunningSandbox) -> None:
    make_control: dict[str, Any] = {"call": create_origin_access_control, "actor": administrator, "account": account}
    make_identity = make_control | {"call": create_origin_access_identity}
    assert "1 to 64" in refused("name", **make_control, name="x" * 65)
    assert "1 to 128" in refused("name", **make_identity, name="x" * 129)
    assert "1 to 64" in refused("name", **make_control, name=" \u202e ")
    refused("description", **make_control, name="Long", description="x" * 257)
    longest = create_origin_access_control(actor=administrator, account=account, name="x" * 64)
    delete_origin_access(actor=administrator, origin_access=longest)

    first = create_origin_access_control(actor=administrator, account=account, name="Taken")
    assert "already" in refused("name", **make_control, name="Taken")
    other = create_origin_access_control(actor=administrator, account=account, name="Other")
    assert "already" in refused("name", rename_origin_access, actor=administrator, origin_access=other, name="Taken")
    # Taken at AWS alone, by one that is not the same.
    rename_outside(cloudfront, first, "Elsewhere")
    refused("name", **make_control, name="Elsewhere", description="Mine")
    assert "Choose another name" in refused(
        "name", rename_origin_access, actor=administrator, origin_access=other, name="Elsewhere"
    )
    assert OriginAccess.objects.get(pk=other.pk).name == "Other"

    httpx.post(f"{sandbox.url}/_sandbox/quotas", json={"oac": 1, "oai": 0}).raise_for_status()
    for make_one in (create_origin_access_control, create_origin_access_identity):
        with pytest.raises(AwsQuotaExceeded, match="quota"):
            make_one(actor=administrator, account=account, name="One too many")
    httpx.post(f"{sandbox.url}/_sandbox/quotas", json={"oac": 100, "oai": 100}).raise_for_status()
    editor = User.objects.create_user("eve@example.org", "a long pass phrase", role=Role.EDITOR)
    for call in (
        lambda: create_origin_access_control(actor=editor, account=account, name="Eve"),
        lambda: rename_origin_access(actor=editor, origin_access=other, name="Eve"),
        lambda: delete_origin_access(actor=editor, origin_access=other),
        lambda: refresh_origin_accesses(actor=editor, account=account),
    ):
        with pytest.raises(NotAllowed):
            call()


@pytest.mark.parametrize("create", [create_origin_access_control, create_origin_access_identity])
def test_renamed_outside_is_a_conflict_and_the_row_says_what_aws_has(
    administrator: User, account: AwsAccount, cloudfront: Any, inject: Callable[..., None], create: Callable[..., OriginAccess]
) -> None:
    access = create(actor=administrator, account=account, name=f"Ours by {create.__name__}")
    theirs = f"Theirs by {create.__name__}"
    for change in (
        lambda: rename_origin_access(actor=administrator, origin_access=access, name="Mine"),
        lambda: delete_origin_access(actor=administrator, origin_access=access),
    ):
        rename_outside(cloudfront, access, theirs)
        with pytest.raises(Conflict, match=f"is called “{theirs}” now"):
            change()
        access.refresh_from_db()
        assert access.name == theirs
        theirs += "!"
    # In between the look and the change: AWS's own word.
    operation = "UpdateCloudFrontOriginAccessIdentity" if access.is_identity else "UpdateOriginAccessControl"
    inject(service="cloudfront", operation=operation, code="PreconditionFailed", status=412)
    with pytest.raises(AwsConflict, match="somebody else"):
        rename_origin_access(actor=administrator, origin_access=access, name="Mine")
    # An answer that was lost is no conflict: it is called so already.
    rename_outside(cloudfront, access, "Mine")
    assert rename_origin_access(actor=administrator, origin_access=access, name="Mine").name == "Mine"
    delete_origin_access(actor=administrator, origin_access=access)


def test_deleted_outside(administrator: User, account: AwsAccount, cloudfront: Any) -> None:
    control = create_origin_access_control(actor=administrator, account=account, name="Gone soon")
    delete_outside(cloudfront, control)
    with pytest.raises(Conflict, match="was deleted at AWS"):
        rename_origin_access(actor=administrator, origin_access=control, name="Too late")
    assert not OriginAccess.objects.filter(name="Gone soon").exists()

    identity = create_origin_access_identity(actor=administrator, account=account, name="Gone too")
    delete_outside(cloudfront, identity)
    delete_origin_access(actor=administrator, origin_access=identity)
    assert not OriginAccess.objects.filter(name="Gone too").exists()
    assert AuditEntry.objects.filter(action="delete_origin_access", target_label="Gone too").count() == 1


def test_what_is_in_use_is_not_deleted(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    site = make(administrator, bucket, name="Press kit", access_model="oai")
    identity = site.origin_access
    assert identity is not None
    with pytest.raises(Conflict, match="“Press kit” still uses it"):
        delete_origin_access(actor=administrator, origin_access=identity)
    assert [row.name for row in served_by(identity).distributions] == ["Press kit"]
    assert served_by(identity).buckets == [bucket.name]
    # Renamed, it is still the account's: the next distribution comes by it too, not by a second one.
    rename_origin_access(actor=administrator, origin_access=identity, name="All our sites")
    other = make(administrator, bucket, name="Second", access_model="oai")
    assert other.origin_access == identity

    # Known by the configuration alone, as a second origin's is.
    Distribution.objects.update(origin_access=None)
    assert {row.name for row in named_in_configurations(identity)} == {"Press kit", "Second"}
    with pytest.raises(Conflict, match="“Press kit” and “Second” still use it"):
        delete_origin_access(actor=administrator, origin_access=identity)
    # Not known here at all: AWS says so, and it stays.
    Distribution.objects.update(config={})
    with pytest.raises(AwsConflict, match="still uses this origin access identity") as in_use:
        delete_origin_access(actor=administrator, origin_access=identity)
    assert in_use.value.code == "CloudFrontOriginAccessIdentityInUse"
    control = make(administrator, bucket, name="Third").origin_access
    assert control is not None
    Distribution.objects.update(config={}, origin_access=None)
    with pytest.raises(AwsConflict) as in_use:
        delete_origin_access(actor=administrator, origin_access=control)
    assert in_use.value.code == "OriginAccessControlInUse"
    assert OriginAccess.objects.filter(pk__in=[identity.pk, control.pk]).count() == 2


def test_what_a_distribution_is_moving_away_from_is_held_until_the_edges_have_moved(administrator: User, bucket: Bucket) -> None:
    old = create_origin_access_identity(actor=administrator, account=bucket.account, name="Moving")
    site = Distribution.objects.create(account=bucket.account, name="Mover", bucket=bucket, kind="public")
    base = record_version(
        distribution=site, etag="E1", config={"Origins": f"origin-access-identity/cloudfront/{old.aws_id}"}, source="imported"
    )
    plan = ChangePlan.objects.create(distribution=site, base=base, wanted={}, state=ChangePlan.State.APPLYING)
    with pytest.raises(Conflict, match="“Mover” is on its way from it"):
        delete_origin_access(actor=administrator, origin_access=old)
    ChangePlan.objects.filter(pk=plan.pk).update(state=ChangePlan.State.FAILED)
    Distribution.objects.update(second_model="oai")
    with pytest.raises(Conflict, match="“Mover” is on its way from it"):
        delete_origin_access(actor=administrator, origin_access=old)
    Distribution.objects.update(second_model="")
    delete_origin_access(actor=administrator, origin_access=old)


def test_a_bucket_whose_policy_names_it_holds_it(administrator: User, bucket: Bucket, s3: Any, cloudfront: Any) -> None:
    identity = create_origin_access_identity(actor=administrator, account=bucket.account, name="In a policy")
    statement = oai_statement(sid="theirs", bucket=bucket.name, prefix="", oai_id=identity.aws_id)
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    truth = BucketTruth.objects.create(bucket=bucket, policy=policy)
    s3.put_bucket_policy(Bucket=bucket.name, Policy=str(policy).replace("'", '"'))
    assert [(each.bucket, each.by_policy, each.by_acl) for each in buckets_naming(identity)] == [(bucket, True, False)]
    with pytest.raises(Conflict, match=f"policy of {bucket.name} names it"):
        delete_origin_access(actor=administrator, origin_access=identity)
    # By ACL it holds nothing: such a grant opens the object to nobody afterwards.
    truth.policy = None
    truth.samples = {"": [{"key": "a", "grants": [[identity.canonical_user_id, "READ"]]}]}
    truth.save()
    assert [(each.by_policy, each.by_acl) for each in buckets_naming(identity)] == [(False, True)]
    # What was seen long ago is read again.
    truth.policy = policy
    truth.save()
    s3.delete_bucket_policy(Bucket=bucket.name)
    delete_origin_access(actor=administrator, origin_access=identity)
    assert not OriginAccess.objects.filter(pk=identity.pk).exists()


def test_looking_again_brings_in_renames_and_takes_away(administrator: User, bucket: Bucket, cloudfront: Any) -> None:
    account = bucket.account
    refresh_origin_accesses(actor=administrator, account=account)
    renamed = create_origin_access_identity(actor=administrator, account=account, name="Before")
    free = create_origin_access_control(actor=administrator, account=account, name="Free")
    needed = create_origin_access_control(actor=administrator, account=account, name="Needed")
    row = Distribution.objects.create(account=account, name="Site", bucket=bucket, kind="public", origin_access=needed)
    Distribution.objects.create(account=account, name="Was", kind="public", origin_access=free, status="gone")
    rename_outside(cloudfront, renamed, "After")
    for access in (free, needed):
        delete_outside(cloudfront, access)
    config = {"Name": "Theirs", "OriginAccessControlOriginType": "s3", "SigningBehavior": "never", "SigningProtocol": "sigv4"}
    theirs = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)["OriginAccessControl"]["Id"]

    refreshed = refresh_origin_accesses(actor=administrator, account=account)
    assert (refreshed.new, refreshed.renamed, refreshed.gone, refreshed.removed, refreshed.whole) == (1, 1, 1, 1, True)
    assert OriginAccess.objects.get(aws_id=theirs).signing_behavior == "never"
    renamed.refresh_from_db()
    needed.refresh_from_db()
    assert (renamed.name, needed.status) == ("After", "gone")
    assert not OriginAccess.objects.filter(pk=free.pk).exists()
    assert not refresh_origin_accesses(actor=administrator, account=account).changed
    assert AuditEntry.objects.filter(action="refresh_origin_accesses", after__new=1).count() == 1
    # Nothing needs it any more: it goes the next time.
    row.delete()
    assert refresh_origin_accesses(actor=administrator, account=account).removed == 1


def test_aws_out_of_reach_changes_nothing(administrator: User, account: AwsAccount, inject: Callable[..., None]) -> None:
    identity = create_origin_access_identity(actor=administrator, account=account, name="Stays")
    for operation in ("ListOriginAccessControls", "GetCloudFrontOriginAccessIdentity"):
        inject(service="cloudfront", operation=operation, code="AccessDenied", status=403)
    with pytest.raises(CdnadminError, match="list the origin access controls"):
        refresh_origin_accesses(actor=administrator, account=account)
    with pytest.raises(CdnadminError, match="read the origin access identity"):
        delete_origin_access(actor=administrator, origin_access=identity)
    assert OriginAccess.objects.get(pk=identity.pk).status == "there"
