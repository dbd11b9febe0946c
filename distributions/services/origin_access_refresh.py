"""Origin accesses as AWS has them now: new ones come in, renamed ones are renamed, deleted ones go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws.origin_access import SeenOac, SeenOai
from distributions.access.ensuring import is_there
from distributions.identities import called, forget_access, remember_access, take_over
from distributions.models import OriginAccess

# Of each kind: twenty pages of AWS's lists. Its quotas begin at 100.
LISTED = 2_000
# Those that the lists lack are asked for one by one, since lists lag behind.
CONFIRMED = 25


@dataclass(frozen=True)
class Refreshed:
    """How many of each. `gone`: kept as deleted, since distributions name them; `whole`: nothing was left for next time."""

    new: int
    renamed: int
    gone: int
    removed: int
    whole: bool

    @property
    def changed(self) -> bool:
        return bool(self.new or self.renamed or self.gone or self.removed)

    @property
    def words(self) -> str:
        counts = ((self.new, "new"), (self.renamed, "renamed"), (self.gone, "deleted at AWS"), (self.removed, "gone from here"))
        said = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing has changed"
        return said if self.whole else f"{said}; there are more than can be read at once, look again"


def refresh_origin_accesses(*, actor: User, account: AwsAccount) -> Refreshed:
    """Read what AWS lists, at most 40 pages and 25 single reads. Raises AwsError, NotAllowed."""
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    began, connection = timezone.now(), connection_for(account)
    controls = list(islice(aws_access.iterate_origin_access_controls(connection), LISTED + 1))
    identities = list(islice(aws_access.iterate_origin_access_identities(connection), LISTED + 1))
    seen: list[SeenOac | SeenOai] = [*controls, *identities]
    whole = len(controls) <= LISTED and len(identities) <= LISTED
    new, renamed = _take_in(account, seen)
    gone = removed = 0
    if whole:
        listed = {each.id for each in seen}
        missing = [row for row in _rows_before(account, began) if row.aws_id not in listed]
        whole = len(missing) <= CONFIRMED
        for row in missing[:CONFIRMED]:
            was_known = row.gone_at is not None
            if not was_known and is_there(row):
                continue
            if forget_access(row):
                removed += 1
            elif not was_known:
                gone += 1
    refreshed = Refreshed(new, renamed, gone, removed, whole)
    if refreshed.changed:
        with transaction.atomic():
            counts = {"new": new, "renamed": renamed, "deleted at AWS": gone, "gone from here": removed}
            target = f"aws account:{account.public_id}"
            record(actor=actor, action="refresh_origin_accesses", target=target, label=account.label, after=counts)
    return refreshed


def _take_in(account: AwsAccount, seen: list[SeenOac | SeenOai]) -> tuple[int, int]:
    rows = {row.aws_id: row for row in OriginAccess.objects.filter(account=account)}
    new = renamed = 0
    for each in seen:
        row = rows.get(each.id)
        if row is None:
            remember_access(account=account, seen=each)
            new += 1
            continue
        is_other = row.name != called(each)[:128]
        if is_other or row.gone_at or (isinstance(each, SeenOac) and row.config != each.config):
            take_over(row, each)
            renamed += is_other
    return new, renamed


def _rows_before(account: AwsAccount, moment: datetime) -> list[OriginAccess]:
    """Those that were here before AWS was asked, the ones known to be gone last: nothing needs to be read of them."""
    found = OriginAccess.objects.filter(account=account, created_at__lt=moment).select_related("account")
    return sorted(found, key=lambda row: row.gone_at is not None)
