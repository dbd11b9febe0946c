"""The distribution that an operation is about, and how it is connected."""

from __future__ import annotations

from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws.session import Connection
from cdnadmin.errors import NotReady
from cdnadmin.operations.models import Operation
from distributions.models import Distribution


def load_distribution(operation: Operation) -> Distribution:
    """The operation's distribution, with everything that its steps look at. One query."""
    public_id = operation.target.partition(":")[2]
    found = Distribution.objects.select_related("account", "bucket", "origin_access", "key_group", "signing_key")
    distribution = found.filter(public_id=public_id).first()
    if distribution is None:
        raise NotReady("This distribution is no longer known here.", code="no_such_distribution")
    return distribution


def connect(distribution: Distribution) -> Connection:
    return connection_for(distribution.account)


def reopen(operation: Operation) -> Distribution:
    """As `load_distribution`; one that failed before shows again as under way."""
    distribution = load_distribution(operation)
    if distribution.status == Distribution.Status.FAILED:
        distribution.status = Distribution.Status.IN_PROGRESS if distribution.changed_at else Distribution.Status.CREATING
        distribution.save(update_fields=["status"])
    return distribution
