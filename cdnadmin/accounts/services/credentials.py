"""From an account's row to a connection: the only place where its secret is opened."""

from __future__ import annotations

from cdnadmin.accounts.models import AwsAccount
from cdnadmin.accounts.services.endpoints import check_endpoint_still
from cdnadmin.aws.session import Connection
from cdnadmin.vault import open_sealed, seal

_TABLE, _FIELD = "accounts_awsaccount", "secret"


def seal_secret(*, account: AwsAccount, secret_access_key: str) -> None:
    """Put the secret under the vault, bound to this row. The caller saves the row."""
    account.sealed_secret = seal(secret_access_key.encode(), table=_TABLE, row=account.public_id, field=_FIELD)


def connection_for(account: AwsAccount) -> Connection:
    """How to reach this account's AWS. Raises VaultError where its secret does not open, InvalidInput where its
    endpoint leads to a forbidden address by now."""
    if account.endpoint_url:
        check_endpoint_still(account.endpoint_url)
    if account.credentials == AwsAccount.Credentials.ENVIRONMENT:
        return Connection(region=account.region, endpoint_url=account.endpoint_url)
    secret = open_sealed(account.sealed_secret, table=_TABLE, row=account.public_id, field=_FIELD)
    return Connection(account.region, account.endpoint_url, account.access_key_id, secret.decode())
