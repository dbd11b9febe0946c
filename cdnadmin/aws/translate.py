"""AWS's errors, translated once: into our exceptions, in words that a person can act on (`sentences`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from cdnadmin.aws.sentences import QUOTED, SENTENCES
from cdnadmin.errors import CREDENTIAL_CODES, AwsConflict, AwsDenied, AwsError, AwsNotFound, AwsQuotaExceeded

_DENIED = CREDENTIAL_CODES | {
    "AccessDenied",
    "AccessDeniedException",
    "AccountProblem",
    "AllAccessDisabled",
    "Forbidden",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "NotSignedUp",
    "OptInRequired",
    "403",
}
# What botocore itself takes for throttling or a passing trouble, and two of S3's "409, try again".
_RETRYABLE = {
    "ConditionalRequestConflict",
    "InternalError",
    "InternalFailure",
    "OperationAborted",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_QUOTAS = {"LimitExceededException", "ServiceQuotaExceededException"}
# They begin like the absence of what was asked for, and say that the configuration names something that is absent:
# who takes AwsNotFound for "it was deleted" must not hear it of a distribution that stands.
_NAMED_IN_IT = {
    "NoSuchCachePolicy",
    "NoSuchContinuousDeploymentPolicy",
    "NoSuchFieldLevelEncryptionConfig",
    "NoSuchOrigin",
    "NoSuchOriginRequestPolicy",
    "NoSuchRealtimeLogConfig",
    "NoSuchResponseHeadersPolicy",
}
_ABSENT = {"404", "NotFound", "OwnershipControlsNotFoundError", "ResourceNotFoundException"}
_CONFLICTS = {
    "BucketNotEmpty",
    "DistributionNotDisabled",
    "InvalidIfMatchVersion",
    "OperationAborted",
    "PreconditionFailed",
    "StreamingDistributionNotDisabled",
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
    kind = _kind(code)
    return kind(
        _message(code, said, doing, kind),
        code=code,
        request_id=str(metadata.get("RequestId", "")),
        retryable=code in _RETRYABLE or status >= 500 or status == 429,
        detail=said,
    )


def _kind(code: str) -> type[AwsError]:
    if code in _DENIED:
        return AwsDenied
    if code in _RETRYABLE - _CONFLICTS or code in _NAMED_IN_IT:
        return AwsError
    if code.startswith("TooMany") or code.endswith("LimitExceeded") or code in _QUOTAS:
        return AwsQuotaExceeded
    if code.startswith("NoSuch") or code in _ABSENT:
        return AwsNotFound
    if code.endswith(("AlreadyExists", "InUse", "AlreadyOwnedByYou")) or code in _CONFLICTS:
        return AwsConflict
    return AwsError


def _message(code: str, said: str, doing: str, kind: type[AwsError]) -> str:
    words = SENTENCES.get(code, "").replace("{doing}", doing)
    if kind is AwsDenied:
        words = words or f"AWS does not allow these credentials to {doing}."
        if "Denied" in code:
            return words + _missing_permission(said)
    elif kind is AwsNotFound:
        words = words or f"AWS has nothing there (asked to {doing})."
    if not words:
        return f"AWS did not {doing}: {said or code}"
    return f"{words} AWS says: “{said}”" if code in QUOTED and said else words


def _missing_permission(said: str) -> str:
    """What is lacking, out of "User: … is not authorized to perform: cloudfront:GetDistribution on resource: …"."""
    action = re.search(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)", said)
    if action:
        return f" Their IAM policy has to allow {action.group(1)}."
    # AWS says so of accounts that are too new, and what to do.
    return f" AWS says: “{said}”" if "account must be verified" in said else ""


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
    except (boto.NoCredentialsError, boto.PartialCredentialsError):
        raise AwsDenied("This machine has no AWS credentials of its own. Enter an access key.", code="NoCredentials") from None
    except (boto.CredentialRetrievalError, boto.TokenRetrievalError, boto.SSOError, boto.LoginError):
        message = "This machine's own AWS credentials have ended, or can't be fetched. Renew them, or enter an access key."
        raise AwsDenied(message, code="NoCredentials") from None
    except boto.ParamValidationError as error:
        raise AwsError(f"AWS would not take this: {error}", code="ParamValidation") from None
    except BotoCoreError as error:
        # Its text may quote what was sent; the kind is enough.
        raise AwsError(
            f"AWS could not be asked to {doing} ({type(error).__name__}).", code=type(error).__name__, retryable=True
        ) from None
