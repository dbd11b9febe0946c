"""Who a request is from. Source: S3 API Reference, "Authenticating Requests (AWS Signature Version 4)"."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import botocore.crt.auth
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import get_current_datetime
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.conftest import RunningSandbox
from tests.integration.sandbox.conftest import Answer, Ask, connect

Headers = dict[str, str]


def signed(
    sandbox: RunningSandbox,
    path: str,
    *,
    key: str = "sandbox",
    secret: str = "sandbox",
    region: str = "us-east-1",
    service: str = "s3",
) -> Headers:
    """The headers of a GET that botocore signed."""
    request = AWSRequest("GET", sandbox.url + path, headers={"Host": f"127.0.0.1:{sandbox.port}"})
    S3SigV4Auth(Credentials(key, secret), service, region).add_auth(request)
    return dict(request.headers.items())


@pytest.fixture(scope="module")
def path(s3: Any, bucket: str) -> str:
    s3.put_object(Bucket=bucket, Key="a key.txt", Body=b"secret")
    return f"/{bucket}/a%20key.txt"


def set_clock(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """The clock of botocore's signers alone."""
    now = get_current_datetime() + ahead
    for module in (botocore.auth, botocore.crt.auth):
        monkeypatch.setattr(
            module, "get_current_datetime", lambda remove_tzinfo=True: now.replace(tzinfo=None if remove_tzinfo else UTC)
        )


def is_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body
    assert b"secret" not in answer.body


def test_a_good_signature_opens(sandbox: RunningSandbox, ask: Ask, path: str) -> None:
    answer = ask(path, headers=signed(sandbox, path))
    assert (answer.status, answer.body) == (200, b"secret")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"key": "AKIDNOBODY"}, 403, "InvalidAccessKeyId"),
        ({"secret": "wrong"}, 403, "SignatureDoesNotMatch"),
        ({"region": "eu-west-1"}, 400, "AuthorizationHeaderMalformed"),
        ({"service": "s4"}, 400, "AuthorizationHeaderMalformed"),
    ],
)
def test_credentials_of_another(sandbox: RunningSandbox, ask: Ask, path: str, change: Any, status: int, code: str) -> None:
    is_refused(ask(path, headers=signed(sandbox, path, **change)), status, code)


def _cut(headers: Headers, name: str) -> Headers:
    return {key: value for key, value in headers.items() if key.lower() != name}


def _authorization(headers: Headers, old: str, new: str) -> Headers:
    return {**headers, "Authorization": headers["Authorization"].replace(old, new)}


@pytest.mark.parametrize(
    ("tamper", "status", "code"),
    [
        (lambda h: _authorization(h, "Signature=", "Signature=0"), 403, "SignatureDoesNotMatch"),
        (lambda h: {**h, "X-Amz-Content-SHA256": "0" * 64}, 403, "SignatureDoesNotMatch"),
        (lambda h: {**h, "x-amz-acl": "public-read"}, 403, "AccessDenied"),
        (lambda h: _authorization(h, "host;", ""), 403, "AccessDenied"),
        (lambda h: _cut(h, "x-amz-date"), 403, "AccessDenied"),
        (lambda h: _cut(h, "x-amz-content-sha256"), 400, "InvalidRequest"),
        (lambda h: _authorization(h, "AWS4-HMAC-SHA256", "AWS"), 400, "InvalidRequest"),
        (lambda h: _authorization(h, "/aws4_request", "/aws5_request"), 400, "AuthorizationHeaderMalformed"),
        (lambda h: _authorization(h, "/20", "/19"), 400, "AuthorizationHeaderMalformed"),
        (lambda h: _cut(h, "authorization"), 403, "AccessDenied"),
    ],
)
def test_tampered_headers(sandbox: RunningSandbox, ask: Ask, path: str, tamper: Any, status: int, code: str) -> None:
    is_refused(ask(path, headers=tamper(signed(sandbox, path))), status, code)


def test_another_path_or_query_than_the_signed_one(sandbox: RunningSandbox, ask: Ask, path: str) -> None:
    headers = signed(sandbox, path)
    is_refused(ask(path.replace("a%20key", "b"), headers=headers), 403, "SignatureDoesNotMatch")
    is_refused(ask(f"{path}?acl", headers=headers), 403, "SignatureDoesNotMatch")
    is_refused(ask(path, "HEAD", headers=headers), 403, "")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_wrong(sandbox: RunningSandbox, ask: Ask, path: str, minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, timedelta(minutes=minutes))
    is_refused(ask(path, headers=signed(sandbox, path)), 403, "RequestTimeTooSkewed")


