"""What is asked of AWS once for a whole account: policies, controls, identities, key groups, certificates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdnadmin.aws import certificates as aws_certificates
from cdnadmin.aws import keys as aws_keys
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws import policies as aws_policies
from cdnadmin.aws.policies import PolicySummary
from cdnadmin.errors import AwsDenied, AwsError
from distributions.budget import THROTTLING, Background
from distributions.doctor.headers import passes_on
from distributions.doctor.known import Known, KnownCertificate
from distributions.models import Distribution


def ask_account(work: Background) -> Known:
    """What can't be read is None in it. Raises AwsError where AWS can't be asked at all, BudgetSpent."""
    connection = work.connection
    asking = _policies(work, lambda: aws_policies.list_origin_request_policies(connection))
    caching = _policies(work, lambda: aws_policies.list_cache_policies(connection))
    headers = _policies(work, lambda: aws_policies.list_response_headers_policies(connection))
    both = (*asking, *caching) if asking is not None and caching is not None else None
    controls = _read(
        work,
        lambda: {each.id: str(each.config["SigningBehavior"]) for each in aws_access.iterate_origin_access_controls(connection)},
    )
    identities = _read(work, lambda: tuple(each.id for each in aws_access.iterate_origin_access_identities(connection)))
    groups = _read(work, lambda: {each.id: each.public_key_ids for each in aws_keys.iterate_key_groups(connection)})
    return Known(
        authorization=_passing(both, "Authorization"),
        origin=_passing(both, "Origin"),
        cors=tuple(each.id for each in headers if "CorsConfig" in each.config) if headers is not None else None,
        controls=controls,
        identities=identities,
        groups=groups,
        certificates=_certificates(work),
    )


def _certificates(work: Background) -> dict[str, KnownCertificate] | None:
    """Only where a distribution has one of its own: else these credentials need not see any."""
    if not Distribution.objects.filter(account=work.account).exclude(certificate_arn="").exists():
        return None
    found = _read(work, lambda: aws_certificates.list_certificates(work.connection))
    if found is None:
        return None
    return {
        each.arn: KnownCertificate(each.names, each.status, each.not_after.isoformat() if each.not_after else "") for each in found
    }


def _policies(work: Background, listing: Callable[[], tuple[PolicySummary, ...]]) -> tuple[PolicySummary, ...] | None:
    return _read(work, listing)


def _passing(policies: tuple[PolicySummary, ...] | None, header: str) -> tuple[str, ...] | None:
    return None if policies is None else tuple(each.id for each in policies if passes_on(each.config, header))


def _read[T](work: Background, reading: Callable[[], T]) -> T | None:
    work.calls.take()
    try:
        return reading()
    except AwsDenied as error:
        if error.is_mendable:
            raise
        return None
    except AwsError as error:
        if passes(error):
            raise
        return None


def passes(error: AwsError) -> Any:
    """Whether it is another matter later: nothing is concluded from it."""
    return error.is_mendable or error.retryable or error.code in THROTTLING
