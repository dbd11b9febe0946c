"""What the form of a new distribution offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdnadmin.accounts.models import AwsAccount, new_public_id
from cdnadmin.accounts.services.credentials import connection_for
from cdnadmin.aws import buckets as aws_buckets
from cdnadmin.aws.certificates import Certificate, covers
from cdnadmin.errors import CdnadminError, InvalidInput
from distributions.configuration.allowed import HOST
from distributions.configuration.presets import PRESETS, Preset
from distributions.services.offers import OfferedCertificates


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


@dataclass(frozen=True)
class CertificateAdvice:
    """What ACM has for the host names asked for.

    `issued` can be chosen, those that cover all the names first; `pending` wait for the DNS records in their
    `validation`; `missing` are the names that no issued one covers; `problem` says why ACM could not be asked, or "".
    """

    issued: tuple[Certificate, ...] = ()
    pending: tuple[Certificate, ...] = ()
    missing: tuple[str, ...] = ()
    problem: str = ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(each.arn, certificate_label(each)) for each in self.issued]


def certificate_label(certificate: Certificate) -> str:
    names = ", ".join(certificate.names[:3]) + (f" and {len(certificate.names) - 3} more" if len(certificate.names) > 3 else "")
    return f"{names}, until {certificate.not_after:%-d %B %Y}" if certificate.not_after else names


def advise_certificates(offered: OfferedCertificates, hosts: Sequence[str]) -> CertificateAdvice:
    """What of `offered` is for these host names."""
    issued = [each for each in offered.certificates if each.status == "ISSUED"]
    return CertificateAdvice(
        issued=tuple(sorted(issued, key=lambda each: not all(covers(each, host) for host in hosts))),
        pending=tuple(each for each in offered.certificates if each.status == "PENDING_VALIDATION"),
        missing=tuple(host for host in hosts if not any(covers(each, host) for each in issued)),
        problem=offered.problem,
    )


def require_covering(advice: CertificateAdvice, hosts: Sequence[str], arn: str) -> None:
    """Raise InvalidInput (field "certificate_arn") where ACM's list tells that the certificate does not do for all names.

    One that the list does not have may be right all the same: CloudFront has the last word. What is no host name is for
    others to tell.
    """
    hosts = [host for host in hosts if HOST.fullmatch(host)]
    for each in advice.pending:
        if each.arn == arn:
            message = f"“{each.domain_name}” is not issued yet: it waits for its DNS records, which stand below."
            raise InvalidInput(message, field="certificate_arn")
    chosen = next((each for each in advice.issued if each.arn == arn), None)
    left_out = [host for host in hosts if chosen is not None and not covers(chosen, host)]
    if left_out:
        raise InvalidInput(f"This certificate does not cover “{left_out[0]}”.", field="certificate_arn")
    missing = [host for host in advice.missing if host in hosts]
    if missing and not arn and not advice.problem:
        message = f"No issued certificate of this account covers “{missing[0]}”. Request one below, or choose another."
        raise InvalidInput(message, field="certificate_arn")


def offered_presets() -> Sequence[Preset]:
    """What a new distribution may be for, each with its sentence."""
    return PRESETS


def covered_by_one(advice: CertificateAdvice, hosts: Sequence[str]) -> tuple[str, list[str]]:
    """(ARN, the names it covers) of the issued certificate that covers most of `hosts`; ("", []) where none covers any."""
    found = [(each.arn, [host for host in hosts if covers(each, host)]) for each in advice.issued]
    best = max(found, key=lambda each: len(each[1]), default=("", []))
    return best if best[1] else ("", [])
