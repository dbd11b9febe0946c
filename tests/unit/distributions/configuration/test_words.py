"""Fields and values as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from distributions.configuration.differences import compare
from distributions.configuration.words import label_of, section_of, spaced, value_in_words


@pytest.mark.parametrize(
    ("path", "section", "label"),
    [
        ("Comment", "General", "Comment"),
        ("Origins[a.b].OriginPath", "Origin a.b", "Path"),
        ("Origins[a].OriginShield.Enabled", "Origin a", "Origin Shield"),
        ("Origins[a].CustomHeaders[X-Key].HeaderValue", "Origin a", "Header X-Key: value"),
        ("CacheBehaviors[/a.b/*].Compress", "Behavior /a.b/*", "Compression"),
        ("CacheBehaviors.order", "Behaviors", "Order of the behaviors"),
        ("DefaultCacheBehavior.TrustedKeyGroups.Enabled", "Default behavior", "Signatures"),
        ("DefaultCacheBehavior.TrustedKeyGroups.Items[g1]", "Default behavior", "Trusted key group g1"),
        ("DefaultCacheBehavior.AllowedMethods.Items", "Default behavior", "Methods"),
        (
            "DefaultCacheBehavior.LambdaFunctionAssociations[origin-request].LambdaFunctionARN",
            "Default behavior",
            "Lambda function on origin-request: lambda function",
        ),
        ("Aliases[a.example.org]", "Viewers", "Host name a.example.org"),
        ("Tags[team]", "Tags", "Tag team"),
        ("S3Origin.DomainName", "Origin", "Domain"),
        ("NewerThing.SomeARN", "General", "Some ARN"),
    ],
)
def test_a_path_has_its_section_and_its_label(path: str, section: str, label: str) -> None:
    assert (section_of(path), label_of(path)) == (section, label)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("Enabled", False, "Disabled"),
        ("DefaultCacheBehavior.Compress", True, "On"),
        ("DefaultCacheBehavior.DefaultTTL", 86_400, "1 day (86,400 s)"),
        ("DefaultCacheBehavior.DefaultTTL", 90, "90 s"),
        ("PriceClass", "PriceClass_100", "Europe, North America and Israel"),
        ("HttpVersion", "http2and3", "HTTP/3, HTTP/2, HTTP/1.1"),
        ("Origins[a].kind", "custom", "HTTP server"),
        ("Origins[a].CustomHeaders[X-Key].HeaderValue", "hunter2", "set"),
        ("Comment", "", "none"),
    ],
)
def test_a_value_is_said_in_words(path: str, value: Any, words: str) -> None:
    assert value_in_words(path, value) == words


def test_a_list_that_this_version_does_not_know_is_readable() -> None:
    parameters = {"ParameterDefinitions": [{"Name": "site", "Definition": {"StringSchema": {"Required": True}}}]}
    (found,) = compare({}, {"TenantConfig": parameters})
    assert found.after_words == "(Definition (String schema (Required On)), Name site)"
    assert spaced("RealtimeLogConfigArn") == "Realtime log config arn"
