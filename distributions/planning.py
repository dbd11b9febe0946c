"""What the page of a plan shows: differences, consequences, how long, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from distributions.access.switching import switch_of
from distributions.configuration.behavior_consequences import SIGNATURES_END
from distributions.configuration.consequences import Consequence, consequences, gravest_first
from distributions.configuration.differences import Difference, compare
from distributions.configuration.fields import items_of
from distributions.configuration.merging import ThreeWay, three_way
from distributions.configuration.tone import error, info, warning
from distributions.configuration.words import value_in_words
from distributions.mirror import access_of, s3_place
from distributions.models import ChangePlan, ConfigurationVersion, Distribution


@dataclass(frozen=True)
class Section[T]:
    """Differences of one part of a configuration, under its heading."""

    title: str
    rows: list[T]


def sections_of[T: (Difference, ThreeWay)](rows: list[T]) -> list[Section[T]]:
    found = sorted(rows, key=lambda row: (row.section != "General", row.section))
    return [Section(title, list(group)) for title, group in groupby(found, key=lambda row: row.section)]


def tag_differences(before: Mapping[str, str], after: Mapping[str, str] | None) -> list[Difference]:
    """Tags are no part of a configuration, and shown beside it."""
    if after is None:
        return []
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old != new:
            kind = "added" if old is None else "removed" if new is None else "changed"
            found.append(Difference(f"Tags[{key}]", "Tags", key, old, new, old or "", new or "", kind))
    return found


@dataclass(frozen=True)
class Comparison:
    """From one configuration to another, as a page shows it."""

    sections: list[Section[Difference]]
    consequences: list[Consequence]
    count: int


def compare_for_page(
    before: dict[str, Any],
    after: dict[str, Any],
    names: Mapping[str, str],
    *,
    tags: tuple[Mapping[str, str], Mapping[str, str] | None] = ({}, None),
    ends: Sequence[Consequence] = (),
    models: tuple[str, str] = ("", ""),
) -> Comparison:
    """`ends`: which links end, where that is known better than that some do. `models`: the access models of both, which
    the configuration does not say.
    """
    rows = [*_model_difference(*models), *compare(before, after, names=names), *tag_differences(*tags)]
    follows = [each for each in consequences(before, after) if not ends or each.sentence != SIGNATURES_END]
    return Comparison(sections_of(rows), gravest_first([*_of_models(*models), *follows, *ends]), len(rows))


def models_of(plan: ChangePlan) -> tuple[str, str]:
    """The access model before and after the plan."""
    switch = switch_of(plan.distribution, plan)
    return switch.old.model, switch.new.model


def _model_difference(before: str, after: str) -> list[Difference]:
    if before == after:
        return []
    old, new = (str(Distribution.AccessModel(model).label) for model in (before, after))
    return [Difference("access_model", "General", "Access model", before, after, old, new, "changed")]


def _of_models(before: str, after: str) -> list[Consequence]:
    if before == after:
        return []
    model = Distribution.AccessModel
    found = []
    if after == model.PUBLIC_ACL:
        found.append(
            error("Every file is opened to everybody at S3 itself: CloudFront, its logs and its rules can be gone around.")
        )
    if after == model.OAI_ACL:
        found.append(info("Each file gets a grant for the identity, one after another: a million files take hours."))
    if before in {model.OAI_ACL, model.PUBLIC_ACL}:
        found.append(info("Once every edge has moved, the old grants are taken off each file, one after another."))
    if before == model.PUBLIC_ACL:
        found.append(warning("Who reads files straight from S3 today, past CloudFront, will be refused."))
    return found


@dataclass(frozen=True)
class Decision:
    """What two sides made of one configuration. `open`: how many fields both changed, each its own way."""

    theirs: ConfigurationVersion
    sections: list[Section[ThreeWay]]
    open: int


def decide_for_page(base: dict[str, Any], theirs: ConfigurationVersion, mine: dict[str, Any], names: Mapping[str, str]) -> Decision:
    rows = three_way(base, theirs.config, mine, names=names)
    return Decision(theirs, sections_of(rows), sum(row.state == "conflict" for row in rows))


@dataclass(frozen=True)
class OriginRow:
    id: str
    domain: str
    path: str
    is_bucket: bool
    access: str


def origin_rows(config: dict[str, Any], names: Mapping[str, str]) -> list[OriginRow]:
    rows = []
    for origin in items_of(config.get("Origins") or {}):
        model, id = access_of(origin)
        words = {"oac": "origin access control", "oai": "origin access identity"}.get(model, "")
        access = f"{names.get(id, id)} ({words})" if id else ""
        rows.append(
            OriginRow(origin["Id"], origin["DomainName"], origin.get("OriginPath", ""), s3_place(origin) is not None, access)
        )
    return rows


@dataclass(frozen=True)
class BehaviorRow:
    """`pattern` None: the default behavior. `functions`: what runs at the edge, which forms show and leave alone."""

    pattern: str | None
    target: str
    protocol: str
    cache: str
    signed: bool
    functions: list[str]


def behavior_rows(config: dict[str, Any], names: Mapping[str, str]) -> list[BehaviorRow]:
    rows = []
    for behavior in [*items_of(config.get("CacheBehaviors") or {}), config["DefaultCacheBehavior"]]:
        policy = behavior.get("CachePolicyId", "")
        functions = [item["FunctionARN"].rpartition("/")[2] for item in items_of(behavior.get("FunctionAssociations") or {})]
        functions += [
            item["LambdaFunctionARN"].partition("function:")[2]
            for item in items_of(behavior.get("LambdaFunctionAssociations") or {})
        ]
        rows.append(
            BehaviorRow(
                pattern=behavior.get("PathPattern"),
                target=behavior["TargetOriginId"],
                protocol=value_in_words("ViewerProtocolPolicy", behavior["ViewerProtocolPolicy"]),
                cache=names.get(policy, policy) if policy else "times of its own (older form)",
                signed=any((behavior.get(name) or {}).get("Enabled") for name in ("TrustedKeyGroups", "TrustedSigners")),
                functions=functions,
            )
        )
    return rows


def is_editable(distribution: Distribution) -> bool:
    """Whether its configuration has the parts that the forms edit: legacy streaming ones have not."""
    return distribution.family == Distribution.Family.WEB
