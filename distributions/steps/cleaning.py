"""What a deleted distribution leaves behind at AWS: its statements, its access, its keys. Each goes only if nothing else uses it.

AWS has the last word: what it calls in use stays, and so does what these credentials may not touch; both are said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import Bucket
from cdnadmin.aws import bucket_policies
from cdnadmin.aws import keys as aws_keys
from cdnadmin.aws import origin_access as aws_access
from cdnadmin.aws.session import Connection
from cdnadmin.errors import AwsError, AwsNotFound
from cdnadmin.operations.models import Operation
from cdnadmin.operations.outcomes import Next, Outcome
from distributions import wanted
from distributions.dependents import accesses_of, key_groups_of, others_using
from distributions.models import Distribution, KeyGroup, OriginAccess, PublicKey, SigningKey
from distributions.steps.bucket_policy import write_statements
from distributions.steps.target import connect, load_distribution


def clean_policy(operation: Operation) -> Outcome:
    """Take its statements out of the policies of its buckets; all others stay."""
    distribution = load_distribution(operation)
    if "policy" not in operation.input.get("cleanup", ()):
        return Next()
    notes = []
    names = {
        *wanted.policy_statements(distribution, distribution.config),
        *([distribution.bucket.name] if distribution.bucket else []),
    }
    for name in sorted(names):
        bucket = Bucket.objects.select_related("account").filter(account_id=distribution.account_id, name=name).first()
        if bucket is None:
            notes.append(f"{name} is not of this account: its policy is left as it is")
            continue
        try:
            sids = _for_it_alone(connect(distribution), distribution, name)
            waiting = write_statements(operation, bucket, remove=sids)
        except AwsNotFound:
            continue  # the bucket is gone, and its policy with it
        except AwsError as error:
            notes.append(_left(f"The policy of {name}", error))
            continue
        if waiting is not None:
            return waiting
        notes.append(f"{name} lets it in no more")
    return Next("; ".join(notes))


def _for_it_alone(connection: Connection, distribution: Distribution, bucket: str) -> set[str]:
    """Sids of the statements made here for it, and of those that somebody else wrote for it alone, as the console does."""
    made_here = (wanted.control_sid(distribution), wanted.identity_sid(distribution))
    found = set()
    for statement in bucket_policies.get_bucket_policy(connection, bucket=bucket).get("Statement", []):
        arns = [test.get("AWS:SourceArn", test.get("aws:SourceArn")) for test in statement.get("Condition", {}).values()]
        sid = str(statement.get("Sid", ""))
        if sid.startswith(made_here) or distribution.arn in arns or [distribution.arn] in arns:
            found.add(sid)
    return found - {""}


def _left(what: str, error: AwsError) -> str:
    """What is left, in words. Raised again where the same call may succeed later."""
    if error.retryable or error.is_mendable:
        raise error
    return f"{what} is left: {error.message}"


def clean_access(operation: Operation) -> Outcome:
    """Delete its origin access controls and identities."""
    distribution = load_distribution(operation)
    if "access" not in operation.input.get("cleanup", ()):
        return Next()
    notes = []
    for model, id in accesses_of(distribution.config):
        kept = _kept_for_others(distribution, id)
        if kept:
            notes.append(kept)
            continue
        try:
            _delete_access(connect(distribution), model, id)
        except AwsNotFound:
            pass
        except AwsError as error:
            notes.append(_left(id, error))
            continue
        with transaction.atomic():
            gone = Distribution.objects.filter(account_id=distribution.account_id, status=Distribution.Status.GONE)
            gone.filter(origin_access__aws_id=id).update(origin_access=None)
            _forget(OriginAccess.objects.filter(account_id=distribution.account_id, aws_id=id).first())
        notes.append(f"{id} is deleted")
    return Next("; ".join(notes))


def _kept_for_others(distribution: Distribution, id: str) -> str:
    others = others_using(distribution, [id])
    return f"{id} is left: “{others[0]}” uses it" if others else ""


def _delete_access(connection: Connection, model: str, id: str) -> None:
    if model == OriginAccess.Type.OAC:
        etag = aws_access.get_origin_access_control(connection, id=id).etag
        aws_access.delete_origin_access_control(connection, id=id, etag=etag)
    else:
        etag = aws_access.get_origin_access_identity(connection, id=id).etag
        aws_access.delete_origin_access_identity(connection, id=id, etag=etag)


def _forget(row: Any) -> None:
    """The row of what AWS has no more; where another row has come to need it meanwhile, it stays."""
    if row is not None:
        try:
            row.delete()
        except (ProtectedError, RestrictedError):
            return


def clean_keys(operation: Operation) -> Outcome:
    """Delete its key groups, and the public keys that no other group holds."""
    distribution = load_distribution(operation)
    if "keys" not in operation.input.get("cleanup", ()):
        return Next()
    notes = []
    for id in key_groups_of(distribution.config):
        kept = _kept_for_others(distribution, id)
        if kept:
            notes.append(kept)
            continue
        try:
            notes += _delete_group(distribution, id)
        except AwsError as error:
            notes.append(_left(id, error))
    return Next("; ".join(notes))


def _delete_group(distribution: Distribution, id: str) -> list[str]:
    """The group first, since CloudFront keeps keys that a group holds. Its keys are known from the rows and from AWS."""
    connection, account = connect(distribution), distribution.account_id
    row = KeyGroup.objects.filter(account_id=account, aws_id=id).first()
    keys = set(row.public_keys.values_list("aws_id", flat=True)) if row else set()
    try:
        seen = aws_keys.get_key_group(connection, id=id)
        keys |= set(seen.public_key_ids)
        aws_keys.delete_key_group(connection, id=id, etag=seen.etag)
    except AwsNotFound:
        pass
    notes = [f"{id} is deleted"]
    for key in sorted(keys - {""}):
        try:
            aws_keys.delete_public_key(connection, id=key, etag=aws_keys.get_public_key(connection, id=key).etag)
        except AwsNotFound:
            pass
        except AwsError as error:
            notes.append(_left(key, error))
            continue
        # Whose signatures are remembered keeps its row; without an id it is made again should it be needed.
        PublicKey.objects.filter(account_id=account, aws_id=key).update(aws_id="", etag="")
    with transaction.atomic():
        gone = Distribution.objects.filter(account_id=account, status=Distribution.Status.GONE)
        gone.filter(key_group__aws_id=id).update(key_group=None, signing_key=None)
        _forget(row)
    return notes


def drop_unused_keys(operation: Operation) -> None:
    """Rows of keys that CloudFront has no more and nothing here uses; their private halves can sign nothing."""
    account = operation.input.get("account")
    if account is None or "keys" not in operation.input.get("cleanup", ()):
        return
    for half in PublicKey.objects.filter(account_id=account, aws_id="", key_groups=None).select_related("signing_key"):
        with transaction.atomic():
            _forget(half)
            _drop_unused_key(operation, half.signing_key)


def _drop_unused_key(operation: Operation, key: SigningKey) -> None:
    """Only a key whose half was at this account: others wait for an account that was forgotten and may come back."""
    if key.public_keys.exists() or key.distributions.exists():
        return
    record(
        actor=operation.requested_by,
        action="delete_signing_key",
        target=f"signing_key:{key.public_id}",
        label=key.name,
        before={"name": key.name, "algorithm": key.algorithm},
    )
    _forget(key)


STEPS: dict[str, tuple[str, Callable[[Operation], Outcome]]] = {
    "policy": ("Take its statement out of the bucket’s policy", clean_policy),
    "access": ("Delete its origin access", clean_access),
    "keys": ("Delete its key group and keys", clean_keys),
}
