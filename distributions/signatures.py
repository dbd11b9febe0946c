"""Which keys can sign, as far as is known here, and what was signed with them and is still valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from cdnadmin.accounts.models import AwsAccount
from distributions.configuration.consequences import Consequence
from distributions.configuration.ending_links import Links, ending_links
from distributions.models import Distribution, HandedSignature, KeyGroup, PublicKey
from distributions.names import names_of


@dataclass(frozen=True)
class Valid:
    """So many signatures handed out are still valid, the last until then."""

    count: int
    last: datetime


def _valid(distribution: Distribution) -> QuerySet[HandedSignature]:
    return HandedSignature.objects.filter(distribution=distribution, expires_at__gt=timezone.now())


def valid_by_key(distribution: Distribution) -> dict[str, Valid]:
    """By key id, for keys with any."""
    rows = _valid(distribution).values_list("public_key__aws_id").annotate(count=Count("id"), last=Max("expires_at"))
    return {key: Valid(count, last) for key, count, last in rows.order_by()}


def valid_links(distribution: Distribution) -> Iterator[Links]:
    """By key and path: many signatures of one path are one row."""
    rows = _valid(distribution).values_list("public_key__aws_id", "resource").annotate(count=Count("id"), last=Max("expires_at"))
    for key, resource, count, last in rows.order_by().iterator():
        yield Links(key, urlsplit(resource).path or "*", count, last)


def known_keys(distribution: Distribution) -> dict[str, tuple[str, ...]]:
    """Key ids by key group or account: as AWS named them last, else as the account's rows here have them.

    A group whose keys are not here is left out: it is not known, which is another thing than having none.
    """
    groups = KeyGroup.objects.filter(account_id=distribution.account_id).exclude(aws_id="").prefetch_related("public_keys")
    here = {group.aws_id: tuple(key.aws_id for key in group.public_keys.all() if key.aws_id) for group in groups}
    answered = {id: tuple(keys) for id, keys in distribution.active_signers.items()}
    return {**{id: keys for id, keys in here.items() if keys}, **answered}


def key_names(account: AwsAccount) -> dict[str, str]:
    """What the account's public keys are called here, by key id."""
    rows = PublicKey.objects.filter(account=account).exclude(aws_id="")
    return dict(rows.values_list("aws_id", "signing_key__name"))


def links_that_end(distribution: Distribution, before: dict[str, Any], after: dict[str, Any]) -> list[Consequence]:
    """Which links the change from one configuration to another ends, in sentences."""
    return ending_links(
        before,
        after,
        keys=known_keys(distribution),
        names={**names_of(distribution.account), **key_names(distribution.account)},
        links=lambda: valid_links(distribution),
    )
