"""Creating a distribution: one page, and what matters on it."""

from __future__ import annotations

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
from distributions.services.choices import choose_account, offered_buckets, suggest_bucket_name
from distributions.services.distributions import NewDistribution, create_distribution_and_bucket


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_DISTRIBUTIONS)
def create(request: PersonRequest) -> HttpResponse:
    accounts = list(AwsAccount.objects.select_related("default_bucket"))
    chosen = request.POST.get("choose_account", "")
    account = choose_account(accounts, chosen or request.POST.get("account", "") or request.GET.get("account", ""))
    if account is None:
        return render(request, "distributions/create.html", {"accounts": accounts})
    buckets, problem = offered_buckets(account)
    if chosen:
        # Another account's buckets, and all else as it was typed.
        form = CreateDistributionForm(account=account, buckets=buckets, initial=_typed(request))
    else:
        form = CreateDistributionForm(request.POST or None, account=account, buckets=buckets, initial=_initial(request))
    if request.method == "POST" and not chosen and form.is_valid():
        try:
            made = create_distribution_and_bucket(
                actor=request.user, bucket_name=form.bucket_name, make_bucket=form.makes_bucket, wanted=_wanted(form, account)
            )
        except CdnadminError as error:
            if form.makes_bucket and getattr(error, "field", "") == "bucket":
                form.add_error("new_bucket", error.message)
            else:
                attach_error(form, error)
        else:
            return redirect("distribution_detail", made.public_id)
    context = {"form": form, "account": account, "accounts": accounts, "problem": problem}
    return render(request, "distributions/create.html", context, status=422 if form.errors else 200)


def _typed(request: PersonRequest) -> dict[str, object]:
    return {name: value for name, value in request.POST.items() if name in CreateDistributionForm.base_fields and name != "bucket"}


def _initial(request: PersonRequest) -> dict[str, object]:
    """A first suggestion; or what a failed one (`?like=`) had, to be mended."""
    initial: dict[str, object] = {"new_bucket": suggest_bucket_name()}
    if request.GET.get("kind") in Distribution.Kind.values:
        initial["kind"] = request.GET["kind"]
    try:
        like = find_distribution(actor=request.user, public_id=request.GET.get("like", ""))
    except Distribution.DoesNotExist:
        return initial
    names = ("name", "kind", "access_model", "comment", "price_class", "default_root_object", "certificate_arn")
    return {
        **initial,
        **{name: getattr(like, name) for name in names},
        "aliases": "\n".join(like.aliases),
        "bucket": like.bucket.name if like.bucket else "",
    }


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
    )
