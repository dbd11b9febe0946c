"""The control plane on the wire: pages, faults on request, shapes that botocore reads, codes that its model knows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import httpx
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.validate import ParamValidator

from tests.conftest import ROOT, RunningSandbox
from tests.integration.sandbox.cloudfront.conftest import Make, distribution_config, items, oac, oai
from tests.integration.sandbox.conftest import connect, fresh, refused

Inject = Callable[..., None]


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("list_distributions", "Distribution"),
        ("list_cloud_front_origin_access_identities", "CloudFrontOriginAccessIdentity"),
        ("list_origin_access_controls", "OriginAccessControl"),
    ],
)
def test_pages_go_on_by_marker(cloudfront: Any, make: Make, call: str, kind: str, size: int) -> None:
    creating: Callable[[], dict[str, Any]] = {"Distribution": make}.get(kind) or (
        (lambda: oai(cloudfront)) if kind.startswith("CloudFront") else (lambda: oac(cloudfront))
    )
    made = [creating()[kind]["Id"] for _ in range(3)]
    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = getattr(cloudfront, call)(MaxItems=str(size), **marker)
        listed = page[f"{kind}List"]
        assert listed["Quantity"] == len(items(page, kind)) <= listed["MaxItems"] == size
        found += [item["Id"] for item in items(page, kind)]
        assert listed["IsTruncated"] is ("NextMarker" in listed)
        if not listed["IsTruncated"]:
            break
        marker = {"Marker": listed["NextMarker"]}
    assert len(found) == len(set(found))
    assert set(made) <= set(found)


@pytest.mark.parametrize("asked", [{"MaxItems": "0"}, {"MaxItems": "many"}, {"MaxItems": "-1"}, {"Marker": "ENOTHERE"}])
def test_pages_that_cannot_be(cloudfront: Any, asked: dict[str, str]) -> None:
    with refused("InvalidArgument", 400):
        cloudfront.list_distributions(**asked)


def test_a_page_is_no_larger_than_a_hundred(cloudfront: Any) -> None:
    assert cloudfront.list_distributions(MaxItems="1000")["DistributionList"]["MaxItems"] == 100


def test_throttling_on_request(cloudfront: Any, sandbox: RunningSandbox, inject: Inject) -> None:
    inject(service="cloudfront", operation="ListDistributions", code="Throttling", message="Rate exceeded", times=2)
    assert cloudfront.list_origin_access_controls()["OriginAccessControlList"]["MaxItems"] == 100
    for _ in range(2):
        with refused("Throttling", 400) as answer:
            cloudfront.list_distributions()
        assert answer["Error"]["Message"] == "Rate exceeded"
    cloudfront.list_distributions()


def writes(sandbox: RunningSandbox, operation: str) -> list[str]:
    lines = httpx.get(f"{sandbox.url}/_sandbox/writes").text.splitlines()
    return [line["resource"] for line in map(json.loads, lines) if line["operation"] == operation]


def test_a_refusal_on_request_does_nothing_and_a_dropped_answer_all(
    cloudfront: Any, sandbox: RunningSandbox, inject: Inject
) -> None:
    name = fresh("oac")
    before = writes(sandbox, "CreateOriginAccessControl")
    inject(service="cloudfront", operation="CreateOriginAccessControl", code="ServiceUnavailable", status=503)
    with refused("ServiceUnavailable", 503):
        oac(cloudfront, name)
    assert writes(sandbox, "CreateOriginAccessControl") == before
    inject(service="cloudfront", operation="CreateOriginAccessControl", drop_answer=True)
    with pytest.raises(ConnectionClosedError):
        oac(cloudfront, name)
    (id,) = writes(sandbox, "CreateOriginAccessControl")[len(before) :]
    assert cloudfront.get_origin_access_control(Id=id)["OriginAccessControl"]["OriginAccessControlConfig"]["Name"] == name
    with refused("OriginAccessControlAlreadyExists"):
        oac(cloudfront, name)


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [("s3", "ListBuckets", "list_buckets"), ("sts", "GetCallerIdentity", "get_caller_identity"), ("kms", "ListKeys", "list_keys")],
)
def test_faults_at_the_other_services(sandbox: RunningSandbox, inject: Inject, service: str, operation: str, call: str) -> None:
    client = connect(sandbox, service)
    inject(service=service, operation="SomethingElse", code="Throttling")
    getattr(client, call)()
    inject(service=service, operation=operation, code="SlowDown", status=503)
    with refused("SlowDown", 503):
        getattr(client, call)()
    inject(service=service, operation=operation, drop_answer=True)
    with pytest.raises(ConnectionClosedError):
        getattr(client, call)()
    inject(service=service, operation=operation, delay=0.3)
    assert getattr(client, call)()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"code": "X", "opration": "y"}', '{"service": "s3"}'])
def test_a_misspelt_fault_is_refused(sandbox: RunningSandbox, body: str) -> None:
    assert httpx.post(f"{sandbox.url}/_sandbox/faults", content=body).status_code == 400


def test_answers_have_the_shape_of_the_service_model(cloudfront: Any, make: Make) -> None:
    """Every answer to these reads, parsed by botocore, is complete by its own model."""
    id = make()["Distribution"]["Id"]
    control, identity = oac(cloudfront), oai(cloudfront)
    reads = {
        "GetDistribution": cloudfront.get_distribution(Id=id),
        "GetDistributionConfig": cloudfront.get_distribution_config(Id=id),
        "ListDistributions": cloudfront.list_distributions(),
        "GetOriginAccessControl": cloudfront.get_origin_access_control(Id=control["OriginAccessControl"]["Id"]),
        "ListOriginAccessControls": cloudfront.list_origin_access_controls(),
        "GetCloudFrontOriginAccessIdentity": cloudfront.get_cloud_front_origin_access_identity(
            Id=identity["CloudFrontOriginAccessIdentity"]["Id"]
        ),
        "ListCloudFrontOriginAccessIdentities": cloudfront.list_cloud_front_origin_access_identities(),
        "ListPublicKeys": cloudfront.list_public_keys(),
        "ListKeyGroups": cloudfront.list_key_groups(),
        "ListInvalidations": cloudfront.list_invalidations(DistributionId=id),
    }
    model = botocore.session.get_session().get_service_model("cloudfront")
    for operation, answer in reads.items():
        answer.pop("ResponseMetadata")
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"
        assert answer, operation


def test_every_refusal_has_the_status_that_the_model_gives_it() -> None:
    model = botocore.session.get_session().get_service_model("cloudfront")
    common = {"MalformedXML", "MissingAuthenticationToken", "NotImplemented"}  # "Common errors", in no service's model
    found = []
    for file in Path(ROOT / "cdnadmin/sandbox/cloudfront").glob("*.py"):
        for status, code in re.findall(r'Fault\(\s*(\d+),\s*"(\w+)"', file.read_text()):
            if code not in common:
                assert model.shape_for(code).metadata["error"]["httpStatusCode"] == int(status), (file.name, code)
                found.append(code)
    assert len(found) > 30


def test_an_operation_that_the_sandbox_has_not(cloudfront: Any) -> None:
    for call in (
        cloudfront.list_key_value_stores,
        cloudfront.list_field_level_encryption_configs,
        cloudfront.list_realtime_log_configs,
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "NotImplemented"


@pytest.mark.parametrize("body", [b"<a", b"<DistributionConfig/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_documents_that_are_none(cloudfront: Any, body: bytes) -> None:
    def replace(request: Any, **_: Any) -> None:
        request.data = body

    cloudfront.meta.events.register("before-sign.cloudfront.CreateDistribution", replace)
    try:
        with refused("MalformedXML", 400):
            cloudfront.create_distribution(DistributionConfig=distribution_config())
    finally:
        cloudfront.meta.events.unregister("before-sign.cloudfront.CreateDistribution", replace)
