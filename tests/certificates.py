"""Certificates that ACM takes, for tests: signed by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def issue_certificate(acm: Any, *names: str, arn: str = "") -> str:
    """A certificate of ACM's for these names, by import: those are issued at once. `arn`: of the one it is put in place of."""
    key, now = rsa.generate_private_key(public_exponent=65_537, key_size=2048), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    place = {"CertificateArn": arn} if arn else {}
    answer = acm.import_certificate(Certificate=certificate.public_bytes(serialization.Encoding.PEM), PrivateKey=private, **place)
    return str(answer["CertificateArn"])
