"""Signed URLs and signed cookies.

Source: Amazon CloudFront Developer Guide, "Use signed URLs" and "Use signed cookies".
"""

from __future__ import annotations

import re

from cdnadmin.errors import InvalidInput
from cdnadmin.signing.policies import canned_policy, custom_policy, encode
from cdnadmin.signing.signers import HashAlgorithm, Signer

# What a browser would not send as it stands, so that its signature would be of another URL.
_NOT_SENT = re.compile(r"""[^!-~]|["#<>\\^`{}]|\?.*'""")
_DOTS = re.compile(r"(?i)/(?:\.|%2e){1,2}(?:/|$)")
_TAKEN = re.compile(r"[?&](?:Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)(?:[=&]|$)")


def sign_url(
    url: str,
    *,
    key_pair_id: str,
    signer: Signer,
    expires: int,
    not_before: int | None = None,
    ip: str | None = None,
    resource: str | None = None,
    hash_algorithm: HashAlgorithm = HashAlgorithm.SHA1,
) -> str:
    """Sign `url` (already percent-encoded, with its own query if any) until `expires` (epoch seconds).

    A canned policy wherever it allows what is asked; a custom one with `not_before`, `ip` or a `resource` of
    its own (which may hold wildcards). Raises InvalidInput for times or ranges that CloudFront refuses, and for
    a URL that no viewer would send as it is, that has CloudFront's own parameters in its query, or whose `*` a
    custom policy would read as a wildcard.
    """
    if _NOT_SENT.search(url):
        raise InvalidInput("A URL to be signed is percent-encoded, and has no fragment (#).", field="url")
    if _DOTS.search(url.partition("?")[0]):
        raise InvalidInput("A URL to be signed has no . or .. between its slashes: viewers leave them out.", field="url")
    if _TAKEN.search(url):
        raise InvalidInput("The URL's query has a parameter that CloudFront keeps for signatures.", field="url")
    canned = not_before is None and ip is None and resource in (None, url)
    if canned:
        policy = canned_policy(url, expires)
        leading = f"Expires={expires}"
    else:
        if not resource and "*" in url:
            raise InvalidInput("This * would open other URLs too: write %2A, or give a resource.", field="url")
        policy = custom_policy(resource or url, expires=expires, not_before=not_before, ip=ip)
        leading = f"Policy={encode(policy)}"
    signature = encode(signer.sign(policy, hash_algorithm))
    joint = "&" if "?" in url else "?"
    trailing = "&Hash-Algorithm=SHA256" if hash_algorithm is HashAlgorithm.SHA256 else ""
    return f"{url}{joint}{leading}&Signature={signature}&Key-Pair-Id={key_pair_id}{trailing}"


def sign_cookies(
    resource: str,
    *,
    key_pair_id: str,
    signer: Signer,
    expires: int,
    not_before: int | None = None,
    ip: str | None = None,
    hash_algorithm: HashAlgorithm = HashAlgorithm.SHA1,
) -> dict[str, str]:
    """The cookies that open `resource`; the caller sets them Secure, HttpOnly and without Expires."""
    cookies: dict[str, str] = {}
    if not_before is None and ip is None and "*" not in resource and "?" not in resource:
        policy = canned_policy(resource, expires)
        cookies["CloudFront-Expires"] = str(expires)
    else:
        policy = custom_policy(resource, expires=expires, not_before=not_before, ip=ip)
        cookies["CloudFront-Policy"] = encode(policy)
    cookies["CloudFront-Signature"] = encode(signer.sign(policy, hash_algorithm))
    cookies["CloudFront-Key-Pair-Id"] = key_pair_id
    if hash_algorithm is HashAlgorithm.SHA256:
        cookies["CloudFront-Hash-Algorithm"] = "SHA256"
    return cookies
