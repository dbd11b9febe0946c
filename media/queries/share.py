"""Share links for their list."""

from __future__ import annotations

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from media.models import ShareLink

STATES = (("open", "Open"), ("expired", "Expired"), ("revoked", "Taken back"))


def visible_links(actor: User) -> QuerySet[ShareLink]:
    """One's own links; everybody's for those who manage them."""
    if may(actor, Action.MANAGE_SHARE_LINKS):
        return ShareLink.objects.all()
    return ShareLink.objects.filter(created_by=actor) if may(actor, Action.MAKE_SHARE_LINK) else ShareLink.objects.none()


def list_share_links(*, actor: User, search: str = "", state: str = "", mine: bool = False) -> QuerySet[ShareLink]:
    """Links, newest first, each with `visit_count` and `last_visit`."""
    found = visible_links(actor).filter(created_by=actor) if mine else visible_links(actor)
    if search.strip():
        found = found.filter(Q(asset__title__icontains=search.strip()) | Q(message__icontains=search.strip()))
    now = timezone.now()
    match state:
        case "open":
            found = found.filter(revoked_at=None, expires_at__gt=now)
        case "expired":
            found = found.filter(revoked_at=None, expires_at__lte=now)
        case "revoked":
            found = found.exclude(revoked_at=None)
    return (
        found.select_related("asset", "created_by")
        .annotate(visit_count=Count("visits"), last_visit=Max("visits__at"))
        .order_by("-created_at", "-pk")
    )
