"""Who may sign: a key pair made here, its public half at CloudFront, and the account's shared key group."""

from __future__ import annotations

from django.db import transaction

from cdnadmin import vault
from cdnadmin.accounts import audit
from cdnadmin.accounts.models import AwsAccount
from cdnadmin.aws import keys as aws_keys
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsConflict, AwsNotFound, AwsQuotaExceeded, CdnadminError
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from cdnadmin.signing import generate_private_key, public_pem
from distributions import wanted
from distributions.models import Distribution, KeyGroup, PublicKey, SigningKey
from distributions.steps.target import connect, load_distribution, reopen

# Another worker may write the group between our read and our write; each round reads again.
GROUP_ROUNDS = 5


def ensure_signing_key(operation: Operation) -> Outcome:
    """Choose the account's key of the wanted algorithm, or make it: row, sealed private half and group in one transaction.

    Keys are shared by the distributions of an account, since CloudFront takes five in a group.
    """
    distribution = reopen(operation)
    if not distribution.is_private:
        return Next("Public: needs no signatures")
    if distribution.signing_key and distribution.key_group:
        return Next()
    algorithm = operation.input.get("algorithm", SigningKey.Algorithm.ECDSA_P256)
    with transaction.atomic():
        # The lock on the account's row lets two creations at once end with one key, not two.
        account = AwsAccount.objects.select_for_update().get(pk=distribution.account_id)
        group, _ = KeyGroup.objects.get_or_create(
            account=account, is_default=True, defaults={"name": wanted.key_group_name(account)}
        )
        half = (
            PublicKey.objects.filter(account=account, key_groups=group, signing_key__algorithm=algorithm)
            .exclude(signing_key__sealed_private_key__isnull=True)
            .select_related("signing_key")
            .order_by("-created_at", "-id")
            .first()
        )
        key = half.signing_key if half else _make_key(account, group, algorithm)
        distribution.signing_key, distribution.key_group = key, group
        distribution.save(update_fields=["signing_key", "key_group"])
        if half is None:
            audit.record(
                actor=operation.requested_by,
                action="create_signing_key",
                target=f"signing_key:{key.public_id}",
                label=key.name,
                after={"name": key.name, "algorithm": key.algorithm, "account": account.label},
            )
    return Next(f"Signs with {key.name}" if half else f"Made {key.name}")


def _make_key(account: AwsAccount, group: KeyGroup, algorithm: str) -> SigningKey:
    private = generate_private_key("rsa-2048" if algorithm == SigningKey.Algorithm.RSA_2048 else "ecdsa-p256")
    key = SigningKey(algorithm=algorithm, public_pem=public_pem(private))
    key.name = f"{account.label} {key.get_algorithm_display()}"[:80]
    key.sealed_private_key = vault.seal(private, table="signing_key", row=key.public_id, field="private_key")
    key.save()
    half = PublicKey.objects.create(account=account, signing_key=key, name=wanted.public_key_name(key))
    half.key_groups.add(group)
    return key


def ensure_public_key(operation: Operation) -> Outcome:
    """The public half at CloudFront, found by its name and exact text where an answer was lost."""
    distribution = load_distribution(operation)
    if not distribution.is_private:
        return Next()
    half = _public_half(distribution)
    if half.aws_id:
        return Next()
    try:
        seen = aws_keys.create_public_key(
            connect(distribution), name=half.name, caller_reference=half.name, pem=half.signing_key.public_pem
        )
    except AwsQuotaExceeded as error:
        raise CdnadminError(
            "This AWS account has as many public keys as CloudFront allows. Remove one that is no longer used at "
            "CloudFront, or ask AWS for a higher quota, then try again.",
            code=error.code,
        ) from error
    PublicKey.objects.filter(pk=half.pk).update(aws_id=seen.id, etag=seen.etag)
    return Next(f"Key pair id {seen.id}")


def ensure_key_group(operation: Operation) -> Outcome:
    """The account's key group at CloudFront, with this distribution's key in it."""
    distribution = load_distribution(operation)
    if not distribution.is_private:
        return Next()
    half, group = _public_half(distribution), distribution.key_group
    assert group is not None  # noqa: S101  (ensure_signing_key set it)
    connection = connect(distribution)
    try:
        for _ in range(GROUP_ROUNDS):
            try:
                return _put_key_into_group(distribution, connection, half, group)
            except AwsConflict:
                group.refresh_from_db()
    except AwsQuotaExceeded as error:
        raise CdnadminError(
            "This AWS account has as many key groups as CloudFront allows. Remove one that is no longer used at "
            "CloudFront, or ask AWS for a higher quota, then try again.",
            code=error.code,
        ) from error
    raise CdnadminError(f"The key group {group.name} keeps changing at CloudFront. Try again in a minute.", code="conflict")


def _put_key_into_group(distribution: Distribution, connection: Connection, half: PublicKey, group: KeyGroup) -> Outcome:
    seen = None
    if group.aws_id:
        try:
            seen = aws_keys.get_key_group(connection, id=group.aws_id)
        except AwsNotFound:
            seen = None  # removed at CloudFront by somebody: made anew below
    if seen is None:
        seen = aws_keys.find_key_group(connection, name=group.name)
    if seen is None:
        seen = aws_keys.create_key_group(connection, name=group.name, public_key_ids=(half.aws_id,))
    note = f"Trusted through {group.name}"
    if half.aws_id not in seen.public_key_ids:
        if len(seen.public_key_ids) >= wanted.KEYS_PER_GROUP:
            note = _fall_back(distribution, group, seen.public_key_ids)
        else:
            seen = aws_keys.update_key_group(
                connection, id=seen.id, name=seen.name, public_key_ids=(*seen.public_key_ids, half.aws_id), etag=seen.etag
            )
    KeyGroup.objects.filter(pk=group.pk).update(aws_id=seen.id, etag=seen.etag)
    return Next(note)


def _fall_back(distribution: Distribution, group: KeyGroup, trusted: tuple[str, ...]) -> str:
    """The group is full: sign with another of our keys that it trusts already. Raises when it trusts none of ours."""
    other = (
        PublicKey.objects.filter(account=distribution.account, aws_id__in=trusted)
        .exclude(signing_key__sealed_private_key__isnull=True)
        .select_related("signing_key")
        .order_by("-created_at", "-id")
        .first()
    )
    if other is None:
        raise CdnadminError(
            f"The key group {group.name} holds {wanted.KEYS_PER_GROUP} keys, which is all that CloudFront allows, and none of "
            "them was made here. Remove one from it at CloudFront, then try again.",
            code="key_group_full",
        )
    Distribution.objects.filter(pk=distribution.pk).update(signing_key=other.signing_key)
    return f"{group.name} is full ({wanted.KEYS_PER_GROUP} keys): signs with {other.signing_key.name} instead"


def _public_half(distribution: Distribution) -> PublicKey:
    return PublicKey.objects.select_related("signing_key").get(
        account=distribution.account, signing_key_id=distribution.signing_key_id
    )
