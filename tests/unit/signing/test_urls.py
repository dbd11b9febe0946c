"""Signed URLs: canned wherever that allows what is asked, of a URL that viewers send as it stands."""

from __future__ import annotations

import json
import subprocess
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.errors import InvalidInput
from cdnadmin.signing import HashAlgorithm, decode, sign_url
from cdnadmin.signing.policies import LATEST
from tests.unit.signing.conftest import KEY_ID, NOW, ORIGIN, SOON, VIEWER, Pair, ask

FILM = f"{ORIGIN}/film.mp4"
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable() and name not in (".", ".."))


def signed(url: str, pair: Pair, **more: Any) -> str:
    return sign_url(url, **{"key_pair_id": KEY_ID, "signer": pair.signer, "expires": SOON, **more})


def policy_of(url: str) -> dict[str, Any]:
    text = url.partition("Policy=")[2].partition("&")[0]
    (statement,) = json.loads(decode(text))["Statement"]
    assert isinstance(statement, dict)
    return statement


def test_the_parameters_stand_in_the_documented_order(ecdsa_pair: Pair) -> None:
    canned = signed(FILM, ecdsa_pair)
    names = [pair.partition("=")[0] for pair in canned.partition("?")[2].split("&")]
    assert names == ["Expires", "Signature", "Key-Pair-Id"]
    custom = signed(f"{FILM}?x=1", ecdsa_pair, ip=VIEWER, hash_algorithm=HashAlgorithm.SHA256)
    assert custom.startswith(f"{FILM}?x=1&Policy=")
    assert custom.endswith(f"&Key-Pair-Id={KEY_ID}&Hash-Algorithm=SHA256")


@pytest.mark.parametrize(
    ("more", "canned"),
    [
        ({}, True),
        ({"resource": FILM}, True),
        ({"hash_algorithm": HashAlgorithm.SHA256}, True),
        ({"not_before": NOW}, False),
        ({"ip": VIEWER}, False),
        ({"resource": f"{ORIGIN}/*"}, False),
    ],
)
def test_a_canned_policy_wherever_it_allows_what_is_asked(ecdsa_pair: Pair, more: dict[str, Any], canned: bool) -> None:
    url = signed(FILM, ecdsa_pair, **more)
    assert ("Expires=" in url, "Policy=" in url) == (canned, not canned)
    assert ask(url, ecdsa_pair, now=NOW + 1).ok


