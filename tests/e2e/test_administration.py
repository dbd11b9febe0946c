"""What administrators leave CloudFront's console for: two edits are decided, none lost; the largest configuration stays whole."""

from __future__ import annotations

import copy
import re
from typing import Any

import boto3
import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from cdnadmin.accounts.models import new_public_id
from cdnadmin.aws.distribution_config import build_distribution_config
from tests.certificates import issue_certificate
from tests.conftest import wait_until
from tests.e2e import journeys
from tests.e2e.conftest import NewPage, Studio

pytestmark = [pytest.mark.e2e, pytest.mark.serial]

LONGEST = "Größe, Länge & Maß – "
PUT = "Put it into the plan"


def service(studio: Studio, name: str) -> Any:
    """As a colleague with CloudFront's console has it."""
    make: Any = boto3.client
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
    return make(name, endpoint_url=studio.product.sandbox, region_name="us-east-1", **keys)


@pytest.fixture
def cloudfront(studio: Studio) -> Any:
    return service(studio, "cloudfront")


@pytest.fixture
def page(studio: Studio, new_page: NewPage) -> Page:
    return new_page(storage_state=studio.sessions["administrator"])


def config_at_aws(cloudfront: Any, id: str) -> dict[str, Any]:
    config: dict[str, Any] = cloudfront.get_distribution_config(Id=id)["DistributionConfig"]
    return config


def change_outside(cloudfront: Any, id: str, **changed: Any) -> None:
    seen = cloudfront.get_distribution_config(Id=id)
    cloudfront.update_distribution(Id=id, IfMatch=seen["ETag"], DistributionConfig={**seen["DistributionConfig"], **changed})


def created(page: Page, studio: Studio) -> str:
    """AWS's id of a new distribution, whose page is left open once it is live."""
    journeys.create_distribution(page, studio.product.address, name=f"Kit {new_public_id()}", private=False, account="Sandbox")
    expect(page.get_by_role("main").get_by_text("Live", exact=True).first).to_be_visible()
    return journeys.fact(page, "At AWS").inner_text().split()[0]


def begin_plan(page: Page) -> None:
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_text("Nothing differs")).to_be_visible()


def choice(page: Page, field: str) -> Locator:
    return page.get_by_role("group", name=re.compile(f"^{field}"))


def test_two_who_change_one_distribution_decide_field_by_field(page: Page, studio: Studio, cloudfront: Any) -> None:
    id = created(page, studio)
    begin_plan(page)
    page.get_by_role("link", name="General").click()
    page.get_by_label("Comment").fill("Mine")
    page.get_by_label("Default root object").fill("index.html")
    page.get_by_role("button", name=PUT).click()
    change_outside(cloudfront, id, Comment="Theirs", PriceClass="PriceClass_100")
    page.get_by_role("button", name="Apply at CloudFront").click()
    expect(page.get_by_role("heading", name="Others changed it meanwhile")).to_be_visible()
    expect(choice(page, "Comment").get_by_text("both changed it")).to_be_visible()
    assert config_at_aws(cloudfront, id)["Comment"] == "Theirs", "nothing is overwritten"
    choice(page, "Comment").get_by_label("In this plan").check()
    page.get_by_role("button", name="Bring both together").click()
    page.get_by_role("button", name="Apply at CloudFront").click()
    expect(page.get_by_role("heading", name="What was changed", exact=True)).to_be_visible()
    now = config_at_aws(cloudfront, id)
    assert (now["Comment"], now["DefaultRootObject"], now["PriceClass"]) == ("Mine", "index.html", "PriceClass_100")


def test_what_was_changed_outside_is_found_and_decided(page: Page, studio: Studio, cloudfront: Any) -> None:
    id = created(page, studio)
    mine = page.url
    change_outside(cloudfront, id, Comment="From the console", HttpVersion="http2")
    page.goto(f"{studio.product.address}/distributions/import/")
    page.get_by_role("button", name="Look for changes made outside in Sandbox").click()

    def found() -> bool:
        page.goto(mine)
        return page.get_by_role("link", name="Compare and decide").count() == 1

    wait_until(found, seconds=30, what="the notice that it was changed outside")
    page.get_by_role("link", name="Compare and decide").click()
    choice(page, "Comment").get_by_label("Put ours back").check()
    page.get_by_role("button", name="Go on with these").click()
    expect(page.get_by_role("heading", name="What will differ at AWS")).to_be_visible()
    page.get_by_role("button", name="Apply at CloudFront").click()
    expect(page.get_by_role("heading", name="What was changed", exact=True)).to_be_visible()
    now = config_at_aws(cloudfront, id)
    assert (now["Comment"] != "From the console", now["HttpVersion"]) == (True, "http2")
    page.goto(mine)
    expect(page.get_by_role("link", name="Compare and decide")).to_have_count(0)


