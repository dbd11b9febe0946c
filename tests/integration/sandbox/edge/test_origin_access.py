"""What CloudFront may fetch from S3, as whom. Source: Developer Guide, "Restrict access to an Amazon S3 origin"."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.sandbox.cloudfront.conftest import oac, wait_deployed
from tests.integration.sandbox.conftest import fresh, make_bucket
from tests.integration.sandbox.edge.conftest import FILM, Publish, Site, allow, make_identity, service_may_read


def is_refused(site: Site, path: str = "/film.mp4") -> None:
    answer = site.get(path)
    assert (answer.status, answer.code, answer.headers["x-cache"]) == (403, "AccessDenied", "Error from cloudfront")


@pytest.fixture
def closed(s3: Any) -> str:
    name = make_bucket(s3)
    s3.put_object(Bucket=name, Key="film.mp4", Body=FILM)
    return name


@pytest.fixture
def acls(s3: Any) -> str:
    """A bucket where ACLs work and nothing public is blocked."""
    name = make_bucket(s3, ownership="BucketOwnerPreferred", block=False)
    s3.put_object(Bucket=name, Key="film.mp4", Body=FILM)
    return name


def test_nobody_is_let_in_unasked(cloudfront: Any, publish: Publish, closed: str) -> None:
    identity, _ = make_identity(cloudfront)
    for access in ("", "oac", identity):
        is_refused(publish(closed, access=access))


def test_a_control_opens_for_its_distribution_alone(s3: Any, publish: Publish, closed: str) -> None:
    mine, other = publish(closed, access="oac"), publish(closed, access="oac")
    allow(s3, closed, service_may_read(closed, mine.arn))
    assert mine.get().body == FILM
    is_refused(other)
    is_refused(publish(closed))  # without a control nothing is signed
    is_refused(mine, "/missing")  # it may not list: what is not there is 403
    assert mine.ask(f"/{closed}/film.mp4").status == 403  # past the edge


def test_a_control_is_held_to_the_policys_account_path_and_arn(s3: Any, publish: Publish, closed: str) -> None:
    site = publish(closed, access="oac")
    mine, others = ({"Condition": {"StringEquals": {"AWS:SourceAccount": id}}} for id in ("000000000000", "111111111111"))
    allow(s3, closed, service_may_read(closed) | mine)
    assert site.get().status == 200
    statements = (
        service_may_read(closed) | others,
        service_may_read(closed, site.arn, path="other/*"),
        service_may_read(closed, site.arn + "X"),
        service_may_read(closed, site.arn) | {"Principal": {"Service": "s3.amazonaws.com"}},
        service_may_read(closed, site.arn) | {"Action": "s3:GetObjectAcl"},
    )
    for number, statement in enumerate(statements):
        s3.put_object(Bucket=closed, Key=str(number), Body=b"x")
        allow(s3, closed, statement)
        is_refused(site, f"/{number}")


def test_a_control_that_never_signs_is_nobody(cloudfront: Any, s3: Any, publish: Publish, closed: str) -> None:
    control = oac(cloudfront, SigningBehavior="never")["OriginAccessControl"]["Id"]
    site = publish(closed, origin={"OriginAccessControlId": control})
    allow(s3, closed, service_may_read(closed, site.arn))
    is_refused(site)


@pytest.mark.parametrize("named", ["arn", "canonical"])
def test_an_identity_by_policy(cloudfront: Any, s3: Any, publish: Publish, closed: str, named: str) -> None:
    identity, canonical = make_identity(cloudfront)
    another, _ = make_identity(cloudfront)
    arn = f"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity {identity}"
    principal = {"AWS": arn} if named == "arn" else {"CanonicalUser": canonical}
    resource = f"arn:aws:s3:::{closed}/*"
    allow(s3, closed, {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource})
    assert publish(closed, access=identity).get().body == FILM
    is_refused(publish(closed, access=another))
    is_refused(publish(closed, access="oac"))


def test_an_identity_by_acl(cloudfront: Any, s3: Any, publish: Publish, acls: str) -> None:
    identity, canonical = make_identity(cloudfront)
    another, _ = make_identity(cloudfront)
    site = publish(acls, access=identity)
    is_refused(site)
    s3.put_object_acl(Bucket=acls, Key="film.mp4", GrantRead=f'id="{canonical}"')
    assert site.get().body == FILM
    is_refused(publish(acls, access=another))
    is_refused(publish(acls))
    s3.put_object(Bucket=acls, Key="new", Body=b"x", GrantRead=f'id="{canonical}"')
    assert site.get("/new").body == b"x"
    s3.put_bucket_ownership_controls(Bucket=acls, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.put_object(Bucket=acls, Key="newer", Body=b"x")
    is_refused(site, "/newer")


def test_anonymous_origins_serve_what_is_public(s3: Any, publish: Publish, acls: str) -> None:
    site = publish(acls)
    is_refused(site)
    s3.put_object(Bucket=acls, Key="open", Body=b"x", ACL="public-read")
    assert site.get("/open").body == b"x"
    s3.put_public_access_block(Bucket=acls, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    s3.put_object(Bucket=acls, Key="open2", Body=b"x", ACL="public-read")
    is_refused(site, "/open2")


def test_grants_to_everybody_who_signs_and_of_the_acl_itself(cloudfront: Any, s3: Any, publish: Publish, acls: str) -> None:
    identity, canonical = make_identity(cloudfront)
    signed = [publish(acls, access=identity, wait=False), publish(acls, access="oac", wait=False)]
    unsigned = publish(acls)
    s3.put_object(Bucket=acls, Key="signed", Body=b"x", ACL="authenticated-read")
    s3.put_object(Bucket=acls, Key="acp", Body=b"x", GrantReadACP=f'id="{canonical}"')
    for site in signed:
        wait_deployed(cloudfront, site.id)
        assert site.get("/signed").body == b"x"
        is_refused(site, "/acp")
    is_refused(unsigned, "/signed")
    assert unsigned.ask(f"/{acls}/signed").status == 403
    s3.put_public_access_block(Bucket=acls, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    s3.put_object(Bucket=acls, Key="signed2", Body=b"x", ACL="authenticated-read")
    for site in signed:
        is_refused(site, "/signed2")


def test_s3_is_asked_by_the_viewers_protocol_and_arns_by_their_parts(s3: Any, publish: Publish, closed: str) -> None:
    site = publish(closed, access="oac")
    only_https = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{closed}/*"}
    insecure = {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceArn": site.arn}}
    not_by_a_service = {"Bool": {"aws:PrincipalIsAWSService": "false"}, "StringEquals": {"aws:SourceArn": site.arn}}
    allowed = service_may_read(closed, site.arn)
    allow(s3, closed, allowed, only_https | {"Condition": insecure}, only_https | {"Condition": not_by_a_service})
    is_refused(site)
    assert site.get(headers={"X-Forwarded-Proto": "https"}).body == FILM
    for number, (pattern, matches) in enumerate({"arn:aws:*:000000000000:distribution/*": False, "arn:*:*:*:*:*": True}.items()):
        s3.put_object(Bucket=closed, Key=str(number), Body=b"x")
        allow(s3, closed, allowed | {"Condition": {"ArnLike": {"AWS:SourceArn": pattern}}})
        assert site.get(f"/{number}").status == (200 if matches else 403), pattern


def test_a_bucket_that_is_gone(publish: Publish) -> None:
    answer = publish(fresh("nowhere"), access="oac").get()
    assert (answer.status, answer.code) == (404, "NoSuchBucket")


def test_an_origin_path_shuts_out_the_rest(s3: Any, publish: Publish, closed: str) -> None:
    for key in ("one/a", "two/a", "a", "one//a", "/one/a"):
        s3.put_object(Bucket=closed, Key=key, Body=key.encode())
    one, two = (publish(closed, access="oac", origin={"OriginPath": path}) for path in ("/one", "/two"))
    allow(s3, closed, service_may_read(closed, one.arn, path="one/*"), service_may_read(closed, two.arn, path="two/*"))
    assert (one.get("/a").body, two.get("/a").body, one.get("//a").body) == (b"one/a", b"two/a", b"one//a")
    for path in ("/../two/a", "/%2e%2e/two/a", "/..%2ftwo/a", "/two/a"):
        is_refused(one, path)
