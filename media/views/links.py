"""Share links: their list, making one, taking one back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.errors import CdnadminError
from media.forms import ShareLinkForm
from media.models import Asset, ShareLink
from media.queries.assets import find_asset
from media.queries.share import STATES, list_share_links, visible_links
from media.services.share import SIGNATURE_SECONDS, create_share_link, revoke_share_link, share_token


@require_safe
@permitted(Action.MAKE_SHARE_LINK)
def index(request: PersonRequest) -> HttpResponse:
    wanted = {"search": request.GET.get("search", ""), "state": request.GET.get("state", "")}
    mine = request.GET.get("whose") == "mine"
    found = list_share_links(actor=request.user, mine=mine, **wanted)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(link, _address(request, link), state_of(link)) for link in page],
        "wanted": wanted,
        "mine": mine,
        "states": STATES,
        "filtered": bool(wanted["search"] or wanted["state"] or mine),
        "manages": may(request.user, Action.MANAGE_SHARE_LINKS),
        "signature_minutes": SIGNATURE_SECONDS // 60,
    }
    partial = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    return render(request, "media/links.html" + ("#results" if partial else ""), context)


@permitted(Action.MAKE_SHARE_LINK)
def create(request: PersonRequest, public_id: str) -> HttpResponse:
    try:
        asset = find_asset(actor=request.user, public_id=public_id)
    except Asset.DoesNotExist:
        raise Http404 from None
    form = ShareLinkForm(request.POST or None, auto_id="share_%s")
    if request.method == "POST" and form.is_valid():
        try:
            link = create_share_link(
                actor=request.user, asset=asset, expires_at=form.ends_at(), message=form.cleaned_data["message"]
            )
            messages.success(request, "The link is ready. Copy it below.")
            return redirect(f"{reverse('asset_detail', args=[public_id])}#link-{link.public_id}")
        except CdnadminError as error:
            field = getattr(error, "field", None)
            form.add_error(field if field in form.fields else None, error.message)
    return render(request, "media/share_create.html", {"asset": asset, "share_form": form}, status=422 if form.errors else 200)


@require_POST
@permitted(Action.MAKE_SHARE_LINK)
def revoke(request: PersonRequest, public_id: str) -> HttpResponse:
    link = get_object_or_404(visible_links(request.user), public_id=public_id)
    revoke_share_link(actor=request.user, link=link)
    messages.success(request, f"The link to “{link.asset.title}” was taken back.")
    # One of our own two pages, named by its form; never an address from the request.
    if request.POST.get("back") == "asset":
        return redirect("asset_detail", link.asset.public_id)
    return redirect("share_link_list")


def state_of(link: ShareLink) -> str:
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.expires_at <= timezone.now() else "open"


def _address(request: PersonRequest, link: ShareLink) -> str:
    return request.build_absolute_uri(reverse("share_open", args=[share_token(link)]))