def presigned(s3: Any, bucket: str, *, method: str = "get_object", seconds: int = 60, **more: Any) -> str:
    url = s3.generate_presigned_url(method, Params={"Bucket": bucket, "Key": "a key.txt", **more}, ExpiresIn=seconds)
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_a_presigned_url_opens(s3: Any, bucket: str, path: str, ask: Ask) -> None:
    answer = ask(presigned(s3, bucket, ResponseContentType="text/x-mine"))
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"secret", "text/x-mine")


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("X-Amz-Signature=", "X-Amz-Signature=0", 403, "SignatureDoesNotMatch"),
        ("X-Amz-Expires=60", "X-Amz-Expires=600", 403, "SignatureDoesNotMatch"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-1", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=60", "X-Amz-Expires=soon", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=60&", "", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=AWS4-MINE", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Credential=sandbox", "X-Amz-Credential=nobody", 403, "InvalidAccessKeyId"),
        ("%2Fs3%2F", "%2Fs4%2F", 400, "AuthorizationQueryParametersError"),
        ("/a%20key.txt", "/b.txt", 403, "SignatureDoesNotMatch"),
        ("?", "?versions&", 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_changed_presigned_url(s3: Any, bucket: str, path: str, ask: Ask, old: str, new: str, status: int, code: str) -> None:
    url = presigned(s3, bucket)
    assert old in url
    is_refused(ask(url.replace(old, new, 1)), status, code)


def test_a_presigned_url_past_its_time(s3: Any, bucket: str, path: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, timedelta(seconds=-61))
    answer = ask(presigned(s3, bucket))
    is_refused(answer, 403, "AccessDenied")
    assert b"Request has expired" in answer.body
    set_clock(monkeypatch, timedelta(minutes=16))
    is_refused(ask(presigned(s3, bucket)), 403, "AccessDenied")


def test_a_presigned_put_keeps_what_was_signed(s3: Any, bucket: str, ask: Ask) -> None:
    url = presigned(s3, bucket, method="put_object", ContentType="text/plain")
    is_refused(ask(url, "PUT", headers={"Content-Type": "text/html"}, body=b"x"), 403, "SignatureDoesNotMatch")
    is_refused(ask(url, "PUT", headers={"Content-Type": "text/plain", "x-amz-acl": "private"}, body=b"x"), 403, "AccessDenied")
    assert ask(url, "PUT", headers={"Content-Type": "text/plain"}, body=b"secret").status == 200
    is_refused(ask(url, headers={"Content-Type": "text/plain"}), 403, "SignatureDoesNotMatch")


def test_both_ways_at_once(sandbox: RunningSandbox, s3: Any, bucket: str, path: str, ask: Ask) -> None:
    is_refused(ask(presigned(s3, bucket), headers=signed(sandbox, path)), 400, "InvalidArgument")


def test_the_old_signature_version_is_not_taken(bucket: str, path: str, ask: Ask) -> None:
    is_refused(ask(f"{path}?AWSAccessKeyId=sandbox&Signature=x&Expires=9999999999"), 400, "InvalidRequest")


_XML_CODES = ("InvalidClientTokenId", "SignatureDoesNotMatch")


@pytest.mark.parametrize("service", ["cloudfront", "sts", "kms"])
@pytest.mark.parametrize("wrong", [{"aws_access_key_id": "nobody"}, {"aws_secret_access_key": "wrong"}])
def test_other_services_check_too(sandbox: RunningSandbox, service: str, wrong: dict[str, str]) -> None:
    client = connect(sandbox, service, **wrong)
    call = {"cloudfront": "list_distributions", "sts": "get_caller_identity", "kms": "list_keys"}[service]
    with pytest.raises(ClientError) as caught:
        getattr(client, call)()
    codes = ("UnrecognizedClientException", "InvalidSignatureException") if service == "kms" else _XML_CODES
    code = codes["aws_access_key_id" not in wrong]
    assert caught.value.response["Error"]["Code"] == code


def test_cloudfront_takes_no_signature_of_s3_and_no_missing_one(sandbox: RunningSandbox, ask: Ask) -> None:
    path = "/2020-05-31/distribution"
    assert ask(path).code == "MissingAuthenticationToken"
    assert ask(path, headers=signed(sandbox, path)).code == "NoSuchBucket"


@pytest.mark.parametrize("declared", ["body", "chunks"])
def test_a_body_that_is_not_the_signed_one(sandbox: RunningSandbox, ask: Ask, bucket: str, declared: str) -> None:
    if declared == "body":
        request = AWSRequest("PUT", f"{sandbox.url}/{bucket}/tampered", data=b"real", headers={"Host": f"127.0.0.1:{sandbox.port}"})
        body = b"fake"
    else:
        headers = {"Host": f"127.0.0.1:{sandbox.port}", "x-amz-decoded-content-length": "4", "content-encoding": "aws-chunked"}
        headers["X-Amz-Content-SHA256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        request = AWSRequest("PUT", f"{sandbox.url}/{bucket}/tampered", headers=headers)
        body = b"4;chunk-signature=" + b"0" * 64 + b"\r\nfake\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
    auth = _Streaming if declared == "chunks" else S3SigV4Auth
    auth(Credentials("sandbox", "sandbox"), "s3", "us-east-1").add_auth(request)
    answer = ask(f"/{bucket}/tampered", "PUT", headers=dict(request.headers.items()), body=body)
    is_refused(answer, *{"body": (400, "XAmzContentSHA256Mismatch"), "chunks": (403, "SignatureDoesNotMatch")}[declared])


class _Streaming(S3SigV4Auth):
    """Signs the declared payload instead of one of its own."""

    def payload(self, request: AWSRequest) -> str:
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
