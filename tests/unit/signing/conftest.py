"""A key pair of each kind, and a viewer who asks for a signed URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from cdnadmin.signing import Algorithm, HashAlgorithm, Signer, Verdict, encode, generate_private_key, load_signer, public_pem
from cdnadmin.signing.verify import verify_request

ORIGIN = "https://d111.localhost"
KEY_ID = "K2JCJMDEHXQW5F"
NOW = 1_800_000_000
SOON = NOW + 3600
VIEWER = "192.0.2.10"


@dataclass(frozen=True)
class Pair:
    """A private key as PEM, the signer made of it, and what CloudFront would know of it."""

    private: bytes
    public: str
    signer: Signer

    @property
    def keys(self) -> Mapping[str, str]:
        return {KEY_ID: self.public}


def make_pair(algorithm: Algorithm) -> Pair:
    private = generate_private_key(algorithm)
    return Pair(private, public_pem(private), load_signer(private))


@pytest.fixture(scope="session")
def rsa_pair() -> Pair:
    return make_pair("rsa-2048")


@pytest.fixture(scope="session")
def ecdsa_pair() -> Pair:
    return make_pair("ecdsa-p256")


@pytest.fixture(scope="session", params=["rsa_pair", "ecdsa_pair"])
def pair(request: pytest.FixtureRequest) -> Pair:
    made: Pair = request.getfixturevalue(request.param)
    return made


def ask(
    url: str,
    pair: Pair,
    *,
    now: int = NOW,
    ip: str = VIEWER,
    hosts: tuple[str, ...] = (),
    cookies: Mapping[str, str] | None = None,
) -> Verdict:
    """What the edge of `hosts` (else of the URL's own host) says of a URL, taken apart without changing a byte."""
    found = re.fullmatch(r"(\w+://[^/?]*)([^?]*)(?:\?(.*))?", url, re.DOTALL)
    assert found is not None, url
    host, path, query = found.groups()
    return verify_request(
        scheme_host=hosts or (host,), raw_path=path, raw_query=query or "", cookies=cookies or {}, keys=pair.keys, now=now, ip=ip
    )


def with_policy(raw: bytes, pair: Pair, url: str = f"{ORIGIN}/film.mp4") -> str:
    """A URL with these very bytes as its custom policy, rightly signed."""
    return f"{url}?Policy={encode(raw)}&Signature={encode(pair.signer.sign(raw, HashAlgorithm.SHA1))}&Key-Pair-Id={KEY_ID}"
