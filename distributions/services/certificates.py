"""A certificate of ACM for host names of one's own, asked for from here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from cdnadmin.accounts.audit import record
from cdnadmin.accounts.models import AwsAccount, User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import certificates as aws_certificates
from cdnadmin.aws.certificates import Certificate
from cdnadmin.errors import InvalidInput
from distributions.configuration.allowed import HOST


def request_certificate(*, actor: User, account: AwsAccount, hosts: Sequence[str]) -> Certificate:
    """Ask ACM (us-east-1) for one certificate of all `hosts`, proved by DNS; the one that was asked for before, if it waits.

    Its `validation` may still be empty: ACM takes some seconds to make the records.
    Raises InvalidInput (field "aliases"), NotAllowed, AwsError.
    """
    require(actor, Action.MANAGE_DISTRIBUTIONS)
    names = sorted({host.strip().lower().rstrip(".") for host in hosts} - {""}, key=lambda host: (len(host), host))
    if not names:
        raise InvalidInput("Name the hosts first, one a line.", field="aliases")
    for name in names:
        if not HOST.fullmatch(name):
            raise InvalidInput(f"“{name}” is not a host name, as in media.example.org.", field="aliases")
    # Somebody waits for the page: one try.
    connection = replace(connection_for(account), impatient=True)
    for each in aws_certificates.list_certificates(connection):
        if each.status == "PENDING_VALIDATION" and each.domain_name == names[0]:
            # Read one by one: only so all of its names and records are told.
            pending = aws_certificates.get_certificate(connection, arn=each.arn)
            if {name.lower() for name in pending.names} >= set(names):
                return pending
    token = hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
    # The shortest comes first: ACM takes 64 characters at most for the name that the certificate is called by.
    arn = aws_certificates.request_certificate(connection, names=names, idempotency_token=token)
    target = f"aws account:{account.public_id}"
    record(actor=actor, action="request_certificate", target=target, label=names[0], after={"names": names, "arn": arn})
    return aws_certificates.get_certificate(connection, arn=arn)
