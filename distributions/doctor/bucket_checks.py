"""What is wrong with a bucket, whichever distribution uses it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from distributions.doctor.findings import ADVICE, Finding
from distributions.reach.state import SWITCHES

NEARLY_FULL = 18_000  # bytes of 20,480
_OURS = re.compile(r"Cdnadmin(?:Oac|Oai)([a-z0-9]{12})")
_OAI_ARN = re.compile(r"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ([A-Z0-9]+)")


@dataclass(frozen=True)
class BucketFacts:
    """What was seen of it. `switches`: of bucket and account together; `models`: access models of the distributions in it;
    `known`: public ids of distributions here; `identities`: ids of OAIs that AWS has, None where they were not read.
    """

    name: str
    ownership: str
    switches: frozenset[str]
    policy: Mapping[str, Any]
    policy_size: int
    models: frozenset[str]
    known: Collection[str]
    identities: Collection[str] | None
    unread: Collection[str] = ()


def check_bucket(facts: BucketFacts) -> Iterator[Finding]:
    yield from _block_public_access(facts)
    yield from _ownership(facts)
    yield from _statements(facts)
    if facts.policy_size > NEARLY_FULL:
        yield Finding(
            "policy-nearly-full",
            f"The policy of {facts.name} has {facts.policy_size:,} of the 20,480 bytes that S3 takes: soon no distribution can be "
            "added to it. Take statements out that nobody needs, or use another bucket for new ones.",
            subject=facts.name,
        )


def _block_public_access(facts: BucketFacts) -> Iterator[Finding]:
    missing = [switch for switch in SWITCHES if switch not in facts.switches]
    if not missing or "switches" in facts.unread:
        return
    if "public-acl" in facts.models:
        yield Finding(
            "block-public-access",
            f"Block Public Access of {facts.name} is off ({', '.join(missing)}), as a distribution with public objects needs it. "
            "An origin access control would do without.",
            subject=facts.name,
            severity=ADVICE,
        )
        return
    yield Finding(
        "block-public-access",
        f"Block Public Access of {facts.name} is not whole: {', '.join(missing)} {'are' if len(missing) > 1 else 'is'} off. "
        "Whoever writes a public policy or ACL there opens files to everybody; nothing that cdnadmin publishes needs that.",
        subject=facts.name,
        mend_input={"bucket": facts.name},
    )


def _ownership(facts: BucketFacts) -> Iterator[Finding]:
    by_acl = facts.models & {"oai-acl", "public-acl"}
    if facts.ownership in {"ObjectWriter", "BucketOwnerPreferred"} and not by_acl and facts.models:
        yield Finding(
            "acls-without-need",
            f"ACLs are on in {facts.name}, and no distribution here opens files by them. If no one else needs them, set its "
            "Object Ownership to “bucket owner enforced”: the policy alone decides then who reads.",
            subject=facts.name,
        )


def _statements(facts: BucketFacts) -> Iterator[Finding]:
    for statement in facts.policy.get("Statement", []):
        sid = str(statement.get("Sid", ""))
        ours = _OURS.match(sid)
        if ours and ours[1] not in facts.known:
            yield Finding(
                "statement-orphaned",
                f"The statement “{sid}” in the policy of {facts.name} was written for a distribution that is no longer known here.",
                subject=f"{facts.name}/{sid}",
                mend_input={"bucket": facts.name, "sid": sid},
            )
            continue
        gone = _gone_identity(statement, facts.identities)
        if gone:
            mend: dict[str, object] = {"bucket": facts.name, "sid": sid} if sid else {}
            yield Finding(
                "statement-of-gone-identity",
                f"The statement “{sid or 'without a Sid'}” in the policy of {facts.name} lets an identity in that was deleted "
                f"({gone}): it opens nothing any more, and S3 may refuse to take the policy with it.",
                subject=f"{facts.name}/{sid or gone}",
                mend_input=mend,
            )


def _gone_identity(statement: Mapping[str, Any], identities: Collection[str] | None) -> str:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping) or set(principal) != {"AWS"}:
        return ""
    named = principal["AWS"] if isinstance(principal["AWS"], list) else [principal["AWS"]]
    if len(named) != 1:
        return ""
    # S3 shows a principal that was deleted by its unique id.
    if re.fullmatch(r"AIDA[A-Z0-9]{12,}", named[0]):
        return str(named[0])
    found = _OAI_ARN.fullmatch(named[0])
    return found[1] if found and identities is not None and found[1] not in identities else ""
