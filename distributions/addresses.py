"""From an object's key to the address at which its distribution shows it."""

from __future__ import annotations

from urllib.parse import quote

from distributions.models import Distribution

# What RFC 3986 lets stand in a path, but for what a policy's resource would read as a wildcard.
_UNTOUCHED = "/-._~!$&'()+,;=:@"


def distribution_url(distribution: Distribution) -> str:
    """How viewers reach it, without a slash at the end; "" while CloudFront has not named it."""
    if not distribution.domain_name:
        return ""
    return distribution.account.viewer_base.replace("{domain}", distribution.domain_name)


def object_url(distribution: Distribution, key: str) -> str:
    """The address of `key` (whole, as S3 has it), percent-encoded and without a signature.

    CloudFront puts the origin path before what viewers ask for, so it does not stand in the address.
    """
    base = distribution_url(distribution)
    return f"{base}/{quote(key.removeprefix(distribution.prefix), safe=_UNTOUCHED)}" if base else ""
