"""Exports parse, and leave nothing out."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import hcl2
import pytest
from botocore.validate import ParamValidator

from distributions.configuration.behavior_edits import behavior_values, put_behavior, put_error_response
from distributions.configuration.edits import put_origin, put_origin_group, set_logging
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.cli_json import PLACEHOLDER, to_cli_json
from distributions.configuration.export.terraform import to_terraform
from tests.unit.distributions.test_configuration import EDITS, built, large, server

# What says nothing: the caller reference is the creation's, these are what AWS answers for nothing.
_SAYS_NOTHING = {"", "none", "vip", "TLSv1", "cloudfront", "x"}


def everything() -> dict[str, Any]:
    config = put_origin(large(), server("spare", path="/files", headers=[("X-Verify", "geheim ${x}")]))
    config = put_origin_group(config, id="both", primary="media", secondary="spare", status_codes=[500, 503])
    config = put_error_response(config, code=404, page_path="/404.html", response_code="404", min_ttl=30)
    config = EDITS["countries"](EDITS["signatures"](config))
    config = set_logging(config, enabled=True, bucket="logs.s3.amazonaws.com", prefix="cf/", include_cookies=True)
    return config | {"Comment": "Größe “5” ${not.a.template} %{if} \\ \n two", "WebACLId": "arn:aws:wafv2:acl"}


def legacy() -> dict[str, Any]:
    config = put_behavior(built(), pattern="/old/*", values=behavior_values(built(), None))
    behavior = config["CacheBehaviors"]["Items"][0]
    behavior.pop("CachePolicyId")
    behavior |= {
        "ForwardedValues": {
            "QueryString": True,
            "Cookies": {"Forward": "whitelist", "WhitelistedNames": {"Quantity": 1, "Items": ["session"]}},
            "Headers": {"Quantity": 1, "Items": ["Origin"]},
            "QueryStringCacheKeys": {"Quantity": 1, "Items": ["v"]},
        },
        "MinTTL": 7,
        "DefaultTTL": 77,
        "MaxTTL": 777,
        "FunctionAssociations": {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": "arn:function"}]},
        "TrustedSigners": {"Enabled": True, "Quantity": 1, "Items": ["123456789012"]},
    }
    return config


def bundle(config: dict[str, Any]) -> Bundle:
    return Bundle(
        name="Press kit 5",
        id="E123",
        config=config,
        tags={"team": "press", "aws:own": "x"},
        accesses={"E1": ("oac", "cdnadmin-abc"), "E2": ("oai", "Old site")},
        keys={"K1": ("my key", "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n")},
        groups={"g": ("my group", ("K1", "K2"))},
        policies={"media": {"Statement": [{"Sid": "A", "Effect": "Allow", "Resource": "arn:aws:s3:::media/*"}]}},
    )


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in {"Quantity", "HeaderValue", "CallerReference", "CloudFrontDefaultCertificate"}:
                yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.mark.parametrize("make", [built, everything, legacy])
def test_terraform_parses_and_every_value_stands_in_it(make: Any) -> None:
    config = make()
    text = to_terraform(bundle(config))
    parsed = hcl2.load(io.StringIO(text))
    kinds = {next(iter(resource)).strip('"') for resource in parsed["resource"]}
    assert kinds == {
        "aws_cloudfront_distribution",
        "aws_cloudfront_origin_access_control",
        "aws_cloudfront_origin_access_identity",
        "aws_cloudfront_public_key",
        "aws_cloudfront_key_group",
        "aws_s3_bucket_policy",
    }
    assert len(parsed["import"]) == len(parsed["resource"])
    flat = repr(parsed)
    for leaf in leaves(config):
        if isinstance(leaf, bool) or leaf in _SAYS_NOTHING or leaf in {"E1", "g", "K1", config["Comment"]}:
            continue  # references, and what is checked below
        assert str(leaf) in flat, leaf
    assert "aws_cloudfront_origin_access_control.cdnadmin_abc.id" in text
    assert "geheim" not in text
    assert "aws:own" not in text


def test_templates_in_strings_mean_only_themselves() -> None:
    text = to_terraform(bundle(everything()))
    assert "$${not.a.template} %%{if}" in text
    assert 'variable "spare_x_verify"' in text


def test_what_has_no_words_in_it_is_named_at_the_top() -> None:
    assert "by hand: NewerThing." in to_terraform(bundle(built() | {"NewerThing": {"On": True}})).splitlines()[1]


@pytest.mark.parametrize("make", [built, everything, legacy])
def test_the_cli_takes_its_json(make: Any) -> None:
    config = make()
    document = json.loads(to_cli_json(bundle(config)))
    shape = botocore.session.get_session().get_service_model("cloudfront").operation_model("CreateDistributionWithTags").input_shape
    assert shape is not None
    report = ParamValidator().validate(document, shape)
    assert not report.has_errors(), report.generate_report()
    found = document["DistributionConfigWithTags"]["DistributionConfig"]
    assert list(leaves(found)) == list(leaves(config))
    assert "geheim" not in json.dumps(document)
    if make is everything:
        assert PLACEHOLDER in json.dumps(document)
    assert document["DistributionConfigWithTags"]["Tags"]["Items"] == [{"Key": "team", "Value": "press"}]
