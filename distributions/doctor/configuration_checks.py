"""What is wrong in a distribution's configuration. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from distributions.configuration.fields import items_of
from distributions.configuration.lasting import behaviors_of, pattern_of
from distributions.configuration.origins import access_of, behavior_needs_signature, origins_of, s3_place
from distributions.doctor.findings import Finding

Config = Mapping[str, Any]
ENDS_SOON = timedelta(days=30)
_OLD_TLS = {"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"}


@dataclass(frozen=True)
class SeenCertificate:
    names: tuple[str, ...]
    not_after: datetime | None


@dataclass(frozen=True)
class Surroundings:
    """What a configuration names and does not say: certificates by ARN; origin request policies that pass Authorization
    on, by id and name; how origin access controls sign, by id. Whether viewers of this account come by HTTP anyway (a sandbox).
    """

    now: datetime
    certificates: Mapping[str, SeenCertificate]
    forwarding: Mapping[str, str]
    signing: Mapping[str, str]
    plain_http: bool


def check_configuration(name: str, config: Config, around: Surroundings) -> Iterator[Finding]:
    yield from _certificate(name, config, around)
    yield from _protocols(name, config, around)
    yield from _origins(name, config, around)
    yield from _forwarding(name, config, around)


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern


def _certificate(name: str, config: Config, around: Surroundings) -> Iterator[Finding]:
    aliases = [str(alias).lower() for alias in items_of(config.get("Aliases") or {})]
    certificate = around.certificates.get((config.get("ViewerCertificate") or {}).get("ACMCertificateArn", ""))
    if certificate is None:
        return  # none, or one that ACM did not list: CloudFront took it
    names = [each.lower() for each in certificate.names]
    for alias in aliases:
        # A name with a star is covered by the same name alone.
        if not any(_covers(each, alias) for each in names):
            yield Finding(
                "alias-uncovered",
                f"“{alias}” of “{name}” is not covered by its certificate ({', '.join(names[:3])}): browsers refuse it. Choose "
                "another certificate in a change of its names.",
                subject=alias,
            )
    if certificate.not_after is not None and certificate.not_after < around.now + ENDS_SOON:
        ended = certificate.not_after <= around.now
        yield Finding(
            "certificate-expiring",
            f"The certificate of “{name}” {'ended' if ended else 'ends'} on {certificate.not_after:%-d %B %Y}. ACM renews it by "
            "itself as long as its DNS records stand: see whether they do.",
            severity="danger" if ended else "",
        )


def _protocols(name: str, config: Config, around: Surroundings) -> Iterator[Finding]:
    plain = [pattern_of(each) for each in behaviors_of(dict(config)) if each.get("ViewerProtocolPolicy") == "allow-all"]
    if plain and not around.plain_http:
        where = ", ".join(plain[:3]) + (f" and {len(plain) - 3} more" if len(plain) > 3 else "")
        yield Finding(
            "plain-http",
            f"Viewers of “{name}” may come by plain HTTP ({where}): others on their network read along, signatures included.",
            mend_input={"patterns": plain},
        )
    minimum = (config.get("ViewerCertificate") or {}).get("MinimumProtocolVersion", "")
    if minimum in _OLD_TLS and items_of(config.get("Aliases") or {}):
        yield Finding("old-tls", f"“{name}” takes {minimum} and newer: choose TLSv1.2_2021, which every browser of today speaks.")


def _origins(name: str, config: Config, around: Surroundings) -> Iterator[Finding]:
    for origin in origins_of(dict(config)):
        if (origin.get("CustomOriginConfig") or {}).get("OriginProtocolPolicy") == "http-only":
            yield Finding(
                "origin-by-http",
                f"CloudFront asks {origin['DomainName']} for “{name}” by plain HTTP: choose HTTPS if that server speaks it.",
                subject=origin["Id"],
            )
        model, id = access_of(origin)
        signing = around.signing.get(id, "always") if model == "oac" else "always"
        if signing != "always":
            when = "never signs" if signing == "never" else "does not sign where a viewer sends an Authorization header"
            yield Finding(
                "unsigned-control",
                f"The origin access control {id} of “{name}” {when}: the bucket then sees a stranger, or whom the viewer says to "
                "be. Choose one that always signs.",
                subject=origin["Id"],
            )


def _forwarding(name: str, config: Config, around: Surroundings) -> Iterator[Finding]:
    buckets = {origin["Id"] for origin in origins_of(dict(config)) if s3_place(origin) is not None}
    for behavior in behaviors_of(dict(config)):
        policy = behavior.get("OriginRequestPolicyId", "")
        if policy in around.forwarding and behavior.get("TargetOriginId") in buckets:
            yield Finding(
                "authorization-forwarded",
                f"“{around.forwarding[policy]}” passes every header of viewers on to the bucket, Authorization too "
                f"({pattern_of(behavior)} of “{name}”): S3 takes it for a login of its own and refuses, or answers for all what "
                "one may see. Choose a policy that leaves it out.",
                subject=pattern_of(behavior),
            )


def check_cors(name: str, config: Config, *, bucket_has_cors: bool) -> Iterator[Finding]:
    """A page elsewhere that plays its files is told nothing of a refusal that carries no CORS headers."""
    behaviors = behaviors_of(dict(config))
    playlists = any(".m3u8" in pattern_of(each) or ".mpd" in pattern_of(each) for each in behaviors)
    if not bucket_has_cors and not playlists:
        return
    bare = [pattern_of(each) for each in behaviors if not each.get("ResponseHeadersPolicyId") and behavior_needs_signature(each)]
    if bare:
        yield Finding(
            "errors-without-cors",
            f"Where “{name}” refuses ({', '.join(bare[:3])}), its answer carries no CORS headers: a player on another site sees a "
            "broken network, and can't say that a signature has ended. Choose a response headers policy with CORS for it.",
        )


def unsigned_patterns(ways: Sequence[Any]) -> list[str]:
    """Of ways without a signature, the patterns, those that are reached only by an encoded slash said so."""
    return [f"{each.pattern} (by an encoded path, as {each.path})" if each.encoded else each.pattern for each in ways]
