"""Edits change what they name and nothing else, with every Quantity right, and leave what they are given alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.errors import InvalidInput
from cdnadmin.sandbox.cloudfront.rules import with_defaults
from distributions.configuration.edits import (
    custom_origin,
    listed,
    put_origin,
    put_origin_group,
    remove_origin,
    remove_origin_group,
    s3_origin,
    set_general,
    set_logging,
    set_viewers,
)

Config = dict[str, Any]
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
VIEWERS: Config = {
    "aliases": [],
    "certificate_arn": "",
    "minimum_protocol_version": "TLSv1.2_2021",
    "geo_kind": "none",
    "countries": [],
}


def built() -> Config:
    return with_defaults(
        build_distribution_config(caller_reference="x", bucket="media", region="us-east-1", origin_access_control_id="E1")
    )


def server(id: str, **given: Any) -> Config:
    values: Config = {"domain": f"{id}.example.org", "path": "", "protocol_policy": "https-only", **given}
    return custom_origin(id=id, http_port=80, https_port=443, read_timeout=30, keepalive_timeout=5, **values)


def grouped() -> Config:
    config = put_origin(built(), server("spare"))
    return put_origin_group(config, id="both", primary="media", secondary="spare", status_codes=[503, 500])


def quantities(value: Any) -> list[tuple[int, int]]:
    if isinstance(value, list):
        return [pair for item in value for pair in quantities(item)]
    if not isinstance(value, dict):
        return []
    own = [(value["Quantity"], len(value.get("Items", [])))] if "Quantity" in value else []
    return own + [pair for item in value.values() for pair in quantities(item)]


def test_every_edit_counts_right_and_leaves_its_input_as_it_was() -> None:
    config = grouped()
    before = copy.deepcopy(config)
    general: Config = {"comment": "c", "enabled": False, "price_class": "PriceClass_100", "http_version": "http2", "ipv6": False}
    edited = [
        set_general(config, default_root_object="a.html", web_acl_id="", **general),
        set_viewers(config, **{**VIEWERS, "aliases": ["a.example.org"], "certificate_arn": ARN}),
        set_viewers(config, **{**VIEWERS, "geo_kind": "whitelist", "countries": ["DE", "AT"]}),
        set_logging(config, enabled=True, bucket="logs.s3.amazonaws.com", prefix="", include_cookies=True),
        put_origin(config, server("third")),
        put_origin(config, server("renamed"), replaces="spare"),
        put_origin_group(config, id="pair", primary="spare", secondary="media", status_codes=[404], replaces="both"),
        remove_origin_group(config, "both"),
        remove_origin(remove_origin_group(config, "both"), "spare"),
    ]
    for each in edited:
        assert all(quantity == length for quantity, length in quantities(each))
        assert each != config
    assert config == before


def test_a_group_keeps_its_primary_first_and_its_codes_in_order() -> None:
    (group,) = grouped()["OriginGroups"]["Items"]
    assert group["Members"] == listed([{"OriginId": "media"}, {"OriginId": "spare"}])
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 503]


def test_a_name_that_is_taken_is_refused_at_its_field() -> None:
    edits: list[Callable[[], Config]] = [
        lambda: put_origin(grouped(), server("media")),
        lambda: put_origin(grouped(), server("media"), replaces="spare"),
        lambda: put_origin_group(grouped(), id="both", primary="spare", secondary="media", status_codes=[500]),
    ]
    for edit in edits:
        with pytest.raises(InvalidInput, match="already") as refused:
            edit()
        assert refused.value.field == "id"


def test_what_somebody_took_out_meanwhile_is_said() -> None:
    edits: list[Callable[[], Config]] = [
        lambda: put_origin(built(), server("a"), replaces="gone"),
        lambda: remove_origin(built(), "gone"),
        lambda: put_origin_group(built(), id="g", primary="a", secondary="b", status_codes=[500], replaces="gone"),
    ]
    for edit in edits:
        with pytest.raises(InvalidInput, match="“gone” any more"):
            edit()


def test_a_header_keeps_a_value_that_is_not_typed_again() -> None:
    old = server("api", headers=[("X-Verify", "geheim"), ("X-Gone", "x")])
    new = server("api", headers=[("x-verify", ""), ("X-New", "y")], existing=old)
    assert new["CustomHeaders"] == listed(
        [{"HeaderName": "x-verify", "HeaderValue": "geheim"}, {"HeaderName": "X-New", "HeaderValue": "y"}]
    )
    assert server("api", headers=None, existing=old)["CustomHeaders"] == old["CustomHeaders"]


def test_what_the_builders_do_not_name_stays() -> None:
    old = {**server("api"), "OriginShield": {"Enabled": True, "OriginShieldRegion": "us-east-2"}, "NewerThing": 1}
    old["CustomOriginConfig"] |= {"OriginSslProtocols": listed(["TLSv1.1"]), "IpAddressType": "dualstack"}
    new = server("api", path="/v2", existing=old)
    assert new == {**old, "OriginPath": "/v2"}
    bucket = {**built()["Origins"]["Items"][0], "NewerThing": 1}
    changed = s3_origin(id="media", domain=bucket["DomainName"], path="/a", oai_id="E2", existing=bucket)
    assert changed["S3OriginConfig"]["OriginAccessIdentity"] == "origin-access-identity/cloudfront/E2"
    assert (changed["OriginAccessControlId"], changed["NewerThing"]) == ("", 1)


def test_an_origin_in_a_vpc_is_not_made_two_at_once() -> None:
    vpc: Config = {"Id": "inside", "DomainName": "in.example.org", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
    with pytest.raises(InvalidInput, match="lies in a VPC"):
        s3_origin(id="inside", domain="media.s3.amazonaws.com", path="", existing=vpc)
    with pytest.raises(InvalidInput, match="lies in a VPC"):
        server("inside", existing=vpc)


def test_the_same_certificate_keeps_what_else_is_said_of_it_another_does_not() -> None:
    config = built() | {"ViewerCertificate": {"ACMCertificateArn": ARN, "SSLSupportMethod": "vip", "NewerThing": 1}}
    same = set_viewers(config, **{**VIEWERS, "certificate_arn": ARN})["ViewerCertificate"]
    assert (same["NewerThing"], same["SSLSupportMethod"], same["MinimumProtocolVersion"]) == (1, "vip", "TLSv1.2_2021")
    other = set_viewers(config, **{**VIEWERS, "certificate_arn": ARN.replace("9012", "9013", 1)})["ViewerCertificate"]
    assert "NewerThing" not in other
    assert set_viewers(config, **VIEWERS)["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    of_iam = built() | {"ViewerCertificate": {"IAMCertificateId": "A"}}
    assert set_viewers(of_iam, **VIEWERS)["ViewerCertificate"] == {"IAMCertificateId": "A"}


def test_newer_settings_beside_logs_and_countries_stay() -> None:
    config = built()
    config["Logging"]["NewerThing"] = 1
    config["Restrictions"]["NewerThing"] = 2
    logs = set_logging(config, enabled=False, bucket="b", prefix="p", include_cookies=True)["Logging"]
    assert logs == {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": "", "NewerThing": 1}
    assert set_viewers(config, **VIEWERS)["Restrictions"]["NewerThing"] == 2
