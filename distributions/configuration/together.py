"""What of a configuration only makes sense together: half of one side and half of the other CloudFront refuses, or worse, takes."""

from __future__ import annotations

from collections.abc import Collection

from distributions.configuration.fields import join, split_path

# Where it stands, and the fields there that are decided as one.
Atom = tuple[str, tuple[str, ...]]

_TTLS = ("MinTTL", "DefaultTTL", "MaxTTL")
_KIND = ("kind", "DomainName", "S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig", "OriginAccessControlId")
_ACCESS = ("OriginAccessControlId", "S3OriginConfig.OriginAccessIdentity")
_PAGE = ("ResponsePagePath", "ResponseCode")
# Once one of the first was touched, the second are decided together; else each for itself. The wider groups come first.
_GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("kind",), _KIND),
    (_ACCESS, _ACCESS),
    (("CachePolicyId",), ("CachePolicyId", "ForwardedValues", *_TTLS)),
    (_TTLS, _TTLS),
    (("Cookies.Forward",), ("Cookies",)),
    (_PAGE, _PAGE),
    (("ViewerCertificate",), ("ViewerCertificate",)),
    (("Logging.Enabled", "Logging.Bucket"), ("Logging",)),
    (("GeoRestriction.RestrictionType",), ("GeoRestriction",)),
    (("AllowedMethods",), ("AllowedMethods",)),
    (("TrustedKeyGroups.Enabled",), ("TrustedKeyGroups",)),
    (("TrustedSigners.Enabled",), ("TrustedSigners",)),
    (("OriginShield",), ("OriginShield",)),
)


def atoms_of(paths: Collection[str]) -> dict[str, Atom]:
    """For each of these paths, which were touched, what is decided with it: at least itself."""
    touched = {(where, number) for path in paths for where, number in _groups(path, trigger=True)}
    return {path: _atom(path, touched) for path in paths}


def _atom(path: str, touched: set[tuple[str, int]]) -> Atom:
    found = [(number, where) for where, number in _groups(path, trigger=False) if (where, number) in touched]
    if found:
        number, where = min(found)
        return where, _GROUPS[number][1]
    parts = split_path(path)
    return join(parts[:-1]), (parts[-1],)


def _groups(path: str, *, trigger: bool) -> list[tuple[str, int]]:
    """Where in the path a group begins, and which."""
    parts = split_path(path)
    found = []
    for index in range(len(parts)):
        rest = join(parts[index:])
        for number, (triggers, names) in enumerate(_GROUPS):
            if any(rest == name or rest.startswith((f"{name}.", f"{name}[")) for name in (triggers if trigger else names)):
                found.append((join(parts[:index]), number))
    return found
