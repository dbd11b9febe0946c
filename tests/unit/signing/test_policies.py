"""The bytes of policies, and CloudFront's own Base64."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.errors import InvalidInput
from cdnadmin.signing import canned_policy, custom_policy, decode, encode
from cdnadmin.signing.policies import LATEST

TIMES = st.integers(1, LATEST)


def test_the_canned_policy_has_the_documented_bytes() -> None:
    assert canned_policy("https://d111.localhost/a?x=1&y=2", 1_800_000_000) == (
        b'{"Statement":[{"Resource":"https://d111.localhost/a?x=1&y=2","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000}}}]}'
    )


def test_the_custom_policy_has_the_documented_bytes() -> None:
    assert custom_policy("https://d111.localhost/*", expires=1_800_000_000, not_before=1_700_000_000, ip="192.0.2.0/24") == (
        b'{"Statement":[{"Resource":"https://d111.localhost/*","Condition":{"DateLessThan":{"AWS:EpochTime":1800000000},'
        b'"DateGreaterThan":{"AWS:EpochTime":1700000000},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"}}}]}'
    )


def test_a_resource_is_written_as_utf8_without_escapes() -> None:
    """As the npm package's JSON.stringify has it."""
    assert '"Resource":"https://d111.localhost/é*"'.encode() in custom_policy("https://d111.localhost/é*", expires=1)


@given(st.text(), TIMES)
@settings(deadline=None)
def test_no_resource_breaks_out_of_its_string(resource: str, expires: int) -> None:
    resource = resource.encode("utf-8", "ignore").decode()
    wanted = {"Statement": [{"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": expires}}}]}
    assert json.loads(canned_policy(resource, expires)) == json.loads(custom_policy(resource, expires=expires)) == wanted


@given(TIMES, TIMES, st.ip_addresses(v=4), st.integers(0, 32))
@settings(deadline=None)
def test_every_condition_is_written_as_given(one: int, other: int, address: ipaddress.IPv4Address, bits: int) -> None:
    begin, end = sorted((one, other))
    if begin == end:
        with pytest.raises(InvalidInput):
            custom_policy("*", expires=end, not_before=begin)
        return
    (statement,) = json.loads(custom_policy("*", expires=end, not_before=begin, ip=f"{address}/{bits}"))["Statement"]
    assert statement["Condition"]["DateLessThan"] == {"AWS:EpochTime": end}
    assert statement["Condition"]["DateGreaterThan"] == {"AWS:EpochTime": begin}
    network = ipaddress.IPv4Network(statement["Condition"]["IpAddress"]["AWS:SourceIp"])
    assert address in network
    assert network.prefixlen == bits


def test_a_single_address_is_a_range_of_one() -> None:
    assert b'"AWS:SourceIp":"192.0.2.7/32"' in custom_policy("*", expires=1, ip="192.0.2.7")


@pytest.mark.parametrize("time", [0, -1, LATEST + 1, True, 1.5, 1e9, "1800000000", None])
def test_what_is_no_time_is_refused_with_its_field(time: Any) -> None:
    for make in (canned_policy, lambda resource, expires: custom_policy(resource, expires=expires)):
        with pytest.raises(InvalidInput) as refused:
            make("https://d111.localhost/a", time)
        assert refused.value.field == "expires"
    if time is not None:
        with pytest.raises(InvalidInput) as refused:
            custom_policy("*", expires=LATEST, not_before=time)
        assert refused.value.field == "not_before"


@pytest.mark.parametrize("not_before", [100, 101, LATEST])
def test_a_policy_begins_before_it_ends(not_before: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        custom_policy("*", expires=100, not_before=not_before)
    assert refused.value.field == "not_before"
    custom_policy("*", expires=100, not_before=99)


@pytest.mark.parametrize("ip", ["", "2001:db8::1", "::/0", "192.0.2", "192.0.2.0/33", "studio.example.org", '1.2.3.4","x":"'])
def test_what_is_no_ipv4_range_is_refused(ip: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        custom_policy("*", expires=100, ip=ip)
    assert refused.value.field == "ip"


@given(st.binary())
def test_what_is_encoded_decodes_to_itself_and_needs_no_escaping(raw: bytes) -> None:
    text = encode(raw)
    assert decode(text) == raw
    assert not set(text) & set("+=/&?#%")


@given(st.text(alphabet="AQgw09-_~+/= \n", max_size=12) | st.text(max_size=12))
def test_only_what_encode_writes_decodes(text: str) -> None:
    try:
        raw = decode(text)
    except ValueError:
        return
    assert encode(raw) == text


@pytest.mark.parametrize("text", ["QQ==", "QQ", "QR__", "QQ__\n", " QQ__", "QQ__QQ__", "Q+8_", "Q/8_", "ＱＱ__", "QQ__A"])
def test_a_second_spelling_of_the_same_bytes_does_not_decode(text: str) -> None:
    with pytest.raises(ValueError, match="not CloudFront's Base64"):
        decode(text)
