"""Signed URLs and cookies at the edge. Source: Developer Guide, "Serve private content with signed URLs and signed cookies"."""

from __future__ import annotations

import http.client
import random
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.signers import CloudFrontSigner

from cdnadmin.signing import HashAlgorithm, custom_policy, encode, generate_private_key, load_signer, sign_cookies, sign_url
from tests.integration.sandbox.cloudfront.conftest import trusting, update
from tests.integration.sandbox.conftest import Answer
from tests.integration.sandbox.edge.conftest import FILM, Publish, Site, Trusted, allow, service_may_read

NOW = int(time.time())
SOON = NOW + 3600
MUTATIONS = string.ascii_letters + string.digits + "-_~.%&=?/"


@pytest.fixture(scope="module", params=["ecdsa-p256", "rsa-2048"])
def trusted(request: pytest.FixtureRequest, trust: Callable[..., Trusted]) -> Trusted:
    return trust(request.param)


@pytest.fixture(scope="module")
def site(s3: Any, publish: Publish, trusted: Trusted, media: str) -> Site:
    """A private distribution."""
    made = publish(access="oac", groups=(trusted.group,))
    for key in ("a/b", "a b", "a*b", "a%2Fc"):
        s3.put_object(Bucket=media, Key=key, Body=key.encode())
    allow(s3, media, service_may_read(media, made.arn))
    return made


def opened(site: Site, url: str, **more: Any) -> Answer:
    parts = urlsplit(url)
    return site.get(parts.path + (f"?{parts.query}" if parts.query else ""), **more)


def signed(site: Site, trusted: Trusted, path: str = "/film.mp4", **more: Any) -> str:
    given = {"key_pair_id": trusted.id, "signer": trusted.signer, "expires": SOON, **more}
    return sign_url(site.url(path), **given)


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"not_before": NOW - 60},
        {"ip": "127.0.0.0/8"},
        {"resource": "http*://*"},
        {"resource": "*"},
        {"resource": "http*://*/film.mp?"},
        {"resource": "http*://*/fi*?x=1"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_opens(site: Site, trusted: Trusted, hash_algorithm: HashAlgorithm, more: dict[str, Any], method: str) -> None:
    path = "/film.mp4?x=1" if "x=1" in more.get("resource", "") else "/film.mp4"
    answer = opened(site, signed(site, trusted, path, hash_algorithm=hash_algorithm, **more), method=method)
    assert (answer.status, answer.body) == (200, FILM if method == "GET" else b"")


def test_botocores_signer_opens(site: Site, trusted: Trusted) -> None:
    signer = CloudFrontSigner(trusted.id, lambda message: trusted.signer.sign(message, HashAlgorithm.SHA1))
    url = signer.generate_presigned_url(site.url(), date_less_than=datetime.fromtimestamp(SOON, UTC))
    assert opened(site, url).body == FILM
    policy = signer.build_policy("http*://*/film*", datetime.fromtimestamp(SOON, UTC))
    assert opened(site, signer.generate_presigned_url(site.url(), policy=policy)).body == FILM


def test_cookies_open(site: Site, trusted: Trusted) -> None:
    cookies = sign_cookies(resource="http*://*/*", key_pair_id=trusted.id, signer=trusted.signer, expires=SOON)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert site.get(headers={"Cookie": header}).body == FILM
    assert site.get(headers={"Cookie": header.replace("Signature=", "Signature=A")}).status == 403
    for odd in ('prefs={"a":1}', "flag", "a=1; Path=/", "naïve=é".encode().decode("latin-1")):
        assert site.get(headers={"Cookie": f"{odd}; {header}"}).body == FILM
    assert site.get(headers={"Cookie": "x=1"}).code == "MissingKey"


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("more", "change", "code"),
    [
        ({}, lambda url: url.partition("?")[0], "MissingKey"),
        ({}, lambda url: url.replace("Key-Pair-Id=", "Key="), "MissingKey"),
        ({}, lambda url: url.replace("Key-Pair-Id=K", "Key-Pair-Id=X"), "InvalidKey"),
        ({}, lambda url: url.replace("Signature=", "Signature=AAAA"), "AccessDenied"),
        ({}, lambda url: url.replace("/film.mp4", "/a/b"), "AccessDenied"),
        ({}, lambda url: url.replace(f"Expires={SOON}", f"Expires={SOON + 1}"), "AccessDenied"),
        ({}, lambda url: url.replace(f"Expires={SOON}", "Expires=never"), "MalformedPolicy"),
        ({}, lambda url: url.replace("?", "?extra=1&"), "AccessDenied"),
        ({}, lambda url: url + "&Hash-Algorithm=SHA256", "AccessDenied"),
        ({}, lambda url: url + f"&Key-Pair-Id={'K' * 14}", "AccessDenied"),
        ({"expires": NOW - 1}, str, "AccessDenied"),
        ({"not_before": SOON - 60}, str, "AccessDenied"),
        ({"ip": "192.0.2.0/24"}, str, "AccessDenied"),
        ({"resource": "http*://*/film.mp5"}, str, "AccessDenied"),
        ({"resource": "http://another.localhost/*"}, str, "AccessDenied"),
        ({"resource": "*"}, lambda url: url.replace("Policy=", "Policy=!!!"), "MalformedPolicy"),
        ({"resource": "*"}, lambda url: url.replace("Policy=", "Policy=AAAA"), "MalformedPolicy"),
        ({"resource": "*"}, lambda url: url + f"&Expires={SOON}", "MalformedPolicy"),
    ],
)
def test_what_does_not_open(site: Site, trusted: Trusted, more: dict[str, Any], change: Change, code: str) -> None:
    answer = opened(site, change(signed(site, trusted, **more)))
    assert (answer.status, answer.code) == (403, code), answer.body
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert answer.headers["content-type"] == "text/xml"


