"""From one access model to another: what stands at the buckets before, meanwhile and after.

Edges take minutes to change, and each comes as before until then: meanwhile both may read. Nothing is ever open that is
not open before or after.
Source: CloudFront Developer Guide, "Migrating from origin access identity (OAI) to origin access control (OAC)".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from distributions import wanted
from distributions.mirror import access_of, main_origin, origins_of
from distributions.models import ChangePlan, Distribution, OriginAccess

Statements = dict[str, list[dict[str, Any]]]  # by bucket
# Ends the Sid of a statement that stands beside the one it will replace.
MOVING = "Moving"
_BY_ACL = (Distribution.AccessModel.OAI_ACL, Distribution.AccessModel.PUBLIC_ACL)


@dataclass(frozen=True)
class Way:
    """How CloudFront comes for the distribution's own files: the access model, and the id of its identity or control."""

    model: str
    access_id: str


@dataclass(frozen=True)
class Switch:
    """`before` and `after`: what each configuration needs; `bridge`: what stands only while edges come in both ways."""

    old: Way
    new: Way
    before: Statements
    after: Statements
    bridge: Statements

    @property
    def changes_access(self) -> bool:
        return self.old != self.new or self.before != self.after

    @property
    def opens_files_first(self) -> bool:
        """Whether each file must be opened before edges may come in the new way."""
        return self.old != self.new and self.new.model == Distribution.AccessModel.PUBLIC_ACL

    @property
    def sets_files_last(self) -> bool:
        """Whether files' ACLs have to be gone through once every edge comes in the new way."""
        return self.old != self.new and (self.old.model in _BY_ACL or self.new.model == Distribution.AccessModel.OAI_ACL)

    @property
    def second_model(self) -> str:
        """In which way new files must be opened, too, while it is under way; policies open what is new by themselves."""
        public = Distribution.AccessModel.PUBLIC_ACL
        return public if self.old.model != self.new.model and public in {self.old.model, self.new.model} else ""

    @property
    def buckets(self) -> list[str]:
        return sorted({*self.before, *self.after, *self.bridge})

    def put_first(self, bucket: str) -> list[dict[str, Any]]:
        """What is written beside the old statements: those that are new, those that move under another Sid, the bridge."""
        there = self.before.get(bucket, [])
        sids = {each["Sid"] for each in there}
        new = [each for each in self.after.get(bucket, []) if each not in there]
        return [each if each["Sid"] not in sids else _beside(each) for each in new] + self.bridge.get(bucket, [])


def _beside(statement: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "Sid": f"{statement['Sid']}{MOVING}"}


def switch_of(distribution: Distribution, plan: ChangePlan) -> Switch:
    """What the plan means for the buckets. Before it is applied its base is the row's model of today."""
    base_model = plan.base_model or distribution.access_model
    old = Way(base_model, access_of(main_origin(plan.base.config))[1])
    model = plan.wanted_model if agrees(plan.wanted_model, plan.wanted) else _model_after(base_model, plan.wanted)
    new = Way(model, access_of(main_origin(plan.wanted))[1])
    before = wanted.policy_statements(distribution, plan.base.config, old.model)
    after = wanted.policy_statements(distribution, plan.wanted, new.model)
    bridge: Statements = {}
    if old != new:
        for way, config in ((old, plan.base.config), (new, plan.wanted)):
            _bridge(distribution, way, config, (before, after, bridge))
    return Switch(old, new, before, after, bridge)


def _bridge(distribution: Distribution, way: Way, config: dict[str, Any], known: tuple[Statements, ...]) -> None:
    """Files come in while edges change, and an ACL opens only those that are there: a statement opens the others."""
    if way.model != Distribution.AccessModel.OAI_ACL or not way.access_id:
        return
    found = wanted.bridging_statement(distribution, config, way.access_id)
    if found is None:
        return
    bucket, statement = found
    meaning = {name: value for name, value in statement.items() if name != "Sid"}
    if not any({**each, "Sid": ""} == {**meaning, "Sid": ""} for part in known for each in part.get(bucket, [])):
        known[-1].setdefault(bucket, []).append(statement)


def agrees(model: str, config: dict[str, Any]) -> bool:
    """Whether a configuration can have the access model: the plan's may have been edited since it was chosen."""
    comes_as = access_of(main_origin(config))[0]
    return model in {
        "oac": {Distribution.AccessModel.OAC},
        "oai": {Distribution.AccessModel.OAI, Distribution.AccessModel.OAI_ACL},
        "open": {Distribution.AccessModel.OPEN, Distribution.AccessModel.PUBLIC_ACL},
    }.get(comes_as, set())


def _model_after(base_model: str, config: dict[str, Any]) -> str:
    """By policy or by ACL is not the configuration's to say: what it was stays, where that still can be."""
    model = access_of(main_origin(config))[0]
    kept = {"oai": Distribution.AccessModel.OAI_ACL, "open": Distribution.AccessModel.PUBLIC_ACL}.get(model)
    return base_model if kept is not None and base_model == kept else model


def with_access(config: dict[str, Any], access: OriginAccess | None) -> dict[str, Any]:
    """A copy of `config` whose own origin comes as `access` (None: as nobody), and so do the S3 origins that came as it did."""
    own, changed = main_origin(config), {**config}
    came_as = access_of(own)
    items = [
        _coming_as(origin, access) if origin["Id"] == own.get("Id") or (came_as[1] and access_of(origin) == came_as) else origin
        for origin in origins_of(config)
    ]
    changed["Origins"] = {**config["Origins"], "Items": items}
    return changed


def _coming_as(origin: dict[str, Any], access: OriginAccess | None) -> dict[str, Any]:
    if "CustomOriginConfig" in origin:
        return origin
    identity = access is not None and access.type == OriginAccess.Type.OAI
    named = f"origin-access-identity/cloudfront/{access.aws_id}" if access is not None and identity else ""
    return {
        **origin,
        "S3OriginConfig": {**origin.get("S3OriginConfig", {}), "OriginAccessIdentity": named},
        "OriginAccessControlId": access.aws_id if access is not None and not identity else "",
    }


def superfluous(distribution: Distribution, policy: Iterable[dict[str, Any]], needed: Iterable[dict[str, Any]]) -> list[str]:
    """Sids of the policy's statements that were written here for the distribution and are not needed (any more)."""
    sids = {each["Sid"] for each in needed}
    return [sid for each in policy if wanted.made_here(distribution, sid := str(each.get("Sid", ""))) and sid not in sids]
