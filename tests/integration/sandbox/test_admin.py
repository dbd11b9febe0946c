"""What the sandbox itself is asked for: faults for one resource, stale reads, silence, quotas, many distributions, unknown
fields, expired credentials; and the certificates that CloudFront looks up in ACM."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.certificates import issue_certificate
from tests.conftest import RunningSandbox, start_sandbox
from tests.integration.sandbox.cloudfront.conftest import distribution_config
from tests.integration.sandbox.conftest import connect, fresh, refused

Inject = Callable[..., None]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """One of its own: what is set here would be in others' way."""
    process, running = start_sandbox(tmp_path_factory.mktemp("sandbox-admin"), propagation=0.1)
    yield running
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def cloudfront(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "cloudfront")


def post(sandbox: RunningSandbox, what: str, **given: Any) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/_sandbox/{what}", json=given, timeout=60)


def changed(cloudfront: Any) -> str:
    """A distribution whose comment was "old" and is "new"."""
    made = cloudfront.create_distribution(DistributionConfig=distribution_config(Comment="old"))
    config = {**made["Distribution"]["DistributionConfig"], "Comment": "new"}
    cloudfront.update_distribution(Id=made["Distribution"]["Id"], IfMatch=made["ETag"], DistributionConfig=config)
    return str(made["Distribution"]["Id"])


def test_a_stale_read_of_one_resource(cloudfront: Any, inject: Inject) -> None:
    first, second = changed(cloudfront), changed(cloudfront)
    fresh_etag = cloudfront.get_distribution(Id=first)["ETag"]
    inject(operation="GetDistribution", stale=True, resource=first)

    def comment(id: str) -> tuple[str, bool]:
        answer = cloudfront.get_distribution(Id=id)
        return answer["Distribution"]["DistributionConfig"]["Comment"], answer["ETag"] == fresh_etag

    assert (comment(second)[0], comment(first), comment(first)) == ("new", ("old", False), ("new", True))
    inject(operation="ListDistributions", stale=True, resource=first)
    listed = [cloudfront.list_distributions()["DistributionList"]["Items"] for _ in range(2)]
    comments = [{item["Id"]: item["Comment"] for item in page} for page in listed]
    assert [(page[first], page[second]) for page in comments] == [("old", "new"), ("new", "new")]


def test_a_fault_of_one_resource_leaves_the_others(cloudfront: Any, inject: Inject) -> None:
    first, second = changed(cloudfront), changed(cloudfront)
    inject(service="cloudfront", resource=first, code="Throttling", message="Rate exceeded")
    cloudfront.get_distribution(Id=second)
    with refused("Throttling", 400):
        cloudfront.get_distribution(Id=first)


def test_a_call_that_is_never_answered(sandbox: RunningSandbox, cloudfront: Any, inject: Inject) -> None:
    make: Any = boto3.client
    keys = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox", "region_name": "us-east-1"}
    hasty = make("cloudfront", endpoint_url=sandbox.url, config=Config(read_timeout=0.3, retries={"total_max_attempts": 1}), **keys)
    reference = fresh("reference")
    inject(operation="CreateDistribution", time_out=True, delay=1, times=2)
    with pytest.raises(ReadTimeoutError):
        hasty.create_distribution(DistributionConfig=distribution_config(CallerReference=reference))
    began = time.monotonic()
    with pytest.raises(ConnectionClosedError):
        cloudfront.create_distribution(DistributionConfig=distribution_config(CallerReference=reference))
    assert time.monotonic() - began >= 1
    cloudfront.create_distribution(DistributionConfig=distribution_config(CallerReference=reference))  # nothing was done


def test_ten_thousand_distributions_are_listed_and_joined_quickly(sandbox: RunningSandbox, cloudfront: Any) -> None:
    before = {item["Id"] for page in cloudfront.get_paginator("list_distributions").paginate() for item in items(page)}
    ids = post(sandbox, "distributions", count=10_000, comment="many", status="InProgress", seconds=600).json()["ids"]
    assert len(set(ids)) == 10_000
    assert post(sandbox, "quotas", distribution=20_000).json()["distribution"] == 20_000
    pages, marker = [], dict[str, str]()
    for _ in range(5):
        began = time.perf_counter()
        listed = cloudfront.list_distributions(**marker)["DistributionList"]
        pages.append(time.perf_counter() - began)
        assert listed["Quantity"] == 100
        marker = {"Marker": listed["NextMarker"]}
    # botocore's own reading of a page is most of it.
    assert min(pages) < 0.25
    last = cloudfront.list_distributions(Marker=ids[-101])["DistributionList"]
    assert ([item["Id"] for item in last["Items"]], last["IsTruncated"]) == (ids[-100:], False)
    assert {item["Status"] for item in last["Items"]} == {"InProgress"}
    assert last["Items"][-1]["Comment"] == "many 10000"
    began = time.perf_counter()
    made = cloudfront.create_distribution(DistributionConfig=distribution_config())["Distribution"]["Id"]
    assert time.perf_counter() - began < 0.5
    assert made not in before


