"""The page of who may sign: behavior by behavior, with what AWS said is active and what still hangs on each key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from distributions.configuration.trust import Trust, trusts_of
from distributions.models import Distribution, PublicKey
from distributions.names import names_of
from distributions.signatures import Valid, known_keys, valid_by_key


@dataclass(frozen=True)
class KeyRow:
    """One key pair id. `name` "": no key of this vault. `signs_here`: its private half lies here. `last` None: no link."""

    id: str
    name: str
    signs_here: bool
    links: int
    last: datetime | None


@dataclass(frozen=True)
class SignerRow:
    """A key group or an account that a behavior trusts. `is_known`: whether AWS was asked since it is trusted."""

    id: str
    label: str
    is_group: bool
    is_known: bool
    keys: list[KeyRow]


@dataclass(frozen=True)
class BehaviorSigners:
    """`pattern` "" : the default behavior."""

    pattern: str
    title: str
    is_signed: bool
    signers: list[SignerRow]
    has_groups: bool
    has_accounts: bool

    @property
    def is_closed_to_all(self) -> bool:
        """Signed, and AWS names no key of anybody: nobody gets in, with a signature or without."""
        return self.is_signed and all(each.is_known and not each.keys for each in self.signers)


def who_signs(distribution: Distribution, search: str = "") -> list[BehaviorSigners]:
    """In CloudFront's order, the default one last; `search` is part of a pattern, an id or a name."""
    valid, keys = valid_by_key(distribution), known_keys(distribution)
    names = names_of(distribution.account)
    halves = PublicKey.objects.filter(account=distribution.account).exclude(aws_id="").select_related("signing_key")
    ours = {half.aws_id: half for half in halves}

    def key_row(id: str) -> KeyRow:
        half = ours.get(id)
        links: Valid | None = valid.get(id)
        signs = half is not None and half.signing_key.sealed_private_key is not None
        return KeyRow(id, half.signing_key.name if half else "", signs, links.count if links else 0, links.last if links else None)

    def signer_row(id: str, *, is_group: bool) -> SignerRow:
        answered = id in distribution.active_signers
        named = distribution.active_signers[id] if answered else keys.get(id, ()) if is_group else ()
        label = names.get(id, id) if is_group else _account(id, distribution.account.aws_account_id)
        return SignerRow(id, label, is_group, answered, [key_row(key) for key in named])

    def row(trust: Trust) -> BehaviorSigners:
        groups = [signer_row(id, is_group=True) for id in trust.key_groups]
        accounts = [signer_row(id, is_group=False) for id in trust.signers]
        pattern = "" if trust.is_default else trust.pattern
        rest = "Default: all that fits no other pattern" if distribution.answers_viewers else "All of it"
        title = pattern or rest
        return BehaviorSigners(pattern, title, trust.is_signed, [*groups, *accounts], bool(groups), bool(accounts))

    found = [row(trust) for trust in trusts_of(distribution.config)]
    return [each for each in found if search.lower() in _text(each)] if search else found


def _account(id: str, own: str) -> str:
    if id != "self":
        return f"AWS account {id}"
    return f"This account itself (self, {own})" if own else "This account itself (self)"


def _text(row: BehaviorSigners) -> str:
    words = [row.title, *(word for each in row.signers for word in (each.id, each.label))]
    words += [word for each in row.signers for key in each.keys for word in (key.id, key.name)]
    return " ".join(words).lower()
