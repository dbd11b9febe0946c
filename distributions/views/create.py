"""Creating a distribution: one page, and what matters on it; also one like another."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import attach_error
from cdnadmin.accounts.models import AwsAccount, Bucket
from cdnadmin.accounts.permissions import Action
from cdnadmin.errors import CdnadminError
from distributions.forms import CreateDistributionForm
from distributions.models import Distribution
from distributions.queries import find_distribution
from distributions.services.choices import (
    CertificateAdvice,
    advise_certificates,
    choose_account,
    offered_buckets,
    offered_presets,
    require_covering,
    suggest_bucket_name,
)
from distributions.services.cloning import carried_over, clone_distribution, unclonable_because
from distributions.services.distributions import NewDistribution, create_distribution_and_bucket
from distributions.services.offers import OfferedCertificates, offered_certificates
from distributions.views.certificates import ask_for_certificate, typed_hosts


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def create(request: PersonRequest) -> HttpResponse:
    like = _like(request)
    # One that never came to be is made anew with what it had; one that is there is a model for another.
    source = like if like is not None and like.config else None
    accounts = [source.account] if source else list(AwsAccount.objects.select_related("default_bucket"))
    chosen = request.POST.get("choose_account", "")
    account = choose_account(accounts, chosen or request.POST.get("account", "") or request.GET.get("account", ""))
    if account is None:
        return render(request, "distributions/create.html", {"accounts": accounts})
    buckets, problem = offered_buckets(account)
    hosts = typed_hosts(request)
    # Who does not answer for buckets is not asked for certificates, too: somebody waits.
    asks = "request_certificate" in request.POST and not problem
    refused = ask_for_certificate(request, account) if asks else ""
    offered = OfferedCertificates((), problem) if problem else offered_certificates(account)
    advice = advise_certificates(offered, hosts)
    presets = () if source else offered_presets()
    offers: dict[str, Any] = {
        "account": account,
        "buckets": buckets,
        "presets": [(each.key, each.name) for each in presets],
        "certificates": advice.choices,
    }
    if chosen or asks:
        # Another account's buckets or another certificate, and all else as it was typed.
        form = CreateDistributionForm(initial=_typed(request), **offers)
    else:
        form = CreateDistributionForm(request.POST or None, initial=_initial(request, like), **offers)
    if request.method == "POST" and not chosen and not asks and form.is_valid():
        made = _create(request, form, account, source, advice, hosts)
        if made is not None:
            return redirect("distribution_detail", made.public_id)
    context = {
        "form": form,
        "account": account,
        "accounts": accounts,
        "problem": problem,
        "advice": advice,
        "asks": asks,
        "refused": refused,
        "presets": list(zip(form["preset"], presets, strict=True)),
        "source": source,
        "because": unclonable_because(source) if source else "",
        "carried_over": carried_over(source) if source else (),
    }
    return render(request, "distributions/create.html", context, status=422 if form.errors else 200)


def _create(
    request: PersonRequest,
    form: CreateDistributionForm,
    account: AwsAccount,
    source: Distribution | None,
    advice: CertificateAdvice,
    hosts: list[str],
) -> Distribution | None:
    """None where the form now says what stands in the way."""
    wanted = _wanted(form, account)
    names: dict[str, Any] = {"bucket_name": form.bucket_name, "make_bucket": form.makes_bucket}
    try:
        require_covering(advice, hosts, wanted.certificate_arn.strip())
        if source is not None:
            return clone_distribution(actor=request.user, source=source, wanted=wanted, **names)
        return create_distribution_and_bucket(actor=request.user, wanted=wanted, **names)
    except CdnadminError as error:
        if form.makes_bucket and getattr(error, "field", "") == "bucket":
            form.add_error("new_bucket", error.message)
        else:
            attach_error(form, error)
    return None


def _like(request: PersonRequest) -> Distribution | None:
    try:
        return find_distribution(actor=request.user, public_id=request.GET.get("like", ""))
    except Distribution.DoesNotExist:
        return None


def _typed(request: PersonRequest) -> dict[str, object]:
    return {name: value for name, value in request.POST.items() if name in CreateDistributionForm.base_fields and name != "bucket"}


def _initial(request: PersonRequest, like: Distribution | None) -> dict[str, object]:
    """A first suggestion; or what a failed one (`?like=`) had, to be mended; or what a live one has, for another."""
    initial: dict[str, object] = {"new_bucket": suggest_bucket_name(), "preset": "video"}
    if request.GET.get("kind") in Distribution.Kind.values:
        initial["kind"] = request.GET["kind"]
        initial["preset"] = "private" if request.GET["kind"] == Distribution.Kind.PRIVATE else "video"
    if like is None:
        return initial
    settings = like.config or like.template.get("settings", {})
    logging = settings.get("Logging", {})
    names = ("kind", "comment", "price_class", "default_root_object")
    initial |= {name: getattr(like, name) for name in names}
    initial |= {
        "name": f"{like.name[:72]} (copy)" if like.config else like.name,
        "access_model": like.access_model if like.access_model != Distribution.AccessModel.OPEN else Distribution.AccessModel.OAC,
        "bucket": like.bucket.name if like.bucket else "",
        "preset": like.template.get("preset", ""),
        "tags": "\n".join(f"{key}={value}" for key, value in like.tags.items() if not key.startswith("aws:")),
        "http_version": settings.get("HttpVersion", "http2and3").lower(),
        "without_ipv6": not settings.get("IsIPV6Enabled", True),
        "web_acl_id": settings.get("WebACLId", ""),
        "logging_bucket": logging.get("Bucket", "") if logging.get("Enabled") else "",
        "logging_prefix": logging.get("Prefix", "") if logging.get("Enabled") else "",
        "starts_disabled": not like.enabled,
    }
    if not like.config:
        initial |= {"aliases": "\n".join(like.aliases), "certificate_arn": like.certificate_arn}
    return initial


def _wanted(form: CreateDistributionForm, account: AwsAccount) -> NewDistribution:
    data = form.cleaned_data
    known = Bucket.objects.filter(account=account, name=form.bucket_name).select_related("account").first()
    return NewDistribution(
        name=data["name"],
        bucket=known or Bucket(account=account, name=form.bucket_name, region=account.region),
        kind=data["kind"],
        access_model=data["access_model"],
        algorithm=data["algorithm"],
        comment=data["comment"],
        price_class=data["price_class"],
        default_root_object=data["default_root_object"],
        aliases=tuple(data["aliases"].split()),
        certificate_arn=data["certificate_arn"],
        preset=data["preset"],
        enabled=not data["starts_disabled"],
        http_version=data["http_version"] or None,
        ipv6=not data["without_ipv6"],
        web_acl_id=data["web_acl_id"],
        logging_bucket=data["logging_bucket"],
        logging_prefix=data["logging_prefix"],
        tags=data["tags"],
    )
