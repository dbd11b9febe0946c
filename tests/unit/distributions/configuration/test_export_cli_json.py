"""The CLI's JSON: taken by CreateDistributionWithTags, whole, without secrets."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from distributions.configuration.differences import compare
from distributions.configuration.edits import put_origin
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.cli_json import PLACEHOLDER, to_cli_json
from distributions.configuration.fields import items_of
from tests.unit.distributions.configuration.exported import MAKERS, plain, server


def document(bundle: Bundle) -> Any:
    return json.loads(to_cli_json(bundle))["DistributionConfigWithTags"]


@pytest.mark.parametrize("make", MAKERS)
def test_it_is_whole_and_taken(make: Any) -> None:
    shape = botocore.session.get_session().get_service_model("cloudfront").operation_model("CreateDistributionWithTags").input_shape
    assert shape is not None
    text = to_cli_json(Bundle(name="a", id="E1", config=make()))
    report = ParamValidator().validate(json.loads(text), shape)
    assert not report.has_errors(), report.generate_report()
    assert compare(make(), json.loads(text)["DistributionConfigWithTags"]["DistributionConfig"]) == []


def test_secrets_are_placeholders_and_the_bundle_keeps_its_own() -> None:
    config = put_origin(plain(), server(headers=[("X-Origin-Verify", "geheim")]))
    bundle = Bundle(name="a", id="E1", config=config)
    found = document(bundle)["DistributionConfig"]["Origins"]["Items"][1]["CustomHeaders"]
    assert found == {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": PLACEHOLDER}]}
    assert "geheim" not in repr(bundle)
    assert items_of(config["Origins"]["Items"][1]["CustomHeaders"])[0]["HeaderValue"] == "geheim"


def test_it_has_a_reference_of_its_own_and_only_tags_that_may_be_given() -> None:
    found = document(Bundle(name="a", id="E1", config=plain(), tags={"b": "2", "a": "ü", "aws:cloudformation:stack": "x"}))
    assert found["DistributionConfig"]["CallerReference"] == "copy-of-E1"
    assert found["Tags"]["Items"] == [{"Key": "a", "Value": "ü"}, {"Key": "b", "Value": "2"}]
