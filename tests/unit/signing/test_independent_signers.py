"""Three signers that others wrote sign the same bytes as ours, and what they sign is accepted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from cdnadmin.signing import HashAlgorithm, canned_policy, decode, load_public_key, sign_cookies, sign_url
from cdnadmin.signing.signers import signature_matches
from tests.conftest import ROOT
from tests.unit.signing.conftest import KEY_ID, NOW, SOON, VIEWER, Pair, ask

AWS = str(Path(sys.executable).parent / "aws")
BEGIN = NOW - 60
SIGN_ALL = """
import { getSignedUrl, getSignedCookies } from "@aws-sdk/cloudfront-signer";
const time = (seconds) => seconds === null ? undefined : new Date(seconds * 1000);
const given = JSON.parse(await new Response(process.stdin).text()).map((one) => ({
  url: one.case.url, dateLessThan: time(one.case.expires), dateGreaterThan: time(one.case.not_before),
  ipAddress: one.case.ip ?? undefined, privateKey: one.key, keyPairId: one.id, algorithm: one.algorithm,
}));
console.log(JSON.stringify(given.map((one) => [getSignedUrl(one), getSignedCookies(one)])));
"""


@dataclass(frozen=True)
class Case:
    url: str
    expires: int = SOON
    not_before: int | None = None
    ip: str | None = None

    @property
    def limits(self) -> dict[str, Any]:
        return {"expires": self.expires, "not_before": self.not_before, "ip": self.ip}


URLS = [
    "https://d111.localhost/film.mp4",
    "http://d111.localhost:9000/a/b%20c%2Fd.mp4?x=1&y=a%26b",
    "https://d111.localhost/%E6%9D%B1!~(1)'.jpg",
    "https://d111.localhost/film.mp4?response-content-disposition=attachment%3B%20filename%3D%22x.mp4%22",
    "https://d111.localhost/",
]
CASES = [
    *(Case(url) for url in URLS),
    *(Case(url, not_before=BEGIN) for url in URLS),
    *(Case(url, ip="192.0.2.0/24") for url in URLS),
    Case(URLS[0], ip=VIEWER),
    Case(URLS[0], expires=2**31 - 1),
]
BOTH = Case(URLS[1], not_before=BEGIN, ip="192.0.2.0/24")


def ours(case: Case, pair: Pair, hash_algorithm: HashAlgorithm = HashAlgorithm.SHA1) -> str:
    return sign_url(case.url, key_pair_id=KEY_ID, signer=pair.signer, hash_algorithm=hash_algorithm, **case.limits)


def parts(url: str) -> tuple[str, dict[str, str]]:
    """A signed URL as what was signed and CloudFront's parameters, whose order means nothing."""
    base, query = re.split(r"[?&](?=(?:Expires|Policy)=)", url)
    pairs = [pair.split("=", 1) for pair in query.split("&")]
    assert len({name for name, _ in pairs}) == len(pairs)
    return base, dict(pairs)


def signed_bytes(url: str) -> bytes:
    base, parameters = parts(url)
    return decode(parameters["Policy"]) if "Policy" in parameters else canned_policy(base, int(parameters["Expires"]))


