"""An AWS account is forgotten: what cdnadmin knows of it goes, what it keeps for people stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import CASCADE, PROTECT, ManyToOneRel, ProtectedError, QuerySet
from django.utils.text import get_text_list

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.aws_accounts import shown
from cdnadmin.errors import Conflict

# Models of layers that this one does not know, by their names, in the words of the pages.
_IN_WORDS = {
    "distribution": ("distribution with its history", "distributions with their history"),
    "asset": ("asset", "assets"),
    "mediaobject": ("stored file", "stored files"),
    "publickey": ("public key", "public keys"),
    "keygroup": ("key group", "key groups"),
    "originaccess": ("origin access", "origin accesses"),
}


def delete_aws_account(*, actor: User, account: AwsAccount) -> None:
    """Forget it, and all that is only a picture of what AWS has. Nothing changes at AWS.

    Private halves of signing keys stay: they serve again when the account is connected again and imported.
    Raises Conflict saying what is published from it, with counts.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    try:
        with transaction.atomic():
            target, before = f"aws account:{account.public_id}", {**shown(account), "forgotten": count_forgotten(account)}
            record(actor=actor, action="delete_aws_account", target=target, label=account.label, before=before)
            AwsAccount.objects.filter(pk=account.pk).update(default_bucket=None)
            account.delete()
    except ProtectedError:
        uses = get_text_list(count_uses(account), "and")
        raise Conflict(f"“{account.label}” can be forgotten once nothing is published from it. Today it has {uses}.") from None


def count_uses(account: AwsAccount) -> list[str]:
    """What keeps the account from being forgotten, as "2 assets"; empty where nothing does."""
    counts: dict[str, int] = {}
    for rows in (AwsAccount.objects.filter(pk=account.pk), *(rows for _, rows in _going_with(account))):
        for relation in _relations(rows, PROTECT):
            name = str(relation.related_model._meta.model_name)
            found = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows})
            counts[name] = counts.get(name, 0) + found.count()
    return _in_words(counts)


def count_forgotten(account: AwsAccount) -> list[str]:
    """What would be forgotten with it, as "12 distributions with their history"."""
    return _in_words({name: rows.count() for name, rows in _going_with(account) if name in _IN_WORDS})


def _going_with(account: AwsAccount) -> Iterator[tuple[str, QuerySet[Any]]]:
    """The rows that name the account and go with it, by their model's name."""
    for relation in _relations(AwsAccount.objects.all(), CASCADE):
        model = relation.related_model
        yield str(model._meta.model_name), model._base_manager.filter(**{relation.field.name: account})


def _relations(rows: QuerySet[Any], on_delete: object) -> Iterator[Any]:
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.on_delete is on_delete:
            yield relation


def _in_words(counts: dict[str, int]) -> list[str]:
    ordered = sorted(counts, key=lambda name: [*_IN_WORDS, name].index(name))
    return [f"{counts[name]} {_IN_WORDS.get(name, (name, name))[counts[name] != 1]}" for name in ordered if counts[name]]
