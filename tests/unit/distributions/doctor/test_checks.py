"""Each check, where it finds something and where it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from distributions.doctor.checks import look_at_distribution, look_at_site
from distributions.doctor.findings import Finding
from distributions.doctor.known import Known, KnownCertificate
from distributions.doctor.sites import DistributionSite, PlannedEnd
from distributions.doctor.sorts import SORTS
from distributions.models import Distribution, OriginAccess
from distributions.signatures import Valid
from tests.unit.distributions.doctor.sites import (
    ALL_USERS,
    ARN,
    EVERYBODY,
    KNOWN,
    NOW,
    bucket_site,
    distribution,
    sampled,
    site,
    statement,
    truth,
)
from tests.unit.distributions.doctor.test_buckets import BY_BUCKET
from tests.unit.distributions.reach.configs import behavior, config, listed, origin

ORIGIN = origin("media", "media", "/premiere", oac="C1")
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def codes(found: list[Finding]) -> set[str]:
    return {each.code for each in found}


def with_config(*behaviors: dict[str, Any], default: dict[str, Any] | None = None, **given: Any) -> Distribution:
    made = config(default or behavior("media", signed=True), *behaviors, origins=given.pop("origins", [ORIGIN]), **given)
    return distribution(config=made)


def other(**given: Any) -> Distribution:
    open_to_all = config(behavior("media"), origins=[origin("media", "media", "", oac="C1")])
    return distribution(**{"pk": 2, "public_id": "zzzzzzzzzzzz", "name": "Other", "arn": f"{ARN}2", "config": open_to_all, **given})


def own_certificate(**given: Any) -> Distribution:
    viewer = {"ACMCertificateArn": CERTIFICATE, "MinimumProtocolVersion": "TLSv1.2_2021", **given}
    return with_config(Aliases=listed(["media.example.org"]), ViewerCertificate=viewer)


def certified(*names: str, days: int = 200, status: str = "ISSUED") -> Known:
    ends = (NOW + timedelta(days=days)).isoformat()
    return replace(KNOWN, certificates={CERTIFICATE: KnownCertificate(names, status, ends)})


def test_what_is_as_it_should_be_has_no_findings() -> None:
    assert look_at_distribution(site()) == []
    assert look_at_site(bucket_site(truth(distribution()), distribution())) == []


def with_access(model: str, type: str = "oai", **given: Any) -> Distribution:
    access = OriginAccess(pk=2, type=type, aws_id="EOAI", canonical_user_id="f" * 64, name="identity")
    own = origin("media", "media", "/premiere", oai="EOAI" if type == "oai" else "")
    made = config(behavior("media", signed=True), origins=[own])
    return distribution(**{"access_model": model, "origin_access": access, "config": made, **given})


def opened_by(policy: dict[str, Any], **given: Any) -> DistributionSite:
    made = distribution(**given)
    return site(made, truth(made, statement(made), policy, switches=[]))


LIST = {**EVERYBODY, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::media"}
DENY = {**EVERYBODY, "Effect": "Deny"}
PLAIN = {"Comment": ""}
LINKS = {"K9": Valid(2, NOW)}
GROUPS = {"TrustedKeyGroups": {"Enabled": True, "Quantity": 1, "Items": ["G1"]}}


def grouped(**given: Any) -> Distribution:
    made = config({**behavior("media", signed=True), **GROUPS}, origins=[ORIGIN])
    return distribution(**{"config": made, "active_signers": {"G1": ["K1"]}, "active_signers_at": NOW, **given})


def by_control(signs: str, policy: str = "", **given: Any) -> DistributionSite:
    made = with_config(default=behavior("media", signed=True, OriginRequestPolicyId=policy, **given))
    return site(made, known=replace(KNOWN, controls={"C1": signs}))


def streaming(**given: Any) -> DistributionSite:
    return site(with_config(behavior("media", "*.m3u8", signed=True, **given)))


def encrypted(of: Distribution, policy: dict[str, Any] | None, **given: Any) -> DistributionSite:
    seen = truth(of, encryption="aws:kms", kms_key_id=KEY, **given)
    return site(of, seen, key_policies={KEY: policy})


def key_policy(*arns: str) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "kms:Dec*", "Resource": "*"}
    return {"Statement": [{**allow, "Condition": {"StringEquals": {"aws:SourceArn": arn}}} for arn in arns]}


# Of an account as such: in test_permissions, and against the sandbox.
OF_ACCOUNTS = {"permission-missing", "permission-unknown", "root-credentials", "account-switches-off"}
# The site, and what is found of it: nothing else.
ROWS: dict[str, tuple[DistributionSite, set[str]]] = {
    "a policy for everybody": (opened_by(EVERYBODY), {"public-bucket"}),
    "of a public one": (
        opened_by(EVERYBODY, kind="public", config=config(behavior("media"), origins=[ORIGIN])),
        {"bypass"},
    ),
    "an object's ACL for everybody": (
        site(seen=truth(distribution(), ownership="ObjectWriter", switches=[]), objects=(sampled((ALL_USERS, "READ")),)),
        {"public-bucket"},
    ),
    "that is ignored": (
        site(seen=truth(distribution(), ownership="ObjectWriter"), objects=(sampled((ALL_USERS, "READ")),)),
        set(),
    ),
    "a listing for everybody": (opened_by(LIST), {"listing-open"}),
    "a policy that could not be read": (
        site(seen=truth(distribution(), EVERYBODY, switches=[], unread={"policy": "AccessDenied"})),
        set(),
    ),
    "an unsigned behavior": (site(with_config(behavior("media", "posters/*"))), {"unsigned-behavior"}),
    "another one that S3 lets in": (
        site(
            seen=truth(distribution(), statement(distribution()), {**statement(other()), "Resource": "arn:aws:s3:::media/*"}),
            others=(other(),),
        ),
        {"other-opens"},
    ),
    "another one that S3 does not let in": (site(others=(other(),)), {"shared-place"}),
    "ACLs off for a model by ACL": (site(with_access("oai-acl")), {"acls-off-for-model"}),
    "no statement": (site(seen=truth(distribution(), {**EVERYBODY, "Principal": {"AWS": "123456789012"}})), {"statement-missing"}),
    "a statement of somebody's": (site(seen=truth(distribution(), {**statement(distribution()), "Sid": "Console"})), set()),
    "a Deny": (site(seen=truth(distribution(), statement(distribution()), DENY)), {"policy-denies"}),
    "a key that lets others in": (encrypted(distribution(), key_policy(f"{ARN}2")), {"kms-not-permitted"}),
    "a key that lets it in": (encrypted(distribution(), key_policy(f"{ARN}2", ARN)), set()),
    "a key that can't be read": (encrypted(distribution(), None), {"kms-not-known"}),
    "AWS's own key": (site(seen=truth(distribution(), encryption="aws:kms")), {"kms-managed-key"}),
    "an identity and KMS": (
        encrypted(with_access("oai-acl"), None, ownership="ObjectWriter"),
        {"kms-with-identity"},
    ),
    "an alias without a certificate": (site(with_config(Aliases=listed(["a.example.org"]))), {"alias-without-certificate"}),
    "a certificate of other names": (site(own_certificate(), known=certified("*.example.com")), {"alias-not-covered"}),
    "a certificate that covers it": (site(own_certificate(), known=certified("*.example.org")), set()),
    "a certificate that ends soon": (site(own_certificate(), known=certified("*.example.org", days=29)), {"certificate-ends"}),
    "a certificate that has ended": (site(own_certificate(), known=certified("*.example.org", days=-1)), {"certificate-ended"}),
    "a certificate of nobody": (site(own_certificate()), {"certificate-not-known"}),
    "a certificate of another region": (
        site(own_certificate(ACMCertificateArn=CERTIFICATE.replace("us-east-1", "eu-west-1"))),
        {"certificate-elsewhere"},
    ),
    "old TLS": (
        site(own_certificate(MinimumProtocolVersion="TLSv1_2016"), known=certified("media.example.org")),
        {"old-tls"},
    ),
    "plain HTTP": (site(with_config(default=behavior("media", signed=True, ViewerProtocolPolicy="allow-all"))), {"http-allowed"}),
    "an origin by HTTP": (
        site(
            with_config(
                origins=[
                    ORIGIN,
                    {"Id": "web", "DomainName": "www.example.com", "CustomOriginConfig": {"OriginProtocolPolicy": "http-only"}},
                    {
                        "Id": "site",
                        "DomainName": "b.s3-website-us-east-1.amazonaws.com",
                        "CustomOriginConfig": {"OriginProtocolPolicy": "http-only"},
                    },
                ]
            )
        ),
        {"origin-by-http"},
    ),
    "RTMP": (site(distribution(family="rtmp", config={"S3Origin": {"DomainName": "media.s3.amazonaws.com"}})), {"rtmp-left"}),
    "a control that never signs": (by_control("never"), {"control-never-signs"}),
    "never, and Authorization": (by_control("never", "all-viewer"), {"control-never-signs", "authorization-forwarded"}),
    "Authorization, and no override": (by_control("no-override", "all-viewer"), {"authorization-forwarded"}),
    "Authorization in the old form": (
        by_control("no-override", ForwardedValues={"Headers": listed(["authorization"])}),
        {"authorization-forwarded"},
    ),
    "no override": (by_control("no-override", "cors-s3"), {"control-may-not-sign"}),
    "Authorization, always overwritten": (by_control("always", "all-viewer"), set()),
    "streams without CORS": (streaming(), {"cors-missing-on-errors"}),
    "streams with CORS": (streaming(ResponseHeadersPolicyId="with-cors"), set()),
    "a key that is not in the group": (site(grouped(), links=LINKS), {"key-not-trusted"}),
    "a key that is": (site(grouped(), links={"K1": Valid(2, NOW)}), set()),
    "a planned change": (site(planned=(PlannedEnd("p", "Other keys", ("2 links end.",)),)), {"key-leaving"}),
    "nobody who signs": (site(grouped(active_signers={"G1": []})), {"nobody-can-sign"}),
}


@pytest.mark.parametrize("name", ROWS)
def test_of_a_distribution(name: str) -> None:
    given, expected = ROWS[name]
    found = look_at_distribution(given)
    assert codes(found) == expected, [each.sentence for each in found]


def test_what_is_gone_or_on_its_way_is_left_alone() -> None:
    for given in ({"status": "gone"}, {"aws_id": ""}, {"second_model": "oai"}):
        assert look_at_distribution(opened_by(EVERYBODY, **given)) == []


def test_every_sort_of_finding_is_found_here() -> None:
    assert set().union(*(expected for _, expected in ROWS.values())) | BY_BUCKET | OF_ACCOUNTS == set(SORTS)


def test_a_sandbox_has_no_https() -> None:
    made = with_config(default=behavior("media", signed=True, ViewerProtocolPolicy="allow-all"))
    made.account.viewer_base = "http://{domain}:9000"
    assert look_at_distribution(site(made)) == []


def test_what_is_known_comes_back_as_it_was_written_down() -> None:
    whole = replace(certified("*.example.org"), cors=None)
    assert Known.from_json(whole.as_json()) == whole
    assert Known.from_json({}) == Known()
