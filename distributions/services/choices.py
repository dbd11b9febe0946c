"""What the form of a new distribution offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cdnadmin.accounts.models import AwsAccount, new_public_id
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import buckets as aws_buckets
from cdnadmin.errors import CdnadminError


def choose_account(accounts: Sequence[AwsAccount], public_id: str) -> AwsAccount | None:
    """The one asked for; else one that answered when it was last tested, AWS's before the sandbox's; None where there is none."""
    asked = next((account for account in accounts if account.public_id == public_id), None)

    def worth(account: AwsAccount) -> tuple[bool, bool, str]:
        refused = account.tested_at is not None and not account.test_result.get("ok")
        return refused, account.is_sandbox, account.label

    return asked or min(accounts, key=worth, default=None)


def offered_buckets(account: AwsAccount) -> tuple[list[str], str]:
    """The account's buckets at AWS, and "" or a sentence about why they can't be listed (then: those known here).

    Someone waits for the page: one try, a few seconds.
    """
    known = list(account.buckets.values_list("name", flat=True))
    try:
        found = aws_buckets.list_buckets(replace(connection_for(account), impatient=True))
    except CdnadminError as error:
        return known, error.message
    # A name with dots breaks TLS between CloudFront and the bucket.
    return [name for name in found if "." not in name], ""


def suggest_bucket_name() -> str:
    """A name that nobody in the world is likely to have."""
    return f"media-{new_public_id()}"
