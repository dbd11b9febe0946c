"""What imports, plans and pages read through `cdnadmin.aws`, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from cdnadmin.aws import certificates, distributions, functions, invalidations, keys, origin_access, policies, streaming
from cdnadmin.aws.certificates import Certificate, covers
from cdnadmin.aws.distribution_config import CACHING_OPTIMIZED, CORS_S3_ORIGIN, build_distribution_config
from cdnadmin.aws.session import Connection, cloudfront
from cdnadmin.errors import AwsConflict, AwsError
from cdnadmin.signing import generate_private_key, public_pem
from tests.conftest import wait_until
from tests.integration.aws import later_writes
from tests.integration.aws.conftest import Cloud

_numbers = count()


def tag() -> str:
    return f"reads-{next(_numbers)}"


def config(name: str, **changes: object) -> dict[str, object]:
    made = build_distribution_config(caller_reference=name, bucket="reads", region="us-east-1", comment=name, enabled=False)
    return {**made, **changes}


def delete_once_deployed(c: Connection, id: str) -> None:
    """The sandbox is shared, and its quotas are an account's."""
    wait_until(lambda: distributions.get_distribution(c, id=id).status == "Deployed", what="the deployment")
    distributions.delete_distribution(c, id=id, etag=distributions.get_distribution(c, id=id).etag)


def test_a_list_is_read_page_by_page_to_its_end(cloud: Cloud) -> None:
    c = cloud.connection
    made = {distributions.create_distribution(c, config=config(tag())).id for _ in range(101)}
    first = distributions.list_distributions_page(c)
    assert len(first.summaries) == 100
    pages, marker = [first], first.next_marker
    while marker:
        pages.append(distributions.list_distributions_page(c, marker=marker))
        marker = pages[-1].next_marker
    ids = [summary.id for page in pages for summary in page.summaries]
    assert made <= set(ids)
    assert len(ids) == len(set(ids))
    assert ids == [summary.id for summary in distributions.iterate_distributions(c)]
    for id in made:
        delete_once_deployed(c, id)


def test_a_summary_says_what_a_list_tells(cloud: Cloud) -> None:
    c, name = cloud.connection, tag()
    made = distributions.create_distribution(c, config=config(name, Staging=True))
    (summary,) = [found for found in distributions.iterate_distributions(c) if found.id == made.id]
    assert (summary.comment, summary.enabled, summary.staging) == (name, False, True)
    assert summary.etag in {"", made.etag}
    seen = distributions.get_distribution(c, id=made.id)
    assert seen.last_modified is not None
    assert seen.last_modified == summary.last_modified
    assert (seen.unknown_fields, seen.invalidations_in_progress) == ((), 0)


def test_tags_are_given_at_creation_and_made_exactly_so(cloud: Cloud) -> None:
    c = cloud.connection
    made = distributions.create_distribution(c, config=config(tag()), tags={"team": "press", "stage": "é"})
    assert distributions.get_tags(c, arn=made.arn) == {"team": "press", "stage": "é"}
    distributions.put_tags(c, arn=made.arn, tags={"team": "video", "year": ""})
    assert distributions.get_tags(c, arn=made.arn) == {"team": "video", "year": ""}
    since = len(cloud.writes())
    distributions.put_tags(c, arn=made.arn, tags={"team": "video", "year": ""})
    assert cloud.writes()[since:] == [], "nothing differs: nothing is written"
    distributions.put_tags(c, arn=made.arn, tags={})
    assert distributions.get_tags(c, arn=made.arn) == {}
    distributions.put_tags(c, arn=made.arn, tags={"cost": "42"})
    distributions.change_tags(c, arn=made.arn, there={"team": "press"}, tags={"team": "film"})
    assert distributions.get_tags(c, arn=made.arn) == {"cost": "42", "team": "film"}, "what came after the read stays"


