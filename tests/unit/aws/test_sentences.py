"""The table of sentences against botocore's own models: no error of a call we make is without one, none is made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from cdnadmin.aws import sentences
from cdnadmin.aws.sentences import QUOTED, SENTENCES
from cdnadmin.aws.translate import translate
from cdnadmin.errors import CREDENTIAL_CODES, AwsConflict, AwsDenied, AwsError, AwsNotFound, AwsQuotaExceeded

SERVICES = ("cloudfront", "acm", "sts", "s3")
AWS = Path(sentences.__file__).parent

# Codes that no operation's model lists, by the AWS page that does.
COMMON = "Common Error Types (and its older form, Common Errors)"
S3 = "Amazon S3 API Reference, Error responses"
RETRIES = "AWS SDKs and Tools Reference Guide, Retry behavior"
SKEW = "AWS Developer Tools Blog, Clock-skew correction"
DOCUMENTED = {
    **dict.fromkeys(
        (
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InternalFailure",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "RequestTimeoutException",
            "ServiceUnavailable",
            "ThrottlingException",
            "UnrecognizedClientException",
            "ValidationError",
        ),
        COMMON,
    ),
    **dict.fromkeys(
        (
            "AccessControlListNotSupported",
            "AccountProblem",
            "AllAccessDisabled",
            "AuthorizationHeaderMalformed",
            "BadDigest",
            "BucketNotEmpty",
            "ConditionalRequestConflict",
            "EntityTooLarge",
            "EntityTooSmall",
            "ExpiredToken",
            "InternalError",
            "InvalidAccessKeyId",
            "InvalidBucketName",
            "InvalidPart",
            "InvalidPartOrder",
            "InvalidToken",
            "KeyTooLongError",
            "MalformedPolicy",
            "NotSignedUp",
            "OperationAborted",
            "PermanentRedirect",
            "RequestTimeTooSkewed",
            "RequestTimeout",
            "SignatureDoesNotMatch",
            "SlowDown",
            "TokenRefreshRequired",
            "TooManyBuckets",
        ),
        S3,
    ),
    **dict.fromkeys(("RequestLimitExceeded", "Throttling", "TooManyRequestsException"), RETRIES),
    "InvalidSignatureException": SKEW,
}


def model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def code_of(shape: object) -> str:
    metadata = getattr(shape, "metadata", {})
    return str(metadata.get("error", {}).get("code") or getattr(shape, "name", ""))


def called(service: str) -> Iterator[str]:
    """The operations of this service that the modules of cdnadmin.aws call."""
    sources = [file.read_text() for file in AWS.glob("*.py") if file.name != "session.py"]
    text = "\n".join(source for source in sources if re.search(rf"import Connection.*\b{service}\b", source))
    for name in model(service).operation_names:
        method = botocore.xform_name(name)
        if re.search(rf'[."]{method}[("]', text):
            yield name


def answered(code: str, said: str = "", status: int = 400) -> AwsError:
    response = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "R1"}}
    return translate(ClientError(response, "UpdateDistribution"), "change the distribution")  # type: ignore[arg-type]


@pytest.mark.parametrize("service", SERVICES)
def test_every_error_of_the_operations_that_are_called_has_a_sentence(service: str) -> None:
    operations = sorted(called(service))
    assert operations, "nothing is called: the search is broken"
    lacking = {
        f"{name}: {code_of(shape)}"
        for name in operations
        for shape in model(service).operation_model(name).error_shapes
        if code_of(shape) not in SENTENCES
    }
    assert lacking == set()


def test_the_calls_are_found() -> None:
    assert {"UpdateDistribution", "ListResponseHeadersPolicies", "CreateDistributionWithTags", "ListFunctions"} <= set(
        called("cloudfront")
    )
    assert "ListFunctions" not in set(called("s3"))


def test_no_code_is_made_up() -> None:
    known = {code_of(shape) for service in SERVICES for shape in model(service).error_shapes}
    assert set(SENTENCES) - known - set(DOCUMENTED) == set()
    assert set(DOCUMENTED) <= set(SENTENCES)
    assert set(QUOTED) <= set(SENTENCES)
    assert CREDENTIAL_CODES - {"NoCredentials"} <= set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_is_one(code: str) -> None:
    message = answered(code).message
    assert message[0].isupper()
    assert message.endswith(".")
    assert "{" not in message
    assert not re.search(r"please|successfully|!|['\"]\s|\s['\"]", message, re.IGNORECASE)


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("NoSuchDistribution", AwsNotFound, False),
        # They say what the configuration names: the distribution itself stands.
        ("NoSuchCachePolicy", AwsError, False),
        ("NoSuchOrigin", AwsError, False),
        ("NoSuchOriginRequestPolicy", AwsError, False),
        ("NoSuchResponseHeadersPolicy", AwsError, False),
        ("EntityNotFound", AwsError, False),
        ("TooManyInvalidationsInProgress", AwsQuotaExceeded, False),
        ("EntityLimitExceeded", AwsQuotaExceeded, False),
        ("TooManyRequestsException", AwsError, True),
        ("RequestLimitExceeded", AwsError, True),
        ("Throttling", AwsError, True),
        ("OriginAccessControlInUse", AwsConflict, False),
        ("CloudFrontOriginAccessIdentityInUse", AwsConflict, False),
        ("PublicKeyInUse", AwsConflict, False),
        ("ResourceInUse", AwsConflict, False),
        ("PreconditionFailed", AwsConflict, False),
        ("StreamingDistributionNotDisabled", AwsConflict, False),
        ("OperationAborted", AwsConflict, True),
    ],
)
def test_what_kind_an_error_is(code: str, kind: type[AwsError], retryable: bool) -> None:
    error = answered(code)
    assert (type(error), error.retryable, error.code, error.request_id) == (kind, retryable, code, "R1")
    assert not error.is_mendable


@pytest.mark.parametrize("code", sorted(CREDENTIAL_CODES))
def test_credentials_that_somebody_can_mend_are_told_from_a_lacking_permission(code: str) -> None:
    error = answered(code, status=403)
    assert isinstance(error, AwsDenied)
    assert error.is_mendable
    assert not answered("AccessDenied", status=403).is_mendable


def test_a_lacking_permission_is_named() -> None:
    said = "User: arn:aws:iam::1:user/x is not authorized to perform: cloudfront:UpdateDistribution on resource: arn:aws:y"
    assert answered("AccessDenied", said, 403).message == (
        "AWS does not allow these credentials to change the distribution. "
        "Their IAM policy has to allow cloudfront:UpdateDistribution."
    )
    assert answered("AccessDenied", "Access Denied", 403).message == (
        "AWS does not allow these credentials to change the distribution."
    )
    new = "Your account must be verified before you can add new CloudFront resources."
    assert answered("AccessDenied", new, 403).message.endswith(f"AWS says: “{new}”")


def test_aws_own_sentence_is_quoted_where_it_names_the_setting() -> None:
    said = "The parameter Comment is too big."
    error = answered("InvalidArgument", said)
    assert error.message == f"CloudFront does not take one of these settings. AWS says: “{said}”"
    assert error.detail == said
    assert answered("InvalidArgument").message == "CloudFront does not take one of these settings."
    stale = answered("PreconditionFailed", "The If-Match version is stale", 412)
    assert stale.message == "It was changed by somebody else meanwhile."
    assert stale.detail == "The If-Match version is stale"


def test_a_code_that_nobody_knows_is_said_in_aws_words() -> None:
    assert answered("SomethingNew", "It can't.").message == "AWS did not change the distribution: It can't."
    assert answered("SomethingNew").message == "AWS did not change the distribution: SomethingNew"
    assert answered("SomethingNew", status=503).retryable
