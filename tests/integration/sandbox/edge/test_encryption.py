"""Objects under keys of KMS: who may read them, past S3's own rules.

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"; CloudFront Developer Guide, "Restrict access
to an Amazon S3 origin" ("SSE-KMS").
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import RunningSandbox
from tests.integration.sandbox.conftest import Ask, connect, make_bucket, refused
from tests.integration.sandbox.edge.conftest import FILM, Publish, allow, make_identity, service_may_read

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}


@pytest.fixture(scope="module")
def kms(sandbox: RunningSandbox) -> Any:
    return connect(sandbox, "kms")


def may_decrypt(arn: str, **more: Any) -> dict[str, Any]:
    """The statement of "SSE-KMS" on that page."""
    condition = {"StringEquals": {"AWS:SourceArn": arn}}
    service = {"Service": "cloudfront.amazonaws.com"}
    actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"]
    return {"Effect": "Allow", "Principal": service, "Action": actions, "Resource": "*", "Condition": condition, **more}


def set_policy(kms: Any, key: str, *statements: dict[str, Any]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)


def test_an_identity_never_reads_and_a_control_only_by_the_keys_policy(
    s3: Any, kms: Any, cloudfront: Any, publish: Publish, ask: Ask
) -> None:
    bucket = make_bucket(s3, block=False)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put = s3.put_object(Bucket=bucket, Key="film.mp4", Body=FILM, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key)
    s3.put_object(Bucket=bucket, Key="managed", Body=FILM, ServerSideEncryption="aws:kms")
    s3.put_object(Bucket=bucket, Key="plain", Body=FILM)
    identity, canonical = make_identity(cloudfront)
    by_identity, by_control, by_nobody = publish(bucket, access=identity), publish(bucket, access="oac"), publish(bucket)
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    allow(s3, bucket, everybody, {**everybody, "Principal": {"CanonicalUser": canonical}}, service_may_read(bucket, by_control.arn))
    for site in (by_identity, by_control, by_nobody):
        assert site.get("/plain").body == FILM
    for site in (by_identity, by_nobody):
        answer = site.get()
        assert (answer.status, answer.code, answer.headers["x-cache"]) == (400, "InvalidArgument", "Error from cloudfront")
        assert b"require AWS Signature Version 4" in answer.body
    assert (ask(f"/{bucket}/film.mp4").code, ask(f"/{bucket}/film.mp4", "HEAD").status) == ("InvalidArgument", 400)
    head = s3.head_object(Bucket=bucket, Key="film.mp4")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert s3.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == FILM
    for statements in ([], [may_decrypt(by_nobody.arn)], [may_decrypt(by_control.arn, Action="kms:Encrypt")]):
        set_policy(kms, key, *statements)
        assert by_control.get().code == "AccessDenied"
    set_policy(kms, key, may_decrypt(by_control.arn), may_decrypt(by_control.arn, Effect="Deny"))
    assert by_control.get().code == "AccessDenied"
    set_policy(kms, key, may_decrypt(by_control.arn))
    assert by_control.get().body == FILM
    assert by_identity.get().status == 400
    managed = s3.head_object(Bucket=bucket, Key="managed")["SSEKMSKeyId"]
    assert managed == kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    set_policy(kms, managed, may_decrypt(by_control.arn))  # which AWS does not let anybody do
    assert by_control.get("/managed").code == "AccessDenied"
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with refused("KMS.DisabledException", 400):
        s3.get_object(Bucket=bucket, Key="film.mp4")


def test_a_bucket_encrypts_as_its_default_says(s3: Any, kms: Any, ask: Ask) -> None:
    bucket = make_bucket(s3, block=False)
    key = kms.create_key()["KeyMetadata"]["Arn"]

    def default() -> dict[str, Any]:
        found: dict[str, Any] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
        return found

    own = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    assert default() == own
    by_kms = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": by_kms, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert default() == rule
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"a")["BucketKeyEnabled"] is True
    upload = s3.create_multipart_upload(Bucket=bucket, Key="b")
    assert upload["SSEKMSKeyId"] == key
    part = s3.upload_part(Bucket=bucket, Key="b", UploadId=upload["UploadId"], PartNumber=1, Body=b"x")
    named = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    done = s3.complete_multipart_upload(Bucket=bucket, Key="b", UploadId=upload["UploadId"], MultipartUpload=named)
    assert done["SSEKMSKeyId"] == key
    s3.put_object(Bucket=bucket, Key="c", Body=b"c", ServerSideEncryption="AES256")
    assert s3.copy_object(Bucket=bucket, Key="d", CopySource=f"{bucket}/c")["SSEKMSKeyId"] == key
    s3.delete_bucket_encryption(Bucket=bucket)
    assert default() == own
    heads = {name: s3.head_object(Bucket=bucket, Key=name)["ServerSideEncryption"] for name in "abcd"}
    assert heads == {"a": "aws:kms", "b": "aws:kms", "c": "AES256", "d": "aws:kms"}  # what is encrypted stays so
    assert s3.copy_object(Bucket=bucket, Key="d", CopySource=f"{bucket}/a")["ServerSideEncryption"] == "AES256"
    s3.put_object(Bucket=bucket, Key="e", Body=b"e")
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    allow(s3, bucket, read)
    assert [ask(f"/{bucket}/{name}").status for name in "abcde"] == [400, 400, 200, 200, 200]


def test_what_cannot_encrypt(s3: Any) -> None:
    bucket = make_bucket(s3)
    for asked, code in (
        ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "11111111-1111-1111-1111-111111111111"}, "KMS.NotFoundException"),
        ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/x"}, "InvalidArgument"),
        ({"ServerSideEncryption": "rot13"}, "InvalidArgument"),
    ):
        with refused(code, 400):
            s3.put_object(Bucket=bucket, Key="k", Body=b"", **asked)
    for algorithm, more, code in (("AES256", {"KMSMasterKeyID": "x"}, "InvalidArgument"), ("rot13", {}, "MalformedXML")):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **more}}
        with refused(code, 400):
            s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
