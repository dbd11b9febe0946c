"""People: invited by a one-time link, given a role, helped when a phone is lost, shut out."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import Invitation, Role, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import CdnadminError, InvalidInput
from cdnadmin.text import without_controls

INVITATION_LASTS = timedelta(days=3)
# The first administrator has no e-mail yet: the welcome page asks for it.
FIRST_EMAIL = "administrator@localhost"


class InvitationEnded(CdnadminError):
    """The link was used, has expired, or never was one."""

    code = "invitation_ended"

    def __init__(self) -> None:
        super().__init__("This link was used already or has expired. Ask an administrator for a new one.")


@dataclass(frozen=True)
class Invited:
    """`token` is shown once: only its hash is stored."""

    user: User
    token: str = field(repr=False)


def _record(
    actor: User, action: str, person: User, before: dict[str, object] | None = None, after: dict[str, object] | None = None
) -> None:
    target = f"person:{person.public_id}"
    record(actor=actor, action=action, target=target, label=str(person), before=before, after=after)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _make_invitation(user: User) -> str:
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    # One link at a time: a new one ends those before it.
    user.invitations.filter(used_at=None).update(expires_at=now)
    Invitation.objects.create(user=user, token_hash=_hash(token), expires_at=now + INVITATION_LASTS)
    return token


def invite_person(*, actor: User, email: str, name: str, role: str) -> Invited:
    """Add a person who may log in once they have set a password by the link. Raises InvalidInput."""
    require(actor, Action.MANAGE_PEOPLE)
    if role not in Role.values:
        raise InvalidInput("Choose a role.", field="role")
    try:
        with transaction.atomic():
            user = User.objects.create_user(email.strip(), None, name=without_controls(name).strip(), role=role)
            token = _make_invitation(user)
            _record(actor, "invite_person", user, after={"email": user.email, "role": role})
    except IntegrityError:
        raise InvalidInput("Somebody with this e-mail address is here already.", field="email") from None
    return Invited(user, token)


def renew_invitation(*, actor: User, person: User) -> Invited:
    """A new one-time link, also for someone who has lost their password."""
    require(actor, Action.MANAGE_PEOPLE)
    if not person.is_active:
        raise InvalidInput("This person is shut out. Let them in again first.")
    with transaction.atomic():
        token = _make_invitation(person)
        _record(actor, "renew_invitation", person)
    return Invited(person, token)


def find_invitation(*, token: str) -> Invitation:
    """The invitation that this token still opens. Raises InvitationEnded."""
    found = (
        Invitation.objects.select_related("user")
        .filter(token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )
    if found is None:
        raise InvitationEnded
    return found


def accept_invitation(*, token: str, password: str, name: str = "", email: str = "") -> User:
    """Set the password and use the link up. Raises InvitationEnded, InvalidInput.

    `email` counts only for the first administrator, who has none yet.
    """
    invitation = find_invitation(token=token)
    user = invitation.user
    if user.email == FIRST_EMAIL:
        if not email:
            raise InvalidInput("Enter your e-mail address: you log in with it.", field="email")
        user.email = email.strip().lower()
    user.name = without_controls(name).strip() or user.name
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from None
    user.set_password(password)
    try:
        with transaction.atomic():
            # Used by the UPDATE that changes one row: of two at once, one wins.
            if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()):
                raise InvitationEnded
            # Only these: a role or a shutting out that came meanwhile must hold.
            user.save(update_fields=["email", "name", "password"])
            _record(user, "accept_invitation", user)
    except IntegrityError:
        raise InvalidInput("Somebody with this e-mail address is here already.", field="email") from None
    return user


def ensure_first_administrator() -> str | None:
    """A fresh token while no administrator has set a password; None once one has."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    if any(administrator.has_usable_password() for administrator in administrators):
        return None
    with transaction.atomic():
        user = administrators.filter(email=FIRST_EMAIL).first()
        if user is None:
            user = User.objects.create_user(FIRST_EMAIL, None, role=Role.ADMINISTRATOR)
        return _make_invitation(user)


def _keep_one_administrator(person: User) -> None:
    # Locked, so that two who remove each other at once do not both see the other still there.
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    others = [administrator for administrator in administrators if administrator.pk != person.pk]
    if person.role == Role.ADMINISTRATOR and not any(other.has_usable_password() for other in others):
        raise InvalidInput("This is the last administrator. Make somebody else one first.", field="role")


def set_role(*, actor: User, person: User, role: str) -> None:
    """Give a person another role, which holds from their next click. Raises InvalidInput."""
    require(actor, Action.MANAGE_PEOPLE)
    if role not in Role.values:
        raise InvalidInput("Choose a role.", field="role")
    with transaction.atomic():
        if role != Role.ADMINISTRATOR:
            _keep_one_administrator(person)
        before, person.role = person.role, role
        person.save(update_fields=["role"])
        _record(actor, "set_role", person, before={"role": before}, after={"role": role})


def deactivate_person(*, actor: User, person: User) -> None:
    """Shut a person out at once: their sessions and open invitations end. What they made stays. Harmless when repeated."""
    require(actor, Action.MANAGE_PEOPLE)
    with transaction.atomic():
        _keep_one_administrator(person)
        # By the UPDATE that changes a row, not by what was read before: the trail says it once.
        if User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            person.invitations.filter(used_at=None).update(expires_at=timezone.now())
            _record(actor, "deactivate_person", person)
    person.is_active = False
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()


def reactivate_person(*, actor: User, person: User) -> None:
    """Let a person in again, with the password they had. Harmless when repeated."""
    require(actor, Action.MANAGE_PEOPLE)
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            _record(actor, "reactivate_person", person)
    person.is_active = True


def has_second_factor(person: User) -> bool:
    """Whether the log-in page asks them for a code, too. Recovery codes alone are none: nothing asks for them."""
    return bool(is_mfa_enabled(person, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def remove_second_factor(*, actor: User, person: User) -> None:
    """Take a person's authenticator and recovery codes away, for who has lost their phone. Harmless when repeated."""
    require(actor, Action.MANAGE_PEOPLE)
    with transaction.atomic():
        removed, _ = Authenticator.objects.filter(user=person).delete()
        if removed:
            _record(actor, "remove_second_factor", person)
