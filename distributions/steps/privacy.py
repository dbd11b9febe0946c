"""Asking from outside whether a distribution is as private as it says, and writing down what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.permissions import Action
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Kind, Next, Outcome, Step, registry
from cdnadmin.operations.services import record_progress
from cdnadmin.probing import Probed, probe
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.asking import Question, files_to_ask_for, questions_about
from distributions.privacy.signatures import bad_ways, badly_signed
from distributions.privacy.watching import KIND, check_after_change, uncheckable_because
from distributions.steps.target import connect, load_distribution

KEPT = 20
# What CloudFront says to who has no signature where one is needed.
_ASKS_FOR_SIGNATURE = "MissingKey"
Outcomes = PrivacyProbe.Outcome


def choose_questions(operation: Operation) -> Outcome:
    """Decide what to ask, and write it down: a check that was begun goes on with the same questions."""
    distribution = load_distribution(operation)
    because = uncheckable_because(distribution)
    if because:
        return Done(because)
    if "check" in operation.data:
        return Next()
    keys = files_to_ask_for(connect(distribution), distribution)
    questions = questions_about(distribution, keys, signing=bad_ways(distribution))
    with transaction.atomic():
        check = PrivacyCheck.objects.create(
            distribution=distribution,
            trigger=operation.input.get("trigger", PrivacyCheck.Trigger.SCHEDULE),
            asked_by=str(operation.requested_by or ""),
        )
        PrivacyProbe.objects.bulk_create(
            PrivacyProbe(check_row=check, way=each.way, subject=each.subject[:300], address=each.address[:2048], wanted=each.wanted)
            for each in questions
        )
        record_progress(operation, total=len(questions), data={"check": check.pk, "signed": _signed(questions)})
    return Next(f"{len(questions)} ways to ask")


def _signed(questions: Iterable[Question]) -> dict[str, str]:
    return {each.way: each.signed for each in questions if each.signed}


def ask(operation: Operation) -> Outcome:
    """Each question once. What was answered before a worker ended stands."""
    distribution = load_distribution(operation)
    check = PrivacyCheck.objects.get(pk=operation.data["check"])
    done = check.probes.exclude(outcome="").count()
    for row in check.probes.filter(outcome=""):
        address, how = row.address, operation.data["signed"].get(row.way, "")
        if how:
            address = badly_signed(distribution, row.address, how)
        answer = probe(address) if address else Probed(None, unreachable="No key of ours can sign so.")
        _write(row, answer)
        done += 1
        record_progress(operation, done=done, note=f"{done} asked")
    return Next()


def _write(row: PrivacyProbe, answer: Probed) -> None:
    opens = answer.opens
    if row.way in {PrivacyProbe.Way.LISTING, PrivacyProbe.Way.EDGE_LISTING}:
        # An edge may answer "/" with a file: only a list of what lies there is a listing.
        opens = answer.listing if answer.status is not None else None
    elif row.way == PrivacyProbe.Way.BEHAVIOR and answer.status is not None:
        opens = answer.code != _ASKS_FOR_SIGNATURE
    row.outcome = Outcomes.UNREACHABLE if opens is None else Outcomes.OPEN if opens else Outcomes.REFUSED
    row.status, row.code = answer.status, answer.code
    row.detail = answer.unreachable or answer.cache
    if opens is None and answer.status is not None:
        row.detail = f"It answered {answer.status}, which says neither."
    row.save(update_fields=["outcome", "status", "code", "detail"])


def conclude(operation: Operation) -> Outcome:
    """What it comes to, and since when what is open is open."""
    distribution = load_distribution(operation)
    check = PrivacyCheck.objects.get(pk=operation.data["check"])
    if check.verdict:
        return Next(check.get_verdict_display())
    rows, now = list(check.probes.all()), timezone.now()
    before = _open_before(distribution, check)
    for row in rows:
        if row.outcome == Outcomes.OPEN:
            row.open_since = before.get((row.way, row.subject)) or check.began_at
    verdict = _verdict(distribution, rows)
    breaches = [row.open_since for row in rows if row.is_breach and row.open_since]
    with transaction.atomic():
        PrivacyProbe.objects.bulk_update(rows, ["open_since"])
        PrivacyCheck.objects.filter(pk=check.pk).update(verdict=verdict, finished_at=now)
        Distribution.objects.filter(pk=distribution.pk).update(
            privacy_verdict=verdict, privacy_checked_at=now, privacy_open_since=min(breaches) if breaches else None
        )
        old = PrivacyCheck.objects.filter(distribution=distribution).order_by("-began_at", "-id").values("pk")[KEPT:]
        PrivacyCheck.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
    return Next(str(PrivacyCheck.Verdict(verdict).label))


def _open_before(distribution: Distribution, check: PrivacyCheck) -> dict[tuple[str, str], Any]:
    """By way and subject, since when it stood open in the check before; what could not be asked then says nothing new."""
    last = PrivacyCheck.objects.filter(distribution=distribution).exclude(pk=check.pk).exclude(verdict="").first()
    if last is None:
        return {}
    return {(row.way, row.subject): row.open_since for row in last.probes.exclude(open_since=None)}


def _verdict(distribution: Distribution, rows: list[PrivacyProbe]) -> str:
    verdicts = PrivacyCheck.Verdict
    if any(row.is_breach for row in rows):
        return verdicts.OPEN
    if any(row.is_broken for row in rows):
        return verdicts.SHUT
    if any(row.outcome == Outcomes.UNREACHABLE and row.wanted for row in rows):
        return verdicts.UNKNOWN
    return verdicts.REFUSED if distribution.is_private else verdicts.PROMISED


def end_check(operation: Operation) -> None:
    """What was changed while it was asked is asked about anew: a check under way takes no second request."""
    check = PrivacyCheck.objects.select_related("distribution").filter(pk=operation.data.get("check")).first()
    if check is None or operation.state != Operation.State.SUCCEEDED:
        return
    changes = Operation.objects.filter(target=operation.target, lane="main", state=Operation.State.SUCCEEDED)
    if changes.filter(finished_at__gt=check.began_at).exists():
        check_after_change(check.distribution)


def register() -> None:
    registry.register(
        Kind(
            name=KIND,
            label="Ask from outside whether it is private",
            steps=(
                Step("choose", "Choose what to ask", choose_questions),
                Step("ask", "Ask the edge and S3 without credentials", ask),
                Step("conclude", "Say what it comes to", conclude),
            ),
            permission=Action.MANAGE_DISTRIBUTIONS,
            on_end=end_check,
        )
    )
