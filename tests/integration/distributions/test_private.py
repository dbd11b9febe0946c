"""What "private" means: at the edge, at the bucket, and through every other distribution."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cdnadmin import vault
from cdnadmin.accounts.models import Bucket, Role, User
from cdnadmin.errors import InvalidInput, NotAllowed, NotReady, VaultError
from cdnadmin.signing import load_signer, sign_url
from distributions.models import Distribution, HandedSignature, SigningKey
from distributions.services.distributions import NewDistribution, create_distribution
from distributions.services.objects import add_object
from distributions.services.signing import sign_object_url
from tests.conftest import RunningSandbox, wait_until
from tests.integration.distributions.conftest import Edge, make

pytestmark = pytest.mark.django_db(transaction=True)


def put(actor: User, distribution: Distribution, path: str = "film one.txt", body: bytes = b"a film") -> Any:
    return add_object(actor=actor, distribution=distribution, path=path, body=body, content_type="text/plain")


@pytest.mark.parametrize("access_model", ["oac", "oai"])
@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa-2048"])
def test_it_opens_with_a_signature_only(
    administrator: User, bucket: Bucket, edge: Edge, sandbox: RunningSandbox, access_model: str, algorithm: str
) -> None:
    site = make(administrator, bucket, kind="private", access_model=access_model, algorithm=algorithm)
    added = put(administrator, site)
    signed = sign_object_url(actor=administrator, distribution=site, key=added.key, seconds=60, reason="test")
    opened = edge.get(signed.url)
    assert (opened.status_code, opened.text) == (200, "a film")
    assert (edge.get(added.url).status_code, "MissingKey" in edge.get(added.url).text) == (403, True)
    assert httpx.get(f"{sandbox.url}/{bucket.name}/{added.key}").status_code == 403
    assert httpx.get(f"{sandbox.url}/{bucket.name}").status_code == 403


def test_its_key_is_refused_at_every_other_distribution_of_the_bucket(administrator: User, bucket: Bucket, edge: Edge) -> None:
    private = make(administrator, bucket, kind="private", name="Private")
    others = [make(administrator, bucket, name="Public"), make(administrator, bucket, kind="private", name="Private too")]
    added = put(administrator, private)
    signed = sign_object_url(actor=administrator, distribution=private, key=added.key, seconds=60, reason="test")
    for other in others:
        for address in (added.url, signed.url):
            elsewhere = address.replace(private.domain_name, other.domain_name)
            assert edge.get(elsewhere).status_code == 403
        # Nor by asking for its prefix, or for a way out of one's own.
        base = added.url.partition(private.domain_name)[0] + other.domain_name + added.url.partition(private.domain_name)[2][:5]
        for path in (added.key, f"..{private.origin_path}/film%20one.txt", f"%2e%2e{private.origin_path}/film%20one.txt"):
            assert edge.get(f"{base}/{path.replace(' ', '%20')}").status_code == 403


def test_a_signature_ends(administrator: User, bucket: Bucket, edge: Edge) -> None:
    site = make(administrator, bucket, kind="private")
    added = put(administrator, site)
    signed = sign_object_url(actor=administrator, distribution=site, key=added.key, seconds=1, reason="test")
    assert edge.get(signed.url).status_code == 200
    wait_until(lambda: edge.get(signed.url).status_code == 403, seconds=6, what="the end of the signature")


def test_each_signature_is_written_down_but_not_kept(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, kind="private")
    added = put(administrator, site)
    signed = sign_object_url(actor=administrator, distribution=site, key=added.key, seconds=60, reason="private_link")
    handed = HandedSignature.objects.get()
    assert (handed.person, handed.resource, handed.reason) == (administrator, added.url, "private_link")
    assert handed.expires_at == signed.expires_at
    signature = signed.url.partition("Signature=")[2].partition("&")[0]
    assert signature not in str(HandedSignature.objects.values().get())
    assert signature not in repr(signed)


def test_a_key_made_outside_opens_nothing(administrator: User, bucket: Bucket, edge: Edge) -> None:
    from cdnadmin.signing import generate_private_key

    site = make(administrator, bucket, kind="private")
    added = put(administrator, site)
    half = site.signing_key.public_keys.get()  # type: ignore[union-attr]
    forged = sign_url(
        added.url, key_pair_id=half.aws_id, signer=load_signer(generate_private_key("ecdsa-p256")), expires=2_000_000_000
    )
    assert edge.get(forged).status_code == 403


def test_a_sealed_key_moved_to_another_row_does_not_open(administrator: User, bucket: Bucket) -> None:
    site = make(administrator, bucket, kind="private")
    key = site.signing_key
    assert key is not None
    other = SigningKey.objects.create(name="Other", public_pem=key.public_pem, sealed_private_key=key.sealed_private_key)
    with pytest.raises(VaultError):
        vault.open_sealed(other.sealed_private_key, table="signing_key", row=other.public_id, field="private_key")


def test_who_may_not_sign_and_what_needs_no_signature(administrator: User, bucket: Bucket) -> None:
    public = make(administrator, bucket)
    with pytest.raises(InvalidInput, match="public"):
        sign_object_url(actor=administrator, distribution=public, key=f"{public.prefix}a", seconds=60, reason="test")
    waiting = create_distribution(actor=administrator, wanted=NewDistribution(name="New", bucket=bucket, kind="private"))
    with pytest.raises(NotReady):
        sign_object_url(actor=administrator, distribution=waiting, key=f"{waiting.prefix}a", seconds=60, reason="test")
    gone = User.objects.create_user("gone@example.org", role=Role.ADMINISTRATOR, is_active=False)
    with pytest.raises(NotAllowed):
        sign_object_url(actor=gone, distribution=waiting, key=f"{waiting.prefix}a", seconds=60, reason="test")


@pytest.mark.parametrize(
    "path", ["a b.txt", "ünï/東京.txt", "what?*#%41.txt", "a+b&c=d.txt", "quote'\".txt", "semi;colon,comma.txt", "~tilde@(1).txt"]
)
def test_any_key_opens_at_its_address(administrator: User, bucket: Bucket, edge: Edge, path: str) -> None:
    """The wildcards of policies and what ends a URL are encoded, and what is signed is what is asked for."""
    site = make(administrator, bucket, kind="private")
    added = put(administrator, site, path, path.encode())
    signed = sign_object_url(actor=administrator, distribution=site, key=added.key, seconds=60, reason="test")
    opened = edge.get(signed.url)
    assert (opened.status_code, opened.content) == (200, path.encode())
    assert not {"*", "?", "#"} & set(added.url)
