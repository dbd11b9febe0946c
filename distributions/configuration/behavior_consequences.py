"""What a change of behaviors means: which paths are open, kept, answered, and by whom.

Source: CloudFront Developer Guide, "Cache behavior settings".
"""

from __future__ import annotations

from collections.abc import Iterator

from distributions.configuration.differences import Difference
from distributions.configuration.fields import Config, members, split_path
from distributions.configuration.lasting import Behavior, behaviors_of, meet, pattern_of, stay
from distributions.configuration.tone import Consequence, error, info, warning
from distributions.configuration.trust import is_signed, openings, under
from distributions.configuration.words import value_in_words


def from_elsewhere(where: str, fetched: list[Behavior]) -> Consequence:
    staying = stay(fetched)
    if not staying:
        return warning(f"Files come from elsewhere{where}; no copies are kept at the edges, so viewers see it at once.")
    return warning(f"Files come from elsewhere{where}: copies at the edges {staying}. Invalidate to see the new ones at once.")


def of_behavior(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    path, where = difference.path, _where(difference.path)
    old = _find(before, path)
    if path == "CacheBehaviors.order":
        yield warning("The first behavior whose pattern fits answers: some paths may be answered by another one now.")
    elif path.endswith("]") and len(split_path(path)) == 2:
        yield from _whole_behavior(difference, before, after)
    elif ".TrustedKeyGroups" in path or ".TrustedSigners" in path:
        yield from of_signatures(difference, where, is_signed(_find(after, path)))
    elif path.endswith("ViewerProtocolPolicy"):
        yield from _protocol(str(difference.after), where)
    elif path.endswith(("CachePolicyId", "MinTTL", "DefaultTTL", "MaxTTL")) or ".ForwardedValues" in path:
        yield info(f"Copies are kept by other rules {where}; those at the edges {stay([old]) or 'are none'}.")
    elif path.endswith("TargetOriginId"):
        yield from_elsewhere(f" {where}", [old])
    elif ".AllowedMethods" in path:
        yield from _methods(difference, where)
    elif path.endswith("Compress"):
        yield info(f"Text is sent {'compressed' if difference.after is True else 'as it is'} {where}.")
    elif path.endswith("ResponseHeadersPolicyId"):
        yield info(f"Answers carry other headers {where}; pages of other sites may be let in or shut out (CORS).")
    elif path.endswith("OriginRequestPolicyId"):
        yield info(f"The origin is told other headers, cookies and query strings of the request {where}.")
    elif "FunctionAssociations[" in path:
        yield warning(f"Another function, or none, handles the requests or answers {where}.")


def _methods(difference: Difference, where: str) -> Iterator[Consequence]:
    if difference.path.endswith("CachedMethods"):
        yield info(f"Answers to other methods are kept at the edges {where}.")
        return
    old, new = (set(members(value)) or {"GET", "HEAD"} for value in (difference.before, difference.after))
    if old - new:
        yield warning(f"{value_in_words('', tuple(sorted(old - new)))} get 403 {where}.")
    if new - old:
        writes = " The origin must refuse those whom it should not let write." if new & {"PUT", "POST", "PATCH", "DELETE"} else ""
        yield info(f"{value_in_words('', tuple(sorted(new - old)))} reach the origin {where}.{writes}")


def of_signatures(difference: Difference, where: str, signed: bool) -> Iterator[Consequence]:
    """`signed`: whether the behavior asks for signatures after the change, of whichever kind."""
    if difference.path.endswith(".Enabled"):
        if difference.after is True:
            yield error(f"Viewers without a signature will get 403 {where}.")
        return
    old, new = set(members(difference.before)), set(members(difference.after))
    if old - new and signed:
        yield warning(SIGNATURES_END)
    if old and new - old:
        yield info(f"Signatures by the keys that are trusted now, too, work {where}.")


SIGNATURES_END = "Signatures by keys that are no longer trusted stop working as the edges get the change."


def _where(path: str) -> str:
    parts = split_path(path)
    return under(parts[1][1:-1] if parts[0] == "CacheBehaviors" and len(parts) > 1 else "*")


def _find(config: Config, path: str) -> Behavior:
    parts = split_path(path)
    if parts[0] == "DefaultCacheBehavior":
        found: Behavior = config.get("DefaultCacheBehavior", {})
        return found
    return next((each for each in behaviors_of(config) if f"[{each.get('PathPattern')}]" == parts[1]), {})


def _whole_behavior(difference: Difference, before: Config, after: Config) -> Iterator[Consequence]:
    where, removed = _where(difference.path), difference.kind == "removed"
    signed = is_signed(_find(before if removed else after, difference.path))
    rest = is_signed(after.get("DefaultCacheBehavior", {}))
    if removed:
        yield info(f"What lies {where} is answered by the behaviors after it, or by the default one.")
    else:
        yield info(f"What lies {where} is answered by this behavior from now on.")
    # Taken away, the rest's rule is left; put in, its own counts. What that opens, `opened_by` says.
    if signed != rest and not (signed if removed else rest):
        yield error(f"Viewers without a signature will get 403 {where}.")


def opened_by(before: Config, after: Config) -> Iterator[Consequence]:
    """What becomes public, by whichever part of the change."""
    for each in openings(before, after):
        yield error(each.sentence)


def locked_by_order(before: Config, after: Config) -> Iterator[Consequence]:
    """Paths that fit a behavior with signatures and one without: the one that stands first decides."""
    old = [pattern_of(each) for each in behaviors_of(before)[:-1]]
    kept = [each for each in behaviors_of(after)[:-1] if pattern_of(each) in old]
    for index, behavior in enumerate(kept):
        for later in kept[index + 1 :]:
            first, second = pattern_of(behavior), pattern_of(later)
            if old.index(first) > old.index(second) and is_signed(behavior) and not is_signed(later) and meet(first, second):
                yield error(f"What fits both {first} and {second} needs a signature: {first} stands first now.")


def _protocol(policy: str, where: str) -> Iterator[Consequence]:
    if policy == "https-only":
        yield warning(f"Viewers who come by plain HTTP get 403 {where}.")
    elif policy == "redirect-to-https":
        yield info(f"Viewers who come by plain HTTP are sent on to HTTPS {where}.")
    else:
        yield warning(f"Viewers may come by plain HTTP {where}: others on their network can read along.")
