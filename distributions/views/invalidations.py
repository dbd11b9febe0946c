"""Files of a distribution fetched anew: what will be sent and what it costs first, then how far it is."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.invalidation_history import page_of_requests, rows_of
from distributions.invalidation_paths import cheaper_wildcards, is_versioned, read_paths
from distributions.services.invalidations import cost_of, request_invalidation
from distributions.views.lists import whole_or_rows
from distributions.views.plans import find_or_404


class InvalidationForm(forms.Form):
    paths = forms.CharField(
        label="Paths",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="One a line, each with a slash at the front, as in /press/logo.png. A * may stand last and counts as one path.",
        error_messages={"required": "Enter at least one path, as in /press/logo.png or /press/*."},
    )


@require_http_methods(["GET", "POST"])
@never_cache
@permitted(Action.EDIT_MEDIA)
def invalidations(request: PersonRequest, public_id: str) -> HttpResponse:
    """The form, what it would send (`do=look`), sending it (`do=send`), and the history."""
    distribution = find_or_404(request, public_id)
    form = InvalidationForm(request.POST or None, initial={"paths": request.GET.get("paths", "")})
    preview = None
    if request.method == "POST" and form.is_valid():
        try:
            found = read_paths(form.cleaned_data["paths"])
            if request.POST.get("do") == "send":
                origin = "asset" if request.GET.get("label") else "pasted"
                label = request.GET.get("label", "")
                request_invalidation(actor=request.user, distribution=distribution, paths=found.paths, origin=origin, label=label)
                messages.success(request, f"{len(found.paths):,} path{'' if len(found.paths) == 1 else 's'} will be fetched anew.")
                return redirect("distribution_invalidations", public_id)
        except CdnadminError as error:
            attach_error(form, error)
        else:
            preview = {
                "found": found,
                "cost": cost_of(distribution.account, len(found.paths)),
                "cheaper": cheaper_wildcards(found.paths),
                "versioned": sum(is_versioned(path) for path in found.paths),
            }
    search = request.GET.get("search", "").strip()
    page = page_of_requests(distribution, number=request.GET.get("page"), search=search)
    rows = rows_of(list(page.object_list))
    context = {
        "distribution": distribution,
        "form": form,
        "preview": preview,
        "page": page,
        "rows": rows,
        "search": search,
        "label": request.GET.get("label", ""),
        "cost": cost_of(distribution.account, 0),
        "live": any(row.state in {"queued", "sending", "in_progress"} for row in rows),
    }
    response = whole_or_rows(request, "distributions/invalidations.html", context)
    if form.errors:
        response.status_code = 422
    return response
