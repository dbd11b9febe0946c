"""Where readers of one signed URL have been known to differ: none of it verifies as something else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.signing import HashAlgorithm, sign_url
from cdnadmin.signing.verify import verify_request
from tests.unit.signing.conftest import KEY_ID, NOW, ORIGIN, SOON, VIEWER, Pair, ask, with_policy

PATH = "/a/b.mp4"
FILM = f"{ORIGIN}{PATH}"
RESOURCE = f'"Resource":"{FILM}"'
UNTIL = f'"DateLessThan":{{"AWS:EpochTime":{SOON}}}'
ROUTED = [
    "/a%2Fb.mp4", "/a%2fb.mp4", "/a%5Cb.mp4", "/a\\b.mp4", "//a/b.mp4", "/a//b.mp4", "/a/b.mp4/", "/a/./b.mp4", "/./a/b.mp4",
    "/x/../a/b.mp4", "/x/%2e%2e/a/b.mp4", "/x/%2E./a/b.mp4", "/a/%62.mp4", "/a/b%2Emp4", "/A/b.mp4", "/a/b.mp4%00", "/a/b.mp4;x",
    "/a/b.mp4%3F", "/a/b.mp4%23", "/a/b.mp4 ", "/a/b.mp", "/a/b.mp44", "", "/", "/secret", "/a/b\uff0emp4", "/a/ｂ.mp4",
]  # fmt: skip
WAYS: list[dict[str, Any]] = [
    {},
    {"ip": VIEWER},
    {"not_before": NOW - 1},
    {"hash_algorithm": HashAlgorithm.SHA256},
]


def signed(pair: Pair, url: str = FILM, **more: Any) -> str:
    return sign_url(url, **{"key_pair_id": KEY_ID, "signer": pair.signer, "expires": SOON, **more})


def policy(statement: str) -> bytes:
    return f'{{"Statement":[{statement}]}}'.encode()


def test_the_right_policy_opens(pair: Pair) -> None:
    """Else nothing below would prove anything."""
    assert ask(with_policy(policy(f'{{{RESOURCE},"Condition":{{{UNTIL}}}}}'), pair, FILM), pair).ok


@pytest.mark.parametrize("path", ROUTED)
@pytest.mark.parametrize("more", WAYS)
def test_a_path_that_some_origin_would_read_alike_does_not_open(pair: Pair, path: str, more: dict[str, Any]) -> None:
    url = signed(pair, **more)
    assert ask(url, pair).ok
    assert ask(url.replace(PATH, path, 1), pair).code == "AccessDenied"


@pytest.mark.parametrize("path", [path for path in ROUTED if path.isascii()])
def test_such_a_path_once_signed_opens_itself_only(pair: Pair, path: str) -> None:
    raw = policy(f'{{"Resource":"{ORIGIN}{path}","Condition":{{{UNTIL}}}}}'.replace("\\", "\\\\"))
    url = with_policy(raw, pair, ORIGIN + path)
    assert ask(url, pair).ok
    assert not ask(url.replace(path + "?", PATH + "?", 1), pair).ok


@pytest.mark.parametrize(("path", "ok"), [("/a/b/c", True), ("/a/", True), ("/a", False), ("/b/a/c", False)])
def test_a_star_reaches_across_slashes_but_not_before_itself(pair: Pair, path: str, ok: bool) -> None:
    assert ask(signed(pair, ORIGIN + path, resource=f"{ORIGIN}/a/*"), pair).ok is ok


@pytest.mark.parametrize(
    "query",
    [
        "", "?x=1", "?y=2&x=1", "?x=1&y=2&z", "?x=1&y=2&", "?&x=1&y=2", "?x=1&&y=2", "?x=1;y=2", "?x=1&y=%32", "?X=1&y=2",
        "?x=1&y=2&y=2",
    ],
)  # fmt: skip
def test_ones_own_query_is_signed_with_its_order_and_spelling(pair: Pair, query: str) -> None:
    for more in ({}, {"ip": VIEWER}):
        url = signed(pair, f"{FILM}?x=1&y=2", **more)
        assert ask(url, pair).ok
        changed = url.replace("?x=1&y=2&", f"{query}&" if query else "?", 1)
        assert ask(changed, pair).code == "AccessDenied"


def test_parameters_mean_the_same_wherever_they_stand(pair: Pair) -> None:
    url = signed(pair, f"{FILM}?x=1&y=2")
    x, y, *own = url.partition("?")[2].split("&")
    assert ask(f"{FILM}?{'&'.join([own[0], x, own[1], y, own[2]])}", pair).ok


@pytest.mark.parametrize("name", ["Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"])
@pytest.mark.parametrize("value", ["same", "", "AAAA", "SHA1", str(SOON)])
def test_a_repeated_parameter_does_not_open(pair: Pair, name: str, value: str) -> None:
    for more in ({}, {"ip": VIEWER}):
        url = signed(pair, hash_algorithm=HashAlgorithm.SHA256, **more)
        own = dict(part.split("=", 1) for part in url.partition("?")[2].split("&"))
        again = own.get(name, "AAAA") if value == "same" else value
        for changed in (f"{url}&{name}={again}", url.replace("?", f"?{name}={again}&"), f"{url}&{name}"):
            assert not ask(changed, pair).ok, changed


def test_a_policy_and_an_expiry_exclude_each_other(pair: Pair) -> None:
    wide = signed(pair, resource="*")
    assert ask(f"{wide}&Expires={SOON}", pair).code == "MalformedPolicy"
    assert ask(signed(pair) + "&" + wide.partition("?")[2].partition("&")[0], pair).code == "MalformedPolicy"


@pytest.mark.parametrize(
    "raw",
    [
        # a name that stands twice, on every level, once escaped
        f'{{"Statement":[],"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"\\u0053tatement":[],"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{"Resource":"*",{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{}},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL},{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{"DateLessThan":{{"AWS:EpochTime":1,"AWS:EpochTime":{SOON}}}}}}}]}}',
        # statements: none, two, no list; names that are not the documented ones
        '{"Statement":[]}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}},{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":{{{RESOURCE},"Condition":{{{UNTIL}}}}}}}',
        f'{{"Version":"1","Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Effect":"Deny","Condition":{{{UNTIL}}}}}]}}',
        f'{{"statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL},"StringEquals":{{}}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":["DateLessThan"]}}]}}',
        '{"Statement":["x"]}', '{"Statement":""}', '{"Statement":[[]]}', '["Statement"]', '"Statement"', "1", "null", "{}", "",
        # resources that are no text
        *(f'{{"Statement":[{{"Resource":{value},"Condition":{{{UNTIL}}}}}]}}' for value in ("null", "1", '["*"]', "{}", "true")),
        # not JSON, or not only
        f'{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}}}',
        f'\ufeff{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}}]}}',
        f'{{"Statement":[{{{RESOURCE},"Condition":{{{UNTIL}}}}},]}}',
        f"{{'Statement':[{{{RESOURCE},'Condition':{{{UNTIL}}}}}]}}",
        "[" * 100_000, '{"Statement":[' * 20_000,
    ],
)  # fmt: skip
def test_a_rightly_signed_policy_of_another_shape_is_malformed(ecdsa_pair: Pair, raw: str) -> None:
    assert ask(with_policy(raw.encode(), ecdsa_pair, FILM), ecdsa_pair).code == "MalformedPolicy"


@pytest.mark.parametrize("raw", [b"\xff", b'{"Statement":[{"Resource":"\xff"}]}', "{}".encode("utf-16"), b"\0", b"{}\0"])
def test_bytes_that_are_no_utf8_are_malformed(ecdsa_pair: Pair, raw: bytes) -> None:
    assert ask(with_policy(raw, ecdsa_pair, FILM), ecdsa_pair).code == "MalformedPolicy"


@pytest.mark.parametrize(
    "time",
    [
        f'"{SOON}"', f"{SOON}.0", "18e8", "1.8e9", "true", "null", "0", "-1", "2147483648", "NaN", "Infinity", f"[{SOON}]", "{}",
        f"0{SOON}", f"+{SOON}", "9" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["DateLessThan", "DateGreaterThan"])
def test_a_time_that_is_no_whole_number_is_malformed(ecdsa_pair: Pair, name: str, time: str) -> None:
    end = f"{UNTIL}," if name == "DateGreaterThan" else ""
    raw = policy(f'{{{RESOURCE},"Condition":{{{end}"{name}":{{"AWS:EpochTime":{time}}}}}}}')
    assert ask(with_policy(raw, ecdsa_pair, FILM), ecdsa_pair).code == "MalformedPolicy"


@pytest.mark.parametrize(
    "source", ["0", "3221225994", "null", "true", '["192.0.2.0/24"]', '"::/0"', '"192.0.2.0/33"', '"*"', '""', "{}"]
)
def test_a_source_that_is_no_ipv4_range_is_malformed(ecdsa_pair: Pair, source: str) -> None:
    raw = policy(f'{{{RESOURCE},"Condition":{{{UNTIL},"IpAddress":{{"AWS:SourceIp":{source}}}}}}}')
    assert ask(with_policy(raw, ecdsa_pair, FILM), ecdsa_pair).code == "MalformedPolicy"


CHARACTERS = st.sampled_from("Aa0-_~+/=%&?.*;: \\\0\nÄ") | st.characters()


@pytest.fixture(scope="session")
def urls(pair: Pair) -> list[str]:
    """The film signed in each of the ways."""
    return [signed(pair, f"{FILM}?x=1", **more) for more in WAYS]


def test_no_single_character_can_be_another(pair: Pair, urls: list[str]) -> None:
    """Every place of path and query, each with its neighbour in the alphabet, in the other case, and as what divides."""
    for url in urls:
        assert ask(url, pair).ok
        for place in range(len(ORIGIN), len(url)):
            old = url[place]
            for new in {chr(ord(old) ^ 1), old.swapcase(), "&", "=", "?", "_", "A"} - {old}:
                assert not ask(url[:place] + new + url[place + 1 :], pair, hosts=(ORIGIN,)).ok, (place, old, new)


@given(st.data())
@settings(deadline=None, max_examples=250)
def test_no_edit_of_a_signed_url_opens(pair: Pair, urls: list[str], data: st.DataObject) -> None:
    """Up to three characters in place of up to three others, anywhere behind the host."""
    url = data.draw(st.sampled_from(urls))
    start = data.draw(st.integers(len(ORIGIN), len(url) - 1))
    end = start + data.draw(st.integers(0, 3))
    edited = url[:start] + data.draw(st.text(alphabet=CHARACTERS, max_size=3)) + url[end:]
    path, divider, query = edited.removeprefix(ORIGIN).partition("?")
    verdict = verify_request(scheme_host=[ORIGIN], raw_path=path, raw_query=query, cookies={}, keys=pair.keys, now=NOW, ip=VIEWER)
    assert verdict.ok is (edited == url), (edited, divider)
