"""Building today's successor from a streaming distribution of old: one page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.configuration.streaming_successor import aliases_of, succession_lines
from distributions.models import Distribution
from distributions.services.certificates import request_certificate
from distributions.services.choices import CertificateAdvice, advise_certificates, covered_by_one
from distributions.services.deletion import undeletable_because
from distributions.services.distributions import PRICE_CLASSES
from distributions.services.offers import OfferedCertificates, offered_certificates
from distributions.services.succession import (
    OldDistribution,
    Succession,
    look_at_old,
    succeed_distribution,
    unsucceedable_because,
)
from distributions.succession_forms import SuccessionForm
from distributions.successors import successor_of
from distributions.views.plans import find_or_404


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def succeed(request: PersonRequest, public_id: str) -> HttpResponse:
    distribution = find_or_404(request, public_id)
    because = unsucceedable_because(distribution)
    if because:
        context = {"distribution": distribution, "because": because, "successor": successor_of(distribution)}
        return render(request, "distributions/succeed.html", context, status=409 if request.method == "POST" else 200)
    old = look_at_old(distribution)
    hosts, refused = aliases_of(old.config), ""
    chosen = request.POST.getlist("aliases") if request.method == "POST" else hosts
    asks = "request_certificate" in request.POST
    if asks:
        try:
            request_certificate(actor=request.user, account=distribution.account, hosts=chosen)
        except CdnadminError as error:
            refused = error.message
    offered = offered_certificates(distribution.account) if hosts else OfferedCertificates(())
    advice = advise_certificates(offered, chosen)
    offers: dict[str, Any] = {
        "aliases": hosts,
        "certificates": advice.choices,
        "can_retire": not old.gone and not undeletable_because(distribution),
    }
    if asks:
        form = SuccessionForm(initial={**request.POST.dict(), "aliases": chosen}, **offers)
    else:
        form = SuccessionForm(request.POST or None, initial=_initial(distribution, old, advice, hosts), **offers)
    if request.method == "POST" and not asks and form.is_valid():
        try:
            made = succeed_distribution(
                actor=request.user, distribution=distribution, wanted=Succession(**form.cleaned_data), offered=offered
            )
        except CdnadminError as error:
            attach_error(form, error)
        else:
            return redirect("distribution_detail", made.public_id)
    context = {
        "distribution": distribution,
        "old": old,
        "form": form,
        "advice": advice,
        "refused": refused,
        "host": (hosts or [distribution.domain_name])[0],
        "lines": succession_lines(
            old.config,
            domain=distribution.domain_name,
            tags=dict(old.tags),
            price_class=dict(PRICE_CLASSES).get(distribution.price_class, distribution.price_class),
        ),
    }
    return render(request, "distributions/succeed.html", context, status=422 if form.errors else 200)


def _initial(distribution: Distribution, old: OldDistribution, advice: CertificateAdvice, hosts: list[str]) -> dict[str, object]:
    """The names that the one certificate covers which covers most of them; none where there is none."""
    arn, covered = covered_by_one(advice, hosts)
    return {"name": f"{distribution.name[:73]} (HLS)", "aliases": covered, "certificate_arn": arn, "seen": old.etag}
