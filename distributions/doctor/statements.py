"""Statements of a bucket's policy: those that are missing, those that nobody needs any more, and how full it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from distributions import wanted
from distributions.access.policies import policy_bytes, statements_of
from distributions.access.switching import superfluous
from distributions.doctor.findings import Finding
from distributions.doctor.sites import BucketSite, DistributionSite
from distributions.doctor.sorts import TAKE_OUT, WRITE_STATEMENT
from distributions.models import Distribution
from distributions.reach.conditions import listed
from distributions.reach.s3 import may_read
from distributions.reach.state import ObjectState

Model = Distribution.AccessModel
# Of what S3 takes: beyond it, the next distributions may find no room.
NEARLY_FULL = 0.85
_OURS = re.compile(r"Cdnadmin(?:Oac|Oai)([a-z2-9]{12})")
_IDENTITY = re.compile(r"CloudFront Origin Access Identity ([A-Z0-9]+)")
# What S3 shows in place of a user, an identity too, that was deleted. Source: IAM User Guide, "IAM identifiers", Unique IDs.
_DELETED = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,}")


def owner_of(sid: str) -> str:
    """The public id of the distribution for which cdnadmin wrote the statement; "" for one of others."""
    found = _OURS.match(sid)
    return found[1] if found else ""


def check_statement(site: DistributionSite) -> Iterator[Finding]:
    """Whether the policy lets CloudFront in for the distribution, which comes by an identity or a control."""
    distribution, bucket = site.distribution, site.bucket
    by_policy = distribution.access_model in {Model.OAC, Model.OAI} and distribution.origin_access is not None
    if bucket is None or not site.reads or not by_policy or not distribution.arn:
        return
    verdict = may_read(bucket, ObjectState(key=f"{distribution.prefix}any"), site.visitor)
    if verdict.allowed is not False:
        return
    if verdict.reason in {"policy-denies", "restricted-public-bucket"}:
        yield Finding("policy-denies", f"“{distribution.name}”: {verdict.sentence}")
        return
    needed = wanted.policy_statements(distribution, distribution.config).get(bucket.name, [])
    sentence = f"The policy of {bucket.name} does not let CloudFront read the files of “{distribution.name}”: viewers get 403."
    details = json.dumps(needed[0] if len(needed) == 1 else needed, indent=2, ensure_ascii=False)
    yield Finding("statement-missing", sentence, details=details, mend=WRITE_STATEMENT if needed else "")


def check_policy(site: BucketSite) -> Iterator[Finding]:
    truth = site.truth
    if truth.error or "policy" in truth.unread or truth.policy is None:
        return
    for statement in statements_of(truth.policy):
        yield from _check_one(site, statement)
    size = policy_bytes(truth.policy)
    if size >= wanted.POLICY_BYTES * NEARLY_FULL:
        yield Finding("policy-nearly-full", f"The policy of {site.name} has {size:,} bytes, and S3 takes {wanted.POLICY_BYTES:,}.")


def _check_one(site: BucketSite, statement: dict[str, Any]) -> Iterator[Finding]:
    sid = str(statement.get("Sid", ""))
    text = json.dumps(statement, indent=2, ensure_ascii=False)
    public_id = owner_of(sid)
    gone = gone_principals(statement, site.gone)
    if gone:
        removable = TAKE_OUT if sid and statement.get("Effect") == "Allow" and names_only(statement, gone) else ""
        named = f"The statement “{sid}”" if sid else "A statement"
        sentence = (
            f"{named} of the policy of {site.name} names {', '.join(gone)}, which was deleted: S3 takes no change that repeats it."
        )
        yield Finding("statement-names-the-gone", sentence, subject=sid or ",".join(gone), details=text, mend=removable)
    elif public_id and public_id not in site.owners:
        sentence = (
            f"The statement “{sid}” of the policy of {site.name} was written by cdnadmin for a distribution that is not known here."
        )
        yield Finding("statement-orphaned", sentence, subject=sid, details=text, mend=TAKE_OUT)
    elif public_id and public_id not in site.busy:
        owner = site.owners[public_id]
        if is_left_over(owner, site.name, statement):
            why = "and it no longer exists at AWS" if not at_aws(owner) else "and its configuration does not need it"
            sentence = f"The statement “{sid}” of the policy of {site.name} was written for “{owner.name}”, {why}."
            yield Finding("statement-left-over", sentence, subject=sid, details=text, mend=TAKE_OUT)


def at_aws(distribution: Distribution) -> bool:
    return bool(distribution.aws_id) and distribution.status != Distribution.Status.GONE


def is_left_over(owner: Distribution, bucket: str, statement: Mapping[str, Any]) -> bool:
    """Whether a statement that was written here for the distribution is none that its configuration needs in this bucket."""
    if not at_aws(owner):
        return True
    needed = wanted.policy_statements(owner, owner.config).get(bucket, [])
    return bool(superfluous(owner, [dict(statement)], needed))


def gone_principals(statement: Mapping[str, Any], gone: frozenset[str]) -> list[str]:
    """What of the statement's principals is there no more: identities in `gone`, and what S3 shows by a deleted user's id."""
    found = []
    for name in _principals(statement):
        identity = _IDENTITY.search(name)
        if (identity and identity[1] in gone) or _DELETED.fullmatch(name):
            found.append(identity[1] if identity else name)
    return found


def names_only(statement: Mapping[str, Any], gone: list[str]) -> bool:
    return bool(gone) and len(_principals(statement)) == len(gone)


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return [str(principal)] if principal else []
    return [str(value) for values in principal.values() for value in listed(values)]


def only_deleted(statement: Mapping[str, Any]) -> bool:
    """Whether it lets in nobody but users, or identities, that S3 itself shows as deleted."""
    return statement.get("Effect") == "Allow" and names_only(statement, gone_principals(statement, frozenset()))


def identities_in(statement: Mapping[str, Any]) -> list[str]:
    """Ids of the origin access identities that it names by ARN."""
    return [found[1] for name in _principals(statement) if (found := _IDENTITY.search(name))]


def source_ids(statement: Mapping[str, Any]) -> list[str]:
    """Ids of the distributions whose ARNs its conditions name."""
    tests = [pair for keys in statement.get("Condition", {}).values() for pair in keys.items()]
    arns = [str(arn) for key, values in tests if key.lower() == "aws:sourcearn" for arn in listed(values)]
    return [arn.rpartition("/")[2] for arn in arns if ":distribution/" in arn and "*" not in arn]
