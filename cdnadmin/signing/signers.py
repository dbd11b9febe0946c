"""Private keys that sign, and public keys that verify, in the two kinds CloudFront knows.

Source: Amazon CloudFront Developer Guide, "Specify signers that can create signed URLs and signed cookies".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from cdnadmin.errors import InvalidInput

Algorithm = Literal["ecdsa-p256", "rsa-2048"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class HashAlgorithm(StrEnum):
    """What a policy is hashed with. CloudFront takes SHA-1 unless the URL says `Hash-Algorithm=SHA256`."""

    SHA1 = "SHA1"
    SHA256 = "SHA256"


_HASHES: dict[HashAlgorithm, hashes.HashAlgorithm] = {
    HashAlgorithm.SHA1: hashes.SHA1(),  # noqa: S303  (CloudFront's default; SHA-256 is ours)
    HashAlgorithm.SHA256: hashes.SHA256(),
}
_PKCS1 = padding.PKCS1v15()


class Signer(Protocol):
    """Whatever can sign a policy: a local key here, AWS KMS elsewhere."""

    @property
    def algorithm(self) -> Algorithm: ...

    def sign(self, message: bytes, hash_algorithm: HashAlgorithm) -> bytes: ...


class RsaSigner:
    """RSA 2048, PKCS #1 v1.5."""

    algorithm: Algorithm = "rsa-2048"

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key

    def sign(self, message: bytes, hash_algorithm: HashAlgorithm) -> bytes:
        return self._key.sign(message, _PKCS1, _HASHES[hash_algorithm])


class EcdsaSigner:
    """ECDSA on P-256, DER-encoded."""

    algorithm: Algorithm = "ecdsa-p256"

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self._by_hash = {name: ec.ECDSA(algorithm) for name, algorithm in _HASHES.items()}

    def sign(self, message: bytes, hash_algorithm: HashAlgorithm) -> bytes:
        return self._key.sign(message, self._by_hash[hash_algorithm])


def load_signer(pem: bytes, password: bytes | None = None) -> RsaSigner | EcdsaSigner:
    """Make a signer of a private key in PEM. Raises InvalidInput naming what is wrong, never showing the key."""
    try:
        key: object = serialization.load_pem_private_key(pem, password or None)
    except TypeError:
        raise InvalidInput(
            "This key is encrypted: enter its passphrase." if not password else "This key needs no passphrase: leave it empty.",
            field="passphrase",
        ) from None
    except ValueError:
        raise InvalidInput("This is not a private key in PEM form, or the passphrase is wrong.", field="private_key") from None
    except UnsupportedAlgorithm:
        key = None  # of another kind
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size != 2048:
            raise InvalidInput(f"CloudFront takes RSA keys of 2048 bits; this one has {key.key_size}.", field="private_key")
        return RsaSigner(key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise InvalidInput(f"CloudFront takes ECDSA keys on P-256; this one is on {key.curve.name}.", field="private_key")
        return EcdsaSigner(key)
    raise InvalidInput("CloudFront takes RSA 2048 and ECDSA P-256 keys; this one is of another kind.", field="private_key")


def generate_private_key(algorithm: Algorithm) -> bytes:
    """Make a private key, as unencrypted PKCS #8 PEM."""
    key: PrivateKey
    if algorithm == "rsa-2048":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_pem(private_pem: bytes) -> str:
    """The public half of a private key, as PEM text ("-----BEGIN PUBLIC KEY-----…")."""
    key = serialization.load_pem_private_key(private_pem, None)
    encoded = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode("ascii")


def load_public_key(pem: str) -> PublicKey:
    """A public key that CloudFront would take. Raises InvalidInput for any other."""
    try:
        key: object = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        raise InvalidInput("This is not a public key in PEM form.", field="public_key") from None
    except UnsupportedAlgorithm:
        key = None  # of another kind
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == 2048:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise InvalidInput("CloudFront takes RSA 2048 and ECDSA P-256 public keys.", field="public_key")


def signature_matches(key: PublicKey, signature: bytes, message: bytes, hash_algorithm: HashAlgorithm) -> bool:
    """Whether `signature` over `message` was made by the private half of `key`."""
    algorithm = _HASHES[hash_algorithm]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _PKCS1, algorithm)
        else:
            key.verify(signature, message, ec.ECDSA(algorithm))
    except InvalidSignature:
        return False
    return True
