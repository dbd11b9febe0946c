"""The upload page, and the end points its script begins and renews uploads with."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.errors import CdnadminError, InvalidInput
from distributions.queries import publishable_distributions
from media.forms import BeginUploadForm
from media.models import AssetVersion, Upload
from media.queries.assets import find_upload, last_target, list_uploads, offered_targets, own_uploads
from media.services.uploads import MAX_PARTS, MIN_PART_BYTES, abort_upload, begin_upload
from media.staging import StagingFull
from media.upload_tokens import LIFETIME_SECONDS, issue_upload_token

# As many ids as an address holds with ease; the page asks for the others the next time.
MOST_STATES = 100


@require_safe
@permitted(Action.UPLOAD_MEDIA)
def show(request: PersonRequest) -> HttpResponse:
    # Not the newest: that may be one of thousands that an import brought in.
    wanted = request.GET.get("distribution") or last_target(request.user)
    targets, more = offered_targets(wanted)
    chosen = next((target for target in targets if target.public_id == wanted), targets[0] if targets else None)
    context = {"targets": targets, "more": more, "chosen": chosen, "least_part": MIN_PART_BYTES, "most_parts": MAX_PARTS}
    return render(request, "media/upload.html", context)


@require_POST
@never_cache
@permitted(Action.UPLOAD_MEDIA)
def begin(request: PersonRequest) -> JsonResponse:
    """Begin one file: answers its id, part size, token and where to send parts; 422 or 507 with a sentence."""
    form = BeginUploadForm(request.POST)
    if not form.is_valid():
        return _refusal(" ".join(str(message) for errors in form.errors.values() for message in errors), 422)
    target = publishable_distributions().filter(public_id=form.cleaned_data["distribution"]).first()
    if target is None:
        return _refusal("This distribution can't take files now. Reload the page and choose another.", 422)
    try:
        upload = begin_upload(
            actor=request.user,
            distribution=target,
            file_name=form.cleaned_data["file_name"],
            size=form.cleaned_data["size"],
            content_type=form.cleaned_data["content_type"],
            title=form.cleaned_data["title"],
        )
    except StagingFull as error:
        return _refusal(error.message, 507)
    except CdnadminError as error:
        return _refusal(error.message, 422)
    return JsonResponse(
        {
            "id": upload.public_id,
            "part_size": upload.part_size,
            "relay": reverse("relay_upload", args=[upload.public_id]),
            "renew": reverse("upload_token", args=[upload.public_id]),
            "asset": reverse("asset_detail", args=[upload.version.asset.public_id]),
            **_token(upload),
        },
        status=201,
    )


@require_POST
@never_cache
@permitted(Action.UPLOAD_MEDIA)
def token(request: PersonRequest, public_id: str) -> JsonResponse:
    """A fresh token for one's own upload."""
    return JsonResponse(_token(_own(request, public_id)))


@require_safe
@never_cache
@permitted(Action.UPLOAD_MEDIA)
def states(request: PersonRequest) -> JsonResponse:
    """How far one's own uploads `?id=…&id=…` are: receiving, publishing, ready or failed. One that is gone is left out."""
    found = own_uploads(actor=request.user, public_ids=request.GET.getlist("id")[:MOST_STATES])
    return JsonResponse({"uploads": {upload.public_id: _state(upload.version) for upload in found}})


@require_POST
@permitted(Action.UPLOAD_MEDIA)
def stop(request: PersonRequest, public_id: str) -> HttpResponse:
    upload = _own(request, public_id)
    try:
        abort_upload(actor=request.user, upload=upload)
        messages.info(request, f"The upload of {upload.file_name} was stopped.")
    except InvalidInput as error:
        messages.error(request, error.message)
    return redirect("upload_list")


@require_safe
@permitted(Action.UPLOAD_MEDIA)
def index(request: PersonRequest) -> HttpResponse:
    everyone = request.GET.get("whose") == "all"
    page = Paginator(list_uploads(actor=request.user, everyone=everyone), 50).get_page(request.GET.get("page"))
    moving = [upload for upload in page if upload.state in {Upload.State.RECEIVING, Upload.State.RECEIVED}]
    # One that broke off may stay for a day: nothing to look out for every few seconds.
    live = any(not upload.version.broken_off for upload in moving)
    context = {"page": page, "everyone": everyone, "live": live, "may_see_all": may(request.user, Action.VIEW_OPERATIONS)}
    return render(request, "media/uploads.html" + ("#rows" if _partial(request) else ""), context)


def _partial(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def _own(request: PersonRequest, public_id: str) -> Upload:
    try:
        return find_upload(actor=request.user, public_id=public_id)
    except Upload.DoesNotExist:
        raise Http404 from None


def _token(upload: Upload) -> dict[str, object]:
    return {"token": issue_upload_token(upload), "seconds": LIFETIME_SECONDS}


def _state(version: AssetVersion) -> dict[str, str]:
    shown = "receiving" if version.state == AssetVersion.State.UPLOADING else version.state
    return {
        "state": shown,
        "message": version.error_message,
        "asset": reverse("asset_detail", args=[version.asset.public_id]),
    }


def _refusal(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
