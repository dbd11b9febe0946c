"""One pass over the permissions of all files: looked at, given, taken off; throttled, refused, shut or killed in the middle."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, Bucket, Role, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import session
from cdnadmin.errors import Conflict, InvalidInput, NotAllowed, NotReady
from cdnadmin.operations.models import Operation
from cdnadmin.operations.runner import run_operation
from distributions.access.object_grants import AT_ONCE, NAMES_NOBODY
from distributions.models import Distribution
from distributions.services.grants import repair_grants
from distributions.services.objects import add_object
from distributions.steps import object_grants
from tests.conftest import RunningSandbox, wait_until
from tests.dying import Doomed, doomed_process
from tests.integration.distributions.acls import EVERYBODY, FRIEND, block, counted, grants, outside, own, put, put_acls, reader
from tests.integration.distributions.conftest import Edge, finish, fresh, make, operation_of
from tests.integration.operations.conftest import own_environment

pytestmark = pytest.mark.django_db(transaction=True)

Model = Distribution.AccessModel


@pytest.fixture(scope="module")
def doomed(sandbox: RunningSandbox, django_db_setup: None) -> Iterator[Doomed]:
    with doomed_process(sandbox.url, own_environment(VAULT_KEY_FILE=str(settings.VAULT_KEY_FILE))) as running:
        yield running


@pytest.fixture
def site(administrator: User, acl_bucket: Bucket) -> Distribution:
    return make(administrator, acl_bucket, access_model=Model.OAI_ACL)


def test_looked_through_then_given_what_lacks(
    administrator: User, site: Distribution, s3: Any, edge: Edge, sandbox: RunningSandbox, inject: Callable[..., None]
) -> None:
    bucket, owner = site.own_bucket, s3.list_buckets()["Owner"]["ID"]
    mine, theirs = f'id="{reader(site)[0]}"', {"Bucket": bucket.name, "Body": b"x", "GrantFullControl": f'id="{owner}"'}
    right = put(s3, site, [f"a{n}" for n in range(5)], GrantRead=mine, GrantFullControl=f'id="{owner}"')
    lacking = put(s3, site, [f"b{n}" for n in range(7)])
    public = put(s3, site, ["c0"], ACL="public-read")
    full = f"{site.prefix}d-full"
    s3.put_object(Key=full, GrantRead=", ".join(f'id="{number:064x}"' for number in range(99)), **theirs)
    s3.put_object(Key="elsewhere/e", **theirs)

    finish(operation_of(site, "check_privacy"))
    looked = finish(repair_grants(actor=administrator, distribution=site, do="look"))
    assert looked.state == Operation.State.SUCCEEDED, looked.error_message
    assert counted(looked) == {"looked": 14, "right": 5, "mended": 8, "gone": 0, "left": 1}
    assert (looked.done, looked.total, put_acls(sandbox, bucket)) == (14, 14, Counter())
    assert edge.get(f"http://{site.domain_name}/b0").status_code == 403

    # One is deleted in the middle, one belongs to another account: each is told, and stops no other.
    inject(operation="GetObjectAcl", code="NoSuchKey", status=404)
    inject(operation="PutObjectAcl", code="AccessDenied", status=403, after=1)
    mended = finish(repair_grants(actor=administrator, distribution=site, do="permit"))
    assert mended.state == Operation.State.SUCCEEDED, mended.error_message
    found = counted(mended)
    assert (found["looked"], found["gone"], found["left"]) == (14, 1, 2)
    named = dict(mended.data["grants"]["named"])
    assert named[full].startswith("Its ACL is full")
    assert "another account" in next(why for key, why in named.items() if key != full)
    inject(operation="GetObjectAcl", code="SlowDown", status=503, times=100, after=2)
    slower = repair_grants(actor=administrator, distribution=site, do="permit")
    run_operation(slower.pk)
    slower.refresh_from_db()
    assert slower.state == Operation.State.WAITING, "it does not fail when S3 throttles"
    assert slower.note.startswith("S3 asks for patience")
    assert slower.data["grants"]["at_once"] == AT_ONCE // 2
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    assert finish(slower).state == Operation.State.SUCCEEDED, slower.error_message
    assert counted(slower)["looked"] == 14
    for key in [*right, *lacking]:
        assert grants(s3, bucket, key) == {reader(site)}
    assert edge.get(f"http://{site.domain_name}/b6").status_code == 200
    assert outside(sandbox, bucket, lacking[0]) == 403
    assert grants(s3, bucket, public[0]) == {reader(site), (EVERYBODY, "READ")}, "others stay unless they are replaced"
    replaced = finish(repair_grants(actor=administrator, distribution=site, do="permit", replace=True))
    assert counted(replaced) == {"looked": 14, "right": 12, "mended": 2, "gone": 0, "left": 0}
    assert grants(s3, bucket, public[0]) == grants(s3, bucket, full) == {reader(site)}
    assert set(put_acls(sandbox, bucket).values()) == {1, 2}
    assert f"{bucket.name}/elsewhere/e" not in put_acls(sandbox, bucket)
    entry = AuditEntry.objects.filter(action="repair_grants").order_by("-id").first()
    assert entry is not None
    assert entry.after["do"] == "permit"
    assert Operation.objects.filter(kind="check_privacy", target=site.reference, created_at__gt=looked.created_at).exists()


def test_an_identity_that_was_deleted_is_told_and_taken_off_by_replacing(
    administrator: User, site: Distribution, s3: Any, cloudfront: Any
) -> None:
    config = {"CallerReference": site.public_id, "Comment": "Gone soon"}
    made = cloudfront.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig=config)
    old = made["CloudFrontOriginAccessIdentity"]
    owner = s3.list_buckets()["Owner"]["ID"]
    (key,) = put(s3, site, ["a"], GrantRead=f'id="{old["S3CanonicalUserId"]}"', GrantFullControl=f'id="{owner}"')
    put(s3, site, ["b"])
    cloudfront.delete_cloud_front_origin_access_identity(Id=old["Id"], IfMatch=made["ETag"])
    kept = finish(repair_grants(actor=administrator, distribution=site, do="permit"))
    assert counted(kept) == {"looked": 2, "right": 0, "mended": 1, "gone": 0, "left": 1}
    assert kept.data["grants"]["named"][0] == [key, NAMES_NOBODY]
    with pytest.raises(NotReady, match="was deleted"):
        add_object(actor=administrator, distribution=site, path="a", body=b"n", content_type="text/plain", replace=False)
    finish(repair_grants(actor=administrator, distribution=site, do="permit", replace=True))
    assert grants(s3, site.own_bucket, key) == {reader(site)}


def test_public_files_are_opened_and_once_the_model_is_left_shut_again(
    administrator: User, acl_bucket: Bucket, s3: Any, edge: Edge, sandbox: RunningSandbox
) -> None:
    site = make(administrator, acl_bucket, access_model=Model.PUBLIC_ACL)
    owner = s3.list_buckets()["Owner"]["ID"]
    keys = put(s3, site, ["a", "b"]) + put(s3, site, ["c"], GrantRead=f'id="{FRIEND}"', GrantFullControl=f'id="{owner}"')
    finish(repair_grants(actor=administrator, distribution=site, do="permit"))
    for key in keys:
        assert (
            edge.get(f"http://{site.domain_name}/{key.removeprefix(site.prefix)}").status_code,
            outside(sandbox, acl_bucket, key),
        ) == (200, 200)
    with pytest.raises(Conflict, match="change its access model first"):
        repair_grants(actor=administrator, distribution=site, do="close")
    with pytest.raises(InvalidInput):
        repair_grants(actor=administrator, distribution=site, do="open")
    with pytest.raises(NotAllowed):
        repair_grants(actor=User.objects.create_user("e@example.org", role=Role.EDITOR), distribution=site, do="look")
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAC)
    site = fresh(site)
    with pytest.raises(Conflict, match="no file needs"):
        repair_grants(actor=administrator, distribution=site, do="permit")
    own(s3, acl_bucket, "BucketOwnerEnforced")
    asleep = finish(repair_grants(actor=administrator, distribution=site, do="close"))
    assert "comes back once they are turned on" in asleep.error_message
    own(s3, acl_bucket, "ObjectWriter")
    shut = finish(repair_grants(actor=administrator, distribution=site, do="close"))
    assert counted(shut) == {"looked": 3, "right": 0, "mended": 3, "gone": 0, "left": 0}
    assert [outside(sandbox, acl_bucket, key) for key in keys] == [403] * 3
    assert grants(s3, acl_bucket, keys[2]) == {(FRIEND, "READ")}
    # The model was changed while it was waiting: what would be wider than wanted is not done.
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.PUBLIC_ACL)
    waiting = repair_grants(actor=administrator, distribution=fresh(site), do="permit")
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAC)
    assert "policy now" in finish(waiting).error_message
    assert [outside(sandbox, acl_bucket, key) for key in keys] == [403] * 3


@pytest.mark.parametrize("how", ["ownership", "BlockPublicAcls"])
def test_a_bucket_shut_in_the_middle_ends_it_with_what_was_done(
    how: str,
    administrator: User,
    acl_bucket: Bucket,
    s3: Any,
    sandbox: RunningSandbox,
    inject: Callable[..., None],
) -> None:
    site = make(administrator, acl_bucket, access_model=Model.PUBLIC_ACL)
    keys = put(s3, site, [f"{n:02}" for n in range(60)])
    operation = repair_grants(actor=administrator, distribution=site, do="permit")
    inject(operation="PutObjectAcl", delay=0.1, times=100)

    def shut() -> None:
        wait_until(lambda: len(put_acls(sandbox, acl_bucket)) >= 3, what="the first permissions given")
        own(s3, acl_bucket, "BucketOwnerEnforced") if how == "ownership" else block(s3, acl_bucket, BlockPublicAcls=True)

    meanwhile = threading.Thread(target=shut)
    meanwhile.start()
    ended = finish(operation)
    meanwhile.join()
    assert ended.state == Operation.State.FAILED
    assert ("Object Ownership" if how == "ownership" else "BlockPublicAcls") in ended.error_message
    done = counted(ended)
    assert f"Before that: {done['looked']} files looked at, {done['mended']} mended" in ended.error_message
    assert 0 < done["mended"] < len(keys)
    # Mended, it is tried again, and goes on from there.
    httpx.delete(f"{sandbox.url}/_sandbox/faults").raise_for_status()
    own(s3, acl_bucket, "ObjectWriter")
    block(s3, acl_bucket)
    Operation.objects.filter(pk=ended.pk).update(state=Operation.State.PENDING)
    assert finish(ended).state == Operation.State.SUCCEEDED
    assert counted(ended)["looked"] == len(keys)
    assert {outside(sandbox, acl_bucket, key) for key in keys[-3:]} == {200}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_in_the_middle_leaves_nothing_to_be_done_twice(
    moment: str, doomed: Doomed, administrator: User, site: Distribution, s3: Any, sandbox: RunningSandbox
) -> None:
    keys = put(s3, site, [f"{n:02}" for n in range(30)])
    operation = repair_grants(actor=administrator, distribution=site, do="permit", replace=True)
    assert doomed.run(operation.pk, call="PutObjectAcl", moment=moment)
    wait_until(lambda: sum(put_acls(sandbox, site.own_bucket).values()) >= (moment == "after"), what="what was on its way")
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk).update(lease_until=past, due_at=past)
    ended = finish(operation)
    assert ended.state == Operation.State.SUCCEEDED, ended.error_message
    assert counted(ended)["looked"] == len(keys)
    assert all(grants(s3, site.own_bucket, key) == {reader(site)} for key in keys)
    written = put_acls(sandbox, site.own_bucket)
    # A request of the dead one may still have been on its way while the other read that ACL: not more than its threads.
    assert sum(written.values()) <= len(keys) + AT_ONCE
    assert len(written) == len(keys)


def test_the_position_is_a_key_and_what_is_kept_does_not_grow(
    administrator: User, site: Distribution, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = put(s3, site, [f"{n:02}-ä +&" for n in range(40)])
    monkeypatch.setattr(object_grants, "WRITTEN_EVERY", 2)
    monkeypatch.setattr(object_grants, "PIECE_SECONDS", 0.0005)
    connection = connection_for(site.account)
    sent: list[Any] = []

    def note(request: Any, **_: object) -> None:
        sent.append(urlsplit(request.url))

    session.s3(connection).meta.events.register("before-send.s3.*", note, unique_id="position")
    sizes, positions = [], []
    operation = repair_grants(actor=administrator, distribution=site, do="permit")
    # As after S3 has asked for patience: two at a time, then three, as long as it asks no more.
    Operation.objects.filter(pk=operation.pk).update(data={"grants": {"at_once": 2}})
    try:
        monkeypatch.setattr("cdnadmin.operations.runner.DELIVERY_SECONDS", -1.0)
        while operation.is_active:
            Operation.objects.filter(pk=operation.pk).update(due_at=timezone.now())
            run_operation(operation.pk)
            operation.refresh_from_db()
            sizes.append(len(json.dumps(operation.data)))
            positions.append(operation.data.get("grants", {}).get("after", ""))
    finally:
        session.s3(connection).meta.events.unregister("before-send.s3.*", unique_id="position")
    assert operation.state == Operation.State.SUCCEEDED, operation.error_message
    assert counted(operation) == {"looked": 40, "mended": 40, "right": 0, "gone": 0, "left": 0}
    assert len(set(positions)) >= 5, "it went in pieces"
    listed = [parse_qs(url.query) for url in sent if "list-type" in url.query]
    assert all("continuation-token" not in query for query in listed)
    assert {query["start-after"][0] for query in listed if "start-after" in query} <= set(keys)
    assert max(sizes) < 600
    asked = Counter(url.path for url in sent if url.query == "acl" and site.prefix in url.path)
    assert len(asked) == len(keys)
    assert set(asked.values()) == {2}, "each was read once and written once"


def test_its_page(administrator: User, site: Distribution, s3: Any) -> None:
    put(s3, site, ["a", "b"])
    browser, page = Client(), f"/distributions/{site.public_id}/grants/"
    browser.force_login(administrator)
    assert page in browser.get(f"/distributions/{site.public_id}/").content.decode()
    assert "Look, and change nothing" in browser.get(page).content.decode()
    assert browser.post(page, {"do": "look"}).status_code == 302
    operation = Operation.objects.get(kind="repair_grants")
    live = browser.get(page + "?part=live", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in live
    assert "<html" not in live
    assert "still under way" in browser.post(page, {"do": "permit", "replace": "1"}, follow=True).content.decode()
    finish(operation)
    text = browser.get(page).content.decode()
    assert 'hx-trigger="every 2s"' not in text
    assert '<span class="num font-medium">2</span> lack it' in text
    browser.post(page, {"do": "permit", "replace": "1"})
    assert Operation.objects.latest("id").input["replace"] is True
    finish(Operation.objects.latest("id"))
    assert '<span class="num font-medium">2</span> were given it' in browser.get(page).content.decode()
    Distribution.objects.filter(pk=site.pk).update(access_model=Model.OAC, origin_access=None)
    text = browser.get(page).content.decode()
    assert "Take everybody’s permission off the files" in text
    assert page not in browser.get(f"/distributions/{site.public_id}/").content.decode()
    browser.force_login(User.objects.create_user("eda@example.org", role=Role.EDITOR))
    assert browser.get(page).status_code == 403
