"""What the first page shows, each part only for whom it is. Its cost does not grow with what there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Prefetch
from django.db.models.functions import TruncDate
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.operations.models import Operation
from cdnadmin.operations.queries import active_operations
from media.cards import Card, card_of
from media.models import AssetVersion, MediaObject, ShareVisit
from media.queries.attention import Attention, attention_for
from media.queries.guide import Guide, guide_for
from media.queries.library import COUNT_LIMIT, visible_assets
from media.queries.share import visible_links

RUNNING_SHOWN = 5
NEWEST_SHOWN = 4
DAYS = 7
VISITS_COUNTED = 10_000
ENDING_COUNTED = 99
# Of the chart of visits, in its own units.
CHART_WIDTH, CHART_HEIGHT = 280, 64

_MOVING = {AssetVersion.State.UPLOADING, AssetVersion.State.PUBLISHING, AssetVersion.State.DELETING}


@dataclass(frozen=True)
class Running:
    """The newest that have not ended, and whether there are more."""

    operations: list[Operation]
    is_more: bool


@dataclass(frozen=True)
class Newest:
    cards: list[Card]
    count: int

    @property
    def count_label(self) -> str:
        return f"{COUNT_LIMIT:,}+" if self.count > COUNT_LIMIT else f"{self.count:,}"

    @property
    def is_live(self) -> bool:
        return any(card.version is not None and card.version.state in _MOVING for card in self.cards)


@dataclass(frozen=True)
class Day:
    """Visits of one day, and its bar in the chart."""

    date: date
    visits: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Links:
    """Visits of share links a day, the last one today; how many open links end within as many days."""

    days: list[Day]
    visits: int
    ending: int

    @property
    def visits_label(self) -> str:
        return f"{VISITS_COUNTED:,}+" if self.visits >= VISITS_COUNTED else f"{self.visits:,}"

    @property
    def ending_label(self) -> str:
        return f"{ENDING_COUNTED}+" if self.ending > ENDING_COUNTED else str(self.ending)


@dataclass(frozen=True)
class Home:
    """None stands for a part that is not for this person."""

    guide: Guide | None
    attention: Attention | None
    running: Running | None
    newest: Newest
    links: Links | None

    @property
    def is_live(self) -> bool:
        """Whether something that is shown changes by itself."""
        return bool((self.guide and self.guide.is_live) or (self.running and self.running.operations) or self.newest.is_live)


def home_for(actor: User, *, with_guide: bool = True) -> Home:
    attention = attention_for(actor)
    return Home(
        guide=guide_for(actor) if with_guide else None,
        attention=attention,
        running=_running(actor),
        # Who has nothing to look after has more of the library to look at.
        newest=_newest(actor, NEWEST_SHOWN if attention else 2 * NEWEST_SHOWN),
        links=_links(actor),
    )


def _running(actor: User) -> Running | None:
    if not may(actor, Action.VIEW_OPERATIONS):
        return None
    found = list(active_operations()[: RUNNING_SHOWN + 1])
    return Running(found[:RUNNING_SHOWN], is_more=len(found) > RUNNING_SHOWN)


def _newest(actor: User, shown: int) -> Newest:
    found = visible_assets(actor)
    rows = (
        found.order_by("-created_at", "-pk")
        .select_related("distribution__account", "current_version__upload")
        .prefetch_related(Prefetch("current_version__objects_at_s3", queryset=MediaObject.objects.select_related("bucket")))
    )
    return Newest([card_of(asset) for asset in rows[:shown]], found.order_by()[: COUNT_LIMIT + 1].count())


def _links(actor: User) -> Links | None:
    if not may(actor, Action.MAKE_SHARE_LINK):
        return None
    now = timezone.now()
    since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    visits = ShareVisit.objects.all()
    if not may(actor, Action.MANAGE_SHARE_LINKS):
        visits = visits.filter(link__in=visible_links(actor))
    # Visits are only ever added: the newest by key are the newest, and no more of them are read than are counted.
    counted = visits.order_by("-pk").values("pk")[:VISITS_COUNTED]
    per_day = dict(
        ShareVisit.objects.filter(pk__in=counted, at__gte=since)
        .order_by()
        .annotate(day=TruncDate("at"))
        .values_list("day")
        .annotate(visits=Count("pk"))
    )
    ending = visible_links(actor).filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + timedelta(days=DAYS))
    return Links(
        days=_bars([(day, per_day.get(day, 0)) for day in (since.date() + timedelta(days=n) for n in range(DAYS))]),
        visits=sum(per_day.values()),
        ending=ending.order_by()[: ENDING_COUNTED + 1].count(),
    )


def _bars(days: list[tuple[date, int]]) -> list[Day]:
    """A day without visits keeps a line of its own at the bottom."""
    most = max(visits for _, visits in days) or 1
    pace = CHART_WIDTH // len(days)
    bars = []
    for index, (day, visits) in enumerate(days):
        height = max(2, CHART_HEIGHT * visits // most)
        bars.append(Day(day, visits, x=index * pace + 4, y=CHART_HEIGHT - height, width=pace - 8, height=height))
    return bars
