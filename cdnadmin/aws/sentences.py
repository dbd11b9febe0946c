"""What each of AWS's error codes means to a person: what is wrong, and what to do about it.

Sources: the errors of each operation in the Amazon CloudFront API Reference, the AWS Certificate Manager API
Reference and the Amazon S3 API Reference ("Error responses"); "Common Error Types"; CloudFront Developer Guide,
"Quotas". Quotas are named without their numbers: AWS raises them, for everybody or for one account.
"""

from __future__ import annotations

_UNKNOWN_KEY = "AWS does not know this access key. Check the access key id."
_EXPIRED = "These credentials have expired. Enter new ones."
_CLOCK = "This machine's clock is wrong: AWS refuses requests that are more than 15 minutes off."
_NOT_ALLOWED = "AWS does not allow these credentials to {doing}."
_NOT_SIGNED_UP = "This AWS account is not signed up for the service. Sign up for it in the AWS console."
_FEWER = "AWS asks for fewer requests for a moment."
_TROUBLE = "AWS has trouble of its own at the moment. Try again in a few minutes."
_SLOW = "What was sent reached AWS too slowly. Try again; if it stays so, check the network."
_CHANGED = "It was changed by somebody else meanwhile."
_NAMED_GONE = "Choose another, or reload to see what there is."
_OURS = "The request was malformed, which is a mistake of cdnadmin. Report it with the request id."
_MORE = "Delete one that nothing uses, or ask AWS for more."

