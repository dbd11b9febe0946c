"""Reading distributions and signing keys for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from cdnadmin.accounts.models import AuditEntry, AwsAccount, User
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.operations.models import Operation
from distributions.addresses import distribution_url
from distributions.models import AccountInventory, ConfigurationVersion, Distribution, Propagation, SigningKey
from distributions.names import counted

PAGE_SIZE = 50
COUNTED_AT_MOST = 5_000
# How many past changes an estimate is made of.
REMEMBERED = 50


class BoundedPaginator[M: Model](Paginator[M]):
    """Counts no further than anybody pages: a count over a million rows would cost more than the page."""

    @cached_property
    def count(self) -> int:
        found: QuerySet[M] = self.object_list  # type: ignore[assignment]
        return found.order_by()[:COUNTED_AT_MOST].count()


def visible_distributions(actor: User) -> QuerySet[Distribution]:
    """The twin of `may`: what this person can see at all."""
    return Distribution.objects.all() if may(actor, Action.VIEW_DISTRIBUTIONS) else Distribution.objects.none()


def page_of_distributions(
    *, actor: User, number: object = 1, search: str = "", status: str = "", kind: str = "", drift: str = "", open: str = ""
) -> Page[Distribution]:
    """One page, newest first. `search` looks at name, domain, CloudFront's id, comment and bucket."""
    found = visible_distributions(actor).select_related("account", "bucket")
    search = search.strip()
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(domain_name__icontains=search)
            | Q(aws_id__iexact=search)
            | Q(comment__icontains=search)
            | Q(bucket__name__icontains=search)
        )
    if status in Distribution.Status.values:
        found = found.filter(status=status)
    if kind in Distribution.Kind.values:
        found = found.filter(kind=kind)
    if drift:
        found = found.filter(drift__isnull=False)
    if open:
        found = found.filter(privacy_verdict="open", is_served=True)
    return BoundedPaginator(found, PAGE_SIZE).get_page(str(number or 1))


def find_distribution(*, actor: User, public_id: str) -> Distribution:
    """One with all that its page shows. Raises Distribution.DoesNotExist, also where this person can't see it."""
    related = ("account", "bucket", "origin_access", "key_group", "signing_key", "drift")
    return visible_distributions(actor).select_related(*related).get(public_id=public_id)


@dataclass(frozen=True)
class Estimate:
    """How long a change of this account takes to reach the edges, in seconds: half, and nine in ten, end before.

    Both None while the account has no history.
    """

    median: float | None
    ninety: float | None


def estimate_propagation(account: AwsAccount) -> Estimate:
    recent = list(
        Propagation.objects.filter(account=account).order_by("-finished_at").values_list("seconds", flat=True)[:REMEMBERED]
    )
    if not recent:
        return Estimate(None, None)
    if len(recent) == 1:
        return Estimate(recent[0], recent[0])
    tenths = quantiles(recent, n=10, method="inclusive")
    return Estimate(tenths[4], tenths[8])


@dataclass(frozen=True)
class Progress:
    """A change on its way to the edges: seconds since it was sent, the estimate, and how full a bar is (0 to 95)."""

    begun_at: datetime
    elapsed: float
    estimate: Estimate
    percent: int | None


def propagation_progress(distribution: Distribution) -> Progress | None:
    """None unless a change is on its way."""
    begun = distribution.changed_at
    if distribution.status != Distribution.Status.IN_PROGRESS or begun is None:
        return None
    elapsed = max(0.0, (timezone.now() - begun).total_seconds())
    estimate = estimate_propagation(distribution.account)
    # Never full before it is: an estimate is no promise.
    percent = min(95, int(100 * elapsed / estimate.median)) if estimate.median else None
    return Progress(begun, elapsed, estimate, percent)


def activity_of(distribution: Distribution) -> QuerySet[AuditEntry]:
    """Who did what to it, newest first."""
    return AuditEntry.objects.filter(target=distribution.reference).select_related("actor").order_by("-id")


def list_signing_keys(*, search: str = "") -> QuerySet[SigningKey]:
    """Newest first, each with its public halves and how many distributions sign with it (`used_by`)."""
    found = SigningKey.objects.annotate(used_by=Count("distributions", distinct=True)).order_by("-created_at", "-id")
    search = search.strip()
    if search:
        found = found.filter(Q(name__icontains=search) | Q(public_keys__aws_id__iexact=search)).distinct()
    return found.prefetch_related("public_keys__account", "public_keys__key_groups")


def picture_addresses(*, at_most: int = 60) -> list[str]:
    """Where pictures of public assets may come from: the newest public distributions, so many as a header can hold."""
    found = Distribution.objects.filter(kind=Distribution.Kind.PUBLIC).exclude(domain_name="").select_related("account")
    return [distribution_url(distribution) for distribution in found[:at_most]]


def page_of_versions(distribution: Distribution, *, number: object = 1, search: str = "") -> Page[ConfigurationVersion]:
    """Every configuration that it had, newest first. `search` looks at who and what it was called."""
    found = distribution.versions.defer("config").order_by("-number")
    if search:
        found = found.filter(Q(title__icontains=search) | Q(actor_label__icontains=search))
    return BoundedPaginator(found, PAGE_SIZE).get_page(str(number or 1))


@dataclass(frozen=True)
class AccountState:
    """What is known of an account's CloudFront: what was found, what runs now, what failed last."""

    account: AwsAccount
    inventory: AccountInventory | None
    running: Operation | None
    failed: Operation | None
    drifted: int

    @property
    def found(self) -> list[str]:
        return counted(dict(sorted(self.inventory.found.items()))) if self.inventory else []


def account_states() -> list[AccountState]:
    """Every account, by its label."""
    states = []
    for account in AwsAccount.objects.select_related("inventory"):
        asked = Operation.objects.filter(target=f"account:{account.public_id}", kind__in=("import_account", "check_drift"))
        latest = asked.order_by("-id").first()
        running = asked.filter(state__in=Operation.ACTIVE).order_by("-id").first()
        failed = latest if latest is not None and latest.state == Operation.State.FAILED else None
        drifted = Distribution.objects.filter(account=account, drift__isnull=False)[:COUNTED_AT_MOST].count()
        states.append(AccountState(account, getattr(account, "inventory", None), running, failed, drifted))
    return states


def publishable_distributions() -> QuerySet[Distribution]:
    """Those into which files can be put, newest first. `Distribution.is_publishable` says the same of one."""
    return (
        Distribution.objects.filter(family=Distribution.Family.WEB, bucket__isnull=False)
        .exclude(status__in=[Distribution.Status.FAILED, Distribution.Status.GONE])
        .exclude(arn="")
        # Where the key is missing, comparing alone would be neither true nor false, and leave the row out.
        .exclude(config__has_key="ConnectionMode", config__ConnectionMode="tenant-only")
        .exclude(config__has_key="Staging", config__Staging=True)
        .order_by("-created_at", "-pk")
    )
