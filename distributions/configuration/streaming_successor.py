"""From a streaming distribution of old to the web distribution that takes its place: pure functions of configurations.

Sources: CloudFront API Reference, "StreamingDistributionConfig", "DistributionConfig"; Developer Guide, "Requirements for
using alternate domain names", "Restrictions on using alternate domain names", "Move an alternate domain name".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdnadmin.aws.distribution_config import build_distribution_config
from distributions.configuration.edits import listed
from distributions.configuration.fields import Config, items_of
from distributions.configuration.origins import access_of, main_origin
from distributions.configuration.presets import apply_preset
from distributions.configuration.trust import trusts_of

PRESET = "hls"


def build_successor(
    old: Config, *, caller_reference: str, viewer_protocol_policy: str, certificate_arn: str = "", comment: str = ""
) -> Config:
    """The DistributionConfig of the HLS preset with what `old`, a StreamingDistributionConfig, had: the bucket, as whom
    CloudFront comes to it, the trusted signers on every path, logs, price class, comment, whether it is enabled.

    Without its host names: two distributions never have one. The certificate stands there from the start, so that
    CloudFront refuses a bad one before any name is taken from the old. `comment` is for one that had none.
    """
    origin = main_origin(old)
    built = build_distribution_config(
        caller_reference=caller_reference,
        bucket="",
        region="",
        comment=old.get("Comment", "").strip() or comment,
        enabled=bool(old.get("Enabled", False)),
        price_class=old.get("PriceClass", "PriceClass_All"),
        certificate_arn=certificate_arn,
        viewer_protocol_policy=viewer_protocol_policy,
        origin_access_identity_id=access_of(origin)[1],
    )
    # The bucket by the very name by which it was the origin: S3 answers by both forms.
    built["Origins"]["Items"][0]["DomainName"] = origin["DomainName"]
    signers = items_of(old.get("TrustedSigners") or {})
    if (old.get("TrustedSigners") or {}).get("Enabled"):
        built["DefaultCacheBehavior"]["TrustedSigners"] = {"Enabled": True, **listed(signers)}
    logging = old.get("Logging") or {}
    if logging.get("Enabled"):
        built["Logging"] = {
            "Enabled": True,
            "IncludeCookies": False,
            "Bucket": logging.get("Bucket", ""),
            "Prefix": logging.get("Prefix", ""),
        }
    # Its behaviors for playlists are copies of the default one, with its signers.
    return apply_preset(built, PRESET)


def aliases_of(config: Config) -> list[str]:
    """In lower case, as CloudFront takes them today."""
    return [alias.lower() for alias in items_of(config.get("Aliases") or {})]


def without_aliases(config: Config, aliases: Sequence[str]) -> Config:
    """A copy that leaves these names to others."""
    left = [alias for alias in items_of(config.get("Aliases") or {}) if alias.lower() not in aliases]
    return {**copy.deepcopy(config), "Aliases": listed(left)}


def with_aliases(config: Config, aliases: Sequence[str]) -> Config:
    """A copy that answers for these names, too."""
    there = items_of(config.get("Aliases") or {})
    more = [alias for alias in aliases if alias not in {each.lower() for each in there}]
    return {**copy.deepcopy(config), "Aliases": listed([*there, *more])}


def unsigned_paths(old: Config, new: Config) -> list[str]:
    """Patterns of `new` that anybody can open though `old` asked for a signature."""
    if not any(trust.is_signed for trust in trusts_of(old)):
        return []
    return [trust.pattern for trust in trusts_of(new) if not trust.is_signed]


@dataclass(frozen=True)
class Line:
    """One thing of the old one and what becomes of it. `note`: why it is otherwise, or what has to be done; "" for none."""

    label: str
    before: str
    after: str
    note: str = ""


def succession_lines(old: Config, *, domain: str, tags: dict[str, str], price_class: str) -> list[Line]:
    """What the successor has of the old one, line by line, and what can't be carried over. `price_class`: in words."""
    origin, signers = main_origin(old), items_of(old.get("TrustedSigners") or {})
    model, identity = access_of(origin)
    logging = old.get("Logging") or {}
    return [
        Line("Speaks", "RTMP, to Flash players", "HTTPS: HLS, and files by ranges", "No player was answered by RTMP since 2020."),
        Line("Domain name", domain, "one of its own", "CloudFront gives it, and it can’t be chosen. Players are told the new one."),
        Line("Bucket", origin.get("DomainName", ""), origin.get("DomainName", ""), "All of it, as before."),
        _access_line(identity if model == "oai" else ""),
        _signers_line(signers if (old.get("TrustedSigners") or {}).get("Enabled") else []),
        Line(
            "Host names",
            ", ".join(aliases_of(old)) or "none",
            "those that you choose below" if aliases_of(old) else "none",
            "Two distributions never have the same one: it is taken from the old one once the successor is at every edge."
            if aliases_of(old)
            else "",
        ),
        Line("Access logs", *_logs(logging)),
        Line("Edges", price_class, price_class),
        Line("Comment", old.get("Comment", "") or "none", old.get("Comment", "") or "its name"),
        Line("Tags", _tags(tags), _tags(tags)),
        _state_line(bool(old.get("Enabled", False))),
    ]


def _access_line(identity: str) -> Line:
    if identity:
        return Line("CloudFront comes as", identity, identity, "The same identity: nothing has to change at the bucket.")
    return Line("CloudFront comes as", "nobody", "nobody", "The bucket itself must let everybody read, as it had to before.")


def _signers_line(signers: list[Any]) -> Line:
    if not signers:
        return Line("Signatures", "none needed", "none needed", "Anyone who knows a file’s address can open it.")
    named = ", ".join("this account" if signer == "self" else signer for signer in signers)
    note = "Links have to be signed anew: a signature for RTMP names a stream, and here it names a whole address."
    return Line("Signatures", f"by {named}", f"by {named}, on every path", note)


def _logs(logging: Config) -> tuple[str, str, str]:
    if not logging.get("Enabled"):
        return "none", "none", ""
    place = f"{logging.get('Bucket', '')}/{logging.get('Prefix', '')}".rstrip("/")
    return place, place, "Their lines have other columns: those of a web distribution. The bucket must have its ACLs on."


def _state_line(enabled: bool) -> Line:
    if enabled:
        return Line("State", "enabled", "enabled")
    return Line("State", "disabled", "disabled", "Enable it on its page once its files are ready.")


def _tags(tags: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "none"
