"""Keys: the two kinds that CloudFront takes sign and verify, every other is refused in words."""

from __future__ import annotations

import traceback

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnadmin.errors import InvalidInput
from cdnadmin.signing import HashAlgorithm, generate_private_key, load_public_key, load_signer, public_pem
from cdnadmin.signing.signers import signature_matches
from tests.unit.signing.conftest import Pair, make_pair

HASHES = {HashAlgorithm.SHA1: hashes.SHA1(), HashAlgorithm.SHA256: hashes.SHA256()}
MESSAGE = b'{"Statement":[]}'
EC = ec.generate_private_key(ec.SECP256R1())
Pem = serialization.PrivateFormat


def pem(key: PrivateKeyTypes, form: Pem = Pem.PKCS8, passphrase: bytes = b"") -> bytes:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(serialization.Encoding.PEM, form, lock)


def of_another_kind() -> list[tuple[PrivateKeyTypes, str]]:
    return [
        (rsa.generate_private_key(public_exponent=65537, key_size=1024), "has 1024"),
        (rsa.generate_private_key(public_exponent=65537, key_size=2056), "has 2056"),
        (ec.generate_private_key(ec.SECP384R1()), "on secp384r1"),
        (ec.generate_private_key(ec.SECP256K1()), "on secp256k1"),
        (ed25519.Ed25519PrivateKey.generate(), "of another kind"),
    ]


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
def test_an_rsa_signature_is_pkcs1_v15_of_the_named_hash(rsa_pair: Pair, hash_algorithm: HashAlgorithm) -> None:
    key = serialization.load_pem_public_key(rsa_pair.public.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    assert rsa_pair.signer.algorithm == "rsa-2048"
    key.verify(rsa_pair.signer.sign(MESSAGE, hash_algorithm), MESSAGE, padding.PKCS1v15(), HASHES[hash_algorithm])


@pytest.mark.parametrize("hash_algorithm", list(HashAlgorithm))
def test_an_ecdsa_signature_is_der_of_the_named_hash(ecdsa_pair: Pair, hash_algorithm: HashAlgorithm) -> None:
    key = serialization.load_pem_public_key(ecdsa_pair.public.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert ecdsa_pair.signer.algorithm == "ecdsa-p256"
    key.verify(ecdsa_pair.signer.sign(MESSAGE, hash_algorithm), MESSAGE, ec.ECDSA(HASHES[hash_algorithm]))


def test_a_signature_matches_its_own_key_message_and_hash_only(pair: Pair) -> None:
    key = load_public_key(pair.public)
    stranger = load_public_key(make_pair("ecdsa-p256").public)
    signature = pair.signer.sign(MESSAGE, HashAlgorithm.SHA256)
    assert signature_matches(key, signature, MESSAGE, HashAlgorithm.SHA256)
    assert not signature_matches(key, signature, MESSAGE, HashAlgorithm.SHA1)
    assert not signature_matches(key, signature, MESSAGE + b" ", HashAlgorithm.SHA256)
    assert not signature_matches(stranger, signature, MESSAGE, HashAlgorithm.SHA256)


def test_no_flipped_bit_of_a_signature_matches(pair: Pair) -> None:
    key = load_public_key(pair.public)
    signature = pair.signer.sign(MESSAGE, HashAlgorithm.SHA256)
    for place in range(len(signature)):
        flipped = bytes(byte ^ (1 << place % 8) if at == place else byte for at, byte in enumerate(signature))
        assert not signature_matches(key, flipped, MESSAGE, HashAlgorithm.SHA256), place
    for other in (b"", signature[:-1], signature + b"\0", b"\0" + signature):
        assert not signature_matches(key, other, MESSAGE, HashAlgorithm.SHA256)


@pytest.mark.parametrize("form", [Pem.PKCS8, Pem.TraditionalOpenSSL])
@pytest.mark.parametrize("passphrase", [b"", b"open sesame", "Öffne dich".encode()])
def test_a_key_loads_in_every_usual_form(rsa_pair: Pair, form: Pem, passphrase: bytes) -> None:
    same = serialization.load_pem_private_key(rsa_pair.private, None)
    for key in (EC, same):
        assert load_signer(pem(key, form, passphrase), passphrase or None).algorithm in ("ecdsa-p256", "rsa-2048")
    loaded = load_signer(pem(same, form, passphrase), passphrase or None)
    assert loaded.sign(MESSAGE, HashAlgorithm.SHA1) == rsa_pair.signer.sign(MESSAGE, HashAlgorithm.SHA1)


def test_an_empty_passphrase_is_as_none() -> None:
    assert load_signer(pem(EC), b"").algorithm == "ecdsa-p256"


@pytest.mark.parametrize(
    ("locked", "passphrase", "field", "sentence"),
    [
        (True, None, "passphrase", "This key is encrypted: enter its passphrase."),
        (True, b"", "passphrase", "This key is encrypted: enter its passphrase."),
        (True, b"wrong", "private_key", "or the passphrase is wrong"),
        (False, b"open sesame", "passphrase", "needs no passphrase"),
    ],
)
def test_a_passphrase_that_does_not_fit_is_said(locked: bool, passphrase: bytes | None, field: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        load_signer(pem(EC, passphrase=b"open sesame" if locked else b""), passphrase)
    assert refused.value.field == field


def test_a_key_of_another_kind_is_refused_saying_which() -> None:
    for key, sentence in of_another_kind():
        with pytest.raises(InvalidInput, match=sentence) as refused:
            load_signer(pem(key))
        assert refused.value.field == "private_key"
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(InvalidInput, match="RSA 2048 and ECDSA P-256") as refused:
            load_public_key(public.decode())
        assert refused.value.field == "public_key"


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048"])
def test_halves_are_not_taken_for_each_other(algorithm: str, rsa_pair: Pair, ecdsa_pair: Pair) -> None:
    pair = rsa_pair if algorithm == "rsa-2048" else ecdsa_pair
    with pytest.raises(InvalidInput, match="not a private key"):
        load_signer(pair.public.encode())
    with pytest.raises(InvalidInput, match="not a public key") as refused:
        load_public_key(pair.private.decode())
    assert pair.private.decode().splitlines()[1] not in "".join(traceback.format_exception(refused.value))


@pytest.mark.parametrize("text", ["", "ssh-rsa AAAA", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "\ud800", "clé"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        load_public_key(text)
    with pytest.raises(InvalidInput):
        load_signer(text.encode("utf-8", "surrogatepass"))


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_a_mangled_key_is_refused_without_showing_it(data: st.DataObject) -> None:
    whole = pem(EC)
    place = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(0, 3))
    mangled = whole[:place] + data.draw(st.binary(max_size=3)) + whole[place + length :]
    try:
        load_signer(mangled)  # some change only a line's end, or the private number to another one
    except InvalidInput as refused:
        shown = "".join(traceback.format_exception(refused)) + repr(refused)
        assert not any(line.decode() in shown for line in whole.splitlines()[1:-1])


def test_a_signer_does_not_show_its_key(pair: Pair) -> None:
    assert not any(line in repr(pair.signer) + str(pair.signer) for line in pair.private.decode().splitlines()[1:-1])


def test_each_generated_key_is_new() -> None:
    assert generate_private_key("ecdsa-p256") != generate_private_key("ecdsa-p256")
    assert public_pem(pem(EC)).startswith("-----BEGIN PUBLIC KEY-----\n")