def large(zone: str, arn: str) -> dict[str, Any]:
    """25 behaviors, 100 host names, names and a comment of 128 characters."""
    config = build_distribution_config(caller_reference=zone, bucket="theirs", region="us-east-1")
    origin = "o" * 128
    config["Origins"]["Items"][0]["Id"] = origin
    default = config["DefaultCacheBehavior"]
    default["TargetOriginId"] = origin
    behaviors = [{**copy.deepcopy(default), "PathPattern": f"/films/{number:02}/*"} for number in range(25)]
    hosts = [f"host-{number:03}.{zone}" for number in range(100)]
    return {
        **config,
        "Comment": (LONGEST * 7)[:128],
        "CacheBehaviors": {"Quantity": 25, "Items": behaviors},
        "Aliases": {"Quantity": 100, "Items": hosts},
        "ViewerCertificate": {
            "ACMCertificateArn": arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        },
    }


def test_the_largest_configuration_is_shown_kept_and_changed_in_one_place(page: Page, studio: Studio, cloudfront: Any) -> None:
    zone = f"{new_public_id()}.example.org"
    # It is shared with the tests that upload: what takes files here must have where to put them.
    service(studio, "s3").create_bucket(Bucket="theirs")
    arn = issue_certificate(service(studio, "acm"), f"*.{zone}")
    made = cloudfront.create_distribution(DistributionConfig=large(zone, arn))["Distribution"]
    unknown = {"distribution": made["Id"], "path": "DistributionConfig/DefaultCacheBehavior/NewerThing", "value": "on"}
    httpx.post(f"{studio.product.sandbox}/_sandbox/unknown-fields", json=unknown).raise_for_status()
    before = config_at_aws(cloudfront, made["Id"])
    page.goto(f"{studio.product.address}/distributions/import/")
    page.get_by_role("button", name="Import Sandbox").click()

    def listed() -> bool:
        page.goto(f"{studio.product.address}/distributions/?search={made['Id']}")
        return page.locator("tbody tr").count() == 1

    wait_until(listed, seconds=60, what="the imported distribution in the list")
    page.locator("tbody tr a").first.click()
    mine = page.url
    expect(page.get_by_text("NewerThing").first).to_be_visible()
    expect(page.get_by_role("button", name="Change", exact=True)).to_have_count(0)

    # Somebody with a newer client takes it out; cdnadmin looks again.
    change_outside(cloudfront, made["Id"])
    page.goto(f"{studio.product.address}/distributions/import/")
    page.get_by_role("button", name="Look for changes made outside in Sandbox").click()

    def changeable() -> bool:
        page.goto(mine)
        return page.get_by_role("button", name="Change", exact=True).count() == 1

    wait_until(changeable, seconds=60, what="that it can be changed")
    begin_plan(page)
    plan = page.url
    for number in range(25):
        expect(page.get_by_role("link", name=f"/films/{number:02}/*")).to_be_visible()
    page.get_by_role("link", name="Names, certificate and countries").click()
    assert len(page.get_by_label("Host names of your own").input_value().split()) == 100
    page.goto(plan)
    page.get_by_role("link", name="General").click()
    assert page.get_by_label("Comment").input_value() == before["Comment"]
    page.get_by_label("Comment").fill("kurz – ü")
    page.get_by_role("button", name=PUT).click()
    page.get_by_role("button", name="Apply at CloudFront").click()
    expect(page.get_by_role("heading", name="What was changed", exact=True)).to_be_visible()
    assert config_at_aws(cloudfront, made["Id"]) == {**before, "Comment": "kurz – ü"}
