"""What the forms of a change offer to choose from: policies, certificates, accesses and key groups of the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.core.cache import cache

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import certificates as aws_certificates
from cdnadmin.aws import policies as aws_policies
from cdnadmin.aws.certificates import Certificate
from cdnadmin.aws.distribution_config import bucket_host
from cdnadmin.aws.policies import PolicySummary
from cdnadmin.aws.session import Connection
from cdnadmin.errors import CdnadminError
from distributions.models import AccountInventory, KeyGroup, OriginAccess
from distributions.names import MANAGED

KEPT_SECONDS = 60
_LISTS: dict[str, Callable[[Connection], tuple[PolicySummary, ...]]] = {
    "cache": aws_policies.list_cache_policies,
    "request": aws_policies.list_origin_request_policies,
    "headers": aws_policies.list_response_headers_policies,
}
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Offered:
    """Choices as (id, label), AWS's own first; `problem` says why the account's could not be listed, else ""."""

    choices: Choices
    problem: str = ""


def offered_policies(account: AwsAccount, kind: str) -> Offered:
    """`kind`: cache, request or headers. Someone waits: one try, and kept for a minute."""
    key = f"policies:{account.public_id}:{kind}"
    kept: Offered | None = cache.get(key)
    if kept is not None:
        return kept
    try:
        found = _LISTS[kind](replace(connection_for(account), impatient=True))
    except CdnadminError as error:
        return Offered([], error.message)
    _remember_names(account, {policy.id: policy.name for policy in found})
    found = tuple(sorted(found, key=lambda policy: (not policy.managed, policy.name.lower())))
    offered = Offered([(policy.id, f"{policy.name}{'' if policy.managed else ' (this account’s)'}") for policy in found])
    cache.set(key, offered, KEPT_SECONDS)
    return offered


def _remember_names(account: AwsAccount, names: dict[str, str]) -> None:
    inventory, _ = AccountInventory.objects.get_or_create(account=account)
    if any(inventory.names.get(id) != name for id, name in names.items() if id not in MANAGED):
        inventory.names = {**inventory.names, **names}
        inventory.save(update_fields=["names"])


@dataclass(frozen=True)
class OfferedCertificates:
    certificates: tuple[Certificate, ...]
    problem: str = ""


def offered_certificates(account: AwsAccount) -> OfferedCertificates:
    """Those of ACM in us-east-1, usable ones first; pending ones with the DNS records that they wait for."""
    connection = replace(connection_for(account), impatient=True)
    try:
        found = aws_certificates.list_certificates(connection)
        full = tuple(
            aws_certificates.get_certificate(connection, arn=each.arn) if each.status == "PENDING_VALIDATION" else each
            for each in found
        )
    except CdnadminError as error:
        return OfferedCertificates((), error.message)
    return OfferedCertificates(tuple(sorted(full, key=lambda each: (each.status != "ISSUED", each.domain_name))))


def offered_accesses(account: AwsAccount) -> Choices:
    """Origin access controls and identities as "oac:E1" and "oai:E2", and none."""
    rows = OriginAccess.objects.filter(account=account).order_by("type", "name")
    found = []
    for row in rows:
        gone = ", deleted at AWS" if row.gone_at else ""
        found.append((f"{row.type}:{row.aws_id}", f"{row.name} ({row.get_type_display().lower()}, {row.aws_id}{gone})"))
    return [*found, ("open", "None: the bucket itself must let everybody in")]


def offered_key_groups(account: AwsAccount) -> Choices:
    rows = KeyGroup.objects.filter(account=account).exclude(aws_id="").order_by("-is_default", "name")
    return [(row.aws_id, row.name) for row in rows]


def offered_bucket_names(account: AwsAccount) -> list[str]:
    """Those known here: AWS is not asked."""
    return list(account.buckets.values_list("name", flat=True)[:500])


def name_bucket_host(account: AwsAccount, typed: str) -> str:
    """The host name of a bucket of the account that was named without one; any other is left as it was typed."""
    name = typed.strip().lower()
    if "." in name:
        return name
    bucket = account.buckets.filter(name=name).first()
    return bucket_host(name, bucket.region if bucket else account.region)
