"""AWS's errors, translated once: into our exceptions, in words that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from cdnadmin.errors import AwsConflict, AwsDenied, AwsError, AwsNotFound, AwsQuotaExceeded

_WORDS = {
    "InvalidAccessKeyId": "AWS does not know this access key. Check the access key id.",
    "InvalidClientTokenId": "AWS does not know this access key. Check the access key id.",
    "SignatureDoesNotMatch": "The secret access key does not belong to this access key id.",
    "ExpiredToken": "These credentials have expired. Enter new ones.",
    "ExpiredTokenException": "These credentials have expired. Enter new ones.",
    "InvalidSignatureException": "The secret access key does not belong to this access key id.",
    "NoSuchCachePolicy": "It names a cache policy that is not there. Choose another one.",
    "NoSuchOriginRequestPolicy": "It names an origin request policy that is not there. Choose another one.",
    "NoSuchResponseHeadersPolicy": "It names a response headers policy that is not there. Choose another one.",
    "NoSuchOrigin": "A behavior names an origin that is not there.",
    "NoSuchContinuousDeploymentPolicy": "It names a continuous deployment policy that is not there.",
    "NoSuchFieldLevelEncryptionConfig": "It names a field-level encryption that is not there.",
    "NoSuchRealtimeLogConfig": "It names a real-time log configuration that is not there.",
    "RequestTimeTooSkewed": "This machine's clock is wrong: AWS refuses requests that are more than 15 minutes off.",
    "NoSuchBucket": "This bucket does not exist.",
    "BucketAlreadyExists": "This bucket name is taken by another AWS account. Choose another name.",
    "BucketAlreadyOwnedByYou": "You have a bucket of this name already.",
    "InvalidBucketName": "AWS does not take this bucket name.",
    "EntityTooLarge": "S3 takes at most 5 GB in one piece.",
    "MalformedPolicy": "AWS does not take this bucket policy.",
    "AccessControlListNotSupported": "This bucket has ACLs turned off (Object Ownership: bucket owner enforced).",
    "CNAMEAlreadyExists": "One of these aliases is used by another distribution already.",
    "InvalidViewerCertificate": "An alias needs a certificate that covers it.",
    "DistributionNotDisabled": "The distribution must be disabled, and its disabling have reached the edges, before it is deleted.",
    "DistributionAlreadyExists": "A distribution was made with this caller reference before.",
    "PreconditionFailed": "It was changed by somebody else meanwhile.",
    "InvalidIfMatchVersion": "It was changed by somebody else meanwhile.",
    "TooManyDistributions": "The account's quota of distributions is used up. Delete one, or ask AWS for more.",
    "TooManyPublicKeys": "The account's quota of public keys at CloudFront is used up. Delete one that nothing uses.",
    "TooManyKeyGroups": "The account's quota of key groups at CloudFront is used up. Delete one that nothing uses.",
    "TooManyPublicKeysInKeyGroup": "The key group is full: CloudFront takes five keys in one. Remove one that is not used.",
    "TooManyOriginAccessControls": "The account's quota of origin access controls is used up. Delete one that nothing uses.",
    "Throttling": "AWS asks for fewer requests for a moment.",
    "SlowDown": "AWS asks for fewer requests for a moment.",
}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "ExpiredToken",
    "ExpiredTokenException",
    "Forbidden",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "403",
}
_RETRYABLE = {
    "InternalError",
    "InternalFailure",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
# What a configuration names is missing; the thing itself that was asked about is there.
_NAMED_AND_MISSING = {
    "NoSuchCachePolicy",
    "NoSuchContinuousDeploymentPolicy",
    "NoSuchFieldLevelEncryptionConfig",
    "NoSuchOrigin",
    "NoSuchOriginRequestPolicy",
    "NoSuchRealtimeLogConfig",
    "NoSuchResponseHeadersPolicy",
}
_CONFLICTS = {
    "BucketNotEmpty",
    "DistributionNotDisabled",
    "InvalidIfMatchVersion",
    "PreconditionFailed",
    "OperationAborted",
    "409",
    "412",
}


def translate(error: ClientError, doing: str) -> AwsError:
    """One ClientError as ours. `doing` completes "AWS did not let cdnadmin …", as in "create the bucket media"."""
    response: Any = error.response
    code = str(response.get("Error", {}).get("Code", "Unknown"))
    said = str(response.get("Error", {}).get("Message", "")).strip()
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    request_id = str(metadata.get("RequestId", ""))
    words = _WORDS.get(code)
    kind: type[AwsError] = AwsError
    if code in _DENIED:
        kind = AwsDenied
        words = words or f"AWS does not allow these credentials to {doing}."
    elif (code.startswith("TooMany") or code.endswith("LimitExceeded")) and code not in _RETRYABLE:
        kind = AwsQuotaExceeded
    elif (code.startswith("NoSuch") and code not in _NAMED_AND_MISSING) or code in {
        "OwnershipControlsNotFoundError",
        "404",
        "NotFound",
        "ResourceNotFoundException",
        "EntityNotFound",
    }:
        kind = AwsNotFound
        words = words or f"AWS has nothing there (asked to {doing})."
    elif code.endswith(("AlreadyExists", "InUse", "AlreadyOwnedByYou")) or code in _CONFLICTS:
        kind = AwsConflict
    retryable = code in _RETRYABLE or status >= 500 or status == 429
    if words is None:
        words = f"AWS did not {doing}: {said or code}"
    return kind(words, code=code, request_id=request_id, retryable=retryable, detail=said)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Translate whatever botocore raises in the block. `doing`: "create the distribution"."""
    try:
        yield
    except ClientError as error:
        raise translate(error, doing) from None
    except (boto.ConnectTimeoutError, boto.ReadTimeoutError):
        raise AwsError("AWS did not answer in time.", code="Timeout", retryable=True) from None
    except (boto.ConnectionError, boto.ConnectionClosedError, boto.HTTPClientError):
        raise AwsError("AWS can't be reached. Check the network and the endpoint.", code="Unreachable", retryable=True) from None
    except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError):
        raise AwsDenied("This machine has no AWS credentials of its own. Enter an access key.", code="NoCredentials") from None
    except boto.ParamValidationError as error:
        raise AwsError(f"AWS would not take this: {error}", code="ParamValidation") from None
    except BotoCoreError as error:
        # Its text may quote what was sent; the kind is enough.
        raise AwsError(
            f"AWS could not be asked to {doing} ({type(error).__name__}).", code=type(error).__name__, retryable=True
        ) from None
