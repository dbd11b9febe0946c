"""Where an account's endpoint may lead: numbers in every notation, IPv6 that carries IPv4, names that move."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.test import override_settings

from cdnadmin.accounts.services.endpoints import check_endpoint, check_endpoint_still
from cdnadmin.errors import InvalidInput

# Refused everywhere: no address, no plain server, or a machine's metadata.
ALWAYS = """
ftp://93.184.216.34/ | file:///etc/passwd | gopher://93.184.216.34:70/ | javascript:alert(1) | data:text/html,x
//93.184.216.34/ | 93.184.216.34 | http:// | https:// | http:/// | http://:80 | http:93.184.216.34
http://user@93.184.216.34/ | http://user:word@93.184.216.34/ | http://@93.184.216.34/ | http://93.184.216.34@127.0.0.1/
http://93.184.216.34/path | http://93.184.216.34/? | http://93.184.216.34/?a=b | http://93.184.216.34/# | http://93.184.216.34/#x
http://93.184.216.34\\@127.0.0.1/ | http://93.184.216.34:0 | http://93.184.216.34:65536 | http://93.184.216.34:-1
http://93.184.216.34:http | http://93.184.216.34:８０ | http://１２７.0.0.1 | http://ｌocalhost | http://[::1 | http://[v1.x]/
http://nowhere.invalid | http://%6c%6f%63%61%6c%68%6f%73%74/ | http://127.0.0.1%00.example.org/
http://169.254.169.254 | http://169.254.169.254:80/ | http://2852039166 | http://0xA9FEA9FE | http://0251.0376.0251.0376
http://169.254.43518 | http://0xa9.0xfe.0xa9.0xfe | http://[::ffff:169.254.169.254] | http://[::ffff:a9fe:a9fe]
http://[::169.254.169.254] | http://[64:ff9b::169.254.169.254] | http://[64:ff9b:1::a9fe:a9fe] | http://[2002:a9fe:a9fe::1]
http://[fe80::1] | http://[fe80::a9fe:a9fe] | http://[fd00:ec2::254] | http://169.254.170.2 | http://100.100.100.200
http://168.63.129.16 | http://192.0.0.192 | http://0.0.0.0 | http://0 | http://[::] | http://224.0.0.1 | http://[ff02::1]
"""
# Inside the own network: refused in production.
INSIDE = """
http://127.0.0.1 | http://127.0.0.1:9000 | https://127.0.0.1:6379 | http://127.1 | http://127.255.255.254 | http://2130706433
http://0x7f000001 | http://0x7f.1 | http://017700000001 | http://0177.0.0.1 | http://localhost | http://LOCALHOST:5432
http://[::1] | http://[0:0:0:0:0:0:0:1]:8000 | http://[::ffff:127.0.0.1] | http://[::ffff:7f00:1] | http://[::127.0.0.1]
http://[64:ff9b::127.0.0.1] | http://[2002:7f00:1::] | http://10.0.0.1 | http://10.255.255.255 | http://172.16.0.1
http://172.31.255.255 | http://192.168.0.1 | http://[::ffff:192.168.1.1] | http://[64:ff9b::10.0.0.1] | http://167772161
http://100.64.0.1 | http://[fc00::1] | http://[fd12:3456::1] | http://198.18.0.1 | http://240.0.0.1 | http://255.255.255.255
http://192.0.2.1 | http://[2001:db8::1] | http://0.1.2.3
"""
OUTSIDE = """
https://93.184.216.34 | http://93.184.216.34:9000/ | https://[2606:2800:220:1:248:1893:25c8:1946]:443 | HTTPS://8.8.8.8/
"""


def urls(table: str) -> list[str]:
    return [url.strip() for line in table.strip().splitlines() for url in line.split(" | ")]


def test_the_table_is_long_enough() -> None:
    assert len(set(urls(ALWAYS) + urls(INSIDE))) >= 60


@pytest.mark.parametrize("url", [*urls(ALWAYS), "", " ", "http://93.184.216.34 ", "http://93.184.\n216.34", "http://\t127.0.0.1"])
@pytest.mark.parametrize("production", [True, False])
def test_refused_everywhere(url: str, production: bool) -> None:
    with override_settings(PRODUCTION=production), pytest.raises(InvalidInput) as refused:
        check_endpoint(url)
    assert refused.value.field == "endpoint_url"


@pytest.mark.parametrize("url", urls(INSIDE))
def test_the_own_network_is_refused_in_production(url: str) -> None:
    with override_settings(PRODUCTION=True, SANDBOX_URL="", PRIVATE_ENDPOINTS=()), pytest.raises(InvalidInput):
        check_endpoint(url)


@pytest.mark.parametrize("url", urls(OUTSIDE))
def test_a_public_server_is_taken(url: str) -> None:
    with override_settings(PRODUCTION=True):
        check_endpoint(url)


def test_what_the_operator_named_is_taken_with_its_port_only() -> None:
    with override_settings(PRODUCTION=True, SANDBOX_URL="http://127.0.0.1:9000", PRIVATE_ENDPOINTS=("10.0.0.7:9001",)):
        check_endpoint("http://127.0.0.1:9000/")
        check_endpoint("http://10.0.0.7:9001")
        for url in ("http://127.0.0.1:6379", "http://10.0.0.7", "http://10.0.0.8:9001", "http://localhost:9000"):
            with pytest.raises(InvalidInput):
                check_endpoint(url)
    with override_settings(PRODUCTION=True, PRIVATE_ENDPOINTS=("169.254.169.254:80",)), pytest.raises(InvalidInput):
        check_endpoint("http://169.254.169.254")


def test_development_may_use_the_own_network() -> None:
    with override_settings(PRODUCTION=False):
        check_endpoint("http://127.0.0.1:9000")
        check_endpoint("http://192.168.0.10:9000")


def test_one_forbidden_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "93.184.216.34", "169.254.169.254")
    with pytest.raises(InvalidInput):
        check_endpoint("https://two.example.org")


def test_a_name_that_moves_inside_is_refused_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(PRODUCTION=True):
        answer(monkeypatch, "93.184.216.34")
        check_endpoint("https://moves.example.org")
        answer(monkeypatch, "127.0.0.1")
        with pytest.raises(InvalidInput):
            check_endpoint_still("https://moves.example.org")


def test_a_resolver_that_is_away_does_not_condemn_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch)
    check_endpoint_still("https://away.example.org")
    with pytest.raises(InvalidInput, match="can't be resolved"):
        check_endpoint("https://away.example.org")


def answer(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have the machine's resolver answer these; none: it fails."""

    def resolve(host: Any, port: Any, **options: Any) -> list[Any]:
        if not addresses:
            raise socket.gaierror("temporary failure")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
