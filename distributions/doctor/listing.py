"""What the doctor's pages show: findings by severity, and when each account was examined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.operations.models import Operation
from distributions.doctor.examining import EXAMINE, account_target
from distributions.doctor.sorts import MENDS, SORTS
from distributions.models import Distribution, Examination, FoundProblem
from distributions.queries import PAGE_SIZE, BoundedPaginator

CARD_AT_MOST = 10


@dataclass(frozen=True)
class ListedFinding:
    """`page`: the address where it is mended by hand, "" where that is at AWS. `button`: what its mend is called."""

    row: FoundProblem
    how_to: str
    page: str
    button: str


@dataclass(frozen=True)
class ExaminedAccount:
    """`running`: an examination under way; `failed`: the last one, where it failed. Counts are of what is open."""

    account: AwsAccount
    examination: Examination | None
    running: Operation | None
    failed: Operation | None
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def visible_findings(actor: User) -> QuerySet[FoundProblem]:
    """The twin of `may`: what this person can see at all, of what is there now."""
    rows = FoundProblem.objects.filter(gone_at=None)
    return rows if may(actor, Action.MANAGE_DISTRIBUTIONS) else rows.none()


def page_of_findings(
    *, actor: User, number: object = 1, search: str = "", account: str = "", severity: str = "", dismissed: str = ""
) -> Page[Any]:
    """One page, the gravest first. `search` looks at the sentence and the code; `dismissed`: those that were left as they are."""
    found = visible_findings(actor).select_related("account", "distribution", "bucket", "dismissed_by")
    found = found.exclude(dismissed_at=None) if dismissed else found.filter(dismissed_at=None)
    search = search.strip()
    if search:
        found = found.filter(Q(sentence__icontains=search) | Q(code__iexact=search) | Q(bucket__name__icontains=search))
    if account:
        found = found.filter(account__public_id=account)
    if severity in FoundProblem.Severity.values:
        found = found.filter(severity=severity)
    page: Page[Any] = BoundedPaginator(found, PAGE_SIZE).get_page(str(number or 1))
    page.object_list = [listed(row) for row in page.object_list]
    return page


def findings_about(distribution: Distribution) -> list[ListedFinding]:
    """For its page: of it, and of its bucket."""
    rows = FoundProblem.objects.filter(gone_at=None, dismissed_at=None, account_id=distribution.account_id)
    about = Q(distribution=distribution)
    if distribution.bucket_id is not None:
        about |= Q(bucket_id=distribution.bucket_id)
    rows = rows.filter(about).select_related("account", "distribution", "bucket")
    return [listed(row) for row in rows[:CARD_AT_MOST]]


def listed(row: FoundProblem) -> ListedFinding:
    sort = SORTS.get(row.code)
    if sort is None:  # of another version of cdnadmin
        return ListedFinding(row, "", "", "")
    return ListedFinding(row, sort.how_to, _page(row, sort.route), MENDS.get(row.mend, ""))


def _page(row: FoundProblem, route: str) -> str:
    return reverse(route, args=[row.distribution.public_id]) if row.distribution is not None and route else ""


def examined_accounts() -> Sequence[ExaminedAccount]:
    """Every account, by its label."""
    counts: dict[int, dict[str, int]] = {}
    open_rows = FoundProblem.objects.filter(gone_at=None, dismissed_at=None).order_by()
    for pk, severity, count in open_rows.values_list("account", "severity").annotate(count=Count("pk")):
        counts.setdefault(pk, {})[severity] = count
    found = []
    for account in AwsAccount.objects.select_related("examination"):
        asked = Operation.objects.filter(target=account_target(account), kind=EXAMINE).order_by("-id")
        latest = asked.first()
        running = latest if latest is not None and latest.is_active else None
        failed = latest if latest is not None and latest.state == Operation.State.FAILED else None
        found.append(ExaminedAccount(account, getattr(account, "examination", None), running, failed, counts.get(account.pk, {})))
    return found


def dangers_for(actor: User, at_most: int) -> Sequence[FoundProblem]:
    """What needs somebody today, for Overview."""
    rows = visible_findings(actor).filter(dismissed_at=None, severity=FoundProblem.Severity.DANGER)
    return list(rows.select_related("account", "distribution", "bucket").order_by("-first_seen", "-pk")[:at_most])
