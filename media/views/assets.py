"""One asset: its page, its preview, its private link; renaming and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from cdnadmin.accounts.csp import allow_media
from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError, InvalidInput
from cdnadmin.operations.queries import latest_operation, manages
from media.forms import DeleteForm, PrivateLinkForm, RenameForm, ShareLinkForm
from media.models import Asset
from media.queries.assets import find_asset, open_links
from media.services.assets import PREVIEW_SECONDS, asset_url, delete_asset, original_of, rename_asset, sign_asset
from media.services.share import SIGNATURE_SECONDS, share_token
from media.views.player import player_page, player_source


@require_safe
@never_cache
@player_page
@permitted(Action.VIEW_LIBRARY)
def show(request: PersonRequest, public_id: str) -> HttpResponse:
    asset = _asset(request, public_id)
    partial = "#state" if request.headers.get("HX-Request") and request.GET.get("part") == "state" else ""
    context = _context(request, asset)
    response = render(request, f"media/asset.html{partial}", context)
    if partial and not context["live"]:
        # What is new is all over the page, and its policy does not let the player load yet: read it anew.
        response["HX-Refresh"] = "true"
    return response


@permitted(Action.EDIT_MEDIA)
def rename(request: PersonRequest, public_id: str) -> HttpResponse:
    """GET is the dialog's page for browsers without scripts; POST renames."""
    asset = _asset(request, public_id)
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"title": asset.title})
    if form.is_valid():
        try:
            rename_asset(actor=request.user, asset=asset, title=form.cleaned_data["title"])
            messages.success(request, "Renamed. Its address stays as it was.")
            return redirect("asset_detail", public_id)
        except InvalidInput as error:
            form.add_error("title", error.message)
    return render(request, "media/asset_rename.html", {"asset": asset, "form": form}, status=422 if form.errors else 200)


@permitted(Action.EDIT_MEDIA)
def delete(request: PersonRequest, public_id: str) -> HttpResponse:
    """GET is the dialog's page for browsers without scripts and after an error; POST deletes."""
    asset = _asset(request, public_id)
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            delete_asset(actor=request.user, asset=asset, typed_title=form.cleaned_data["typed_title"])
            messages.success(request, f"“{asset.title}” is being deleted.")
            return redirect("library")
        except CdnadminError as error:
            form.add_error(getattr(error, "field", None), error.message)
    context = {"asset": asset, "form": form, "links": [(link, "") for link in open_links(asset)]}
    return render(request, "media/asset_delete.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@permitted(Action.SIGN_URL)
def private_link(request: PersonRequest, public_id: str) -> HttpResponse:
    asset = _asset(request, public_id)
    form = PrivateLinkForm(request.POST)
    signed, problem = None, ""
    if form.is_valid():
        try:
            signed = sign_asset(actor=request.user, asset=asset, seconds=form.cleaned_data["seconds"], reason="private_link")
        except CdnadminError as error:
            problem = error.message
    context = {"asset": asset, "form": form, "signed": signed, "problem": problem}
    if not request.headers.get("HX-Request"):
        return render(request, "media/asset.html", {**_context(request, asset), **context})
    return render(request, "media/private_link.html", context)


@require_GET
@never_cache
@permitted(Action.SIGN_URL)
def preview(request: PersonRequest, public_id: str) -> JsonResponse:
    """A fresh address for the player, when the page's own has run out."""
    asset = _asset(request, public_id)
    try:
        signed = sign_asset(actor=request.user, asset=asset, seconds=PREVIEW_SECONDS, reason="preview")
    except CdnadminError as error:
        return JsonResponse({"message": error.message}, status=409)
    return JsonResponse({"url": signed.url})


def _asset(request: PersonRequest, public_id: str) -> Asset:
    try:
        return find_asset(actor=request.user, public_id=public_id)
    except Asset.DoesNotExist:
        raise Http404 from None


def _context(request: PersonRequest, asset: Asset) -> dict[str, object]:
    original = original_of(asset)
    links = list(open_links(asset))
    operation = latest_operation(f"asset:{asset.public_id}")
    preview_url, problem = "", ""
    if original is not None:
        try:
            preview_url = sign_asset(actor=request.user, asset=asset, seconds=PREVIEW_SECONDS, reason="preview").url
        except CdnadminError as error:
            problem = error.message
    allow_media(request, [preview_url])
    # Until its distribution is at the edges, a player would find nothing there and give up for good.
    waits = original is not None and not asset.distribution.is_served and asset.distribution.is_moving
    return {
        "asset": asset,
        "version": asset.current_version,
        "original": original,
        "url": asset_url(asset),
        "source": player_source(asset, original, preview_url),
        "preview_problem": problem,
        "waits": waits,
        "live": waits or (operation is not None and operation.is_active),
        "operation": operation,
        "manages_operation": operation is not None and manages(request.user, operation),
        "form": PrivateLinkForm(),
        "rename_form": RenameForm(initial={"title": asset.title}, auto_id="rename_%s"),
        "share_form": ShareLinkForm(auto_id="share_%s"),
        "delete_form": DeleteForm(auto_id="delete_%s"),
        "links": [(link, request.build_absolute_uri(f"/s/{share_token(link)}/")) for link in links],
        "signature_minutes": SIGNATURE_SECONDS // 60,
    }