def private_key(pair: Pair) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pair.private, None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def bare_signer(pair: Pair, algorithm: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    """What botocore asks its caller for, without a line of ours."""
    key = private_key(pair)
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda message: key.sign(message, padding.PKCS1v15(), algorithm)
    return lambda message: key.sign(message, ec.ECDSA(algorithm))


def botocores(case: Case, pair: Pair, algorithm: hashes.HashAlgorithm | None = None) -> str:
    signer = CloudFrontSigner(KEY_ID, bare_signer(pair, algorithm or hashes.SHA1()))
    end = datetime.fromtimestamp(case.expires, UTC)
    if case.not_before is None and case.ip is None:
        return str(signer.generate_presigned_url(case.url, date_less_than=end))
    begin = None if case.not_before is None else datetime.fromtimestamp(case.not_before, UTC)
    return str(signer.generate_presigned_url(case.url, policy=signer.build_policy(case.url, end, begin, case.ip)))


Wanted = tuple[Case, Pair, HashAlgorithm]
Signed = dict[tuple[Case, str, HashAlgorithm], tuple[str, dict[str, str]]]


def by_npm(wanted: list[Wanted]) -> list[tuple[str, dict[str, str]]]:
    """URL and cookies for each, by @aws-sdk/cloudfront-signer, in one process."""
    given = [
        {"case": asdict(case), "key": pair.private.decode(), "id": KEY_ID, "algorithm": str(name)} for case, pair, name in wanted
    ]
    command = ["node", "--input-type=module", "-e", SIGN_ALL]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60)
    return [(url, {name: str(value) for name, value in cookies.items()}) for url, cookies in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def npm(rsa_pair: Pair, ecdsa_pair: Pair) -> Signed:
    wanted = [(case, pair, name) for case in (*CASES, BOTH) for pair in (rsa_pair, ecdsa_pair) for name in HashAlgorithm]
    return {(case, pair.public, name): made for (case, pair, name), made in zip(wanted, by_npm(wanted), strict=True)}


@pytest.mark.parametrize("case", CASES)
def test_an_rsa_url_is_botocores_to_the_last_byte(rsa_pair: Pair, case: Case) -> None:
    assert ours(case, rsa_pair) == botocores(case, rsa_pair)


@pytest.mark.parametrize("case", CASES)
def test_an_ecdsa_url_signs_what_botocore_signs(ecdsa_pair: Pair, case: Case) -> None:
    mine, theirs = (parts(url) for url in (ours(case, ecdsa_pair), botocores(case, ecdsa_pair)))
    assert mine[1].pop("Signature") != theirs[1].pop("Signature")  # each has its own random number
    assert mine == theirs


def test_botocore_puts_both_conditions_in_another_order(pair: Pair) -> None:
    """CloudFront's guide lets custom policies be in any order; ours is that of the guide and of the npm package."""
    mine, theirs = signed_bytes(ours(BOTH, pair)), signed_bytes(botocores(BOTH, pair))
    assert mine != theirs
    assert json.loads(mine) == json.loads(theirs)


@pytest.mark.parametrize("case", [*CASES, BOTH])
def test_what_botocore_signs_is_accepted(pair: Pair, case: Case) -> None:
    assert ask(botocores(case, pair), pair).ok
    assert ask(botocores(case, pair, hashes.SHA256()) + "&Hash-Algorithm=SHA256", pair).ok
    assert not ask(botocores(case, pair, hashes.SHA256()), pair).ok


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
@pytest.mark.parametrize("case", [*CASES, BOTH])
def test_a_url_has_the_parts_of_the_npm_packages(npm: Signed, pair: Pair, case: Case, hash_algorithm: HashAlgorithm) -> None:
    url, cookies = npm[case, pair.public, hash_algorithm]
    mine, theirs = parts(ours(case, pair, hash_algorithm)), parts(url)
    own = sign_cookies(case.url, key_pair_id=KEY_ID, signer=pair.signer, hash_algorithm=hash_algorithm, **case.limits)
    if pair.signer.algorithm == "ecdsa-p256":
        for signed in (mine[1], theirs[1]):
            signed.pop("Signature")
        for signed in (own, cookies := dict(cookies)):
            signed.pop("CloudFront-Signature")
    assert mine == theirs
    if "?" not in case.url:  # else ours has a custom policy, in which the ? would be a wildcard anyway
        assert own == cookies


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
@pytest.mark.parametrize("case", [*CASES, BOTH])
def test_what_the_npm_package_signs_is_accepted(npm: Signed, pair: Pair, case: Case, hash_algorithm: HashAlgorithm) -> None:
    url, cookies = npm[case, pair.public, hash_algorithm]
    assert ask(url, pair).ok
    assert ask(case.url, pair, cookies=cookies).ok
    assert ask(url, pair, now=case.expires).code == "AccessDenied"
    assert ask(url.replace("d111", "d112"), pair).code == "AccessDenied"


def test_what_the_aws_command_signs_is_ours_to_the_last_byte(rsa_pair: Pair, tmp_path: Path) -> None:
    """RSA and SHA-1 is all it has. Started together: each start takes most of a second."""
    file = tmp_path / "key.pem"
    pkcs1 = serialization.PrivateFormat.TraditionalOpenSSL
    file.write_bytes(private_key(rsa_pair).private_bytes(serialization.Encoding.PEM, pkcs1, serialization.NoEncryption()))
    cases = [CASES[1], Case(URLS[2], not_before=BEGIN), Case(URLS[3], ip="192.0.2.0/24"), BOTH]
    running = []
    for case in cases:
        command = [AWS, "cloudfront", "sign", "--url", case.url, "--key-pair-id", KEY_ID, "--private-key", f"file://{file}"]
        command += ["--date-less-than", str(case.expires)]
        command += ["--date-greater-than", str(case.not_before)] if case.not_before else []
        command += ["--ip-address", case.ip] if case.ip else []
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    urls = [process.communicate(timeout=60)[0] for process in running]
    for case, url in zip(cases, urls, strict=True):
        assert ask(url, rsa_pair).ok
        if case is not BOTH:
            assert url == ours(case, rsa_pair)
    assert json.loads(signed_bytes(urls[-1])) == json.loads(signed_bytes(ours(BOTH, rsa_pair)))


def test_a_url_that_the_npm_package_rewrites_is_accepted_as_rewritten(ecdsa_pair: Pair) -> None:
    paths = ["/a,b+c:d@e.mp4", "/a&b=c;$.mp4", "/100%.mp4", "/a b.mp4", "/東.jpg", "/a?x='1'&&y"]
    made = by_npm([(Case(f"https://d111.localhost{path}"), ecdsa_pair, HashAlgorithm.SHA1) for path in paths])
    for path, (url, _) in zip(paths, made, strict=True):
        assert path not in url
        assert ask(url, ecdsa_pair).ok


def test_ecdsa_signatures_of_others_match_the_policy_bytes(npm: Signed, ecdsa_pair: Pair) -> None:
    key = load_public_key(ecdsa_pair.public)
    url, _ = npm[CASES[0], ecdsa_pair.public, HashAlgorithm.SHA256]
    signature = decode(parts(url)[1]["Signature"])
    assert signature_matches(key, signature, canned_policy(CASES[0].url, SOON), HashAlgorithm.SHA256)
    assert not signature_matches(key, signature, canned_policy(CASES[0].url, SOON + 1), HashAlgorithm.SHA256)
