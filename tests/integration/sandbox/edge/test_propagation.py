"""What the edge serves while a change is on its way, and under which names."""

from __future__ import annotations

import time
from typing import Any

import httpx

from cdnadmin.signing import generate_private_key, load_signer, public_pem, sign_url
from tests.conftest import RunningSandbox, wait_until
from tests.integration.sandbox.cloudfront.conftest import (
    disable,
    distribution_config,
    group,
    key,
    trusting,
    update,
    wait_deployed,
)
from tests.integration.sandbox.conftest import connect, make_bucket
from tests.integration.sandbox.edge.conftest import Publish, Site

CERTIFICATE = {
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.2_2021",
}


def test_the_old_configuration_is_served_until_the_new_one_is_there(slow: RunningSandbox) -> None:
    s3, cloudfront = connect(slow, "s3"), connect(slow, "cloudfront")
    bucket = make_bucket(s3, ownership="ObjectWriter", block=False)
    for folder in ("old", "new"):
        s3.put_object(Bucket=bucket, Key=f"{folder}/k", Body=folder.encode(), ACL="public-read", CacheControl="max-age=0")
    config = distribution_config(bucket)
    config["Origins"]["Items"][0]["OriginPath"] = "/old"
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]
    host = {"Host": f"{made['DomainName']}:{slow.port}"}

    def get(url: str = "/k") -> httpx.Response:
        return httpx.get(f"{slow.url}{url}", headers=host)

    assert get().status_code == 403  # it is nowhere yet
    wait_deployed(cloudfront, made["Id"])
    assert get().text == "old"

    private = generate_private_key("ecdsa-p256")
    key_id = key(cloudfront, pem=public_pem(private))["PublicKey"]["Id"]
    group_id = group(cloudfront, key_id)["KeyGroup"]["Id"]

    def make_private(config: dict[str, Any]) -> None:
        config["Origins"]["Items"][0]["OriginPath"] = "/new"
        config["DefaultCacheBehavior"]["TrustedKeyGroups"] = trusting(group_id)

    update(cloudfront, made["Id"], make_private, wait=False)
    status = cloudfront.get_distribution(Id=made["Id"])["Distribution"]
    assert (status["Status"], status["DistributionConfig"]["Origins"]["Items"][0]["OriginPath"]) == ("InProgress", "/new")
    assert (get().status_code, get("/k?x").text) == (200, "old")
    wait_deployed(cloudfront, made["Id"])
    assert get().status_code == 403
    url = f"http://{host['Host']}/k"
    query = sign_url(url, key_pair_id=key_id, signer=load_signer(private), expires=int(time.time()) + 60).partition("?")[2]
    wait_until(lambda: get(f"/k?{query}").headers["x-cache"] != "Error from cloudfront", seconds=5, what="the new configuration")

    update(cloudfront, made["Id"], disable, wait=False)
    assert get(f"/k?{query}").status_code == 200  # disabled, but not everywhere yet
    wait_deployed(cloudfront, made["Id"])
    assert get(f"/k?{query}").status_code == 403


def test_a_disabled_one_serves_nobody_and_comes_back(cloudfront: Any, public: Site) -> None:
    public.get()
    update(cloudfront, public.id, disable)
    assert (public.get().status, public.get().code) == (403, "AccessDenied")
    update(cloudfront, public.id, lambda config: config.update(Enabled=True))
    assert public.get().status == 200


def test_a_deleted_one_and_one_that_never_was(cloudfront: Any, publish: Publish, public: Site) -> None:
    site = publish()
    etag = update(cloudfront, site.id, disable)["ETag"]
    cloudfront.delete_distribution(Id=site.id, IfMatch=etag)
    assert site.get().code == "AccessDenied"
    assert public.get(host=f"d{'0' * 13}.localhost").code == "AccessDenied"


def named(*aliases: str) -> dict[str, Any]:
    return {"Aliases": {"Quantity": len(aliases), "Items": list(aliases)}, "ViewerCertificate": CERTIFICATE}


def test_aliases_by_host(s3: Any, publish: Publish) -> None:
    bucket = make_bucket(s3, ownership="ObjectWriter", block=False)
    for folder in ("wide", "exact"):
        s3.put_object(Bucket=bucket, Key=f"{folder}/k", Body=folder.encode(), ACL="public-read")
    wide = publish(bucket, origin={"OriginPath": "/wide"}, **named("*.media.example.com"))
    exact = publish(bucket, origin={"OriginPath": "/exact"}, **named("a.media.example.com"))
    hosts = {
        "a.media.example.com": b"exact",
        "A.Media.Example.com:8000": b"exact",
        "b.media.example.com": b"wide",
        "a.b.media.example.com": b"wide",
        wide.domain: b"wide",
        exact.domain.upper(): b"exact",
    }
    assert {host: wide.get("/k", host=host).body for host in hosts} == hosts
    for host in ("media.example.com", "example.com"):
        assert wide.get("/k", host=host).body not in {b"exact", b"wide"}
