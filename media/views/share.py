"""What a recipient sees: a bare page with the player. Nothing of these addresses leaves in a Referer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cdnadmin.accounts.csp import allow_media
from cdnadmin.accounts.decorators import PersonRequest
from cdnadmin.errors import CdnadminError, NotAllowed, NotReady
from media.services.assets import original_of
from media.services.share import LinkEnded, NoSuchLink, find_share_link, open_share_link, renew_share_link
from media.views.player import player_page, player_source

_STATUS: tuple[tuple[type[CdnadminError], int], ...] = ((NoSuchLink, 404), (LinkEnded, 410), (NotAllowed, 403), (NotReady, 409))


def _shared(view: Callable[[PersonRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        response: HttpResponse
        if not request.user.is_authenticated:
            response = redirect_to_login(reverse("share_open", args=[token]))
        else:
            try:
                response = view(request, token)  # type: ignore[arg-type]
            except CdnadminError as error:
                status = next((status for kind, status in _STATUS if isinstance(error, kind)), 502)
                response = render(request, "media/share_ended.html", {"error": error, "status": status}, status=status)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex"
        return response

    # A stranger is sent to the log-in by us, so that this answer too keeps its address to itself.
    return login_not_required(never_cache(require_safe(answer)))


@player_page
@_shared
def show(request: PersonRequest, token: str) -> HttpResponse:
    link = find_share_link(token=token, actor=request.user)
    signed = open_share_link(token=token, actor=request.user, ip=_ip(request))
    original = original_of(link.asset)
    allow_media(request, [signed.url])
    context = {
        "link": link,
        "asset": link.asset,
        "original": original,
        "source": player_source(link.asset, original, signed.url),
        "token": token,
    }
    return render(request, "media/share.html", context)


@_shared
def redirect_to_file(request: PersonRequest, token: str) -> HttpResponse:
    return HttpResponseRedirect(open_share_link(token=token, actor=request.user, ip=_ip(request)).url)


@_shared
def renew(request: PersonRequest, token: str) -> HttpResponse:
    return JsonResponse({"url": renew_share_link(token=token, actor=request.user).url})


def _ip(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