def test_managed_policies_are_listed_with_their_ttls(cloud: Cloud) -> None:
    cache = {found.id: found for found in policies.list_cache_policies(cloud.connection)}
    optimized = cache[CACHING_OPTIMIZED]
    assert (optimized.name, optimized.managed) == ("Managed-CachingOptimized", True)
    assert (optimized.min_ttl, optimized.default_ttl, optimized.max_ttl) == (1, 86_400, 31_536_000)
    origin = {found.id for found in policies.list_origin_request_policies(cloud.connection)}
    assert CORS_S3_ORIGIN in origin
    headers = policies.list_response_headers_policies(cloud.connection)
    assert any(found.name == "Managed-SimpleCORS" for found in headers)
    assert all((found.min_ttl, found.default_ttl, found.max_ttl) == (0, 0, 0) for found in headers)


def test_a_certificate_is_asked_for_once_and_says_what_dns_must_hold(cloud: Cloud) -> None:
    c = cloud.connection
    names = ["media.example.com", "*.media.example.com"]
    arn = certificates.request_certificate(c, names=names, idempotency_token="reads1")
    assert certificates.request_certificate(c, names=names, idempotency_token="reads1") == arn
    assert arn.startswith("arn:aws:acm:us-east-1:")
    seen = certificates.get_certificate(c, arn=arn)
    assert set(seen.names) == set(names)
    assert (seen.domain_name, seen.key_algorithm, seen.in_use) == (names[0], "RSA_2048", False)
    assert seen.validation
    assert all(record.type == "CNAME" and record.name and record.value for record in seen.validation)
    (listed,) = [found for found in certificates.list_certificates(c) if found.arn == arn]
    assert listed.domain_name == names[0]
    # Wherever the account lies: CloudFront takes those of us-east-1.
    elsewhere = replace(c, region="eu-central-1")
    assert arn in {found.arn for found in certificates.list_certificates(elsewhere)}


@pytest.mark.parametrize(
    ("host", "is_covered"),
    [
        ("example.com", True),
        ("EXAMPLE.com", True),
        ("www.example.com", False),
        ("a.media.example.com", True),
        ("a.b.media.example.com", False),
        ("media.example.com", False),
        ("*.media.example.com", True),
        ("amedia.example.com", False),
        ("com", False),
        ("", False),
    ],
)
def test_a_wildcard_covers_one_label(host: str, is_covered: bool) -> None:
    certificate = Certificate("arn", "example.com", ("example.com", "*.Media.example.com"), "ISSUED")
    assert covers(certificate, host) == is_covered


def test_an_invalidation_of_the_same_reference_is_the_same_one(cloud: Cloud) -> None:
    c, name = cloud.connection, tag()
    made = distributions.create_distribution(c, config=config(name))
    first = invalidations.create_invalidation(c, distribution_id=made.id, caller_reference=name, paths=["/a", "/b/*"])
    again = invalidations.create_invalidation(c, distribution_id=made.id, caller_reference=name, paths=["/a", "/b/*"])
    assert again.id == first.id
    assert set(first.paths) == {"/a", "/b/*"}
    seen = invalidations.get_invalidation(c, distribution_id=made.id, id=first.id)
    assert (set(seen.paths), seen.created_at) == (set(first.paths), first.created_at)
    other = invalidations.create_invalidation(c, distribution_id=made.id, caller_reference=f"{name}-2", paths=["/c"])
    assert {found.id for found in invalidations.iterate_invalidations(c, distribution_id=made.id)} == {first.id, other.id}


def test_what_an_account_has_is_listed_for_import(cloud: Cloud) -> None:
    c, name = cloud.connection, f"faults-{tag()}"
    pem = public_pem(generate_private_key("ecdsa-p256"))
    key = keys.create_public_key(c, name=name, caller_reference=name, pem=pem)
    group = keys.create_key_group(c, name=name, public_key_ids=[key.id])
    control = origin_access.create_origin_access_control(c, name=name)
    (listed,) = [found for found in keys.iterate_public_keys(c) if found.id == key.id]
    assert (listed.name, listed.pem.strip(), listed.etag) == (name, pem.strip(), "")
    assert listed.created_at is not None
    assert listed.created_at == keys.get_public_key(c, id=key.id).created_at == key.created_at
    (held,) = [found for found in keys.iterate_key_groups(c) if found.id == group.id]
    assert (held.name, held.public_key_ids) == (name, (key.id,))
    assert control.id in {found.id for found in origin_access.iterate_origin_access_controls(c)}
    read = origin_access.get_origin_access_control(c, id=control.id)
    assert (read.name, read.etag, read.config["SigningBehavior"]) == (control.name, control.etag, "always")
    origin_access.delete_origin_access_control(c, id=control.id, etag=control.etag)