@given(
    segments=st.lists(NAMES, min_size=1, max_size=3),
    query=st.lists(st.tuples(NAMES, NAMES), max_size=2),
    now=st.integers(1, LATEST - 1),
    life=st.integers(1, 10**9),
    more=st.fixed_dictionaries(
        {"hash_algorithm": st.sampled_from(list(HashAlgorithm))},
        optional={"ip": st.just("192.0.2.0/24"), "resource": st.just("http*://*"), "not_before": st.just(0)},
    ),
)
@settings(deadline=None, max_examples=150)
def test_what_is_signed_verifies(
    pair: Pair, segments: list[str], query: list[tuple[str, str]], now: int, life: int, more: dict[str, Any]
) -> None:
    url = f"{ORIGIN}/" + "/".join(quote(segment, safe="") for segment in segments)
    own = "&".join(f"q{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    url += f"?{own}" if own else ""
    expires = min(now + life, LATEST)
    if "not_before" in more:
        more["not_before"] = now
        now, expires = now + 1, max(expires, now + 2)
        if expires > LATEST:
            return
    verdict = ask(signed(url, pair, expires=expires, **more), pair, now=now)
    assert (verdict.ok, verdict.code, verdict.forwarded_query, verdict.expires) == (True, "", own, expires)


@given(NAMES, NAMES, st.booleans())
@settings(deadline=None, max_examples=150)
def test_no_file_name_once_encoded_opens_another_file(ecdsa_pair: Pair, name: str, other: str, canned: bool) -> None:
    ours, theirs = (f"{ORIGIN}/{quote(text, safe='')}" for text in (name, other))
    url = signed(ours, ecdsa_pair, **({} if canned else {"ip": VIEWER}))
    assert ask(url, ecdsa_pair).ok
    assert ask(theirs + url.removeprefix(ours), ecdsa_pair).ok is (ours == theirs)


@pytest.mark.parametrize("more", [{"ip": VIEWER}, {"not_before": NOW}, {"resource": "", "ip": VIEWER}])
def test_a_star_in_a_url_never_becomes_a_wildcard_by_itself(ecdsa_pair: Pair, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="write %2A") as refused:
        signed(f"{ORIGIN}/a*b", ecdsa_pair, **more)
    assert refused.value.field == "url"
    assert ask(signed(f"{ORIGIN}/a%2Ab", ecdsa_pair, **more), ecdsa_pair, now=NOW + 1).ok


def test_a_star_in_a_canned_url_opens_that_url_only(ecdsa_pair: Pair) -> None:
    url = signed(f"{ORIGIN}/a*b", ecdsa_pair)
    assert ask(url, ecdsa_pair).ok
    assert not ask(url.replace("a*b", "a/secret/b"), ecdsa_pair).ok


def test_a_resource_with_wildcards_is_taken_as_it_is(ecdsa_pair: Pair) -> None:
    url = signed(f"{ORIGIN}/a*b", ecdsa_pair, resource="http*://*/a*b")
    assert policy_of(url)["Resource"] == "http*://*/a*b"


@pytest.mark.parametrize(
    "url",
    [
        f"{ORIGIN}/a b", f"{ORIGIN}/é", f"{ORIGIN}/a#b", f"{ORIGIN}/a\nb", f"{ORIGIN}/a\x7f", f"{ORIGIN}/a\\b", f'{ORIGIN}/"',
        f"{ORIGIN}/<a>", f"{ORIGIN}/{{a}}", f"{ORIGIN}/`", f"{ORIGIN}/^", f"{ORIGIN}/a?x='1'", f"{ORIGIN}/a?x=\\",
        f"{ORIGIN}/./a", f"{ORIGIN}/b/../a", f"{ORIGIN}/a/..", f"{ORIGIN}/%2e%2E/a", f"{ORIGIN}/.%2e/a?x=1", f"{ORIGIN}/%2E",
    ],
)  # fmt: skip
def test_a_url_that_no_viewer_would_send_is_refused(ecdsa_pair: Pair, url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        signed(url, ecdsa_pair)
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "url", ["/a'b", "/...", "/a..b/.c", "/a?x=/../", "/a?", "/a?x=1&", "//a", "/%2f", "/a|b", "/a:b@c!$&,;=(1)~"]
)
def test_an_odd_url_that_viewers_do_send_is_signed(ecdsa_pair: Pair, url: str) -> None:
    assert ask(signed(ORIGIN + url, ecdsa_pair), ecdsa_pair).ok


def test_what_is_signed_is_what_a_browser_asks_for(ecdsa_pair: Pair) -> None:
    """By the URL Standard's own parser, for every printable character in path and query, and what dots become."""
    signs = [chr(code) for code in range(0x20, 0x7F)]
    dots = [".", "..", "...", "%2e", "%2E", ".%2e", "%2e.", "%2e%2e", "%2e%2e%2e", ".a", "a.", "%2f", ""]
    tails = [f"/a{sign}b{end}" for sign in signs for end in ("", "/", "?x")] + [f"/a?x={sign}b" for sign in signs]
    tails += [f"/{front}{dot}{end}" for dot in dots for front in ("", "a/") for end in ("", "/", "/b", "?x=1", "?/../")]
    taken: list[str] = []
    for tail in tails:
        try:
            signed(ORIGIN + tail, ecdsa_pair)
        except InvalidInput:
            continue
        taken.append(ORIGIN + tail)
    script = "const u = JSON.parse(process.argv[1]); console.log(JSON.stringify(u.map(x => new URL(x).href)))"
    sent = json.loads(subprocess.run(["node", "-e", script, json.dumps(taken)], check=True, capture_output=True).stdout)
    assert len(taken) > 300
    assert sent == taken


@pytest.mark.parametrize("name", ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"])
@pytest.mark.parametrize("query", ["{}=1", "x=1&{}=1", "{}", "x&{}&y", "{}=="])
def test_a_query_with_cloudfronts_own_parameters_is_refused(ecdsa_pair: Pair, name: str, query: str) -> None:
    with pytest.raises(InvalidInput, match="CloudFront keeps"):
        signed(f"{FILM}?{query.format(name)}", ecdsa_pair)
    assert ask(signed(f"{FILM}?x{name}=1&y={name}&{name.lower()}=1", ecdsa_pair), ecdsa_pair).ok


@pytest.mark.parametrize(
    ("more", "field"), [({"expires": 0}, "expires"), ({"not_before": SOON}, "not_before"), ({"ip": "2001:db8::/32"}, "ip")]
)
def test_what_cloudfront_would_refuse_is_refused_before_it_is_signed(ecdsa_pair: Pair, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        signed(FILM, ecdsa_pair, **more)
    assert refused.value.field == field
