"""CloudFront signatures: made, verified and explained. Pure: no Django, no boto3."""

from cdnadmin.signing.policies import canned_policy, custom_policy, decode, encode
from cdnadmin.signing.signers import (
    Algorithm,
    EcdsaSigner,
    HashAlgorithm,
    RsaSigner,
    Signer,
    generate_private_key,
    load_public_key,
    load_signer,
    public_pem,
)
from cdnadmin.signing.urls import sign_cookies, sign_url
from cdnadmin.signing.verify import Verdict, verify_request

__all__ = [
    "Algorithm",
    "EcdsaSigner",
    "HashAlgorithm",
    "RsaSigner",
    "Signer",
    "Verdict",
    "canned_policy",
    "custom_policy",
    "decode",
    "encode",
    "generate_private_key",
    "load_public_key",
    "load_signer",
    "public_pem",
    "sign_cookies",
    "sign_url",
    "verify_request",
]
