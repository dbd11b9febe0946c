"""People: the list, invitations, roles; and the page behind a one-time link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cdnadmin.accounts.decorators import PersonRequest, permitted
from cdnadmin.accounts.forms import InvitationForm, RoleForm, WelcomeForm, attach_error
from cdnadmin.accounts.models import Role, User
from cdnadmin.accounts.permissions import Action
from cdnadmin.accounts.queries import PAGE, list_people
from cdnadmin.accounts.services import people
from cdnadmin.errors import InvalidInput


@require_safe
@vary_on_headers("HX-Request")
@permitted(Action.MANAGE_PEOPLE)
def index(request: PersonRequest) -> HttpResponse:
    wanted = {"search": request.GET.get("search", ""), "role": request.GET.get("role", "")}
    page = Paginator(list_people(**wanted), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "wanted": wanted, "roles": Role.choices}
    partial = "#rows" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render(request, f"accounts/people.html{partial}", context)


@require_http_methods(["GET", "POST"])
@never_cache
@permitted(Action.MANAGE_PEOPLE)
def invite(request: PersonRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invited = people.invite_person(actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            attach_error(form, error)
        else:
            return _show_link(request, invited)
    return render(request, "accounts/person_invite.html", {"form": form}, status=422 if form.errors else 200)


def _show_link(request: HttpRequest, invited: people.Invited) -> HttpResponse:
    link = request.build_absolute_uri(reverse("invitation_accept", args=[invited.token]))
    return render(request, "accounts/person_link.html", {"person": invited.user, "link": link})


@require_http_methods(["GET", "POST"])
@permitted(Action.MANAGE_PEOPLE)
def detail(request: PersonRequest, public_id: str) -> HttpResponse:
    person = get_object_or_404(User, public_id=public_id)
    form = RoleForm(request.POST or None, initial={"role": person.role})
    if request.method == "POST" and form.is_valid():
        try:
            people.set_role(actor=request.user, person=person, role=form.cleaned_data["role"])
        except InvalidInput as error:
            attach_error(form, error)
        else:
            messages.success(request, f"{person} is {person.get_role_display().lower()} now.")
            return redirect("person_detail", person.public_id)
    context = {"person": person, "form": form, "has_second_factor": people.has_second_factor(person)}
    return render(request, "accounts/person.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@permitted(Action.MANAGE_PEOPLE)
def renew(request: PersonRequest, public_id: str) -> HttpResponse:
    person = get_object_or_404(User, public_id=public_id)
    return _show_link(request, people.renew_invitation(actor=request.user, person=person))


@require_POST
@permitted(Action.MANAGE_PEOPLE)
def set_active(request: PersonRequest, public_id: str) -> HttpResponse:
    person = get_object_or_404(User, public_id=public_id)
    if request.POST.get("active") == "1":
        people.reactivate_person(actor=request.user, person=person)
        messages.success(request, f"{person} may log in again.")
    else:
        try:
            people.deactivate_person(actor=request.user, person=person)
            messages.success(request, f"{person} is shut out.")
        except InvalidInput as error:
            messages.error(request, error.message)
    return redirect("person_detail", person.public_id)


@require_POST
@permitted(Action.MANAGE_PEOPLE)
def remove_second_factor(request: PersonRequest, public_id: str) -> HttpResponse:
    person = get_object_or_404(User, public_id=public_id)
    people.remove_second_factor(actor=request.user, person=person)
    messages.success(request, f"{person} logs in with their password alone now, until they set up a second factor again.")
    return redirect("person_detail", person.public_id)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@never_cache
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = people.find_invitation(token=token)
    except people.InvitationEnded as error:
        return render(request, "accounts/welcome_ended.html", {"error": error}, status=410)
    asks_email = invitation.user.email == people.FIRST_EMAIL
    form = WelcomeForm(request.POST or None, asks_email=asks_email, initial={"name": invitation.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            user = people.accept_invitation(token=token, **form.cleaned_data)
        except InvalidInput as error:
            attach_error(form, error)
        except people.InvitationEnded as error:  # somebody was quicker with the same link
            return render(request, "accounts/welcome_ended.html", {"error": error}, status=410)
        else:
            return _enter(request, user)
    context = {
        "form": form,
        "person": invitation.user,
        "asks_email": asks_email,
        "has_second_factor": people.has_second_factor(invitation.user),
    }
    # Not "no-referrer", with which browsers send `Origin: null` and the CSRF check refuses the form; "same-origin",
    # the default here, keeps the address from others just as well.
    return render(request, "accounts/welcome.html", context, status=422 if form.errors else 200)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    """In at once; but a link that an administrator made stands for the password alone, never for the second factor."""
    if people.has_second_factor(user):
        logout(request)  # of whoever used this browser before, or the log-in page would let that person through
        messages.success(
            request, "Your password is set. Log in with it; you are asked for a code from your authenticator app, too."
        )
        return redirect("account_login")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")
