"""Signed URLs a second, against bare `cryptography` signing the same policy bytes, and against botocore's signer.

Ours and the peer's take turns in short rounds, and medians are compared: what else this machine does meets both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from benchmarks.result import Result
from cdnadmin.signing import Algorithm, canned_policy, generate_private_key, load_signer, sign_url

URL = "https://d111111abcdef8.cloudfront.net/films/harbour-cut-4.mp4"
KEY_ID = "K2JCJMDEHXQW5F"
EXPIRES = 1_900_000_000
END = datetime.fromtimestamp(EXPIRES, UTC)
ROUNDS = 41
ROUND_SECONDS = 0.05
Call = Callable[[], object]


def run() -> Iterable[Result]:
    yield from _compare("sign rsa-2048", "rsa-2048", goal=0.9)
    yield from _compare("sign ecdsa-p256", "ecdsa-p256", goal=None)


def _compare(name: str, algorithm: Algorithm, *, goal: float | None) -> Iterable[Result]:
    pem = generate_private_key(algorithm)
    signer, bare = load_signer(pem), _bare(pem)
    policy = canned_policy(URL, EXPIRES)
    botocores = CloudFrontSigner(KEY_ID, bare)

    def ours() -> str:
        return sign_url(URL, key_pair_id=KEY_ID, signer=signer, expires=EXPIRES)

    def peer() -> bytes:
        return bare(policy)

    def other_peer() -> object:
        return botocores.generate_presigned_url(URL, date_less_than=END)

    if algorithm == "rsa-2048":
        assert ours() == other_peer()  # else they would not do the same work
    yield Result(f"{name} / cryptography", *_in_turns(ours, peer), goal=goal, unit="/s")
    yield Result(f"{name} / botocore", *_in_turns(ours, other_peer), unit="/s")


def _bare(pem: bytes) -> Callable[[bytes], bytes]:
    """The same key with nothing of ours around it."""
    key = serialization.load_pem_private_key(pem, None)
    if isinstance(key, rsa.RSAPrivateKey):
        pkcs1, sha1 = padding.PKCS1v15(), hashes.SHA1()
        return lambda message: key.sign(message, pkcs1, sha1)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    ecdsa = ec.ECDSA(hashes.SHA1())
    return lambda message: key.sign(message, ecdsa)


def _in_turns(ours: Call, peer: Call) -> tuple[float, float]:
    """The median rate of each, over rounds in which the one or the other goes first."""
    calls = (ours, peer)
    sizes = [max(1, int(ROUND_SECONDS * _rate(call, 20))) for call in calls]
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS):
        for which in (0, 1) if number % 2 else (1, 0):
            rates[which].append(_rate(calls[which], sizes[which]))
    return statistics.median(rates[0]), statistics.median(rates[1])


def _rate(call: Call, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call()
    return times / (time.perf_counter() - started)
