"""Looking an account through: its credentials, its buckets, each distribution; what is found is written down as it goes."""

from __future__ import annotations

import time
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cdnadmin.accounts.models import Bucket
from cdnadmin.accounts.permissions import Action
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Again, Kind, Next, Outcome, Step, registry
from cdnadmin.operations.services import record_progress
from distributions.access.bucket_truth import look_at_bucket
from distributions.budget import Background, in_background, load_account
from distributions.doctor.asking import ask_account, passes
from distributions.doctor.assembling import bucket_site, places_of, site_of
from distributions.doctor.checks import look_at_distribution, look_at_site
from distributions.doctor.examining import EXAMINE
from distributions.doctor.findings import Finding
from distributions.doctor.keeping import keep_findings
from distributions.doctor.known import Known
from distributions.doctor.permissions import ask_permissions, check_permissions, features_in_use
from distributions.doctor.places import Places
from distributions.models import Distribution, Examination, FoundProblem

# A delivery ends well before the broker's visibility time-out.
PIECE_SECONDS = 30.0
# Read whole before any is looked at: SQLite lets nobody write who still reads what was true before another's write.
AT_ONCE, BUCKETS_A_PIECE = 20, 50


@in_background
def ask_once(operation: Operation, work: Background) -> Outcome:
    """What is the same for all of the account. Where only what was changed is looked at, what was known of it serves again."""
    examination, _ = Examination.objects.get_or_create(account=work.account)
    if _only(operation) is not None and examination.known:
        return Next("As it was known")
    began = timezone.now()
    record_progress(operation, data={"began": began.isoformat()})
    known, permissions = ask_account(work), ask_permissions(work)
    Examination.objects.filter(pk=examination.pk).update(known=known.as_json(), permissions=permissions, began_at=began)
    findings = list(check_permissions(permissions, features_in_use(work.account), work.account.label))
    findings += _account_switches(work)
    keep_findings(work.account, findings, timezone.now())
    return Next(f"{len(findings)} found of the account itself" if findings else "Its credentials can do what is in use")


def _account_switches(work: Background) -> list[Finding]:
    """As the first bucket that was looked at says: they are the same for all."""
    bucket = work.account.buckets.order_by("pk").first()
    if bucket is None:
        return []
    truth = look_at_bucket(bucket=bucket)
    if truth.error or "account_switches" in truth.unread or truth.account_switches:
        return []
    sentence = f"Block Public Access is off for “{work.account.label}” as a whole: each bucket depends on its own switches."
    return [Finding("account-switches-off", sentence)]


def examine_buckets(operation: Operation) -> Outcome:
    """Each bucket: S3 is asked what is true of it now."""
    account, known = load_account(operation), _known(operation)
    rows = Bucket.objects.select_related("account").filter(account=account, pk__gt=operation.data.get("bucket", 0)).order_by("pk")
    only = _only(operation)
    if only is not None:
        rows = rows.filter(distributions__public_id__in=only).distinct()
    ends, done = time.monotonic() + PIECE_SECONDS, operation.data.get("buckets", 0)
    for bucket in rows[:BUCKETS_A_PIECE]:
        truth = look_at_bucket(bucket=bucket)
        keep_findings(account, look_at_site(bucket_site(bucket, truth, known)), timezone.now(), bucket=bucket)
        done += 1
        record_progress(operation, note=f"{done} buckets looked at", data={"bucket": bucket.pk, "buckets": done})
        if time.monotonic() > ends:
            return Again()
    if rows.filter(pk__gt=operation.data.get("bucket", 0)).exists():
        return Again()
    return Next(f"{done} bucket{'' if done == 1 else 's'} looked at")


@in_background
def examine_distributions(operation: Operation, work: Background) -> Outcome:
    """Each distribution, by its position: where a worker was killed it goes on."""
    left = _distributions(operation, work)
    if "total" not in operation.data:
        record_progress(operation, total=left.count(), data={"total": left.count()})
    places, known = places_of(work.account), _known(operation)
    ends, done = time.monotonic() + PIECE_SECONDS, operation.data.get("distributions", 0)
    while chunk := list(left.filter(pk__gt=operation.data.get("after", 0)).order_by("pk")[:AT_ONCE]):
        for distribution in chunk:
            examine_one(distribution, known, places, work.connection)
        done += len(chunk)
        record_progress(operation, done=done, note=f"{done} looked at", data={"after": chunk[-1].pk, "distributions": done})
        if time.monotonic() > ends:
            return Again()
    return Next(f"{done} distribution{'' if done == 1 else 's'} looked at")


def examine_one(distribution: Distribution, known: Known, places: Places, connection: Connection) -> None:
    """What can't be asked of it now says nothing new: its findings stay as they were."""
    try:
        site = site_of(distribution, known, places, connection)
    except AwsError as error:
        if passes(error):
            raise
        return
    keep_findings(distribution.account, look_at_distribution(site), timezone.now(), distribution=distribution)


def _distributions(operation: Operation, work: Background) -> QuerySet[Distribution]:
    related = ("account", "bucket", "origin_access", "key_group", "signing_key", "drift")
    rows = Distribution.objects.select_related(*related).filter(account=work.account, pk__gt=operation.data.get("after", 0))
    only = _only(operation)
    return rows if only is None else rows.filter(public_id__in=only)


def conclude(operation: Operation) -> Outcome:
    """What was not met in a whole examination is there no more."""
    account = load_account(operation)
    began = parse_datetime(operation.data.get("began", ""))
    if _only(operation) is None and began is not None:
        old = FoundProblem.objects.filter(account=account, gone_at=None, last_seen__lt=began)
        old.filter(place="account").update(gone_at=timezone.now())
        Examination.objects.filter(account=account).update(finished_at=timezone.now())
    Examination.objects.filter(account=account).update(changes_until=_asked_at(operation))
    open_now = FoundProblem.objects.filter(account=account, gone_at=None, dismissed_at=None).count()
    return Next(f"{open_now} to look at" if open_now else "Nothing to mend")


def _asked_at(operation: Operation) -> datetime:
    """What was changed after it was asked for may have been looked at too early."""
    return operation.created_at


def _only(operation: Operation) -> list[str] | None:
    """Public ids of the distributions that it is about; None: all of them."""
    found = operation.input.get("only")
    return list(found) if found is not None else None


def _known(operation: Operation) -> Known:
    examination = Examination.objects.filter(account=load_account(operation)).first()
    return Known.from_json(examination.known if examination else {})


def register() -> None:
    registry.register(
        Kind(
            name=EXAMINE,
            label="Examine an account",
            steps=(
                Step("ask", "See what the credentials may do, and what the account has", ask_once),
                Step("buckets", "Look at each bucket", examine_buckets),
                Step("distributions", "Look at each distribution", examine_distributions),
                Step("conclude", "Say what it comes to", conclude),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
        )
    )
