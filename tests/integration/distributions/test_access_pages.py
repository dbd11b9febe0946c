"""The page of who can reach a distribution's files: what it says, who gets it, and the plan that shows the policy first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.errors import Conflict
from distributions.access.switching import switch_of
from distributions.models import ChangePlan, Distribution
from distributions.services.access_models import plan_access_model
from distributions.services.objects import add_object
from distributions.services.plans import apply_plan, edit_plan
from tests.integration.distributions.conftest import fresh, make
from tests.integration.distributions.test_access_models import OTHERS, policy_of
from tests.integration.distributions.test_pages import browser_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


def test_it_says_who_can_read_and_what_stands_at_s3_and_leads_to_a_plan_that_shows_the_policy(
    browser: Client, administrator: User, bucket: Bucket, s3: Any
) -> None:
    site = make(administrator, bucket, kind=Distribution.Kind.PRIVATE)
    add_object(actor=administrator, distribution=site, path="film.txt", body=b"a film", content_type="text/plain")
    document = {"Version": "2012-10-17", "Statement": [*policy_of(s3, bucket).values(), OTHERS]}
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(document).replace("BUCKET", bucket.name))
    address = f"/distributions/{site.public_id}/access/"
    assert "not looked at yet" in browser.get(address).content.decode()
    browser.post(f"{address}look/")
    page = browser.get(address).content.decode()
    for words in ("As it should be", "Bucket owner enforced", "BlockPublicAcls", "film.txt", "written by others", "AES256"):
        assert words in page, words
    assert "ACLs turned off" in page, "why a model by ACL can't be chosen is not said"
    answer = browser.post(f"{address}switch/", {"model": "oai", "take_out_old": "1"})
    plan = ChangePlan.objects.get()
    assert answer.headers["Location"] == f"/distributions/plans/{plan.public_id}/"
    page = browser.get(answer.headers["Location"]).content.decode()
    for words in ("First, beside what is there", "In the end", f"CdnadminOai{site.public_id}", "1 statement stays just as it is"):
        assert words in page, words
    assert set(policy_of(s3, bucket)) == {f"CdnadminOac{site.public_id}", "Others"}, "a plan has written something"


def test_a_model_that_cannot_be_had_is_refused_with_its_reason(browser: Client, administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    address = f"/distributions/{site.public_id}/access/"
    for model, words in (("public-acl", "ACLs turned off"), ("oac", "nothing would change"), ("magic", "Choose how")):
        answer = browser.post(f"{address}switch/", {"model": model}, follow=True)
        assert words in answer.content.decode(), model
    assert not ChangePlan.objects.exists()
    assert fresh(site).access_model == "oac"


def test_editors_see_it_and_change_nothing_and_others_do_not_see_it(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    address = f"/distributions/{site.public_id}/access/"
    editor = browser_of(Role.EDITOR)
    assert editor.get(address).status_code == 200
    assert "See what will differ" not in editor.get(address).content.decode()
    assert editor.post(f"{address}switch/", {"model": "oai"}).status_code == 403
    assert browser_of(Role.STAFF).get(address).status_code == 403


def test_a_plan_whose_origin_is_edited_after_the_model_was_chosen_follows_the_origin(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket)
    plan = plan_access_model(actor=administrator, distribution=site, model="oai")
    plan = edit_plan(actor=administrator, plan=plan, edit=lambda config: site.config)
    assert switch_of(site, plan).new.model == "oac"
    with pytest.raises(Conflict, match="Nothing would change"):
        apply_plan(actor=administrator, plan=plan)