def test_what_is_in_use_is_not_deleted_and_the_sentence_says_where(cloud: Cloud) -> None:
    c, name = cloud.connection, f"faults-{tag()}"
    key = keys.create_public_key(c, name=name, caller_reference=name, pem=public_pem(generate_private_key("ecdsa-p256")))
    group = keys.create_key_group(c, name=name, public_key_ids=[key.id])
    control = origin_access.create_origin_access_control(c, name=name)
    identity = origin_access.create_origin_access_identity(c, caller_reference=name, comment=name)
    given: dict[str, Any] = {"bucket": "reads", "region": "us-east-1", "enabled": False}
    made = [
        distributions.create_distribution(
            c,
            config=build_distribution_config(
                caller_reference=f"{name}-1", origin_access_control_id=control.id, key_group_ids=[group.id], **given
            ),
        ),
        distributions.create_distribution(
            c, config=build_distribution_config(caller_reference=f"{name}-2", origin_access_identity_id=identity.id, **given)
        ),
    ]
    refused = []
    for delete, thing in (
        (keys.delete_public_key, key),
        (keys.delete_key_group, group),
        (origin_access.delete_origin_access_control, control),
        (origin_access.delete_origin_access_identity, identity),
    ):
        with pytest.raises(AwsConflict) as error:
            delete(c, id=thing.id, etag=thing.etag)
        assert "uses" in error.value.message or "holds" in error.value.message
        refused.append(error.value.code)
    assert refused == ["PublicKeyInUse", "ResourceInUse", "OriginAccessControlInUse", "CloudFrontOriginAccessIdentityInUse"]
    for seen in made:
        delete_once_deployed(c, seen.id)
    origin_access.delete_origin_access_control(c, id=control.id, etag=control.etag)
    origin_access.delete_origin_access_identity(c, id=identity.id, etag=identity.etag)


def test_streaming_distributions_are_listed(cloud: Cloud) -> None:
    c, name = cloud.connection, tag()
    made = streaming.create_streaming_distribution(c, config=later_writes._old(name))
    assert (made.id, False) in {(id, enabled) for id, _, enabled in streaming.iterate_streaming_distributions(c)}
    seen = streaming.get_streaming_distribution(c, id=made.id)
    assert (seen.config["Comment"], seen.unknown_fields) == (name, ())
    with pytest.raises(AwsError) as refused:
        streaming.update_streaming_distribution(
            c, id=made.id, config=seen.config, etag=seen.etag, unknown_fields=("StreamingDistributionConfig/New",)
        )
    assert refused.value.code == "UnknownFields"


def test_background_work_sees_throttling_at_the_first_try(cloud: Cloud) -> None:
    background = replace(cloud.connection, background=True)
    cloud.inject(service="cloudfront", operation="ListDistributions", code="Throttling", status=400)
    with pytest.raises(AwsError) as throttled:
        distributions.list_distributions_page(background)
    assert (throttled.value.code, throttled.value.retryable) == ("Throttling", True)
    assert distributions.list_distributions_page(background)
    config: Any = cloudfront(background).meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 60)


@pytest.fixture
def other_cloud() -> Iterator[Connection]:
    """moto itself: the sandbox's CloudFront has no functions."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield Connection("us-east-1", f"http://127.0.0.1:{port}", "AKIA", "other")
    server.stop()


def test_functions_are_listed(other_cloud: Connection) -> None:
    assert functions.list_functions(other_cloud) == ()
    client = cloudfront(other_cloud)
    for number in range(2):
        client.create_function(
            Name=f"f{number}",
            FunctionConfig={"Comment": f"Number {number}", "Runtime": "cloudfront-js-2.0"},
            FunctionCode=b"function handler(event) { return event.request; }",
        )
    found = functions.list_functions(other_cloud)
    assert [(function.name, function.comment) for function in found] == [("f0", "Number 0"), ("f1", "Number 1")]
    assert all(function.arn.endswith(f":function/{function.name}") for function in found)
    assert {function.stage for function in found} <= {"DEVELOPMENT", "LIVE"}
