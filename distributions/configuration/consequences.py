"""What a change means for viewers and the team, in sentences: said before it is applied.

Sources: CloudFront Developer Guide, "Distribution settings reference", "Cache behavior settings", "Origin settings";
API Reference, "DistributionConfig".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from distributions.configuration.behavior_consequences import (
    from_elsewhere,
    locked_by_order,
    of_behavior,
    of_signatures,
    opened_by,
)
from distributions.configuration.differences import Difference, compare
from distributions.configuration.fields import MISSING, Config, items_of, members, split_path
from distributions.configuration.lasting import behaviors_at, behaviors_of, in_short
from distributions.configuration.tone import Consequence, error, info, warning
from distributions.configuration.trust import is_signed

__all__ = ["Consequence", "consequences", "gravest_first"]


def consequences(before: Config, after: Config) -> list[Consequence]:
    """Each said once, the gravest first."""
    differences = compare(before, after)
    found = dict.fromkeys(opened_by(before, after))
    found |= dict.fromkeys(each for difference in differences for each in _of(difference, before, after))
    found |= dict.fromkeys(locked_by_order(before, after))
    return gravest_first(found)


def gravest_first(found: Iterable[Consequence]) -> list[Consequence]:
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda each: order[each.tone])


def _of(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    match split_path(difference.path)[0]:
        case "Enabled":
            if difference.after is True:
                yield warning("Its files can be opened again once the edges have the change.")
            else:
                yield error("Nobody can open its files through it any more, with a signature or without.")
        case "Aliases":
            yield from _aliases(difference)
        case "ViewerCertificate":
            yield from _certificate(difference)
        case "Restrictions":
            yield _countries(after)
        case "PriceClass" | "HttpVersion" | "IsIPV6Enabled" | "WebACLId" | "DefaultRootObject":
            yield from _general(difference, before, after)
        case "Logging":
            yield from _logging(difference, after)
        case "CustomErrorResponses":
            yield from _error_response(difference)
        case "Origins" | "OriginGroups" | "S3Origin":
            yield from _origin(difference, before, after)
        case "DefaultCacheBehavior" | "CacheBehaviors":
            yield from of_behavior(difference, before, after)
        case "TrustedSigners":
            # Of legacy streaming distributions, which have no behaviors.
            yield from of_signatures(difference, "under this distribution", False)


def _aliases(difference: Difference) -> Iterator[Consequence]:
    old, new = set(members(difference.before)), set(members(difference.after))
    if old - new:
        yield error(f"Addresses under {', '.join(sorted(old - new))} stop working: take their DNS records away, too.")
    if new - old:
        names = ", ".join(sorted(new - old))
        yield info(f"{names} needs a DNS record (CNAME, or alias) to the distribution’s domain name.")


_TLS = (
    *("SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"),
    *("TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"),
)


def _certificate(difference: Difference) -> Iterator[Consequence]:
    old, new = difference.before, difference.after
    match difference.path.rpartition(".")[2]:
        case "ACMCertificateArn" | "IAMCertificateId" if new is MISSING or not new:
            yield warning("Viewers meet CloudFront’s own certificate: it covers the cloudfront.net name only.")
        case "ACMCertificateArn" | "IAMCertificateId":
            yield warning("Viewers meet another certificate; a name that it does not cover is refused by browsers.")
        case "MinimumProtocolVersion" if old in _TLS and new in _TLS and _TLS.index(new) > _TLS.index(old):
            yield warning(f"Viewers whose browser or player knows only older TLS than {new} can’t connect.")
        case "MinimumProtocolVersion" if old in _TLS and new in _TLS:
            yield warning(f"Older TLS is taken again, from {new} on: its ciphers are weaker.")
        case "SSLSupportMethod" if new == "vip":
            yield warning("AWS charges every month for certificates with addresses of their own.")
        case "SSLSupportMethod" if old == "vip":
            yield warning("Viewers that send no host name with TLS (SNI) can’t connect.")


def _countries(after: Config) -> Consequence:
    geo = after.get("Restrictions", {}).get("GeoRestriction", {})
    named = ", ".join(sorted(items_of(geo)))
    match geo.get("RestrictionType", "none"):
        case "whitelist":
            return warning(f"Viewers elsewhere get 403: only {named} may watch.")
        case "blacklist":
            return warning(f"Viewers there get 403: {named} may not watch.")
    return warning("Viewers of every country are let in.")


_WIDER = {"PriceClass_100": 0, "PriceClass_200": 1, "PriceClass_All": 2}
_SPOKEN = {"http1.1": (), "http2": ("HTTP/2",), "http3": ("HTTP/3",), "http2and3": ("HTTP/2", "HTTP/3")}


def _general(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    old, new = difference.before, difference.after
    match difference.path:
        case "PriceClass":
            lower = _WIDER.get(str(new), 2) < _WIDER.get(str(old), 2)
            yield info(
                "Viewers outside these regions are served from farther away." if lower else "More edges serve it; they cost more."
            )
        case "HttpVersion":
            spoken, speaks = _SPOKEN.get(str(old), ("HTTP/2",)), _SPOKEN.get(str(new), ("HTTP/2",))
            for version in spoken:
                if version not in speaks:
                    yield info(f"Viewers who came by {version} come by another version, which may be slower for them.")
            for version in speaks:
                if version not in spoken:
                    yield info(f"Viewers who know {version} use it; all others come as before.")
        case "IsIPV6Enabled" if new is False:
            yield info("Viewers come by IPv4 only; those with IPv6 alone can’t come.")
        case "IsIPV6Enabled":
            signed = any(is_signed(each) for each in behaviors_of(after))
            yield (
                warning("Signatures bound to an IPv4 address refuse viewers who come by IPv6.")
                if signed
                else info("Viewers can come by IPv6, too.")
            )
        case "WebACLId" if not new or new is MISSING:
            yield warning("Requests are no longer filtered by WAF.")
        case "WebACLId":
            yield info("Requests pass through WAF first; what its rules block gets 403.")
        case "DefaultRootObject" if not new or new is MISSING:
            yield warning("“/” leads to no file any more.")
        case "DefaultRootObject":
            yield info(f"Viewers who open “/” see {new}.")


def _logging(difference: Difference, after: Config) -> Iterator[Consequence]:
    logging = after.get("Logging", {})
    if not logging.get("Enabled"):
        yield info("No more access logs are written; those there are stay in their bucket.")
    elif difference.path != "Logging.IncludeCookies":
        where = f"{logging.get('Bucket', '')}/{logging.get('Prefix', '')}"
        yield info(f"Access logs are written to {where}, and S3 charges for what they take.")
    elif logging.get("IncludeCookies"):
        yield warning("Access logs hold viewers’ cookies, which may identify them.")


def _error_response(difference: Difference) -> Iterator[Consequence]:
    code = split_path(difference.path)[1][1:-1]
    if difference.path.endswith("ErrorCachingMinTTL") and isinstance(difference.after, int):
        kept = in_short(difference.after)
        yield info(f"Edges keep a {code} for {kept}: what the origin has again by then is seen only after it.")
    else:
        yield info(f"What viewers see on a {code} from the origin changes.")


def _origin(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    path, parts = difference.path, split_path(difference.path)
    if path.endswith("]") and len(parts) == 2:
        if difference.kind == "removed":
            yield warning(f"{difference.section} is asked for nothing any more; copies at the edges stay until they age.")
        return
    if path.endswith((".DomainName", ".OriginPath", ".Members", ".kind")):
        fetched = behaviors_at(before, parts[1][1:-1]) if len(parts) > 2 else behaviors_of(before)
        if fetched:
            yield from_elsewhere("", fetched)
    elif path.endswith(("OriginAccessControlId", "OriginAccessIdentity")):
        yield from _access(after, parts[1][1:-1])
    elif ".CustomHeaders" in path:
        yield warning("If the origin checks this header, it must take the old and the new until every edge has the change.")
    elif path.endswith("OriginProtocolPolicy") and difference.after != "https-only":
        yield warning(f"CloudFront may fetch from {difference.section[0].lower()}{difference.section[1:]} unencrypted.")
    elif path.endswith(("OriginReadTimeout", "ConnectionTimeout", "ConnectionAttempts")):
        yield info("How long viewers wait when the origin does not answer changes.")


def _access(after: Config, id: str) -> Iterator[Consequence]:
    origin: Config = next((each for each in items_of(after.get("Origins") or {}) if each["Id"] == id), {})
    if "S3OriginConfig" not in origin:
        return
    if origin.get("OriginAccessControlId") or origin["S3OriginConfig"].get("OriginAccessIdentity"):
        yield warning("The bucket lets the new one in before the edges use it, and shuts the old one out after.")
    else:
        yield warning("CloudFront asks the bucket without credentials: only what is public there can be opened.")