def test_a_policy_with_a_signature_of_other_bytes(site: Site, trusted: Trusted) -> None:
    wide, narrow = custom_policy("*", expires=SOON), custom_policy("http*://*/a", expires=SOON)
    signature = encode(trusted.signer.sign(narrow, HashAlgorithm.SHA1))
    path = f"/film.mp4?Policy={encode(wide)}&Signature={signature}&Key-Pair-Id={trusted.id}"
    assert site.get(path).code == "AccessDenied"


def test_a_key_of_ones_own_making(site: Site, trusted: Trusted) -> None:
    forged = load_signer(generate_private_key("ecdsa-p256"))
    assert opened(site, signed(site, trusted, signer=forged)).code == "AccessDenied"


@pytest.mark.parametrize("path", ["/a/b", "/a%20b", "/a%2Ab", "/a%252Fc"])
def test_signed_bytes_are_the_bytes_that_are_served(site: Site, trusted: Trusted, path: str) -> None:
    url = signed(site, trusted, path)
    assert opened(site, url).status == 200
    for other in ("/film.mp4", f"/{path}", f"/x/..{path}", path.replace("a", "%61", 1), path + "/"):
        assert opened(site, url.replace(path, other, 1)).status == 403


def test_the_content_type_is_not_the_viewers_to_choose(site: Site, trusted: Trusted) -> None:
    answer = opened(site, signed(site, trusted, "/film.mp4?response-content-type=text%2Fhtml"))
    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp4")


def test_what_is_kept_is_not_given_without_a_signature(site: Site, trusted: Trusted) -> None:
    url = signed(site, trusted)
    opened(site, url)
    assert opened(site, url).headers["x-cache"] == "Hit from cloudfront"
    assert site.get().code == "MissingKey"


def test_a_key_opens_its_own_distribution_only(
    s3: Any, publish: Publish, trust: Callable[..., Trusted], site: Site, trusted: Trusted
) -> None:
    stranger = trust()
    other = publish(access="oac", groups=(stranger.group,))
    allow(s3, other.bucket, service_may_read(other.bucket, site.arn, other.arn))
    assert opened(other, signed(other, stranger)).body == FILM
    assert opened(other, signed(other, trusted)).code == "InvalidKey"
    assert opened(site, signed(site, stranger)).code == "InvalidKey"
    assert opened(other, signed(site, trusted)).code == "InvalidKey"
    assert opened(other, signed(site, stranger)).code == "AccessDenied"  # right key, another host's URL


def test_behaviors_are_chosen_by_the_normalized_path(
    cloudfront: Any, s3: Any, publish: Publish, trust: Callable[..., Trusted], media: str
) -> None:
    keeper = trust()
    mixed = publish(access="oac")
    allow(s3, media, service_may_read(media, mixed.arn))
    s3.put_object(Bucket=media, Key="private/x", Body=b"secret")

    def add_behavior(config: dict[str, Any]) -> None:
        behavior = {**config["DefaultCacheBehavior"], "PathPattern": "private/*", "TrustedKeyGroups": trusting(keeper.group)}
        config["CacheBehaviors"] = {"Quantity": 1, "Items": [behavior]}

    update(cloudfront, mixed.id, add_behavior)
    assert mixed.get().status == 200
    assert opened(mixed, signed(mixed, keeper, "/private/x")).body == b"secret"
    for path in (
        "/private/x",
        "/%70rivate/x",
        "/./private/x",
        "/y/../private/x",
        "/private/%2e/x",
        "//private/x",
        "/y/%2E%2E/private/x",
    ):
        answer = mixed.get(path)
        assert (answer.status, answer.body.count(b"secret")) == (403, 0), path

    def let_go(config: dict[str, Any]) -> None:
        config["CacheBehaviors"] = {"Quantity": 0}

    update(cloudfront, mixed.id, let_go)


def test_a_thousand_mutations_do_not_open(site: Site, trusted: Trusted) -> None:
    """Five hundred each of RSA and ECDSA, one character of path or query changed, over one connection."""
    dice = random.Random(trusted.signer.algorithm)
    urls = [signed(site, trusted), signed(site, trusted, resource="http*://*/film.mp4", hash_algorithm=HashAlgorithm.SHA256)]
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    host = {"Host": f"{site.domain}:{site.port}"}
    for number in range(500):
        target = urls[number % 2].partition(f":{site.port}")[2]
        place = dice.randrange(1, len(target))
        mutated = target[:place] + dice.choice([c for c in MUTATIONS if c != target[place]]) + target[place + 1 :]
        connection.request("GET", mutated, headers=host)
        answer = connection.getresponse()
        assert (answer.status, FILM in answer.read()) == (403, False), mutated
    connection.close()
