"""A distribution and what belongs to it, gathered to be written down elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import bucket_policies
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws.session import Connection
from cdnadmin.errors import CdnadminError, Conflict
from distributions import wanted
from distributions.configuration.export.bundle import Bundle
from distributions.configuration.export.cli_json import to_cli_json
from distributions.configuration.export.terraform import to_terraform
from distributions.dependents import accesses_of, key_groups_of
from distributions.models import Distribution, KeyGroup, OriginAccess

FORMS = {"terraform": (to_terraform, "tf"), "cli": (to_cli_json, "json")}


@dataclass(frozen=True)
class Export:
    """`left_out`: sentences about what could not be read and is therefore not in it."""

    bundle: Bundle
    left_out: tuple[str, ...] = ()

    def text(self, form: str) -> str:
        """`form` is a key of FORMS."""
        return FORMS[form][0](self.bundle)

    def file_name(self, form: str) -> str:
        return f"{self.bundle.id}.{FORMS[form][1]}"


def describe_for_export(*, actor: User, distribution: Distribution) -> Export:
    """Everything that an export names, as CloudFront was last seen to have it; the policies of its buckets are read now.

    Whole policies: Terraform writes a bucket's policy whole, and a part of it would take the rest away.
    Raises Conflict where there is nothing to export, NotAllowed.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS, distribution)
    if not distribution.aws_id or not distribution.config:
        raise Conflict("CloudFront does not have this distribution yet: there is nothing to export.")
    if distribution.family != Distribution.Family.WEB:
        raise Conflict("Neither Terraform nor CreateDistribution has words for an old streaming distribution.")
    config, account = distribution.config, distribution.account_id
    accesses = {id: (model, id) for model, id in accesses_of(config)}
    for row in OriginAccess.objects.filter(account_id=account, aws_id__in=accesses):
        accesses[row.aws_id] = (row.type, row.name)
    keys: dict[str, tuple[str, str]] = {}
    groups: dict[str, tuple[str, tuple[str, ...]]] = {}
    for group in KeyGroup.objects.filter(account_id=account, aws_id__in=key_groups_of(config)):
        halves = list(group.public_keys.exclude(aws_id="").select_related("signing_key"))
        groups[group.aws_id] = (group.name, tuple(half.aws_id for half in halves))
        keys |= {half.aws_id: (half.name, half.signing_key.public_pem) for half in halves}
    # Somebody waits for the page: one try.
    connection = replace(connection_for(distribution.account), impatient=True)
    policies, left_out = _policies(connection, distribution)
    controls = _controls(connection, [id for id, (type, _) in accesses.items() if type == OriginAccess.Type.OAC], left_out)
    bundle = Bundle(
        name=distribution.name,
        id=distribution.aws_id,
        config=config,
        tags=distribution.tags,
        accesses=accesses,
        keys=keys,
        groups=groups,
        policies=policies,
        controls=controls,
    )
    return Export(bundle, tuple(left_out))


def _controls(connection: Connection, ids: Sequence[str], left_out: list[str]) -> dict[str, Mapping[str, Any]]:
    """Each whole, as AWS has it. One that can't be read is exported by its name, its settings for nobody to change."""
    found: dict[str, Mapping[str, Any]] = {}
    for id in ids:
        try:
            found[id] = aws_access.get_origin_access_control(connection, id=id).config
        except CdnadminError as error:
            left_out.append(f"The settings of the origin access control {id} could not be read. {error.message}")
            if error.code in {"Timeout", "Unreachable"}:
                break
    return found


def _policies(connection: Connection, distribution: Distribution) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    found: dict[str, Mapping[str, Any]] = {}
    left_out: list[str] = []
    for bucket in wanted.policy_statements(distribution, distribution.config):
        try:
            policy = bucket_policies.get_bucket_policy(connection, bucket=bucket)
        except CdnadminError as error:
            left_out.append(f"The policy of {bucket} could not be read and is left out. {error.message}")
            if error.code in {"Timeout", "Unreachable"}:
                break
            continue
        if policy.get("Statement"):
            found[bucket] = policy
    return found, left_out
