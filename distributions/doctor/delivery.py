"""How viewers come, and by which names: certificates, protocols, what is left of RTMP.

Sources: CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront", "Require HTTPS for
communication between viewers and CloudFront", "Supported protocols and ciphers between viewers and CloudFront".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cdnadmin.aws.certificates import Certificate, covers
from distributions.configuration.lasting import behaviors_of, pattern_of
from distributions.doctor.findings import Finding
from distributions.doctor.sites import DistributionSite
from distributions.doctor.sorts import REDIRECT
from distributions.mirror import origins_of
from distributions.models import Distribution

ENDS_SOON = timedelta(days=30)
SAFE_FROM = "TLSv1.2"
_OLD = {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}
NAMED = 3


def check_delivery(site: DistributionSite) -> Iterator[Finding]:
    if site.distribution.family == Distribution.Family.RTMP:
        sentence = (
            f"“{site.distribution.name}” is an RTMP streaming distribution: AWS ended them on 31 December 2020, and nobody can "
            "watch by it."
        )
        yield Finding("rtmp-left", sentence)
        return
    yield from _certificate(site)
    yield from _protocols(site)


def _certificate(site: DistributionSite) -> Iterator[Finding]:
    config, name = site.config, site.distribution.name
    aliases = [str(alias) for alias in (config.get("Aliases") or {}).get("Items") or []]
    viewer: dict[str, Any] = config.get("ViewerCertificate") or {}
    arn = viewer.get("ACMCertificateArn", "")
    if aliases and not arn and not viewer.get("IAMCertificateId"):
        yield Finding("alias-without-certificate", f"“{name}” answers to {_named(aliases)}, and has no certificate for it.")
        return
    if not arn:
        return  # one of IAM's: nothing of it can be read by ACM
    region = arn.split(":")[3] if arn.count(":") > 3 else ""
    if region != "us-east-1":
        yield Finding(
            "certificate-elsewhere",
            f"The certificate of “{name}” is of {region or 'no region'}: CloudFront takes those of us-east-1.",
        )
        return
    if site.known.certificates is None:
        return
    found = site.known.certificates.get(arn)
    if found is None:
        yield Finding("certificate-not-known", f"ACM of this account has no certificate {arn}, which “{name}” uses.")
        return
    ends = found.ends_at
    if found.status in {"EXPIRED", "REVOKED"} or (ends is not None and ends <= site.now):
        yield Finding(
            "certificate-ended", f"The certificate of “{name}” is no longer good: browsers refuse {_named(aliases) or 'it'}."
        )
    elif ends is not None and ends - site.now < ENDS_SOON:
        yield Finding("certificate-ends", f"The certificate of “{name}” expires on {ends:%-d %B %Y}.")
    certificate = Certificate(arn, found.names[0] if found.names else "", found.names, found.status)
    for alias in aliases:
        if not covers(certificate, alias) and alias.lower() not in {each.lower() for each in found.names}:
            sentence = f"The certificate of “{name}” does not cover {alias}: browsers refuse it."
            yield Finding("alias-not-covered", sentence, subject=alias)


def _protocols(site: DistributionSite) -> Iterator[Finding]:
    config, name = site.config, site.distribution.name
    if not site.distribution.account.viewer_base.startswith("http://"):
        plain = [pattern_of(each) for each in behaviors_of(config) if each.get("ViewerProtocolPolicy") == "allow-all"]
        if plain:
            where = "" if "*" in plain else f" under {_named(plain)}"
            yield Finding("http-allowed", f"Viewers of “{name}” may come by plain HTTP{where}.", mend=REDIRECT)
    viewer = config.get("ViewerCertificate") or {}
    own = viewer.get("ACMCertificateArn") or viewer.get("IAMCertificateId")
    oldest = viewer.get("MinimumProtocolVersion", "")
    if own and oldest in _OLD:
        yield Finding("old-tls", f"Viewers of “{name}” may come by {oldest}; {SAFE_FROM} is the oldest that is safe.")
    for origin in origins_of(config):
        policy = (origin.get("CustomOriginConfig") or {}).get("OriginProtocolPolicy", "")
        if policy in {"http-only", "match-viewer"} and not _is_web_site(origin):
            how = "always" if policy == "http-only" else "where the viewer does"
            sentence = f"“{name}” fetches from {origin.get('DomainName', '')} by plain HTTP {how}."
            yield Finding("origin-by-http", sentence, subject=str(origin.get("Id", "")))


def _is_web_site(origin: dict[str, Any]) -> bool:
    """A bucket's web site speaks HTTP alone ("Website endpoints", S3 User Guide): nothing else can be chosen for it."""
    return ".s3-website" in str(origin.get("DomainName", ""))


def _named(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
