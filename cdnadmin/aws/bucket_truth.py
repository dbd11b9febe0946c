"""What is true of a bucket at S3: everything that decides who may read in it, part by part.

Each part is read by trying: what these credentials may not read is named, and hides nothing else.
Sources: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects",
"Setting default server-side encryption behavior".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cdnadmin.aws.session import Connection, kms, s3, s3control
from cdnadmin.aws.translate import translated
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound

SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class SeenBucket:
    """`policy` None: none. `switches` and `account_switches`: those of SWITCHES that are on. `encryption`: "AES256",
    "aws:kms" or "aws:kms:dsse", for what is put from now on. `cors`: its rules. `owner`: canonical user id. `acl`: the
    bucket's own, as (canonical id or group URI, permission); None where it could not be read.
    `unread`: what could not be read, and AWS's code for why; its field is as empty then.
    """

    policy: Mapping[str, Any] | None = None
    ownership: str = ""
    switches: tuple[str, ...] = ()
    account_switches: tuple[str, ...] = ()
    encryption: str = ""
    kms_key_id: str = ""
    cors: tuple[Mapping[str, Any], ...] = ()
    owner: str = ""
    acl: tuple[tuple[str, str], ...] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


def see_bucket(connection: Connection, *, name: str, account_id: str) -> SeenBucket:
    """Eight calls at most. Raises AwsNotFound where there is no such bucket, AwsError where AWS can't be asked at all."""
    client: Any = s3(connection)
    with translated(f"look at the bucket {name}"):
        client.head_bucket(Bucket=name)
    unread: dict[str, str] = {}
    found: dict[str, Any] = {}
    for part, read in _parts(connection, client, name, account_id):
        try:
            found |= read()
        except AwsDenied as error:
            if error.is_mendable:
                raise
            unread[part] = error.code
        except AwsNotFound:
            continue  # nothing of the kind is set
        except AwsError as error:
            if error.retryable:
                raise
            unread[part] = error.code
    if "ownership" not in found and "ownership" not in unread:
        found["ownership"] = "ObjectWriter"  # what holds where nothing is set
    return SeenBucket(**found, unread=unread)


def _parts(connection: Connection, client: Any, name: str, account_id: str) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    def policy() -> dict[str, Any]:
        with translated(f"read the policy of the bucket {name}"):
            return {"policy": json.loads(client.get_bucket_policy(Bucket=name)["Policy"])}

    def ownership() -> dict[str, Any]:
        with translated(f"read who owns what is put into the bucket {name}"):
            rules = client.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
        return {"ownership": rules[0]["ObjectOwnership"]}

    def switches() -> dict[str, Any]:
        with translated(f"read whether the bucket {name} is closed to the public"):
            return {"switches": _on(client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"])}

    def account_switches() -> dict[str, Any]:
        with translated("read whether the account is closed to the public"):
            answer = s3control(connection).get_public_access_block(AccountId=account_id)
        return {"account_switches": _on(answer["PublicAccessBlockConfiguration"])}

    def encryption() -> dict[str, Any]:
        with translated(f"read how the bucket {name} encrypts"):
            rules = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        chosen = rules[0].get("ApplyServerSideEncryptionByDefault", {})
        return {"encryption": chosen.get("SSEAlgorithm", ""), "kms_key_id": chosen.get("KMSMasterKeyID", "")}

    def cors() -> dict[str, Any]:
        with translated(f"read which pages may load from the bucket {name}"):
            return {"cors": tuple(client.get_bucket_cors(Bucket=name)["CORSRules"])}

    def acl() -> dict[str, Any]:
        with translated(f"read who owns the bucket {name}"):
            answer = client.get_bucket_acl(Bucket=name)
        grants = [(each["Grantee"].get("ID") or each["Grantee"].get("URI", ""), each["Permission"]) for each in answer["Grants"]]
        return {"owner": answer["Owner"]["ID"], "acl": tuple(grants)}

    yield "policy", policy
    yield "ownership", ownership
    yield "switches", switches
    if account_id:
        yield "account_switches", account_switches
    yield "encryption", encryption
    yield "cors", cors
    yield "acl", acl


def _on(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(switch for switch in SWITCHES if configuration.get(switch, False))


def put_bucket_switches(connection: Connection, *, name: str, switches: tuple[str, ...]) -> None:
    """Have exactly these of SWITCHES on. Raises AwsError."""
    wanted: Any = {switch: switch in switches for switch in SWITCHES}
    with translated(f"change whether the bucket {name} is closed to the public"):
        s3(connection).put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=wanted)


def get_key_policy(connection: Connection, *, key_id: str) -> Mapping[str, Any]:
    """The policy of a KMS key, by its id or ARN. Raises AwsDenied, AwsNotFound."""
    with translated("read the policy of the encryption key"):
        policy: dict[str, Any] = json.loads(kms(connection).get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])
    return policy
