"""What a change means for viewers and the team, in sentences: said before it is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from distributions.configuration.differences import Difference, compare
from distributions.configuration.fields import MISSING, Config, items_of, split_path
from distributions.configuration.words import value_in_words

# Most seconds that AWS's managed cache policies keep a copy whose origin says nothing of it ("Use managed cache policies").
_USUAL_TTL = {"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": 0, "2e54312d-136d-493c-8eb9-b001f22f67d2": 2}
_DAY = 86_400
_WIDER = {"PriceClass_100": 0, "PriceClass_200": 1, "PriceClass_All": 2}


@dataclass(frozen=True)
class Consequence:
    """`tone`: info, warning (viewers may notice), error (viewers are shut out, or let in)."""

    tone: str
    sentence: str


def consequences(before: Config, after: Config) -> list[Consequence]:
    """Each said once, the gravest first."""
    found = dict.fromkeys(each for difference in compare(before, after) for each in _of(difference, before, after))
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda each: order[each.tone])


def _of(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    path, parts = difference.path, split_path(difference.path)
    match parts[0]:
        case "Enabled":
            if difference.after is True:
                yield Consequence("warning", "Its files can be opened again once the edges have the change.")
            else:
                yield Consequence("error", "Nobody can open its files through it any more, with a signature or without.")
        case "Aliases":
            yield from _aliases(difference)
        case "ViewerCertificate":
            yield Consequence("warning", "Viewers meet another certificate; a name that it does not cover is refused by browsers.")
        case "Restrictions":
            yield Consequence("warning", f"Viewers elsewhere get 403: {_countries(after)}.")
        case "PriceClass":
            lower = _WIDER.get(str(difference.after), 2) < _WIDER.get(str(difference.before), 2)
            text = (
                "Viewers outside these regions are served from farther away." if lower else "More edges serve it; they cost more."
            )
            yield Consequence("info", text)
        case "WebACLId":
            gone = not difference.after or difference.after is MISSING
            yield Consequence("warning" if gone else "info", "Requests are no longer filtered by WAF." if gone else _WAF)
        case "DefaultRootObject":
            yield Consequence("info", "What viewers see at “/” changes.")
        case "IsIPV6Enabled":
            if difference.after is True:
                yield Consequence("warning", "Signatures bound to an IPv4 address refuse viewers who come by IPv6.")
        case "HttpVersion":
            yield Consequence("info", "Browsers that speak no other HTTP version than these can’t come.")
        case "Logging":
            if path == "Logging.Enabled" and difference.after is not True:
                yield Consequence("info", "No more access logs are written; those there are stay in their bucket.")
        case "CustomErrorResponses":
            yield Consequence("info", "What viewers see when a file is missing or refused changes.")
        case "Origins" | "OriginGroups":
            yield from _origin(difference, after)
        case "DefaultCacheBehavior" | "CacheBehaviors":
            yield from _behavior(difference, before, after)


_WAF = "Requests pass through WAF first; what its rules block gets 403."


def _aliases(difference: Difference) -> Iterator[Consequence]:
    old = set(difference.before) if isinstance(difference.before, tuple) else set()
    new = set(difference.after) if isinstance(difference.after, tuple) else set()
    if old - new:
        names = ", ".join(sorted(old - new))
        yield Consequence("error", f"Addresses under {names} stop working: take their DNS records away, too.")
    if new - old:
        names = ", ".join(sorted(new - old))
        yield Consequence("info", f"{names} needs a DNS record (CNAME, or alias) to the distribution’s domain name.")


def _countries(config: Config) -> str:
    geo = config.get("Restrictions", {}).get("GeoRestriction", {})
    kind, named = geo.get("RestrictionType", "none"), ", ".join(sorted(items_of(geo)))
    return {"whitelist": f"only {named} may watch", "blacklist": f"{named} may not watch"}.get(kind, "no country is shut out")


def _origin(difference: Difference, after: Config) -> Iterator[Consequence]:
    if difference.kind == "removed" and difference.path.endswith("]"):
        yield Consequence(
            "warning", f"{difference.section} is asked for nothing any more; copies at the edges stay until they age."
        )
        return
    if difference.path.endswith((".DomainName", ".OriginPath", ".Members")):
        yield Consequence(
            "warning",
            f"Files come from elsewhere: copies at the edges stay {_up_to(after)}. Invalidate to see the new ones at once.",
        )
    if difference.path.endswith(("OriginAccessControlId", "OriginAccessIdentity")):
        yield Consequence("warning", "The bucket lets the new one in before the edges use it, and shuts the old one out after.")


def _up_to(config: Config) -> str:
    behavior = config.get("DefaultCacheBehavior", {})
    seconds = (
        behavior.get("DefaultTTL", _DAY) if "ForwardedValues" in behavior else _USUAL_TTL.get(behavior.get("CachePolicyId"), _DAY)
    )
    hours = seconds / 3600
    return f"up to {hours:.0f} h" if hours >= 1 else f"up to {seconds} s"


def _behavior(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    path, where = difference.path, _where(difference.path)
    if path == "CacheBehaviors.order":
        yield Consequence(
            "warning", "The first behavior whose pattern fits answers: some paths may be answered by another one now."
        )
    elif path.endswith("]") and path.startswith("CacheBehaviors["):
        yield from _whole_behavior(difference, before, after)
    elif path.endswith(("TrustedKeyGroups.Enabled", "TrustedSigners.Enabled")):
        if difference.after is True:
            yield Consequence("error", f"Viewers without a signature will get 403 {where}.")
        elif not _signed(after, path):
            yield Consequence("error", f"Anyone who knows an address can open what lies {where}, without a signature.")
    elif path.endswith(("TrustedKeyGroups.Items", "TrustedSigners.Items")):
        if difference.before is not MISSING and difference.after is not MISSING:
            yield Consequence("warning", "Signatures by keys that are no longer trusted stop working as the edges get the change.")
    elif path.endswith("ViewerProtocolPolicy"):
        yield from _protocol(str(difference.after), where)
    elif path.endswith(("CachePolicyId", "MinTTL", "DefaultTTL", "MaxTTL")) or ".ForwardedValues" in path:
        yield Consequence("info", f"Copies are kept by other rules {where}; those at the edges stay {_up_to(before)}.")
    elif path.endswith("TargetOriginId"):
        yield Consequence("warning", f"Files come from elsewhere {where}: copies at the edges stay {_up_to(after)}.")
    elif ".AllowedMethods" in path:
        yield Consequence("info", f"Other methods than {value_in_words('', difference.after)} get 403 {where}.")
    elif path.endswith("Compress"):
        yield Consequence("info", f"Text is sent {'compressed' if difference.after is True else 'as it is'} {where}.")
    elif path.endswith("ResponseHeadersPolicyId"):
        yield Consequence("info", f"Answers carry other headers {where}; pages of other sites may be let in or shut out (CORS).")


def _where(path: str) -> str:
    parts = split_path(path)
    return f"under {parts[1][1:-1]}" if parts[0] == "CacheBehaviors" and len(parts) > 1 else "under this distribution"


def _signed(config: Config, path: str) -> bool:
    behavior = _find(config, path)
    return any(behavior.get(name, {}).get("Enabled") for name in ("TrustedKeyGroups", "TrustedSigners"))


def _find(config: Config, path: str) -> dict[str, Any]:
    parts = split_path(path)
    if parts[0] == "DefaultCacheBehavior":
        return dict(config.get("DefaultCacheBehavior", {}))
    items = items_of(config.get("CacheBehaviors") or {})
    return next((dict(item) for item in items if f"[{item['PathPattern']}]" == parts[1]), {})


def _whole_behavior(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    where = _where(difference.path)
    config = before if difference.kind == "removed" else after
    signed = _signed(config, difference.path)
    rest = _signed(after, "DefaultCacheBehavior")
    if difference.kind == "removed":
        yield Consequence("info", f"What lies {where} is answered by the behaviors after it, or by the default one.")
        if signed and not rest:
            yield Consequence("error", f"Anyone who knows an address can open what lies {where}, without a signature.")
        if rest and not signed:
            yield Consequence("error", f"Viewers without a signature will get 403 {where}.")
        return
    yield Consequence("info", f"What lies {where} is answered by this behavior from now on.")
    if signed and not rest:
        yield Consequence("error", f"Viewers without a signature will get 403 {where}.")
    if rest and not signed:
        yield Consequence("error", f"Anyone who knows an address can open what lies {where}, without a signature.")


def _protocol(policy: str, where: str) -> Iterator[Consequence]:
    if policy == "https-only":
        yield Consequence("warning", f"Viewers who come by plain HTTP get 403 {where}.")
    elif policy == "redirect-to-https":
        yield Consequence("info", f"Viewers who come by plain HTTP are sent on to HTTPS {where}.")
    else:
        yield Consequence("warning", f"Viewers may come by plain HTTP {where}: others on their network can read along.")
