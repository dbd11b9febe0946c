"""AWS accounts: connected, changed, tested."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for, seal_secret
from cdnadmin.accounts.services.endpoints import check_endpoint
from cdnadmin.aws.buckets import list_buckets
from cdnadmin.aws.distributions import iterate_distributions
from cdnadmin.aws.identity import get_caller_identity
from cdnadmin.aws.session import Connection
from cdnadmin.errors import CdnadminError, InvalidInput
from cdnadmin.text import without_controls

SANDBOX_LABEL = "Sandbox"
# Nothing but the distribution's own host: strangers' requests are sent there, and neither a user nor a path.
_VIEWER_BASE = re.compile(r"https?://\{domain\}(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Check:
    """One thing that was tried, in words."""

    label: str
    ok: bool
    message: str


@dataclass(frozen=True)
class ConnectionReport:
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


def create_aws_account(
    *,
    actor: User | None,
    label: str,
    region: str = "us-east-1",
    endpoint_url: str = "",
    credentials: str = AwsAccount.Credentials.STATIC,
    access_key_id: str = "",
    secret_access_key: str = "",
    viewer_base: str = "https://{domain}",
    is_sandbox: bool = False,
) -> AwsAccount:
    """Connect an account. Raises InvalidInput naming the field; nothing is asked of AWS yet (`test_connection`)."""
    if actor is not None:
        require(actor, Action.MANAGE_ACCOUNTS)
    account = AwsAccount(label=_label(label), is_sandbox=is_sandbox)
    _apply(account, region, endpoint_url, credentials, access_key_id, secret_access_key, viewer_base)
    return _save(account, actor, "create_aws_account", {})


def update_aws_account(
    *,
    actor: User | None,
    account: AwsAccount,
    label: str,
    region: str,
    endpoint_url: str,
    credentials: str,
    access_key_id: str,
    secret_access_key: str,
    viewer_base: str,
) -> AwsAccount:
    """Change an account. An empty `secret_access_key` keeps the one that is stored."""
    if actor is not None:
        require(actor, Action.MANAGE_ACCOUNTS)
    before = shown(account)
    account.label = _label(label)
    _apply(account, region, endpoint_url, credentials, access_key_id, secret_access_key, viewer_base)
    return _save(account, actor, "update_aws_account", before)


def _label(given: str) -> str:
    label = without_controls(given).strip()
    if not label:
        raise InvalidInput("Give it a label.", field="label")
    return label


def _apply(
    account: AwsAccount,
    region: str,
    endpoint_url: str,
    credentials: str,
    access_key_id: str,
    secret_access_key: str,
    viewer_base: str,
) -> None:
    if endpoint_url:
        check_endpoint(endpoint_url)
    if not _VIEWER_BASE.fullmatch(viewer_base.rstrip("/")):
        raise InvalidInput(
            "Write it as https://{domain}, with a port after it if need be; {domain} stands for the distribution's domain name.",
            field="viewer_base",
        )
    account.region, account.endpoint_url = region, endpoint_url.rstrip("/")
    account.credentials, account.viewer_base = credentials, viewer_base.rstrip("/")
    if credentials == AwsAccount.Credentials.ENVIRONMENT:
        account.access_key_id, account.sealed_secret = "", None
        return
    account.access_key_id = access_key_id.strip()
    if not account.access_key_id:
        raise InvalidInput("Enter the access key id, as in AKIA….", field="access_key_id")
    if secret_access_key.strip():
        seal_secret(account=account, secret_access_key=secret_access_key.strip())
    elif account.sealed_secret is None:
        raise InvalidInput("Enter the secret access key.", field="secret_access_key")


def shown(account: AwsAccount) -> dict[str, object]:
    """What the audit trail may show: never the secret."""
    names = ("label", "region", "endpoint_url", "viewer_base", "credentials", "access_key_id")
    return {name: str(getattr(account, name)) for name in names}


def _save(account: AwsAccount, actor: User | None, action: str, before: dict[str, object]) -> AwsAccount:
    try:
        with transaction.atomic():
            account.save()
            target, after = f"aws account:{account.public_id}", shown(account)
            record(actor=actor, action=action, target=target, label=account.label, before=before, after=after)
    except IntegrityError:
        raise InvalidInput("Another account has this label.", field="label") from None
    return account


def test_connection(*, actor: User | None, account: AwsAccount) -> ConnectionReport:
    """Try what cdnadmin needs, and say each result in words. The result is stored with its time."""
    if actor is not None:
        require(actor, Action.MANAGE_ACCOUNTS)
    try:
        connection = connection_for(account)
    except CdnadminError as error:
        report = ConnectionReport((Check("Credentials", False, error.message),))
    else:
        report = _try(account, replace(connection, impatient=True))
    AwsAccount.objects.filter(pk=account.pk).update(
        tested_at=timezone.now(),
        test_result={"ok": report.ok, "checks": [asdict(check) for check in report.checks]},
        aws_account_id=account.aws_account_id,
    )
    account.refresh_from_db()
    return report


def _try(account: AwsAccount, connection: Connection) -> ConnectionReport:
    def signed_in() -> str:
        identity = get_caller_identity(connection)
        account.aws_account_id = identity.account_id
        return f"Signed in to account {identity.account_id} as {identity.arn.rpartition(':')[2]}."

    def distributions() -> str:
        next(iter(iterate_distributions(connection)), None)
        return "CloudFront answers."

    def buckets() -> str:
        count = len(list_buckets(connection))
        return f"S3 answers: {count} bucket{'' if count == 1 else 's'}."

    checks: list[Check] = []
    tries: tuple[tuple[str, Callable[[], str]], ...] = (
        ("Credentials", signed_in),
        ("Distributions", distributions),
        ("Buckets", buckets),
    )
    for label, attempt in tries:
        try:
            checks.append(Check(label, True, attempt()))
        except CdnadminError as error:
            checks.append(Check(label, False, error.message))
            if error.code in {"Unreachable", "Timeout"}:
                break  # nobody is there: the other questions would only make the person wait longer
    return ConnectionReport(tuple(checks))


def ensure_sandbox_account(*, url: str) -> AwsAccount:
    """The sandbox's account, made at the first start; its address follows the port that the sandbox has today."""
    viewer_base = f"http://{{domain}}:{urlsplit(url).port}"
    account = AwsAccount.objects.filter(is_sandbox=True).first()
    if account is None:
        return create_aws_account(
            actor=None,
            label=SANDBOX_LABEL,
            endpoint_url=url,
            access_key_id="sandbox",
            secret_access_key="sandbox",  # noqa: S106  (the sandbox's, for everybody)
            viewer_base=viewer_base,
            is_sandbox=True,
        )
    if (account.endpoint_url, account.viewer_base) != (url, viewer_base):
        AwsAccount.objects.filter(pk=account.pk).update(endpoint_url=url, viewer_base=viewer_base)
        account.refresh_from_db()
    return account
