"""Signed cookies: what a browser is given once opens as long and as far as its policy says."""

from __future__ import annotations

from typing import Any

import pytest

from cdnadmin.errors import InvalidInput
from cdnadmin.signing import HashAlgorithm, decode, sign_cookies, sign_url
from tests.unit.signing.conftest import KEY_ID, NOW, ORIGIN, SOON, Pair, ask

FILM = f"{ORIGIN}/film.mp4"


def signed(resource: str, pair: Pair, **more: Any) -> dict[str, str]:
    return sign_cookies(resource, **{"key_pair_id": KEY_ID, "signer": pair.signer, "expires": SOON, **more})


def test_a_single_url_gets_a_canned_policy(pair: Pair) -> None:
    cookies = signed(FILM, pair)
    assert set(cookies) == {"CloudFront-Expires", "CloudFront-Signature", "CloudFront-Key-Pair-Id"}
    assert cookies["CloudFront-Expires"] == str(SOON)
    verdict = ask(FILM, pair, cookies=cookies)
    assert (verdict.ok, verdict.expires) == (True, SOON)
    assert ask(f"{ORIGIN}/other.mp4", pair, cookies=cookies).code == "AccessDenied"


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
@pytest.mark.parametrize(
    ("resource", "more"),
    [
        (f"{ORIGIN}/*", {}),
        (f"{ORIGIN}/film.mp?", {}),
        ("http*://*", {}),
        (FILM, {"not_before": NOW - 1}),
        (FILM, {"ip": "192.0.2.0/24"}),
    ],
)
def test_more_than_that_gets_a_custom_one(pair: Pair, resource: str, more: dict[str, Any], hash_algorithm: HashAlgorithm) -> None:
    cookies = signed(resource, pair, hash_algorithm=hash_algorithm, **more)
    sha256 = {"CloudFront-Hash-Algorithm"} if hash_algorithm is HashAlgorithm.SHA256 else set()
    assert set(cookies) == {"CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"} | sha256
    assert resource.encode() in decode(cookies["CloudFront-Policy"])
    assert ask(FILM, pair, cookies=cookies).ok
    assert ask(FILM, pair, cookies=cookies, now=SOON).code == "AccessDenied"
    if "ip" in more:
        assert ask(FILM, pair, cookies=cookies, ip="198.51.100.1").code == "AccessDenied"
    if "not_before" in more:
        assert ask(FILM, pair, cookies=cookies, now=NOW - 1).code == "AccessDenied"


def test_the_values_need_no_quoting_in_a_header(pair: Pair) -> None:
    for cookies in (signed(FILM, pair), signed(f"{ORIGIN}/*", pair, hash_algorithm=HashAlgorithm.SHA256)):
        for value in cookies.values():
            assert value.isascii()
            assert not set(value) & set(' ",;\\')


def test_no_changed_character_of_a_cookie_opens(pair: Pair) -> None:
    for cookies in (signed(FILM, pair), signed(f"{ORIGIN}/*", pair, hash_algorithm=HashAlgorithm.SHA256)):
        for name, value in cookies.items():
            for place in range(len(value)):
                other = "A" if value[place] != "A" else "B"
                changed = {**cookies, name: value[:place] + other + value[place + 1 :]}
                assert not ask(FILM, pair, cookies=changed).ok, (name, place)


def test_a_missing_cookie_does_not_open(ecdsa_pair: Pair) -> None:
    cookies = signed(f"{ORIGIN}/*", ecdsa_pair, hash_algorithm=HashAlgorithm.SHA256)
    codes = {
        name: ask(FILM, ecdsa_pair, cookies={other: value for other, value in cookies.items() if other != name}).code
        for name in cookies
    }
    assert codes == {
        "CloudFront-Policy": "MalformedPolicy",
        "CloudFront-Signature": "MissingSignature",
        "CloudFront-Key-Pair-Id": "MissingKey",
        "CloudFront-Hash-Algorithm": "AccessDenied",
    }


def test_cookies_of_others_do_not_matter(ecdsa_pair: Pair) -> None:
    strange = {"sessionid": "x", "Policy": "x", "CloudFront-Viewer": "x", "cloudfront-expires": "1", "CloudFront-": ""}
    assert ask(FILM, ecdsa_pair, cookies={**strange, **signed(FILM, ecdsa_pair)}).ok
    assert ask(FILM, ecdsa_pair, cookies=strange).code == "MissingKey"


def test_a_url_with_parameters_of_its_own_is_judged_by_these_alone(ecdsa_pair: Pair) -> None:
    cookies = signed("http*://*", ecdsa_pair)
    spent = sign_url(FILM, key_pair_id=KEY_ID, signer=ecdsa_pair.signer, expires=NOW)
    assert ask(spent, ecdsa_pair, cookies=cookies).code == "AccessDenied"
    assert ask(f"{FILM}?Expires={SOON}", ecdsa_pair, cookies=cookies).code == "MissingKey"
    assert ask(f"{FILM}?expires={SOON}", ecdsa_pair, cookies=cookies).ok


def test_a_canned_and_a_custom_policy_together_are_refused(ecdsa_pair: Pair) -> None:
    both = {**signed(f"{ORIGIN}/*", ecdsa_pair), **signed(FILM, ecdsa_pair)}
    assert ask(FILM, ecdsa_pair, cookies=both).code == "MalformedPolicy"


@pytest.mark.parametrize(
    ("more", "field"), [({"expires": -1}, "expires"), ({"not_before": SOON}, "not_before"), ({"ip": "::1"}, "ip")]
)
def test_what_cloudfront_would_refuse_is_refused(ecdsa_pair: Pair, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        signed(FILM, ecdsa_pair, **more)
    assert refused.value.field == field
