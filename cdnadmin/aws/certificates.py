"""Certificates in ACM, as far as CloudFront takes them: those of us-east-1.

Source: AWS Certificate Manager User Guide, "DNS validation"; CloudFront Developer Guide, "Requirements for using
SSL/TLS certificates with CloudFront".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdnadmin.aws.session import Connection, acm
from cdnadmin.aws.translate import translated

# ListCertificates leaves all but RSA 1024 and 2048 out unless they are named.
_KEY_TYPES = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]


@dataclass(frozen=True)
class DnsRecord:
    """What must stand in DNS for ACM to believe that a name is the account's. `status`: PENDING_VALIDATION, SUCCESS …"""

    name: str
    type: str
    value: str
    status: str


@dataclass(frozen=True)
class Certificate:
    arn: str
    domain_name: str
    names: tuple[str, ...]
    status: str  # ISSUED, PENDING_VALIDATION, EXPIRED …
    not_after: datetime | None = None
    key_algorithm: str = ""  # RSA_2048, EC_prime256v1 …
    in_use: bool = False
    validation: tuple[DnsRecord, ...] = ()


def list_certificates(connection: Connection) -> tuple[Certificate, ...]:
    """All of the account in us-east-1, without their validation records: one call for each hundred, and one more for
    each certificate of more than a hundred names."""
    found: list[Certificate] = []
    token = ""
    while True:
        with translated("list the certificates"):
            answer = acm(connection).list_certificates(
                Includes={"keyTypes": _KEY_TYPES}, MaxItems=100, **({"NextToken": token} if token else {})
            )
        for item in answer["CertificateSummaryList"]:
            if item.get("HasAdditionalSubjectAlternativeNames"):
                found.append(get_certificate(connection, arn=item["CertificateArn"]))
                continue
            names = tuple(item.get("SubjectAlternativeNameSummaries") or [item["DomainName"]])
            found.append(
                Certificate(
                    item["CertificateArn"],
                    item["DomainName"],
                    names,
                    item.get("Status", ""),
                    item.get("NotAfter"),
                    key_algorithm=item.get("KeyAlgorithm", ""),
                    in_use=item.get("InUse", False),
                )
            )
        token = answer.get("NextToken", "")
        if not token:
            return tuple(found)


def get_certificate(connection: Connection, *, arn: str) -> Certificate:
    with translated("read the certificate"):
        found: Any = acm(connection).describe_certificate(CertificateArn=arn)["Certificate"]
    records = []
    for option in found.get("DomainValidationOptions", []):
        record = option.get("ResourceRecord")
        if record:
            records.append(DnsRecord(record["Name"], record["Type"], record["Value"], option.get("ValidationStatus", "")))
    names = tuple(found.get("SubjectAlternativeNames") or [found["DomainName"]])
    return Certificate(
        arn,
        found["DomainName"],
        names,
        found["Status"],
        found.get("NotAfter"),
        # Here ACM answers "RSA-2048", in lists "RSA_2048".
        key_algorithm=found.get("KeyAlgorithm", "").replace("-", "_"),
        in_use=bool(found.get("InUseBy")),
        validation=tuple(dict.fromkeys(records)),
    )


def request_certificate(connection: Connection, *, names: Sequence[str], idempotency_token: str) -> str:
    """Ask for one, to be validated by DNS; its ARN. ACM answers the same one for the same token within an hour."""
    with translated("request a certificate"):
        answer: Any = acm(connection).request_certificate(
            DomainName=names[0],
            SubjectAlternativeNames=list(names),
            ValidationMethod="DNS",
            IdempotencyToken=idempotency_token,
        )
    return str(answer["CertificateArn"])


def covers(certificate: Certificate, host: str) -> bool:
    """Whether it stands for this host name; a wildcard covers one label."""
    host = host.lower()
    names = {name.lower() for name in certificate.names}
    return host in names or f"*.{host.partition('.')[2]}" in names