# `{doing}` stands for what was asked: "create the distribution".
SENTENCES = {
    # Credentials and the account.
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": "The secret access key does not belong to this access key id.",
    "InvalidSignatureException": "The secret access key does not belong to this access key id, or this machine's clock is wrong.",
    "IncompleteSignature": "AWS does not take how the request was signed. Check the access key and the endpoint.",
    "MissingAuthenticationToken": "The request reached AWS unsigned. Check the endpoint: a proxy may have removed the signature.",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "InvalidToken": "AWS does not take this session token. Enter new credentials.",
    "TokenRefreshRequired": "This session token has to be renewed. Enter new credentials.",
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "AccessDenied": _NOT_ALLOWED,
    "AccessDeniedException": _NOT_ALLOWED,
    "NotAuthorized": _NOT_ALLOWED,
    "AllAccessDisabled": "AWS has disabled all access to this. Ask AWS Support.",
    "AccountProblem": "There is a problem with this AWS account. Ask AWS Support.",
    "OptInRequired": _NOT_SIGNED_UP,
    "NotSignedUp": _NOT_SIGNED_UP,
    # For a moment.
    "Throttling": _FEWER,
    "ThrottlingException": _FEWER,
    "TooManyRequestsException": _FEWER,
    "RequestLimitExceeded": _FEWER,
    "SlowDown": _FEWER,
    "ServiceUnavailable": _TROUBLE,
    "InternalError": _TROUBLE,
    "InternalFailure": _TROUBLE,
    "RequestTimeout": _SLOW,
    "RequestTimeoutException": _SLOW,
    # CloudFront: somebody else, before or meanwhile.
    "PreconditionFailed": _CHANGED,
    "InvalidIfMatchVersion": _CHANGED,
    "CNAMEAlreadyExists": "One of these aliases is used by another distribution already. Remove it there, or leave it out here.",
    "DistributionAlreadyExists": "A distribution was made with this caller reference before.",
    "StreamingDistributionAlreadyExists": "A streaming distribution was made with this caller reference before.",
    "CloudFrontOriginAccessIdentityAlreadyExists": "Another origin access identity was made with this caller reference before.",
    "OriginAccessControlAlreadyExists": "Another origin access control has this name already. Choose another name.",
    "KeyGroupAlreadyExists": "A key group of this name exists already. Choose another name.",
    "PublicKeyAlreadyExists": "CloudFront has a public key of this name, or this very key, already.",
    # CloudFront: still needed.
    "DistributionNotDisabled": "The distribution must be disabled, and its disabling have reached the edges, before it is deleted.",
    "StreamingDistributionNotDisabled": (
        "The streaming distribution must be disabled, and its disabling have reached the edges, before it is deleted."
    ),
    "OriginAccessControlInUse": (
        "A distribution still uses this origin access control. Take it out there, or delete that one, first."
    ),
    "CloudFrontOriginAccessIdentityInUse": (
        "A distribution still uses this origin access identity. Take it out there, or delete that one, first."
    ),
    "PublicKeyInUse": "A key group, or a field-level encryption profile, still holds this public key. Remove it from there first.",
    "ResourceInUse": "Something in this AWS account still uses it. Take it out there first.",
    "ContinuousDeploymentPolicyInUse": "Another distribution uses this continuous deployment policy already.",
    "StagingDistributionInUse": "This staging distribution belongs to a continuous deployment policy already.",
    # CloudFront: what was named is not there.
    "NoSuchDistribution": "CloudFront has no such distribution: it was deleted, or belongs to another account.",
    "NoSuchStreamingDistribution": "CloudFront has no such streaming distribution: it was deleted, or belongs to another account.",
    "NoSuchInvalidation": "CloudFront has no such invalidation. It forgets old ones.",
    "NoSuchCloudFrontOriginAccessIdentity": "CloudFront has no such origin access identity: it was deleted.",
    "NoSuchOriginAccessControl": "CloudFront has no such origin access control: it was deleted.",
    "NoSuchPublicKey": "CloudFront has no such public key: it was deleted.",
    "NoSuchResource": "CloudFront has nothing under this name: it was deleted, or belongs to another account.",
    "NoSuchOrigin": "A behavior names an origin that the distribution does not have. Choose one of its origins or origin groups.",
    "NoSuchCachePolicy": f"A behavior names a cache policy that this account does not have. {_NAMED_GONE}",
    "NoSuchOriginRequestPolicy": f"A behavior names an origin request policy that this account does not have. {_NAMED_GONE}",
    "NoSuchResponseHeadersPolicy": f"A behavior names a response headers policy that this account does not have. {_NAMED_GONE}",
    "NoSuchRealtimeLogConfig": "A behavior names a real-time log configuration that this account does not have.",
    "NoSuchFieldLevelEncryptionConfig": "A behavior names a field-level encryption configuration that this account does not have.",
    "NoSuchContinuousDeploymentPolicy": "The distribution names a continuous deployment policy that this account does not have.",
    "EntityNotFound": "The configuration names something that this account does not have.",
    "TrustedKeyGroupDoesNotExist": f"A behavior trusts a key group that this account does not have. {_NAMED_GONE}",
    "TrustedSignerDoesNotExist": "A trusted signer is no AWS account, or one without a CloudFront key pair. Check the account ids.",
    # CloudFront: what a configuration may not hold.
    "IllegalUpdate": "CloudFront does not let this be changed in a distribution that exists.",
    "InvalidArgument": "CloudFront does not take one of these settings.",
    "InvalidOrigin": "An origin is not one that CloudFront can read. Check that the bucket exists and its domain name is right.",
    "InvalidOriginAccessControl": f"An origin names an origin access control that this account does not have. {_NAMED_GONE}",
    "InvalidOriginAccessIdentity": f"An origin names an origin access identity that this account does not have. {_NAMED_GONE}",
    "InvalidDomainNameForOriginAccessControl": (
        "An origin access control does not fit the domain name of its origin. One for S3 needs the bucket's own domain name."
    ),
    "IllegalOriginAccessConfiguration": "An origin takes an origin access control or an origin access identity, not both.",
    "InvalidOriginKeepaliveTimeout": "An origin's keep-alive timeout is outside of what CloudFront allows. Enter fewer seconds.",
    "InvalidOriginReadTimeout": "An origin's response timeout is outside of what CloudFront allows. Enter fewer seconds.",
    "InvalidRequiredProtocol": "CloudFront needs HTTPS for this.",
    "InvalidViewerCertificate": "CloudFront does not take this certificate. It must be valid, in us-east-1, and cover every alias.",
    "InvalidMinimumProtocolVersion": "The lowest TLS version does not fit the certificate's way of being served. Choose another.",
    "InvalidProtocolSettings": "SSLv3 needs a certificate with a dedicated IP address. Choose a newer lowest TLS version.",
    "InvalidWebACLId": "CloudFront knows no such web ACL. For WAF enter the ARN of a global one, for WAF Classic its id.",
    "InvalidDefaultRootObject": "The default root object is a file name without a slash in front, of 255 characters at most.",
    "InvalidErrorCode": "CloudFront has no custom error response for this HTTP status. Choose one from the list.",
    "InvalidResponseCode": "CloudFront can't answer this HTTP status in place of an error. Choose one from the list.",
    "InvalidRelativePath": "A path must begin with a slash, be URL-encoded, and not be too long.",
    "InvalidLocationCode": "A country code is not one of ISO 3166-1. Enter two letters, as in DE.",
    "InvalidGeoRestrictionParameter": "This geographic restriction is incomplete. Name countries to allow or to block, or none.",
    "InvalidTTLOrder": "The minimum TTL must not exceed the default TTL, nor that the maximum TTL.",
    "InvalidForwardCookies": "Cookie names are given exactly when only some cookies are forwarded.",
    "InvalidHeadersForS3Origin": "An S3 origin does not take all of these headers. Remove the headers that S3 has no use for.",
    "InvalidQueryStringParameters": "CloudFront does not take these query string parameters.",
    "InvalidFunctionAssociation": "A CloudFront function can't be used so. It must be published, one for each event.",
    "InvalidLambdaFunctionAssociation": (
        "A Lambda@Edge function can't be used so. It must be a numbered version in us-east-1, one for each event."
    ),
    "IllegalFieldLevelEncryptionConfigAssociationWithCacheBehavior": (
        "Field-level encryption does not fit this behavior. It needs HTTPS to viewers and origin, and the POST and PUT methods."
    ),
    "RealtimeLogConfigOwnerMismatch": "The real-time log configuration belongs to another AWS account. Choose one of this account.",
    "InvalidTagging": "CloudFront does not take these tags. A key is used once, does not begin with “aws:”, and is not too long.",
    "InconsistentQuantities": _OURS,
    "MissingBody": _OURS,
    "UnsupportedOperation": "CloudFront does not offer this in this AWS Region or partition.",
    # CloudFront: quotas of one distribution.
    "BatchTooLarge": "These are too many paths for one invalidation. Send fewer at once.",
    "TooManyInvalidationsInProgress": "As many invalidations are in progress as CloudFront allows. Wait until some are done.",
    "TooManyCacheBehaviors": "The distribution has more behaviors than CloudFront allows. Remove some, or ask AWS for more.",
    "TooManyOrigins": "The distribution has more origins than CloudFront allows. Remove some, or ask AWS for more.",
    "TooManyOriginGroupsPerDistribution": "The distribution has more origin groups than CloudFront allows. Remove some.",
    "TooManyOriginCustomHeaders": "An origin has more custom headers than CloudFront allows. Remove some.",
    "TooManyDistributionCNAMEs": "The distribution has more aliases than CloudFront allows. Remove some, or ask AWS for more.",
    "TooManyStreamingDistributionCNAMEs": "The streaming distribution has more aliases than CloudFront allows. Remove some.",
    "TooManyTrustedSigners": "The distribution has more trusted signers than CloudFront allows. Remove some.",
    "TooManyKeyGroupsAssociatedToDistribution": "More key groups are trusted here than CloudFront allows. Remove some.",
    "TooManyHeadersInForwardedValues": "A behavior forwards more headers than CloudFront allows. Remove some.",
    "TooManyCookieNamesInWhiteList": "A behavior forwards more cookies than CloudFront allows. Remove some, or forward all.",
    "TooManyQueryStringParameters": "A behavior names more query string parameters than CloudFront allows. Remove some.",
    "TooManyFunctionAssociations": "The distribution uses CloudFront functions in more places than allowed. Remove some.",
    "TooManyLambdaFunctionAssociations": "The distribution uses Lambda@Edge in more places than allowed. Remove some.",
    "TooManyPublicKeysInKeyGroup": "The key group holds as many keys as CloudFront allows. Remove one that is not used.",
    # CloudFront: quotas of the account.
    "TooManyDistributions": "The account's quota of distributions is used up. Delete one, or ask AWS for more.",
    "TooManyStreamingDistributions": "The account's quota of streaming distributions is used up. Delete one.",
    "TooManyPublicKeys": "The account's quota of public keys at CloudFront is used up. Delete one that nothing uses.",
    "TooManyKeyGroups": "The account's quota of key groups at CloudFront is used up. Delete one that nothing uses.",
    "TooManyOriginAccessControls": "The account's quota of origin access controls is used up. Delete one that nothing uses.",
    "TooManyCloudFrontOriginAccessIdentities": f"The account's quota of origin access identities is used up. {_MORE}",
    "TooManyCertificates": "The account's quota of certificates with dedicated IPs is used up. Use SNI, or ask AWS for more.",
    "TooManyDistributionsAssociatedToOriginAccessControl": (
        "As many distributions use this origin access control as CloudFront allows. Use another one."
    ),
    "TooManyDistributionsAssociatedToKeyGroup": "As many distributions use this key group as CloudFront allows. Use another one.",
    "TooManyDistributionsAssociatedToCachePolicy": (
        "As many distributions use this cache policy as CloudFront allows. Use one of AWS's own, or a copy."
    ),
    "TooManyDistributionsAssociatedToOriginRequestPolicy": (
        "As many distributions use this origin request policy as CloudFront allows. Use one of AWS's own, or a copy."
    ),
    "TooManyDistributionsAssociatedToResponseHeadersPolicy": (
        "As many distributions use this response headers policy as CloudFront allows. Use one of AWS's own, or a copy."
    ),
    "TooManyDistributionsAssociatedToFieldLevelEncryptionConfig": (
        "As many distributions use this field-level encryption configuration as CloudFront allows. Use another one."
    ),
    "TooManyDistributionsWithFunctionAssociations": (
        "As many distributions use this CloudFront function as are allowed. Use another one, or ask AWS for more."
    ),
    "TooManyDistributionsWithLambdaAssociations": (
        "As many distributions use Lambda@Edge as this account may have. Take it out of another one, or ask AWS for more."
    ),
    "TooManyDistributionsWithSingleFunctionARN": (
        "As many distributions use this Lambda@Edge function as are allowed. Use a copy, or ask AWS for more."
    ),
    "EntityLimitExceeded": f"A quota of this AWS account is used up. {_MORE}",
    # ACM.
    "InvalidArgsException": "ACM does not take this.",
    "InvalidArnException": "This is not the ARN of a certificate that ACM has. Choose one from the list.",
    "InvalidDomainValidationOptionsException": "ACM can't validate one of these names so. Validate it by DNS.",
    "InvalidParameterException": "ACM does not take one of these values. Check the host names.",
    "InvalidTagException": "ACM does not take these tags.",
    "LimitExceededException": "The account's quota of certificates, or of names in one, is used up. Ask AWS for more.",
    "ServiceQuotaExceededException": f"A quota of this AWS account is used up. {_MORE}",
    "ResourceNotFoundException": "ACM has no such certificate: it was deleted, or belongs to another account or region.",
    "TagPolicyException": "Your organization's tag policy does not allow these tags.",
    "TooManyTagsException": "These are more tags than ACM allows. Remove some.",
    "ValidationException": "AWS does not take one of these values.",
    "ValidationError": "AWS does not take one of these values.",
    # S3.
    "NoSuchBucket": "This bucket does not exist.",
    "NoSuchKey": "The bucket has no such object: it was deleted, or never uploaded.",
    "NoSuchUpload": "S3 knows this upload no more: it was completed, or given up. Begin it again.",
    "BucketAlreadyExists": "This bucket name is taken by another AWS account. Choose another name.",
    "BucketAlreadyOwnedByYou": "You have a bucket of this name already.",
    "BucketNotEmpty": "The bucket still holds objects. Delete those first.",
    "InvalidBucketName": "AWS does not take this bucket name.",
    "TooManyBuckets": "The account's quota of buckets is used up. Delete one, or ask AWS for more.",
    "OperationAborted": "Another change to this bucket is under way. Try again in a minute.",
    "ConditionalRequestConflict": "The same object is being written by somebody else at this moment. Try again.",
    "PermanentRedirect": "The bucket lies in another region. Check the region.",
    "AuthorizationHeaderMalformed": "The bucket lies in another region, or the endpoint belongs to one. Check the region.",
    "MalformedPolicy": "AWS does not take this bucket policy.",
    "AccessControlListNotSupported": "This bucket has ACLs turned off (Object Ownership: bucket owner enforced).",
    "EntityTooLarge": "S3 takes at most 5 GB in one piece.",
    "EntityTooSmall": "A part is too small: all but the last must have 5 MB. Begin the upload again.",
    "InvalidPart": "S3 does not have one of the parts as it was sent. Begin the upload again.",
    "InvalidPartOrder": "The parts were not named in their order. Begin the upload again.",
    "TooManyParts": "S3 takes at most 10,000 parts. Upload it in larger ones.",
    "BadDigest": "What reached S3 is not what was sent. Try again.",
    "KeyTooLongError": "This name is too long for S3: 1,024 bytes at most.",
    "InvalidRequest": "S3 does not take this.",
    "EncryptionTypeMismatch": "S3 has this object under another kind of encryption. Write it under a new name.",
    "InvalidWriteOffset": "The object in S3 has another size than was expected. Upload it anew.",
}

