"""The list of operations, one of them, and the partials that other pages poll."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, may
from cdnadmin.errors import CdnadminError, NotAllowed
from cdnadmin.operations import queries, services
from cdnadmin.operations.models import Operation

PER_PAGE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    _viewer(request)
    filters = {name: request.GET.get(name, "").strip() for name in ("search", "state", "kind")}
    page = queries.page_of_operations(number=request.GET.get("page"), per_page=PER_PAGE, **filters)
    context = {
        "page": page,
        **filters,
        "states": Operation.State.choices,
        "kinds": queries.known_kinds(),
        "filtered": any(filters.values()),
        "live": any(operation.is_active for operation in page),
    }
    # htmx asks for the rows alone; Back asks again for the whole page.
    part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = render(request, "operations/list.html#rows" if part else "operations/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response


@require_safe
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    operation = _operation(public_id)
    _may_see(request, operation)
    context = {
        "operation": operation,
        "events": operation.events.order_by("-id")[:200],
        "manages": queries.manages(cast(User, request.user), operation),
        "cancellable": queries.is_cancellable(operation),
        "steps": queries.steps_of(operation),
    }
    return render(request, "operations/detail.html", context)


@require_safe
@never_cache
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The component alone. Its last answer has no trigger, and tells the page that the work has ended."""
    operation = _operation(public_id)
    _may_see(request, operation)
    response = render(request, "components/operation.html", {"operation": operation})
    if not operation.is_active:
        response["HX-Trigger"] = "operation:ended"
    return response


@require_safe
@never_cache
def running_indicator(request: HttpRequest) -> HttpResponse:
    """How many operations run, for the top bar; empty for who may not look at them."""
    count = queries.active_operations().count() if may(cast(User, request.user), Action.VIEW_OPERATIONS) else 0
    return render(request, "operations/_running.html", {"count": count})


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    operation = _operation(public_id)
    try:
        services.cancel_operation(actor=cast(User, request.user), operation=operation)
        messages.success(request, "It stops as soon as the step under way allows.")
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("operation_detail", public_id=public_id)


@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    operation = _operation(public_id)
    try:
        services.retry_operation(actor=cast(User, request.user), operation=operation)
        messages.success(request, "Trying again from the step that failed.")
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    except CdnadminError as error:
        messages.error(request, error.message)
    return redirect("operation_detail", public_id=public_id)


def _operation(public_id: str) -> Operation:
    operation = queries.find_operation(public_id)
    if operation is None:
        raise Http404("There is no such operation.")
    return operation


def _viewer(request: HttpRequest) -> None:
    if not may(cast(User, request.user), Action.VIEW_OPERATIONS):
        raise PermissionDenied("Your role does not show operations. Ask an administrator.")


def _may_see(request: HttpRequest, operation: Operation) -> None:
    """Who asked for it may always watch it."""
    if operation.requested_by_id is None or operation.requested_by_id != request.user.pk:
        _viewer(request)
