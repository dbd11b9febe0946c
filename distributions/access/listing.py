"""The list of origin accesses, each with what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Q, QuerySet

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from distributions.access.uses import Served, served_by
from distributions.models import OriginAccess
from distributions.queries import PAGE_SIZE, BoundedPaginator


@dataclass(frozen=True)
class ListedAccess:
    access: OriginAccess
    served: Served


def visible_origin_accesses(actor: User) -> QuerySet[OriginAccess]:
    """The twin of `may`: what this person can see at all."""
    return OriginAccess.objects.all() if may(actor, Action.VIEW_DISTRIBUTIONS) else OriginAccess.objects.none()


def page_of_origin_accesses(*, actor: User, number: object = 1, search: str = "", type: str = "") -> Page[Any]:
    """One page of ListedAccess, newest first. `search` looks at the name and AWS's id.

    One small query for each row of the page: a count over all of them would walk through a million distributions.
    """
    found = visible_origin_accesses(actor).select_related("account").order_by("-created_at", "-id")
    search = search.strip()
    if search:
        found = found.filter(Q(name__icontains=search) | Q(aws_id__iexact=search))
    if type in OriginAccess.Type.values:
        found = found.filter(type=type)
    page: Page[Any] = BoundedPaginator(found, PAGE_SIZE).get_page(str(number or 1))
    page.object_list = [ListedAccess(access, served_by(access)) for access in page.object_list]
    return page
