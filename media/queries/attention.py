"""What needs a person: work that failed, accounts whose test did; each with why and with the way to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.operations.models import Operation
from cdnadmin.operations.queries import manages
from distributions.doctor.listing import dangers_for
from distributions.models import Distribution, FoundProblem
from distributions.queries import visible_distributions
from media.models import Asset, AssetVersion
from media.queries.library import visible_assets

SHOWN = 5
# Read of each sort: what is beyond is told as "more".
READ = 20
DAYS = 7
# Failed files are looked for among so many newest versions: their state has no index of its own.
VERSIONS_LOOKED_AT = 1_000

_COULD_NOT = {
    "create_distribution": "could not be created",
    "update_distribution": "could not be changed",
    "delete_distribution": "could not be deleted",
    "succeed_distribution": "could not take the place of its RTMP distribution",
    "keep_distribution": "could not be enabled again",
    "repair_grants": "could not have its files’ permissions looked through",
    "publish_asset": "could not be published",
    "delete_asset": "could not be deleted",
}


@dataclass(frozen=True)
class Concern:
    """One line: “`subject` `problem`”, and `why` below. `route` and `public_id` lead to its page.

    `retry` is the id of the operation to try again, "" where that is not this person's or not the way.
    """

    subject: str
    problem: str
    why: str
    route: str
    public_id: str
    at: datetime | None
    retry: str = ""
    mend: str = "Open it"


@dataclass(frozen=True)
class Attention:
    """The newest `shown`, and how many there are; "20+" where nobody counted to the end."""

    shown: list[Concern]
    count: int
    is_more: bool

    @property
    def count_label(self) -> str:
        return f"{self.count}+" if self.is_more else str(self.count)


def attention_for(actor: User) -> Attention | None:
    """None for people who could do nothing about it."""
    if not may(actor, Action.VIEW_OPERATIONS):
        return None
    operations = list(_failed_operations(actor))
    distributions = {row.reference: row for row in _failed_distributions(actor)}
    assets = {f"asset:{row.public_id}": row for row in _failed_assets(actor)}
    is_more = max(len(operations), len(distributions), len(assets)) > READ
    known = {**_targets(actor, operations), **distributions, **assets}
    concerns = [
        _of_operation(actor, each, known.get(each.target)) for each in operations if not _is_gone(each, known.get(each.target))
    ]
    # The row and the operation that it failed in are one concern.
    told = {each.target for each in operations}
    concerns += [_of_distribution(row) for target, row in distributions.items() if target not in told]
    concerns += [_of_asset(row) for target, row in assets.items() if target not in told]
    concerns += [_of_drift(row) for row in _drifted_distributions(actor)]
    concerns += [_of_opening(row) for row in _open_distributions(actor)]
    concerns += [_of_danger(row) for row in dangers_for(actor, READ)]
    concerns += [_of_account(row) for row in _failed_accounts(actor)]
    long_ago = timezone.now() - timedelta(days=36_500)
    concerns.sort(key=lambda each: each.at or long_ago, reverse=True)
    return Attention(shown=concerns[:SHOWN], count=len(concerns), is_more=is_more)


def _failed_operations(actor: User) -> Iterable[Operation]:
    """Of the last days, unless something newer was done to the same target."""
    newer = Operation.objects.filter(target=OuterRef("target"), lane=OuterRef("lane")).filter(
        Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__gt=OuterRef("pk"))
    )
    since = timezone.now() - timedelta(days=DAYS)
    failed = Operation.objects.filter(state=Operation.State.FAILED, finished_at__gte=since)
    return failed.filter(~Exists(newer)).order_by("-finished_at")[: READ + 1]


def _failed_distributions(actor: User) -> Iterable[Distribution]:
    wrong = (Distribution.Status.FAILED, Distribution.Status.GONE)
    return visible_distributions(actor).filter(status__in=wrong).order_by("-created_at", "-pk")[: READ + 1]


def _drifted_distributions(actor: User) -> Iterable[Distribution]:
    return visible_distributions(actor).filter(drift__isnull=False).order_by("-drift_found_at")[: READ + 1]


def _open_distributions(actor: User) -> Iterable[Distribution]:
    return visible_distributions(actor).filter(privacy_verdict="open", is_served=True).order_by("-privacy_open_since")[: READ + 1]


def _failed_assets(actor: User) -> Iterable[Asset]:
    if not may(actor, Action.UPLOAD_MEDIA):
        return []
    newest = AssetVersion.objects.order_by("-pk").values("pk")[:VERSIONS_LOOKED_AT]
    failed = AssetVersion.objects.filter(pk__in=newest, state=AssetVersion.State.FAILED).values("pk")
    found = visible_assets(actor).filter(current_version__in=failed).select_related("current_version")
    return found.order_by("-current_version")[: READ + 1]


def _failed_accounts(actor: User) -> Iterable[AwsAccount]:
    if not may(actor, Action.MANAGE_ACCOUNTS):
        return []
    return AwsAccount.objects.filter(tested_at__isnull=False, test_result__ok=False).order_by("-tested_at")[:READ]


def _targets(actor: User, operations: list[Operation]) -> dict[str, Distribution | Asset]:
    """The rows that these operations are about, by target."""
    named: dict[str, list[str]] = {"distribution": [], "asset": []}
    for operation in operations:
        kind, _, public_id = operation.target.partition(":")
        named.get(kind, []).append(public_id)
    distributions = visible_distributions(actor).filter(public_id__in=named["distribution"])
    assets = visible_assets(actor).filter(public_id__in=named["asset"])
    return {row.reference: row for row in distributions} | {f"asset:{row.public_id}": row for row in assets}


def _is_gone(operation: Operation, row: Distribution | Asset | None) -> bool:
    """What it was about was deleted or discarded: nothing is left to mend."""
    return row is None and operation.target.startswith(("distribution:", "asset:"))


def _of_operation(actor: User, operation: Operation, row: Distribution | Asset | None) -> Concern:
    retry = operation.public_id if manages(actor, operation) else ""
    if row is None or operation.kind not in _COULD_NOT:
        subject, problem, route, public_id = operation.title, "failed", "operation_detail", operation.public_id
    else:
        subject, problem, public_id = str(row), _COULD_NOT[operation.kind], row.public_id
        route = "distribution_detail" if isinstance(row, Distribution) else "asset_detail"
    why = operation.error_message or "Its history says more."
    return Concern(subject, problem, why, route, public_id, operation.finished_at, retry=retry)


def _of_distribution(row: Distribution) -> Concern:
    if row.aws_id:
        problem, why = "is gone at CloudFront", "It was deleted outside cdnadmin; nobody can open its files through it."
    else:
        problem, why = "could not be created", "It does not exist at CloudFront. Its page says what is left to do."
    return Concern(row.name, problem, why, "distribution_detail", row.public_id, row.seen_at or row.created_at)


def _of_drift(row: Distribution) -> Concern:
    why = "Somebody changed it at AWS, and viewers meet that. Keep theirs, or put ours back."
    return Concern(row.name, "was changed outside", why, "distribution_drift", row.public_id, row.drift_found_at, mend="Compare")


def _of_opening(row: Distribution) -> Concern:
    why = "Somebody without a good signature was given what should be refused. Its page says by which way, and since when."
    if not row.is_private:
        why = "Files can be had past CloudFront. Its page says by which way, and since when."
    return Concern(row.name, "is open where it should not be", why, "distribution_detail", row.public_id, row.privacy_open_since)


def _of_danger(row: FoundProblem) -> Concern:
    subject = row.distribution.name if row.distribution else row.bucket.name if row.bucket else row.account.label
    return Concern(subject, "is in danger", row.sentence, "doctor_finding", row.public_id, row.first_seen, mend="See the doctor")


def _of_asset(row: Asset) -> Concern:
    version = row.current_version
    why = (version.error_message if version else "") or "Its page says more."
    return Concern(row.title, "failed", why, "asset_detail", row.public_id, version.created_at if version else row.created_at)


def _of_account(row: AwsAccount) -> Concern:
    failed = [check for check in row.test_result.get("checks", []) if not check.get("ok")]
    why = f"{failed[0]['label']}: {failed[0]['message']}" if failed else "The last test of its connection failed."
    if len(failed) > 1:
        why += f" And {len(failed) - 1} more."
    # A time-out is no refusal, and it may work by now: what is known is how the last test went. `at` says when.
    problem = "did not work when last tested"
    return Concern(row.label, problem, why, "aws_account_detail", row.public_id, row.tested_at, mend="See the test")
