"""How CloudFront asks its origins: whether it signs, whose credentials reach S3, and CORS on what is refused.

Sources: CloudFront API Reference, "OriginAccessControlConfig"; Developer Guide, "Restrict access to an Amazon S3 origin",
"Understand response headers policies" (they change what comes from the cache or an origin).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from distributions.configuration.lasting import behaviors_at, behaviors_of, pattern_of
from distributions.doctor.findings import Finding
from distributions.doctor.headers import behavior_passes_on
from distributions.doctor.sites import DistributionSite
from distributions.mirror import access_of, origins_of, s3_place

# What players load, by how patterns name it.
_STREAMED = (".m3u8", ".mpd", ".m4s", ".ts", ".cmfv", ".cmfa")


def check_asking(site: DistributionSite) -> Iterator[Finding]:
    yield from _signing(site)
    yield from _cors(site)


def _signing(site: DistributionSite) -> Iterator[Finding]:
    known, name = site.known, site.distribution.name
    if known.controls is None:
        return
    for origin in origins_of(site.config):
        if s3_place(origin) is None:
            continue
        model, id = access_of(origin)
        signs = known.controls.get(id, "always") if model == "oac" else ""
        subject = str(origin.get("Id", ""))
        if signs == "never":
            sentence = (
                f"“{name}” comes to {origin['DomainName']} by the control {id}, which never signs: the bucket answers only if it "
                "lets everybody in."
            )
            yield Finding("control-never-signs", sentence, subject=subject)
        if signs == "always" or known.authorization is None:
            continue
        passing = [
            each for each in behaviors_at(site.config, subject) if behavior_passes_on(each, "Authorization", known.authorization)
        ]
        if passing:
            sentence = (
                f"The behavior for {pattern_of(passing[0])} of “{name}” passes viewers’ Authorization header on to "
                f"{origin['DomainName']}: S3 then judges by it, in place of CloudFront’s own access."
            )
            yield Finding("authorization-forwarded", sentence, subject=subject)
        elif signs == "no-override":
            sentence = (
                f"The control {id} of “{name}” does not sign where a viewer’s Authorization header is passed on; no behavior "
                "does that today."
            )
            yield Finding("control-may-not-sign", sentence, subject=subject)


def _cors(site: DistributionSite) -> Iterator[Finding]:
    if site.known.cors is None or site.known.origin is None:
        return
    behaviors = behaviors_of(site.config)
    streams = [each for each in behaviors if pattern_of(each).lower().endswith(_STREAMED)]
    if not streams and site.distribution.template.get("preset") == "hls":
        streams = behaviors
    without = [each for each in streams if not _has_cors(site, each)]
    if without:
        patterns = ", ".join(pattern_of(each) for each in without[:3])
        sentence = (
            f"“{site.distribution.name}” serves streams ({patterns}) without CORS headers on error answers: a player on "
            "another site sees that a file failed, and not that it was refused or missing."
        )
        yield Finding("cors-missing-on-errors", sentence)


def _has_cors(site: DistributionSite, behavior: Mapping[str, Any]) -> bool:
    if behavior.get("ResponseHeadersPolicyId") in (site.known.cors or ()):
        return True
    by_bucket = site.truth is not None and bool(site.truth.cors)
    return by_bucket and behavior_passes_on(behavior, "Origin", site.known.origin or ())
