"""The pages of a plan: each part edited in its form, errors at their fields, others' changes decided."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cdnadmin.accounts.models import Bucket, User
from distributions.configuration.presets import CACHING_OPTIMIZED
from distributions.models import ChangePlan, Distribution
from distributions.services.plans import apply_plan, edit_plan, open_draft
from tests.integration.distributions.conftest import finish, fresh, make, operation_of
from tests.integration.distributions.test_plans import at_aws, drifted, outside

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(administrator: User) -> Client:
    made = Client()
    made.force_login(administrator)
    return made


@pytest.fixture
def site(administrator: User, bucket: Bucket) -> Distribution:
    return make(administrator, bucket)


@pytest.fixture
def plan(administrator: User, site: Distribution) -> ChangePlan:
    return open_draft(actor=administrator, distribution=site)


def address(plan: ChangePlan, part: str = "") -> str:
    return f"/distributions/plans/{plan.public_id}/{part}"


def form_of(browser: Client, url: str) -> dict[str, Any]:
    """What a browser would send if nothing were touched."""
    form = browser.get(url).context["form"]
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if value is not None and value is not False and value != "":
            data[field.html_name] = "on" if value is True else value
    return data


def test_a_change_begins_with_a_draft_and_ends_at_cloudfront(browser: Client, site: Distribution, cloudfront: Any) -> None:
    begun = browser.post(f"/distributions/{site.public_id}/change/")
    page = browser.get(begun["Location"])
    assert "Nothing differs" in page.content.decode()
    general = begun["Location"] + "general/"
    data = {**form_of(browser, general), "comment": "Größe zählt", "http_version": "http2", "price_class": "PriceClass_100"}
    data.pop("enabled")
    assert browser.post(general, data)["Location"] == begun["Location"]
    text = browser.get(begun["Location"]).content.decode()
    for said in ("Größe zählt", "Europe, North America and Israel", "Nobody can open its files", "HTTP/2, HTTP/1.1", "all edges"):
        assert said in text
    assert browser.post(begun["Location"] + "apply/")["Location"] == begun["Location"]
    assert "Being applied" in browser.get(begun["Location"]).content.decode()
    finish(operation_of(site, "update_distribution"))
    assert at_aws(cloudfront, site)["Comment"] == "Größe zählt"
    assert "What was changed" in browser.get(begun["Location"]).content.decode()


def test_every_part_of_a_plan_has_its_form(browser: Client, plan: ChangePlan) -> None:
    server = address(plan, "origin/?kind=custom")
    data = {**form_of(browser, server), "id": "spare", "domain": "spare.example.org", "protocol_policy": "https-only"}
    assert browser.post(server, {**data, "headers": "X-Origin-Verify: geheim"}).status_code == 302
    group = {"id": "both", "primary": "media", "secondary": "spare", "status_codes": [500, 503]}
    assert browser.post(address(plan, "origin-group/"), group).status_code == 302
    behavior = address(plan, "behavior/")
    data = {**form_of(browser, behavior), "pattern": "/hls/*", "target": "both", "protocol": "https-only"}
    assert browser.post(behavior, data).status_code == 302
    assert browser.post(behavior, {**data, "pattern": "*.m3u8"}).status_code == 302
    assert browser.post(address(plan, "arrange/"), {"do": "move-up", "id": "*.m3u8"}).status_code == 302
    error = {"code": "404", "page_path": "/404.html", "response_code": "404", "min_ttl": "10"}
    assert browser.post(address(plan, "error-page/"), error).status_code == 302
    assert browser.post(address(plan, "tags/"), {"tags": "team = press\nstage = live"}).status_code == 302
    viewers = {**form_of(browser, address(plan, "viewers/")), "geo_kind": "whitelist", "countries": "de, AT CH"}
    assert browser.post(address(plan, "viewers/"), viewers).status_code == 302
    plan.refresh_from_db()
    wanted = plan.wanted
    assert [item["PathPattern"] for item in wanted["CacheBehaviors"]["Items"]] == ["*.m3u8", "/hls/*"]
    assert wanted["CacheBehaviors"]["Items"][1]["TargetOriginId"] == "both"
    assert wanted["Restrictions"]["GeoRestriction"]["Items"] == ["DE", "AT", "CH"]
    assert plan.wanted_tags == {"team": "press", "stage": "live"}
    text = browser.get(address(plan)).content.decode()
    assert "/hls/*" in text
    assert "geheim" not in text
    # A header's value is not shown to be typed again, and stays.
    again = form_of(browser, address(plan, "origin/?id=spare"))
    assert again["headers"] == "X-Origin-Verify"
    browser.post(address(plan, "origin/?id=spare"), {**again, "path": "/files"})
    plan.refresh_from_db()
    spare = next(item for item in plan.wanted["Origins"]["Items"] if item["Id"] == "spare")
    assert (spare["OriginPath"], spare["CustomHeaders"]["Items"][0]["HeaderValue"]) == ("/files", "geheim")
    # What is used is not taken out.
    browser.post(address(plan, "arrange/"), {"do": "remove-origin", "id": "spare"})
    plan.refresh_from_db()
    assert len(plan.wanted["Origins"]["Items"]) == 2


@pytest.mark.parametrize(
    ("part", "values", "field"),
    [
        ("general/", {"default_root_object": "/index.html"}, "default_root_object"),
        ("general/", {"logging": "on", "log_bucket": "logs"}, "log_bucket"),
        ("viewers/", {"aliases": "media.example.org"}, "certificate"),
        ("viewers/", {"aliases": "not a name"}, "aliases"),
        ("viewers/", {"geo_kind": "whitelist"}, "countries"),
        ("origin/?id=media", {"path": "video/"}, "path"),
        ("origin/?kind=custom", {"id": "media", "domain": "www.example.org", "protocol_policy": "http-only"}, "id"),
        ("behavior/", {"pattern": "/a b/*"}, "pattern"),
        ("error-page/", {"code": "404", "page_path": "/404.html", "min_ttl": "1"}, "page_path"),
        ("tags/", {"tags": "aws:mine = x"}, "tags"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    browser: Client, plan: ChangePlan, part: str, values: dict[str, str], field: str
) -> None:
    url = address(plan, part)
    answer = browser.post(url, {**form_of(browser, url), **values})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors, answer.context["form"].errors
    for name, value in values.items():
        assert answer.context["form"][name].value() in {value, True}
    kept = ChangePlan.objects.get(pk=plan.pk)
    assert (kept.wanted, kept.wanted_tags) == (plan.wanted, plan.wanted_tags)


def test_a_conflict_is_decided_on_the_plans_page(browser: Client, administrator: User, site: Distribution, cloudfront: Any) -> None:
    plan = open_draft(actor=administrator, distribution=site)
    plan = edit_plan(actor=administrator, plan=plan, edit=lambda config: {**config, "Comment": "Mine"})
    etag = outside(cloudfront, site, Comment="Theirs")
    finish(apply_plan(actor=administrator, plan=plan))
    text = browser.get(address(plan)).content.decode()
    for said in ("Others changed it meanwhile", "both changed it", "Theirs", "Mine"):
        assert said in text
    browser.post(address(plan, "resolve/"), {"seen": etag, "choice:Comment": "mine"})
    browser.post(address(plan, "apply/"))
    finish(operation_of(site, "update_distribution"))
    assert at_aws(cloudfront, site)["Comment"] == "Mine"


def test_history_and_drift_have_their_pages(browser: Client, administrator: User, site: Distribution, cloudfront: Any) -> None:
    plan = open_draft(actor=administrator, distribution=site)
    plan = edit_plan(actor=administrator, plan=plan, edit=lambda config: {**config, "Comment": "Second"})
    finish(apply_plan(actor=administrator, plan=plan))
    history = f"/distributions/{site.public_id}/history/"
    assert "Ada" in browser.get(history).content.decode()
    assert "Second" in browser.get(f"{history}compare/?to=2").content.decode()
    assert browser.get(f"{history}compare/?to=99").status_code == 404
    restored = browser.post(f"{history}restore/", {"version": "1"})
    assert "Press kit" in browser.get(restored["Location"]).content.decode()
    etag = outside(cloudfront, site, Enabled=False)
    drifted(site, etag, cloudfront)
    drift = f"/distributions/{site.public_id}/drift/"
    assert "Nobody can open its files" in browser.get(drift).content.decode()
    assert "Somebody changed it at AWS" in browser.get(f"/distributions/{site.public_id}/").content.decode()
    assert "changed outside" in browser.get("/distributions/?drift=1").content.decode()
    browser.post(drift, {"seen": etag, "choice:Enabled": "theirs"})
    assert (fresh(site).enabled, fresh(site).drift) == (False, None)


def test_names_that_the_chosen_certificate_does_not_cover_are_told_in_the_plan(browser: Client, plan: ChangePlan) -> None:
    url = address(plan, "viewers/")
    typed = {**form_of(browser, url), "aliases": "film.example.org", "geo_kind": "whitelist", "countries": "DE"}
    answer = browser.post(url, typed)
    assert answer.status_code == 422
    assert "No issued certificate of this account covers “film.example.org”" in answer.content.decode()
    page = browser.post(url, {**typed, "request_certificate": "1"}).content.decode()
    assert "waits in ACM for DNS" in page
    assert 'value="whitelist" selected' in page
    plan.refresh_from_db()
    assert plan.wanted == plan.base.config


def test_a_bucket_of_the_account_is_an_origin_by_its_name_and_let_in_like_the_first(
    browser: Client, plan: ChangePlan, bucket: Bucket, s3: Any
) -> None:
    second = f"second-{plan.public_id}"
    s3.create_bucket(Bucket=second)
    Bucket.objects.create(account=bucket.account, name=second, region="us-east-1")
    url = address(plan, "origin/?kind=s3")
    assert f'<option value="{second}">' in browser.get(url).content.decode()
    data = form_of(browser, url)
    control = plan.wanted["Origins"]["Items"][0]["OriginAccessControlId"]
    assert data["access"] == f"oac:{control}"
    assert browser.post(url, {**data, "id": "second", "domain": second}).status_code == 302
    plan.refresh_from_db()
    made = plan.wanted["Origins"]["Items"][1]
    assert (made["DomainName"], made["OriginAccessControlId"]) == (f"{second}.s3.us-east-1.amazonaws.com", control)
    browser.post(address(plan, "apply/"))
    finish(operation_of(plan.distribution, "update_distribution"))
    assert plan.distribution.arn in s3.get_bucket_policy(Bucket=second)["Policy"]


def test_an_origin_in_a_vpc_is_kept_and_has_no_form(browser: Client, plan: ChangePlan) -> None:
    inside = {"Id": "inside", "DomainName": "inside.example.org", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
    items = [*plan.wanted["Origins"]["Items"], inside]
    ChangePlan.objects.filter(pk=plan.pk).update(wanted={**plan.wanted, "Origins": {"Quantity": 2, "Items": items}})
    answer = browser.get(address(plan, "origin/?id=inside"), follow=True)
    assert "lies in a VPC" in answer.content.decode()


def test_of_two_tabs_the_later_one_does_not_undo_the_earlier_one_unsaid(browser: Client, plan: ChangePlan) -> None:
    url = address(plan, "general/")
    page = browser.get(url)
    begun = {**form_of(browser, url), "begun_as": page.context["begun_as"]}
    assert browser.post(url, {**begun, "comment": "Tab one"}).status_code == 302
    answer = browser.post(url, {**begun, "default_root_object": "index.html"})
    assert answer.status_code == 422
    assert "changed since you opened it" in answer.content.decode()
    assert 'value="index.html"' in answer.content.decode(), "what was typed stays"
    plan.refresh_from_db()
    assert (plan.wanted["Comment"], plan.wanted["DefaultRootObject"]) == ("Tab one", "")
    again = {**begun, "begun_as": answer.context["begun_as"], "comment": "Tab one", "default_root_object": "index.html"}
    assert browser.post(url, again).status_code == 302
    # Another part is no concern of this one.
    tags = address(plan, "tags/")
    begun_as = browser.get(tags).context["begun_as"]
    assert browser.post(url, {**form_of(browser, url), "comment": "Other"}).status_code == 302
    assert browser.post(tags, {"tags": "a = b", "begun_as": begun_as}).status_code == 302


def test_an_error_page_takes_no_others_place_and_an_odd_code_breaks_nothing(browser: Client, plan: ChangePlan) -> None:
    url = address(plan, "error-page/")
    page = {"code": "404", "page_path": "/a.html", "response_code": "404", "min_ttl": "10"}
    assert browser.post(url, page).status_code == 302
    assert "There is a page for 404 already" in browser.post(url, {**page, "page_path": "/b.html"}).content.decode()
    assert browser.post(url, {**page, "code": "403"}).status_code == 302
    answer = browser.post(address(plan, "error-page/?code=404"), {**page, "code": "403"})
    assert "There is a page for 403 already" in answer.content.decode()
    assert browser.post(address(plan, "error-page/?code=404"), {**page, "code": "500"}).status_code == 302
    plan.refresh_from_db()
    assert [item["ErrorCode"] for item in plan.wanted["CustomErrorResponses"]["Items"]] == [403, 500]
    assert browser.post(address(plan, "arrange/"), {"do": "remove-error", "id": "²"}).status_code == 302


def test_a_new_behavior_beside_an_old_one_begins_with_a_policy_and_times_are_required(browser: Client, plan: ChangePlan) -> None:
    default = {**plan.wanted["DefaultCacheBehavior"], "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}
    default.pop("CachePolicyId")
    default.pop("OriginRequestPolicyId", None)
    ChangePlan.objects.filter(pk=plan.pk).update(wanted={**plan.wanted, "DefaultCacheBehavior": {**default, "MinTTL": 0}})
    new = form_of(browser, address(plan, "behavior/"))
    assert new["cache_policy"] == CACHING_OPTIMIZED
    url = address(plan, "behavior/?default=1")
    old = form_of(browser, url)
    assert old.get("cache_policy", "") == ""
    assert browser.post(url, {**old, "max_ttl": ""}).status_code == 422
    assert browser.post(url, {**old, "max_ttl": "99999999999999"}).status_code == 422
    answer = browser.post(url, {**old, "max_ttl": "60", "default_ttl": "30"})
    assert answer.status_code == 302, answer.context["form"].errors
    plan.refresh_from_db()
    assert plan.wanted["DefaultCacheBehavior"]["MaxTTL"] == 60


def test_a_plan_for_what_is_managed_elsewhere_is_not_applied(browser: Client, plan: ChangePlan) -> None:
    Distribution.objects.filter(pk=plan.distribution_id).update(managed_by="terraform")
    general = address(plan, "general/")
    browser.post(general, {**form_of(browser, general), "comment": "Planned"})
    page = browser.get(address(plan)).content.decode()
    assert "marked as managed by Terraform" in page
    assert "Apply at CloudFront" not in page
