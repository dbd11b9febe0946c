"""An export read back is the configuration that was written, field by field; Terraform changes nothing that it only imports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from distributions.configuration.differences import compare
from distributions.configuration.edits import put_origin
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.hcl import expression, quoted
from distributions.configuration.export.terraform import to_terraform
from tests.unit.distributions.configuration.exported import (
    MAKERS,
    plain,
    server,
    with_25_behaviors,
    with_group,
    with_what_is_newest,
)
from tests.unit.distributions.configuration.reading_terraform import Config, config_from, one, parsed, resource


def bundle(config: Config, **given: Any) -> Bundle:
    values: Config = {
        "accesses": {"E1": ("oac", "press"), "E2": ("oai", "Old site")},
        "keys": {"K1": ("key-1", "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n")},
        "groups": {"g": ("team", ("K1", "K2"))},
    }
    return Bundle(name="Press kit 5", id="E123", config=config, **{**values, **given})


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_read_back_is_what_was_written(make: Any) -> None:
    config = make()
    text = to_terraform(bundle(config))
    assert compare(config, config_from(text)) == []
    assert "by hand" not in text


def test_a_value_changed_in_the_file_is_seen_by_the_comparison() -> None:
    text = to_terraform(bundle(with_group()))
    for old, new in (
        ("8443", "8444"),
        ('"/v1"', '"/v2"'),
        ("compress                 = true", "compress                 = false"),
        ("503", "504"),
    ):
        assert old in text, old
        assert compare(with_group(), config_from(text.replace(old, new))), old


def test_values_of_headers_are_sensitive_variables_and_never_in_the_text() -> None:
    config = put_origin(plain(), server(headers=[("X-Origin-Verify", "geheim"), ("X-Other", "geheim too")]))
    text = to_terraform(bundle(config))
    document = parsed(text)
    assert "geheim" not in text
    assert {name for each in document["variable"] for name in each} == {"api_x_origin_verify", "api_x_other"}
    assert all(body["sensitive"] is True for each in document["variable"] for body in each.values())
    sent = {
        header["name"]: header["value"]
        for origin in document["resource"][-1]["aws_cloudfront_distribution"]["press_kit_5"]["origin"]
        for header in origin.get("custom_header", [])
    }
    assert sent == {"X-Origin-Verify": "${var.api_x_origin_verify}", "X-Other": "${var.api_x_other}"}


def test_everything_that_exists_is_imported_under_its_own_address() -> None:
    policy = {"Version": "2008-10-17", "Id": "old", "Statement": [{"Sid": "A", "Effect": "Deny", "Resource": "*"}]}
    document = parsed(to_terraform(bundle(plain(), policies={"media": policy})))
    addresses = {f"${{{kind}.{name}}}" for each in document["resource"] for kind, named in each.items() for name in named}
    assert {each["to"] for each in document["import"]} == addresses
    assert sorted(each["id"] for each in document["import"]) == ["E1", "E123", "E2", "K1", "g", "media"]
    assert json.loads(resource(document, "aws_s3_bucket_policy")["policy"]) == policy


def test_what_is_not_known_of_an_import_is_not_changed_by_terraform() -> None:
    unknown = parsed(to_terraform(bundle(plain())))
    control = resource(unknown, "aws_cloudfront_origin_access_control")
    assert "description" not in control, "the provider has a default of its own for it"
    assert {"description", "signing_behavior"} <= set(one(control, "lifecycle")["ignore_changes"])
    assert "encoded_key" in one(resource(unknown, "aws_cloudfront_public_key"), "lifecycle")["ignore_changes"]
    seen = {"Name": "press", "Description": "", "SigningBehavior": "no-override", "OriginAccessControlOriginType": "lambda"}
    known = parsed(to_terraform(bundle(plain(), controls={"E1": seen}, comments={"g": "the team’s"})))
    control = resource(known, "aws_cloudfront_origin_access_control")
    assert (control["description"], control["signing_behavior"]) == ("", "no-override")
    assert control["origin_access_control_origin_type"] == "lambda"
    assert "lifecycle" not in control
    assert resource(known, "aws_cloudfront_key_group")["comment"] == "the team’s"


def test_only_what_needs_a_newer_provider_asks_for_one() -> None:
    def version(config: Config) -> str:
        (providers,) = parsed(to_terraform(bundle(config)))["terraform"][0]["required_providers"]
        found: str = providers["aws"]["version"]
        return found

    assert version(with_25_behaviors()) == ">= 5.100"
    assert version(with_what_is_newest()) == ">= 6.62"


def test_what_has_no_argument_is_named_where_it_stands() -> None:
    config = with_group() | {"ConnectionMode": "tenant-only", "TenantConfig": {"ParameterDefinitions": [{"Name": "a"}]}}
    config["OriginGroups"]["Items"][0]["SelectionCriteria"] = "media-quality-based"
    config["DefaultCacheBehavior"]["NewerThing"] = {"On": True}
    config["Origins"]["Items"][0]["S3OriginConfig"]["OriginReadTimeout"] = 60
    named = "ConnectionMode, DefaultCacheBehavior.NewerThing.On, OriginGroups[both].SelectionCriteria, "
    named += "Origins[media].S3OriginConfig.OriginReadTimeout, TenantConfig"
    assert to_terraform(bundle(config)).splitlines()[1] == f"# Not in this file, and to be added by hand: {named}."


def test_a_name_with_line_breaks_stays_in_its_comment() -> None:
    text = to_terraform(Bundle(name='a\n}\nresource "x" "y" {', id="E1", config=plain()))
    assert text.startswith('# a } resource "x" "y" {, as AWS has it (E1).\n')
    assert [kind for each in parsed(text)["resource"] for kind in each] == ["aws_cloudfront_distribution"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\n\r\t")))
def test_any_string_comes_back_as_it_was(text: str) -> None:
    # Terraform itself reads $$${ as it is meant; this parser does not read it at all.
    assume("$${" not in text and "%%{" not in text)
    assert parsed(f"a = {quoted(text)}\n")["a"] == text
    assert parsed(f"a = {expression({'k': [text, True, 3]})}\n")["a"] == {"k": [text, True, 3]}
