"""What was found, written down: one row for as long as it is there, with since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from cdnadmin.accounts.models import AwsAccount, Bucket
from distributions.doctor.findings import Finding
from distributions.doctor.sorts import SEVERITIES
from distributions.models import Distribution, FoundProblem

_RANKS = {severity: rank for rank, severity in enumerate(SEVERITIES)}
SUBJECT_AT_MOST = 255
ACCOUNT = "account"


def place_of(distribution: Distribution | None = None, bucket: Bucket | None = None) -> str:
    """How a row names where it was found."""
    if distribution is not None:
        return distribution.reference
    return f"bucket:{bucket.name}" if bucket is not None else ACCOUNT


def keep_findings(
    account: AwsAccount,
    findings: Iterable[Finding],
    now: datetime,
    *,
    distribution: Distribution | None = None,
    bucket: Bucket | None = None,
) -> int:
    """Have exactly these be there at this place: what was and is no more gets `gone_at`. How many there are.

    What comes back after it was gone is new: since now, and dismissed by nobody.
    """
    place = place_of(distribution, bucket)
    wanted: dict[tuple[str, str], Finding] = {}
    for each in findings:
        wanted.setdefault((each.code, each.subject[:SUBJECT_AT_MOST]), each)
    with transaction.atomic():
        rows = {(row.code, row.subject): row for row in FoundProblem.objects.filter(account=account, place=place)}
        for key, finding in wanted.items():
            values: dict[str, object] = {
                "severity": finding.sort.severity,
                "rank": _RANKS[finding.sort.severity],
                "sentence": finding.sentence[:1000],
                "details": finding.details,
                "mend": finding.mend,
                "last_seen": now,
            }
            row = rows.get(key)
            if row is None:
                FoundProblem.objects.create(
                    account=account,
                    distribution=distribution,
                    bucket=bucket,
                    place=place,
                    code=key[0],
                    subject=key[1],
                    first_seen=now,
                    **values,
                )
                continue
            if row.gone_at is not None:
                values |= {"gone_at": None, "first_seen": now, "dismissed_at": None, "dismissed_by": None, "dismissed_reason": ""}
            FoundProblem.objects.filter(pk=row.pk).update(**values)
        left = [row.pk for key, row in rows.items() if key not in wanted and row.gone_at is None]
        FoundProblem.objects.filter(pk__in=left).update(gone_at=now)
    return len(wanted)
