"""A bucket's policy before and after a change, as S3 is sent it and as a page shows it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdnadmin.aws.bucket_policies import Policy, merge_statement

Statement = Mapping[str, Any]


def changed_policy(policy: Policy, *, put: Sequence[dict[str, Any]] = (), remove: Collection[str] = ()) -> Policy:
    """`put` merged into the policy by their Sids, the Sids `remove` taken out; nothing else in it is touched."""
    merged = dict(policy)
    for statement in put:
        merged = merge_statement(merged, statement)
    return {**merged, "Statement": [each for each in statements_of(merged) if each.get("Sid") not in remove]}


def statements_of(policy: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Its statements; S3 gives one alone without a list."""
    found = (policy or {}).get("Statement", [])
    return [dict(found)] if isinstance(found, Mapping) else [dict(each) for each in found]


def policy_bytes(policy: Mapping[str, Any]) -> int:
    """As it is sent; S3 takes 20 KB."""
    return len(json.dumps(policy, separators=(",", ":")).encode())


@dataclass(frozen=True)
class StatementChange:
    """One statement of a policy. `kind`: added, removed, changed or kept; `text`: its JSON, `before` that of one that changes."""

    kind: str
    sid: str
    text: str
    before: str = ""


@dataclass(frozen=True)
class PolicyChange:
    """What becomes of a bucket's policy. `kept`: how many statements of others stay just as they are; `size` in bytes."""

    bucket: str
    changes: list[StatementChange]
    kept: int
    size: int
    fits: bool


def compare_policies(bucket: str, before: Mapping[str, Any] | None, after: Mapping[str, Any], *, most: int) -> PolicyChange:
    """`most`: how many bytes S3 takes."""
    old = {_name(each, number): each for number, each in enumerate(statements_of(before))}
    new = {_name(each, number): each for number, each in enumerate(statements_of(after))}
    changes = []
    for name in [*old, *(name for name in new if name not in old)]:
        was, becomes = old.get(name), new.get(name)
        if was == becomes:
            continue
        kind = "added" if was is None else "removed" if becomes is None else "changed"
        shown = becomes if becomes is not None else was
        changes.append(
            StatementChange(kind, str((shown or {}).get("Sid", "")), _text(shown), _text(was) if kind == "changed" else "")
        )
    kept = sum(1 for name in old if new.get(name) == old[name])
    size = policy_bytes(after)
    return PolicyChange(bucket, changes, kept, size, size <= most)


def _name(statement: Statement, number: int) -> str:
    """A statement without a Sid is itself alone."""
    return str(statement.get("Sid") or json.dumps(statement, sort_keys=True))


def _text(statement: Statement | None) -> str:
    return json.dumps(statement, indent=2, ensure_ascii=False) if statement is not None else ""
