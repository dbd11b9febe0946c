"""Verification of signed URLs and cookies, as strict as an edge must be.

What is verified is the raw path and query as sent, and the caller must route those same bytes: nothing is
decoded or normalised here, so that `%2F`, `%2e%2e`, `//` and the like never verify as something else.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdnadmin.errors import InvalidInput
from cdnadmin.signing.policies import LATEST, canned_policy, decode
from cdnadmin.signing.signers import HashAlgorithm, load_public_key, signature_matches

PARAMETERS = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})
_COOKIE_PREFIX = "CloudFront-"


@dataclass(frozen=True)
class Verdict:
    """`code` is what viewers see ("" when it opens); `message` says why, for people who inspect a link."""

    ok: bool
    code: str
    message: str
    forwarded_query: str = ""
    expires: int | None = None


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class _Policy:
    resource: str
    expires: int
    not_before: int | None
    network: ipaddress.IPv4Network | None


def split_query(raw_query: str) -> tuple[dict[str, list[str]], list[str]]:
    """Take a raw query apart: (signature parameters by name, the other pairs in their order, as sent).

    An empty pair counts as one, so that a stray `&` is another URL than the one without it.
    """
    found: dict[str, list[str]] = {}
    rest: list[str] = []
    for pair in raw_query.split("&") if raw_query else []:
        name, _, value = pair.partition("=")
        if name in PARAMETERS:
            found.setdefault(name, []).append(value)
        else:
            rest.append(pair)
    return found, rest


def verify_request(
    *,
    scheme_host: Sequence[str],
    raw_path: str,
    raw_query: str,
    cookies: Mapping[str, str],
    keys: Mapping[str, str],
    now: int,
    ip: str,
) -> Verdict:
    """Decide whether a request to a behavior that needs a signature may pass.

    `scheme_host`: the prefixes that stand for this host ("http://d1.localhost:9000", "https://d1.localhost");
    `keys`: Key-Pair-Id → public key (PEM) of every key the behavior trusts; `now`: epoch seconds.
    """
    parameters, others = split_query(raw_query)
    rest = "&".join(others)
    try:
        given = _single(parameters)
        if not given:
            given = {name.removeprefix(_COOKIE_PREFIX): value for name, value in cookies.items() if name.startswith(_COOKIE_PREFIX)}
            given = {name: value for name, value in given.items() if name in PARAMETERS}
        path_and_query = raw_path + (f"?{rest}" if others else "")
        if not path_and_query.isascii():
            raise _Refused("AccessDenied", "What is not ASCII in a URL is percent-encoded")
        candidates = [prefix + path_and_query for prefix in scheme_host]
        expires = _verify(given, candidates, keys=keys, now=now, ip=ip)
    except _Refused as refused:
        return Verdict(False, refused.code, refused.message, rest)
    return Verdict(True, "", "", rest, expires)


def _single(parameters: Mapping[str, list[str]]) -> dict[str, str]:
    for name, values in parameters.items():
        if len(values) > 1:
            raise _Refused("AccessDenied", f"{name} stands more than once.")
    return {name: values[0] for name, values in parameters.items()}


def _verify(given: Mapping[str, str], candidates: Sequence[str], *, keys: Mapping[str, str], now: int, ip: str) -> int:
    key_pair_id = given.get("Key-Pair-Id")
    if not key_pair_id:
        raise _Refused("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    if key_pair_id not in keys:
        raise _Refused("InvalidKey", "Unknown Key")
    if not given.get("Signature"):
        raise _Refused("MissingSignature", "Missing Signature query parameter or cookie value")
    if "Expires" in given and "Policy" in given:
        raise _Refused("MalformedPolicy", "Expires and Policy exclude each other")
    hash_algorithm = _hash_algorithm(given.get("Hash-Algorithm", "SHA1"))
    try:
        signature = decode(given["Signature"])
        public_key = load_public_key(keys[key_pair_id])
    except ValueError:
        raise _Refused("MalformedSignature", "Could not unencode Signature") from None
    except InvalidInput:
        raise _Refused("InvalidKey", "Unknown Key") from None

    if "Expires" in given:
        expires = _whole_number(given["Expires"])
        for resource in candidates:
            if signature_matches(public_key, signature, canned_policy(resource, expires), hash_algorithm):
                break
        else:
            raise _Refused("AccessDenied", "The signature is not of this URL")
        policy = _Policy(resource, expires, None, None)
    elif "Policy" in given:
        try:
            raw = decode(given["Policy"])
        except ValueError:
            raise _Refused("MalformedPolicy", "Could not unencode Policy") from None
        policy = _parse(raw)
        if not signature_matches(public_key, signature, raw, hash_algorithm):
            raise _Refused("AccessDenied", "The signature is not of this policy")
        if not any(resource_matches(policy.resource, candidate) for candidate in candidates):
            raise _Refused("AccessDenied", "The policy is not for this URL")
    else:
        raise _Refused("MalformedPolicy", "Missing Expires or Policy query parameter or cookie value")

    if now >= policy.expires:
        raise _Refused("AccessDenied", "It has expired")
    if policy.not_before is not None and now <= policy.not_before:
        raise _Refused("AccessDenied", "It is not valid yet")
    if policy.network is not None and not _inside(ip, policy.network):
        raise _Refused("AccessDenied", "It is not for this address")
    return policy.expires


def _hash_algorithm(text: str) -> HashAlgorithm:
    try:
        return HashAlgorithm(text)
    except ValueError:
        raise _Refused("AccessDenied", "Hash-Algorithm is SHA1 or SHA256") from None


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text, re.ASCII) or int(text) > LATEST:
        raise _Refused("MalformedPolicy", "Expires is not a time in whole seconds")
    return int(text)


def _inside(ip: str, network: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Address(ip) in network
    except ValueError:
        return False  # an IPv6 viewer is refused: CloudFront's condition knows IPv4 only


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _parse(raw: bytes) -> _Policy:
    """Read a policy; only the documented shape, each name once, one statement."""
    malformed = _Refused("MalformedPolicy", "The policy is not one that CloudFront takes")
    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_doubles)
        if set(document) != {"Statement"} or len(document["Statement"]) != 1:
            raise malformed
        (statement,) = document["Statement"]
        if not set(statement) <= {"Resource", "Condition"}:
            raise malformed
        resource = statement.get("Resource", "*")
        condition = statement["Condition"]
        if not set(condition) <= {"DateLessThan", "DateGreaterThan", "IpAddress"} or not isinstance(resource, str):
            raise malformed
        expires = _time_of(condition["DateLessThan"])
        not_before = _time_of(condition["DateGreaterThan"]) if "DateGreaterThan" in condition else None
        network = None
        if "IpAddress" in condition:
            if set(condition["IpAddress"]) != {"AWS:SourceIp"}:
                raise malformed
            source = condition["IpAddress"]["AWS:SourceIp"]
            if not isinstance(source, str):  # IPv4Network would read a number as an address
                raise malformed
            network = ipaddress.IPv4Network(source, strict=False)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise malformed from None
    return _Policy(resource, expires, not_before, network)


def _time_of(condition: Any) -> int:
    if set(condition) != {"AWS:EpochTime"}:
        raise ValueError("unknown condition")
    value = condition["AWS:EpochTime"]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LATEST:
        raise ValueError("not a time")
    return value


def resource_matches(pattern: str, url: str) -> bool:
    """Whether a policy's resource covers a URL: `*` any run, `?` one character; "http*://" covers both schemes.

    The `?` that begins a query matches itself, being one character.
    """
    first, *others = [".".join(map(re.escape, run.split("?"))) for run in pattern.split("*")]
    if not others:
        return re.fullmatch(first, url, re.DOTALL) is not None
    # A run is held at the first place it fits and never tried again (atomic groups): many stars take no longer.
    middle = "".join(f"(?>.*?{run})" for run in others[:-1])
    return re.fullmatch(f"{first}{middle}.*{others[-1]}", url, re.DOTALL) is not None
