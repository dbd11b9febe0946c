"""Verification: the raw bytes of a request, one policy of the documented shape, its time and its viewer."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.signing import HashAlgorithm, canned_policy, custom_policy, encode, sign_cookies, sign_url
from cdnadmin.signing.verify import PARAMETERS, resource_matches, split_query, verify_request
from tests.conftest import ROOT
from tests.unit.signing.conftest import KEY_ID, NOW, ORIGIN, SOON, VIEWER, Pair, ask, make_pair

FILM = f"{ORIGIN}/film.mp4"


def signed(url: str, pair: Pair, **more: Any) -> str:
    return sign_url(url, **{"key_pair_id": KEY_ID, "signer": pair.signer, "expires": SOON, **more})


@pytest.mark.parametrize(("now", "ok"), [(SOON - 1, True), (SOON, False), (SOON + 1, False)])
@pytest.mark.parametrize("more", [{}, {"resource": "*"}])
def test_it_opens_until_the_second_it_expires(pair: Pair, now: int, ok: bool, more: dict[str, Any]) -> None:
    assert ask(signed(FILM, pair, **more), pair, now=now).ok is ok


@pytest.mark.parametrize(("now", "ok"), [(NOW - 1, False), (NOW, False), (NOW + 1, True)])
def test_it_opens_after_the_second_it_begins(pair: Pair, now: int, ok: bool) -> None:
    assert ask(signed(FILM, pair, not_before=NOW), pair, now=now).ok is ok


@pytest.mark.parametrize(
    ("ip", "ok"),
    [
        ("192.0.2.0", True), ("192.0.2.255", True), ("192.0.3.0", False), ("192.0.1.255", False),
        ("::ffff:192.0.2.1", False), ("2001:db8::1", False), ("", False), ("192.0.2.1, 192.0.2.2", False), ("192.0.2.01", False),
    ],
)  # fmt: skip
def test_an_address_opens_from_inside_its_range_only(ecdsa_pair: Pair, ip: str, ok: bool) -> None:
    assert ask(signed(FILM, ecdsa_pair, ip="192.0.2.0/24"), ecdsa_pair, ip=ip).ok is ok


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"{FILM}?Key-Pair-Id={KEY_ID}&Expires={SOON}", "MissingSignature"),
        (f"{FILM}?Key-Pair-Id={KEY_ID}&Expires={SOON}&Signature=", "MissingSignature"),
        (f"{FILM}?Key-Pair-Id=&Expires={SOON}&Signature=AAAA", "MissingKey"),
        (f"{FILM}?Key-Pair-Id={KEY_ID}&Signature=AAAA", "MalformedPolicy"),
        (f"{FILM}?Key-Pair-Id={KEY_ID}&Expires={SOON}&Signature=A", "MalformedSignature"),
        (f"{FILM}?Key-Pair-Id={KEY_ID}&Expires={SOON}&Signature=%41AAA", "MalformedSignature"),
        (f"{FILM}?Key-Pair-Id={KEY_ID.lower()}&Expires={SOON}&Signature=AAAA", "InvalidKey"),
    ],
)
def test_what_is_missing_or_cannot_be_read_is_named(pair: Pair, url: str, code: str) -> None:
    verdict = ask(url, pair)
    assert (verdict.ok, verdict.code, verdict.expires) == (False, code, None)
    assert verdict.message


@pytest.mark.parametrize("text", ["01800003600", "+1800003600", " 1800003600", "1800003600.0", "18e8", "0", "-1", "", "2147483648",
                                  "１８００００３６００", "1800003600\n", "99999999999999999999"])  # fmt: skip
def test_a_second_spelling_of_a_time_is_malformed(ecdsa_pair: Pair, text: str) -> None:
    url = signed(FILM, ecdsa_pair)
    assert ask(url.replace(f"Expires={SOON}", f"Expires={text}"), ecdsa_pair).code == "MalformedPolicy"


@pytest.mark.parametrize("text", ["", "sha256", "SHA512", "MD5", "SHA-256", "SHA1"])
def test_the_hash_is_the_one_that_is_named(pair: Pair, text: str) -> None:
    url = signed(FILM, pair, hash_algorithm=HashAlgorithm.SHA256)
    assert ask(url, pair).ok
    assert ask(url.replace("=SHA256", f"={text}"), pair).code == "AccessDenied"
    assert ask(signed(FILM, pair) + "&Hash-Algorithm=SHA1", pair).ok


def test_a_key_that_is_not_trusted_or_not_a_key_does_not_open(pair: Pair, ecdsa_pair: Pair) -> None:
    url = signed(FILM, pair)
    query = url.partition("?")[2]
    request: dict[str, Any] = {"scheme_host": [ORIGIN], "raw_path": "/film.mp4", "raw_query": query, "cookies": {}, "now": NOW}

    def code(keys: dict[str, str]) -> str:
        return verify_request(keys=keys, ip=VIEWER, **request).code

    assert code({KEY_ID: pair.public}) == ""
    assert code({}) == "InvalidKey"
    assert code({KEY_ID: "not a key"}) == "InvalidKey"
    assert code({"K": pair.public}) == "InvalidKey"
    assert code({KEY_ID: make_pair("ecdsa-p256").public, "K": pair.public}) == "AccessDenied"
    assert ask(url, ecdsa_pair).ok is (pair is ecdsa_pair)


def test_a_policy_signed_by_a_stranger_is_denied(pair: Pair) -> None:
    wide = custom_policy("*", expires=SOON)
    narrow = signed(FILM, pair, resource=f"{ORIGIN}/a*")
    text = narrow.partition("Policy=")[2].partition("&")[0]
    assert ask(narrow.replace(text, encode(wide)), pair).code == "AccessDenied"
    assert ask(narrow, pair).code == "AccessDenied"  # right signature, another URL
    assert ask(signed(FILM, make_pair("ecdsa-p256"), resource="*"), pair).code == "AccessDenied"


def test_a_canned_signature_does_not_serve_as_that_of_a_wider_policy(pair: Pair) -> None:
    """The bytes signed for a canned URL are a custom policy too, and then mean the same."""
    url = signed(FILM, pair)
    signature = url.partition("Signature=")[2]
    as_custom = f"?Policy={encode(canned_policy(FILM, SOON))}&Signature={signature}"
    assert ask(FILM + as_custom, pair).ok
    assert ask(f"{ORIGIN}/other.mp4{as_custom}", pair).code == "AccessDenied"


def test_each_of_a_hosts_schemes_opens_and_no_other_host(pair: Pair) -> None:
    plain = "http://d111.localhost"
    for hosts in ((plain, ORIGIN), (ORIGIN, plain)):
        assert ask(signed(FILM, pair), pair, hosts=hosts).ok
        assert ask(signed(f"{plain}/film.mp4", pair), pair, hosts=hosts).ok
    for other in ("https://d222.localhost", "https://d111.localhost.", "https://D111.localhost", f"{ORIGIN}:443", plain):
        assert ask(signed(FILM, pair), pair, hosts=(other,)).code == "AccessDenied"
        assert ask(signed(FILM, pair, ip=VIEWER), pair, hosts=(other,)).code == "AccessDenied"


@pytest.mark.parametrize("tail", ["/é", "/film.mp4é", "/\ud800", "/\x80"])
def test_what_is_not_ascii_opens_under_no_policy(pair: Pair, tail: str) -> None:
    """Whoever routes it would have to encode it first, and could do so in two ways."""
    for url in (ORIGIN + tail, f"{FILM}?{tail}"):
        assert (
            ask(url, pair, cookies=sign_cookies("*", key_pair_id=KEY_ID, signer=pair.signer, expires=SOON)).code == "AccessDenied"
        )
        assert ask(f"{url}{'&' if '?' in url else '?'}{signed(FILM, pair).partition('?')[2]}", pair).code == "AccessDenied"


def test_the_rest_of_the_query_is_handed_on_as_it_came() -> None:
    found, rest = split_query("a=1&Expires=2&&b&Signature=x&Expires=3&=&policy=4&Key-Pair-Id")
    assert found == {"Expires": ["2", "3"], "Signature": ["x"], "Key-Pair-Id": [""]}
    assert rest == ["a=1", "", "b", "=", "policy=4"]
    assert split_query("") == ({}, [])


PIECES = st.sampled_from([*sorted(PARAMETERS), "=", "&", "?", "%", KEY_ID, str(SOON), "AAAA", "e30_", "_", "SHA256"]) | st.text(
    max_size=3
)


@given(
    st.lists(PIECES, max_size=24).map("".join),
    st.text(max_size=8),
    st.dictionaries(PIECES, PIECES, max_size=4),
    st.text(max_size=9),
)
@settings(deadline=None, max_examples=300)
def test_whatever_is_asked_gets_an_answer(ecdsa_pair: Pair, query: str, path: str, cookies: dict[str, str], ip: str) -> None:
    given = {f"CloudFront-{name}": value for name, value in cookies.items()}
    verdict = verify_request(
        scheme_host=[ORIGIN], raw_path=f"/{path}", raw_query=query, cookies=given, keys=ecdsa_pair.keys, now=NOW, ip=ip
    )
    assert not verdict.ok
    assert verdict.code
    assert verdict.message


def covers(pattern: str, url: str) -> bool:
    """The same rule, written the slow way."""
    reach = {0}
    for sign in pattern:
        if sign == "*":
            reach = set(range(min(reach), len(url) + 1)) if reach else reach
        else:
            reach = {at + 1 for at in reach if at < len(url) and sign in ("?", url[at])}
    return len(url) in reach


@given(st.text(alphabet="ab/?*.", max_size=9), st.text(alphabet="ab/?*.\n", max_size=12))
@settings(deadline=None, max_examples=1500)
def test_wildcards_cover_what_they_should(pattern: str, url: str) -> None:
    assert resource_matches(pattern, url) is covers(pattern, url)


@given(st.text(max_size=12))
@settings(deadline=None)
def test_no_other_character_is_special_in_a_resource(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    assert resource_matches(plain, plain)
    assert resource_matches("*", text)
    assert not resource_matches(plain, plain + "x")


def test_many_stars_take_no_longer() -> None:
    script = "from cdnadmin.signing.verify import resource_matches; print(resource_matches('*a' * 2000 + 'b', 'a' * 8000))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=20, check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