# Here AWS's own sentence names the setting at fault, and is quoted after ours.
QUOTED = frozenset(
    {
        "AccountProblem",
        "BatchTooLarge",
        "CNAMEAlreadyExists",
        "EntityLimitExceeded",
        "EntityNotFound",
        "IllegalUpdate",
        "InconsistentQuantities",
        "InvalidArgsException",
        "InvalidArgument",
        "InvalidBucketName",
        "InvalidDomainNameForOriginAccessControl",
        "InvalidDomainValidationOptionsException",
        "InvalidForwardCookies",
        "InvalidFunctionAssociation",
        "InvalidGeoRestrictionParameter",
        "InvalidHeadersForS3Origin",
        "InvalidLambdaFunctionAssociation",
        "InvalidOrigin",
        "InvalidParameterException",
        "InvalidQueryStringParameters",
        "InvalidRelativePath",
        "InvalidRequest",
        "InvalidRequiredProtocol",
        "InvalidTagException",
        "InvalidTagging",
        "InvalidViewerCertificate",
        "InvalidWebACLId",
        "LimitExceededException",
        "MalformedPolicy",
        "MissingBody",
        "ServiceQuotaExceededException",
        "TagPolicyException",
        "UnsupportedOperation",
        "ValidationError",
        "ValidationException",
    }
)
