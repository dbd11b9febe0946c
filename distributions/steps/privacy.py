"""Asking from outside whether a distribution is as private as it says, and writing down what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.permissions import Action
from cdnadmin.accounts.services.endpoints import check_endpoint_still
from cdnadmin.aws import distributions as aws_distributions
from cdnadmin.errors import CdnadminError, InvalidInput
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Done, Kind, Next, Outcome, Step, Wait, registry
from cdnadmin.operations.services import record_progress
from cdnadmin.probing import Probed, connected_to, probe
from distributions.models import Distribution, PrivacyCheck, PrivacyProbe
from distributions.privacy.asking import Question, questions_about
from distributions.privacy.files import files_to_ask_for
from distributions.privacy.signatures import bad_ways, badly_signed
from distributions.privacy.watching import KIND, ask_again, uncheckable_because
from distributions.steps.target import connect, load_distribution

KEPT = 20
# What CloudFront says to who has no signature where one is needed.
_ASKS_FOR_SIGNATURE = "MissingKey"
# A change made outside takes minutes to the edges; after so long the check says what it meets.
ARRIVES_WITHIN = timedelta(minutes=30)
LOOK_EVERY_SECONDS = 60.0
# After so many hosts in vain, nobody can be reached from here.
SILENT_HOSTS = 3
Outcomes = PrivacyProbe.Outcome
Way = PrivacyProbe.Way


def choose_questions(operation: Operation) -> Outcome:
    """Decide what to ask, and write it down: a check that was begun goes on with the same questions."""
    distribution = load_distribution(operation)
    because = uncheckable_because(distribution)
    if because:
        return Done(because)
    if "check" in operation.data:
        return Next()
    if _is_on_its_way(operation):
        return Wait(LOOK_EVERY_SECONDS, note="CloudFront is still carrying a change to its edges")
    files = files_to_ask_for(connect(distribution), distribution)
    questions = questions_about(distribution, files, signing=bad_ways(distribution))
    with transaction.atomic():
        check = PrivacyCheck.objects.create(
            distribution=distribution,
            trigger=operation.input.get("trigger", PrivacyCheck.Trigger.SCHEDULE),
            asked_by=str(operation.requested_by or "")[:160],
        )
        PrivacyProbe.objects.bulk_create(_row(check, each) for each in questions)
        signed = {each.way: each.signed for each in questions if each.signed}
        made_up = [each.address for each in questions if each.made_up]
        record_progress(operation, total=len(questions), data={"check": check.pk, "signed": signed, "made_up": made_up})
    return Next(f"{len(questions)} ways to ask")


def _row(check: PrivacyCheck, asked: Question) -> PrivacyProbe:
    row = PrivacyProbe(check_row=check, way=asked.way, subject=asked.subject[:300], address=asked.address, wanted=asked.wanted)
    if asked.because:
        row.outcome, row.detail = Outcomes.UNREACHABLE, asked.because[:200]
    return row


def _is_on_its_way(operation: Operation) -> bool:
    """Whether a change from outside, after which it is asked, is still on its way to the edges. Ours are waited for."""
    changed = Distribution.objects.filter(public_id=operation.input.get("changed", "")).select_related("account", "drift").first()
    if changed is None or (changed.drift is None and not changed.managed_by):
        return False
    if timezone.now() - operation.created_at > ARRIVES_WITHIN:
        return False
    try:
        return aws_distributions.get_distribution(connect(changed), id=changed.aws_id).status != "Deployed"
    except CdnadminError:
        return False


def ask(operation: Operation) -> Outcome:
    """Each question once. What was answered before a worker ended stands."""
    distribution = load_distribution(operation)
    check = PrivacyCheck.objects.get(pk=operation.data["check"])
    done, made_up = check.probes.exclude(outcome="").count(), operation.data["made_up"]
    stranger = Stranger(urlsplit(distribution.account.endpoint_url).hostname or "127.0.0.1")
    for row in check.probes.filter(outcome=""):
        address, how = row.address, operation.data["signed"].get(row.way, "")
        if how:
            address = badly_signed(distribution, row.address, how)
        answer = stranger.ask(address, row.way) if address else Probed(None, unreachable="No key of ours can sign so.")
        _write(row, answer, made_up=row.address in made_up)
        done += 1
        record_progress(operation, done=done, note=f"{done} asked")
    return Next()


class Stranger:
    """Asks where this server may ask, and nobody again who gave no answer: each silence costs seconds."""

    def __init__(self, loopback: str) -> None:
        self._loopback = loopback
        self._silent: dict[str, Probed] = {}
        self._allowed: set[str] = set()

    def ask(self, address: str, way: str) -> Probed:
        parts = urlsplit(address)
        if parts.netloc in self._silent:
            return self._silent[parts.netloc]
        if len(self._silent) >= SILENT_HOSTS:
            return Probed(None, unreachable="It was not asked, since others gave no answer: can this server reach the internet?")
        whole = way in {Way.LISTING, Way.EDGE_LISTING}
        try:
            if parts.netloc not in self._allowed:
                check_endpoint_still(f"{parts.scheme}://{connected_to(parts, self._loopback)}")
                self._allowed.add(parts.netloc)
        except (InvalidInput, ValueError) as error:
            answer = Probed(None, unreachable=str(error)[:200])
        else:
            answer = probe(address, whole=whole, loopback=self._loopback)
            if answer.status is None:
                # A connection may have been lost on its way.
                answer = probe(address, whole=whole, loopback=self._loopback)
        if answer.status is None:
            self._silent[parts.netloc] = answer
        return answer


def _write(row: PrivacyProbe, answer: Probed, *, made_up: bool) -> None:
    opens = answer.opens
    if row.way in {Way.LISTING, Way.EDGE_LISTING}:
        # An edge may answer "/" with a file: only a list of what lies there is a listing.
        opens = answer.lists
    elif made_up and answer.status is not None:
        opens = _opens_without_file(row, answer)
    row.outcome = Outcomes.UNREACHABLE if opens is None else Outcomes.OPEN if opens else Outcomes.REFUSED
    row.status, row.code = answer.status, answer.code
    row.detail = answer.unreachable or answer.cache
    if opens is None and answer.status is not None:
        row.detail = f"It answered {answer.status} {answer.code}".rstrip() + ", which says neither."
    row.save(update_fields=["outcome", "status", "code", "detail"])


def _opens_without_file(row: PrivacyProbe, answer: Probed) -> bool | None:
    """Where nothing lies, a signature is asked for or not. A behavior that has none by its configuration opens what will."""
    if answer.code == _ASKS_FOR_SIGNATURE:
        return False
    passing = answer.status is not None and (300 <= answer.status < 400 or answer.status >= 500 or answer.status in {408, 429})
    if row.way == Way.BEHAVIOR:
        return None if passing else True
    return True if answer.opens else None


class _Before(NamedTuple):
    """Since when a way stood open by the check before, and whether it should not have."""

    since: datetime
    breach: bool


def conclude(operation: Operation) -> Outcome:
    """What it comes to, and since when what is open is open."""
    distribution = load_distribution(operation)
    check = PrivacyCheck.objects.get(pk=operation.data["check"])
    if check.verdict:
        return Next(check.get_verdict_display())
    rows, now = list(check.probes.all()), timezone.now()
    before = _open_before(distribution, check)
    for row in rows:
        last = before.get((row.way, row.subject))
        if row.outcome == Outcomes.OPEN:
            row.open_since = last.since if last else check.began_at
        elif row.outcome == Outcomes.UNREACHABLE and last is not None and last.breach:
            row.open_since = last.since
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


def _open_before(distribution: Distribution, check: PrivacyCheck) -> dict[tuple[str, str], _Before]:
    """By way and subject. What could not be asked the last time has it from the check before: it says nothing new."""
    last = PrivacyCheck.objects.filter(distribution=distribution).exclude(pk=check.pk).exclude(verdict="").first()
    found: dict[tuple[str, str], _Before] = {}
    for row in last.probes.exclude(open_since=None).order_by("-open_since") if last else ():
        if row.open_since is not None:
            found[row.way, row.subject] = _Before(row.open_since, row.is_breach)
    return found


def _verdict(distribution: Distribution, rows: list[PrivacyProbe]) -> str:
    verdicts = PrivacyCheck.Verdict
    if any(row.is_breach for row in rows):
        return verdicts.OPEN
    if any(row.is_broken for row in rows):
        return verdicts.SHUT
    told = [row.outcome for row in rows if row.wanted]
    if not told or Outcomes.UNREACHABLE in told:
        return verdicts.UNKNOWN
    return verdicts.REFUSED if distribution.is_private else verdicts.PROMISED


def end_check(operation: Operation) -> None:
    """However it ended, it had its turn. What was changed while strangers were asked is asked about anew: a check under way
    takes no second request.
    """
    now = timezone.now()
    distribution = Distribution.objects.filter(public_id=operation.target.partition(":")[2]).first()
    if distribution is None:
        return
    Distribution.objects.filter(pk=distribution.pk).update(privacy_checked_at=now)
    check = PrivacyCheck.objects.filter(pk=operation.data.get("check")).first()
    if check is not None and not check.verdict:
        PrivacyCheck.objects.filter(pk=check.pk).update(finished_at=now)
    said = Operation.objects.values_list("input", flat=True).get(pk=operation.pk)
    if "again_at" in said and (check is None or datetime.fromisoformat(said["again_at"]) > check.began_at):
        ask_again(distribution, changed=said.get("changed", ""))


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
