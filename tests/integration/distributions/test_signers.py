"""Who may sign: what AWS says is active, each change through the plan, and nothing made public without a tick for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from cdnadmin.accounts.models import AuditEntry, AwsAccount, Bucket, Role, User
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import streaming as aws_streaming
from cdnadmin.errors import InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.signing import generate_private_key, load_signer, public_pem, sign_url
from distributions.configuration.trust import openings
from distributions.importing import import_distribution
from distributions.models import ChangePlan, Distribution, HandedSignature, PublicKey
from distributions.services.plans import apply_plan
from distributions.services.signers import look_at_signers
from distributions.services.signing import sign_object_url
from distributions.who_signs import who_signs
from tests.conftest import RunningSandbox
from tests.integration.distributions.conftest import Edge, finish, fresh, make, operation_of
from tests.integration.distributions.test_plans import at_aws
from tests.integration.distributions.test_private import put

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "123456789012"


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def address(site: Distribution) -> str:
    return f"/distributions/{site.public_id}/signers/"


def text(browser: Client, url: str) -> str:
    return " ".join(browser.get(url).content.decode().split())


def test_from_key_groups_to_accounts_and_back_and_never_open_unsaid(
    browser: Client, administrator: User, bucket: Bucket, cloudfront: Any, edge: Edge
) -> None:
    site = make(administrator, bucket, kind="private")
    half = PublicKey.objects.get(account=site.account)
    assert site.key_group is not None
    group = site.key_group.aws_id
    assert site.active_signers == {group: [half.aws_id]}
    film = put(administrator, site)
    signed = sign_object_url(actor=administrator, distribution=site, key=film.key, seconds=3_600, reason="test")
    long_ago = timezone.now() - timedelta(hours=1)
    HandedSignature.objects.create(distribution=site, public_key=half, resource=film.url, expires_at=long_ago)

    page = text(browser, address(site))
    for said in (half.aws_id, half.signing_key.name, "1 signature handed out is still valid", site.key_group.name):
        assert said in page
    assert "No usable key" not in page
    assert address(site) in browser.get(f"/distributions/{site.public_id}/").content.decode()
    assert "No matches" in text(browser, address(site) + "?search=nobody")

    # An account beside the key group is refused at its field, in the words of the rule.
    refused = browser.post(address(site), {"do": "add-signer", "pattern": "", "signer": "1234-5678-9012"})
    assert refused.status_code == 422
    assert "key groups or AWS accounts, one of both" in refused.context["rows"][0][2].errors["signer"][0]
    refused = browser.post(address(site), {"do": "add-signer", "pattern": "", "signer": "12345"})
    assert "12 digits" in refused.context["rows"][0][2].errors["signer"][0]
    refused = browser.post(address(site), {"do": "add-group", "pattern": "", "key_group": group})
    assert "already" in refused.context["rows"][0][1].errors["key_group"][0]
    assert browser.post(address(site), {"do": "give"}).status_code == 400

    # The last one taken out opens everything: named, and not done without the tick.
    plan_url = browser.post(address(site), {"do": "remove-group", "pattern": "", "id": group})["Location"]
    plan = ChangePlan.objects.get(distribution=site)
    page = text(browser, plan_url)
    assert "These paths become public" in page
    assert "Make public and apply" in page
    assert "Apply at CloudFront" not in page
    for given in ({}, {"opens_confirmed": "1"}, {"opens_confirmed": "1", "opens": "What fits /elsewhere/*"}):
        browser.post(plan_url + "apply/", given)
        plan.refresh_from_db()
        assert plan.state == ChangePlan.State.DRAFT
    with pytest.raises(InvalidInput, match="Anyone who knows an address") as missing:
        apply_plan(actor=administrator, plan=plan)
    assert missing.value.field == "opens_confirmed"
    assert edge.get(film.url).status_code == 403

    # An account instead opens nothing: the plan is applied as any other, and AWS names no active key pair of it.
    browser.post(address(site), {"do": "add-signer", "pattern": "", "signer": "1234-5678-9012"})
    page = text(browser, plan_url)
    assert "These paths become public" not in page
    assert f"Signatures by {half.signing_key.name} ({half.aws_id})" in page
    assert "1 link that was handed out here and is still valid ends with it" in page
    browser.post(plan_url + "apply/")
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    site = fresh(site)
    assert at_aws(cloudfront, site)["DefaultCacheBehavior"]["TrustedSigners"]["Items"] == [OTHER]
    assert site.active_signers == {OTHER: []}
    assert edge.get(signed.url).status_code == 403
    page = text(browser, address(site))
    assert "No usable key: signatures by it fail." in page
    assert "Nobody gets in" in page

    # Back to key groups in one change.
    plan_url = browser.post(address(site), {"do": "move", "pattern": ""})["Location"]
    page = text(browser, plan_url)
    assert f"Signatures by the account {OTHER} are not trusted" in page
    assert "These paths become public" not in page
    browser.post(plan_url + "apply/")
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    assert fresh(site).active_signers == {group: [half.aws_id]}
    assert edge.get(signed.url).status_code == 200

    # With the tick the last one goes, and the trail says what was made public.
    plan_url = browser.post(address(site), {"do": "remove-group", "pattern": "", "id": group})["Location"]
    plan = ChangePlan.objects.get(distribution=site, state=ChangePlan.State.DRAFT)
    sentences = [each.sentence for each in openings(plan.base.config, plan.wanted)]
    browser.post(plan_url + "apply/", {"opens_confirmed": "1", "opens": sentences})
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    assert AuditEntry.objects.latest("id").after["Made public"] == sentences
    assert edge.get(film.url).status_code == 200
    assert "Open to everyone who knows an address." in text(browser, address(site))


def test_what_aws_says_now_is_asked_for_and_editors_only_look(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, kind="private")
    Distribution.objects.filter(pk=site.pk).update(active_signers={}, active_signers_at=None)
    (row,) = who_signs(fresh(site))
    assert [(each.is_known, len(each.keys)) for each in row.signers] == [(False, 1)], "what is known here stands for it"
    assert "AWS was not asked yet" in text(browser, address(site))
    assert browser.post(address(site), {"do": "look"})["Location"] == address(site)
    (row,) = who_signs(fresh(site))
    assert [(each.is_known, len(each.keys)) for each in row.signers] == [(True, 1)]
    assert fresh(site).active_signers_at is not None

    editor = User.objects.create_user("eve@example.org", "a long pass phrase", name="Eve", role=Role.EDITOR)
    browser.force_login(editor)
    page = text(browser, address(site))
    assert row.signers[0].keys[0].id in page
    assert "Take out" not in page
    assert browser.post(address(site), {"do": "remove-group", "pattern": "", "id": row.signers[0].id})["Location"] == address(site)
    assert not ChangePlan.objects.filter(distribution=site).exists()


def test_a_streaming_distribution_of_old_is_looked_at_and_left_alone(
    browser: Client, administrator: User, account: AwsAccount, cloudfront: Any
) -> None:
    config = {
        "CallerReference": "who-may-sign",
        "S3Origin": {"DomainName": "old-films.s3.amazonaws.com", "OriginAccessIdentity": ""},
        "Comment": "Films of 2009",
        "TrustedSigners": {"Enabled": True, "Quantity": 1, "Items": ["self"]},
        "Enabled": False,
    }
    id = cloudfront.create_streaming_distribution(StreamingDistributionConfig=config)["StreamingDistribution"]["Id"]
    seen = aws_streaming.get_streaming_distribution(connection_for(account), id=id)
    site = import_distribution(account, seen, family=Distribution.Family.RTMP, tags={})
    Distribution.objects.filter(pk=site.pk).update(active_signers={"self": ["APKAEXAMPLE1"]})
    page = text(browser, address(site))
    for said in ("All of it", "This account itself", "APKAEXAMPLE1", "no key of this vault"):
        assert said in page
    assert "Take out" not in page
    browser.post(address(site), {"do": "remove-signer", "pattern": "", "id": "self"})
    assert not ChangePlan.objects.filter(distribution=site).exists()
    look_at_signers(actor=administrator, distribution=site)
    assert "APKAEXAMPLE1" not in text(browser, address(site))


def test_key_pairs_of_an_account_sign_until_key_groups_take_their_place(
    browser: Client, administrator: User, bucket: Bucket, edge: Edge, sandbox: RunningSandbox
) -> None:
    site = make(administrator, bucket, kind="private")
    assert site.key_group is not None
    film, private = put(administrator, site), generate_private_key("rsa-2048")
    pair = {"account": "self", "id": "APKAEXAMPLE00000001", "public_key": public_pem(private), "active": True}
    httpx.post(f"{sandbox.url}/_sandbox/key-pairs", json=pair).raise_for_status()
    later = int(timezone.now().timestamp()) + 600
    by_account = sign_url(film.url, key_pair_id=str(pair["id"]), signer=load_signer(private), expires=later)
    ours = sign_object_url(actor=administrator, distribution=site, key=film.key, seconds=600, reason="test").url
    assert [edge.get(url).status_code for url in (film.url, by_account, ours)] == [403, 403, 200]
    browser.post(address(site), {"do": "remove-group", "pattern": "", "id": site.key_group.aws_id})
    plan_url = browser.post(address(site), {"do": "add-signer", "pattern": "", "signer": "self"})["Location"]
    browser.post(plan_url + "apply/")
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    assert fresh(site).active_signers == {"self": [pair["id"]]}
    assert [edge.get(url).status_code for url in (film.url, by_account, ours)] == [403, 200, 403]
    page = text(browser, address(site))
    assert str(pair["id"]) in page
    assert "Nobody gets in" not in page
    plan_url = browser.post(address(site), {"do": "move", "pattern": ""})["Location"]
    assert str(pair["id"]) in text(browser, plan_url), "which links it ends is not said"
    browser.post(plan_url + "apply/")
    assert finish(operation_of(site, "update_distribution")).state == Operation.State.SUCCEEDED
    assert [edge.get(url).status_code for url in (film.url, by_account, ours)] == [403, 403, 200]