def items(page: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page["DistributionList"].get("Items", [])
    return found


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("distributions", {"count": 0}),
        ("distributions", {"count": 1, "status": "Done"}),
        ("distributions", {"count": 1, "colour": "red"}),
        ("quotas", {"distribution": -1}),
        ("quotas", {"distributons": 1}),
        ("credentials", {"expired": "yes"}),
        ("unknown-fields", {"distribution": "ENOTHERE"}),
        ("system-tags", {"distribution": "ENOTHERE", "tags": {"aws:x": "y"}}),
        ("nothing", {}),
    ],
)
def test_what_the_sandbox_is_not_asked_for(sandbox: RunningSandbox, what: str, given: dict[str, Any]) -> None:
    assert post(sandbox, what, **given).status_code in {400, 404}


def test_an_unknown_field_is_answered_where_it_stands_and_lost_by_an_update(sandbox: RunningSandbox, cloudfront: Any) -> None:
    made = cloudfront.create_distribution(DistributionConfig=distribution_config())
    id = made["Distribution"]["Id"]
    path = "DistributionConfig/DefaultCacheBehavior/NewThing"
    assert post(sandbox, "unknown-fields", distribution=id, path=path, value="a < b").status_code == 204
    assert post(sandbox, "unknown-fields", distribution=id, name="Another", value="x").status_code == 204
    answers: list[bytes] = []
    cloudfront.meta.events.register(
        "before-parse.cloudfront.GetDistributionConfig", lambda response_dict, **_: answers.append(response_dict["body"])
    )
    config = cloudfront.get_distribution_config(Id=id)["DistributionConfig"]
    assert b"<NewThing>a &lt; b</NewThing></DefaultCacheBehavior>" in answers[0]
    assert b"<Another>x</Another></DistributionConfig>" in answers[0]
    there = httpx.get(f"{sandbox.url}/_sandbox/unknown-fields").json()[id]
    assert there == {"DefaultCacheBehavior/NewThing": "a < b", "Another": "x"}
    cloudfront.update_distribution(Id=id, IfMatch=made["ETag"], DistributionConfig={**config, "Comment": "new"})
    assert id not in httpx.get(f"{sandbox.url}/_sandbox/unknown-fields").json()


def test_expired_credentials_are_refused_as_each_service_does(sandbox: RunningSandbox) -> None:
    calls = {
        "cloudfront": ("list_distributions", "ExpiredToken", 403),
        "sts": ("get_caller_identity", "ExpiredToken", 403),
        "s3": ("list_buckets", "ExpiredToken", 400),
        "acm": ("list_certificates", "ExpiredTokenException", 400),
        "kms": ("list_keys", "ExpiredTokenException", 400),
    }
    post(sandbox, "credentials", expired=True).raise_for_status()
    try:
        for service, (call, code, status) in calls.items():
            with refused(code, status):
                getattr(connect(sandbox, service), call)()
    finally:
        post(sandbox, "credentials", expired=False).raise_for_status()
    for service, (call, _, _) in calls.items():
        getattr(connect(sandbox, service), call)()


def test_a_certificate_is_looked_up_in_acm(sandbox: RunningSandbox, cloudfront: Any) -> None:
    acm = connect(sandbox, "acm")
    arn = issue_certificate(acm, "media.example.org", "*.example.com")
    assert arn in [item["CertificateArn"] for item in acm.list_certificates()["CertificateSummaryList"]]
    waiting = acm.request_certificate(DomainName="waiting.example.net", ValidationMethod="DNS")["CertificateArn"]

    def create(alias: str, arn: str = arn) -> None:
        certificate = {"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}
        aliases = {"Quantity": 1, "Items": [alias]}
        cloudfront.create_distribution(DistributionConfig=distribution_config(Aliases=aliases, ViewerCertificate=certificate))

    for alias in ("media.example.org", "www.example.com", "*.example.com"):
        create(alias)
    for alias in ("example.com", "a.b.example.com", "www.example.org"):
        with refused("InvalidViewerCertificate", 400):
            create(alias)
    with refused("InvalidViewerCertificate", 400):  # not validated yet
        create("waiting.example.net", waiting)
