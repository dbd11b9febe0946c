"""Configurations that between them have every field that an export has words for."""

from __future__ import annotations

from typing import Any

from cdnadmin.aws.distribution_config import build_distribution_config
from cdnadmin.sandbox.cloudfront.rules import with_defaults
from distributions.configuration.behavior_edits import behavior_values, put_behavior, put_error_response
from distributions.configuration.edits import custom_origin, listed, put_origin, put_origin_group, s3_origin, set_logging
from tests.unit.distributions.configuration.reading_terraform import Config, trusted

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def plain() -> Config:
    return with_defaults(
        build_distribution_config(caller_reference="x", bucket="media", region="us-east-1", origin_access_control_id="E1")
    )


def server(id: str = "api", **given: Any) -> Config:
    values: Config = {"domain": f"{id}.example.org", "path": "/v1", "protocol_policy": "https-only", **given}
    return custom_origin(id=id, http_port=8080, https_port=8443, read_timeout=31, keepalive_timeout=6, **values)


def with_identity() -> Config:
    domain = "old.s3.eu-west-1.amazonaws.com"
    return put_origin(plain(), s3_origin(id="old", domain=domain, path="/a", oai_id="E2", headers=[]))


def with_group() -> Config:
    shield = {"OriginShield": {"Enabled": True, "OriginShieldRegion": "us-east-2"}, "ConnectionAttempts": 2}
    config = put_origin(plain(), {**server(), **shield})
    return put_origin_group(config, id="both", primary="media", secondary="api", status_codes=[500, 503])


def with_25_behaviors() -> Config:
    config = plain()
    for number in range(25):
        config = put_behavior(config, pattern=f"/part{number}/*", values=behavior_values(config, None))
    config["CacheBehaviors"]["Items"][7] |= {"Compress": False, "SmoothStreaming": True, "ResponseHeadersPolicyId": "r"}
    config["DefaultCacheBehavior"]["TrustedKeyGroups"] = trusted(["g"])
    return config


def with_older_settings() -> Config:
    config = plain()
    behavior = config["DefaultCacheBehavior"]
    for name in ("CachePolicyId", "OriginRequestPolicyId"):
        behavior.pop(name)
    behavior |= {
        "ForwardedValues": {
            "QueryString": True,
            "Cookies": {"Forward": "whitelist", "WhitelistedNames": listed(["session"])},
            "Headers": listed(["Origin"]),
            "QueryStringCacheKeys": listed(["v"]),
        },
        "MinTTL": 0,
        "DefaultTTL": 77,
        "MaxTTL": 777,
        "TrustedSigners": trusted(["self", "123456789012"]),
        "FieldLevelEncryptionId": "fle",
        "RealtimeLogConfigArn": "arn:aws:cloudfront::123456789012:realtime-log-config/x",
        "FunctionAssociations": listed(
            [{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::123456789012:function/f"}]
        ),
        "LambdaFunctionAssociations": listed(
            [
                {
                    "EventType": "origin-request",
                    "LambdaFunctionARN": "arn:aws:lambda:us-east-1:123456789012:function:l:1",
                    "IncludeBody": True,
                }
            ]
        ),
    }
    return config


def with_everything_else() -> Config:
    config = put_error_response(plain(), code=404, page_path="/404.html", response_code="200", min_ttl=0)
    config = put_error_response(config, code=503, page_path="", response_code="", min_ttl=5)
    config = set_logging(config, enabled=True, bucket="logs.s3.amazonaws.com", prefix="", include_cookies=True)
    return config | {
        "Aliases": listed(["media.example.org", "*.cdn.example.org"]),
        "ViewerCertificate": {"ACMCertificateArn": ARN, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "blacklist", **listed(["DE", "FR"])}},
        "Comment": 'Größe “5” 東京 ${not.a.template} %{if} \\ "\n\ttwo',
        "WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/12345678-1234-1234-1234-123456789012",
        "DefaultRootObject": "index.html",
        "Enabled": False,
        "IsIPV6Enabled": False,
        "HttpVersion": "http1.1",
        "PriceClass": "PriceClass_100",
    }


def with_what_is_newest() -> Config:
    vpc = {"Id": "vpc", "DomainName": "in.example.org", "OriginPath": "", "CustomHeaders": {"Quantity": 0}}
    vpc["VpcOriginConfig"] = {
        "VpcOriginId": "vo_1",
        "OwnerAccountId": "123456789012",
        "OriginReadTimeout": 40,
        "OriginKeepaliveTimeout": 4,
    }
    custom = server("new")
    custom["ResponseCompletionTimeout"] = 90
    custom["CustomOriginConfig"] |= {"IpAddressType": "dualstack", "OriginMtlsConfig": {"ClientCertificateArn": ARN}}
    config = put_origin(put_origin(plain(), vpc), custom)
    config["DefaultCacheBehavior"] |= {"GrpcConfig": {"Enabled": True}}
    store = {"TrustStoreId": "ts_1", "AdvertiseTrustStoreCaNames": True, "IgnoreCertificateExpiry": False}
    return config | {
        "AnycastIpListId": "ip_1",
        "ConnectionFunctionAssociation": {"Id": "cf_1"},
        "CacheTagConfig": {"HeaderName": "x-tag"},
        "ViewerMtlsConfig": {"Mode": "required", "TrustStoreConfig": store},
        "ContinuousDeploymentPolicyId": "cd_1",
        "Staging": True,
    }


MAKERS = [plain, with_identity, with_group, with_25_behaviors, with_older_settings, with_everything_else, with_what_is_newest]
