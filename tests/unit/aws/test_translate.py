"""AWS's errors as ours: what is gone, what is only named and missing, what passes by itself, what a person must mend."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from cdnadmin.aws.translate import translate
from cdnadmin.errors import AwsDenied, AwsError, AwsNotFound, AwsQuotaExceeded


def said(code: str, status: int = 400) -> AwsError:
    answer = {"Error": {"Code": code, "Message": "Said by AWS."}, "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "r1"}}
    return translate(ClientError(answer, "UpdateDistribution"), "change the distribution")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["NoSuchDistribution", "NoSuchStreamingDistribution", "NoSuchBucket", "NoSuchResource"])
def test_what_is_not_there_is_gone(code: str) -> None:
    assert isinstance(said(code, 404), AwsNotFound)


@pytest.mark.parametrize("code", ["NoSuchCachePolicy", "NoSuchOriginRequestPolicy", "NoSuchResponseHeadersPolicy", "NoSuchOrigin"])
def test_what_a_configuration_names_may_be_missing_while_the_distribution_is_there(code: str) -> None:
    """Taken for gone, a living distribution would be called deleted."""
    error = said(code, 404)
    assert not isinstance(error, AwsNotFound)
    assert (error.code, error.retryable, "does not have" in error.message) == (code, False, True)


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "InvalidSignatureException", "SignatureDoesNotMatch"])
def test_credentials_that_have_ended_can_be_mended_by_a_person(code: str) -> None:
    error = said(code, 403)
    assert (type(error), error.is_mendable) == (AwsDenied, True)
    assert not said("AccessDenied", 403).is_mendable


def test_too_many_requests_pass_and_too_many_things_do_not() -> None:
    assert said("TooManyRequestsException", 429).retryable
    assert not isinstance(said("TooManyRequestsException", 429), AwsQuotaExceeded)
    assert isinstance(said("TooManyDistributions"), AwsQuotaExceeded)
    assert not said("TooManyDistributions").retryable
