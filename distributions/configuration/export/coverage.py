"""Which fields of a configuration the export has words for. The rest is named, so that nobody takes the file for whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from distributions.configuration.fields import fields_of, is_default, split_path

_BEHAVIOR = """
    TargetOriginId ViewerProtocolPolicy AllowedMethods.Items AllowedMethods.CachedMethods Compress SmoothStreaming
    FieldLevelEncryptionId RealtimeLogConfigArn CachePolicyId OriginRequestPolicyId ResponseHeadersPolicyId
    TrustedKeyGroups.Enabled TrustedKeyGroups.Items TrustedSigners.Enabled TrustedSigners.Items MinTTL DefaultTTL MaxTTL
    ForwardedValues.QueryString ForwardedValues.QueryStringCacheKeys ForwardedValues.Headers
    ForwardedValues.Cookies.Forward ForwardedValues.Cookies.WhitelistedNames GrpcConfig.Enabled
    FunctionAssociations FunctionAssociations.FunctionARN LambdaFunctionAssociations
    LambdaFunctionAssociations.LambdaFunctionARN LambdaFunctionAssociations.IncludeBody
"""
# An origin's `kind` is said by the structure that is written.
_ORIGIN = """
    kind DomainName OriginPath ConnectionAttempts ConnectionTimeout ResponseCompletionTimeout OriginAccessControlId
    CustomHeaders CustomHeaders.HeaderValue OriginShield.Enabled OriginShield.OriginShieldRegion S3OriginConfig.OriginAccessIdentity
    CustomOriginConfig.HTTPPort CustomOriginConfig.HTTPSPort CustomOriginConfig.OriginProtocolPolicy
    CustomOriginConfig.OriginSslProtocols CustomOriginConfig.OriginReadTimeout CustomOriginConfig.OriginKeepaliveTimeout
    CustomOriginConfig.IpAddressType CustomOriginConfig.OriginMtlsConfig.ClientCertificateArn VpcOriginConfig.VpcOriginId
    VpcOriginConfig.OwnerAccountId VpcOriginConfig.OriginReadTimeout VpcOriginConfig.OriginKeepaliveTimeout
"""
# The last three lines: what CloudFront says again in older words, and what nobody chooses.
_TOP = """
    Aliases DefaultRootObject Comment Enabled PriceClass HttpVersion IsIPV6Enabled WebACLId Staging
    ContinuousDeploymentPolicyId AnycastIpListId ConnectionFunctionAssociation.Id CacheTagConfig.HeaderName
    ViewerMtlsConfig.Mode ViewerMtlsConfig.TrustStoreConfig.TrustStoreId
    ViewerMtlsConfig.TrustStoreConfig.AdvertiseTrustStoreCaNames ViewerMtlsConfig.TrustStoreConfig.IgnoreCertificateExpiry
    Origins OriginGroups OriginGroups.FailoverCriteria.StatusCodes OriginGroups.Members CacheBehaviors CacheBehaviors.order
    CustomErrorResponses CustomErrorResponses.ResponsePagePath CustomErrorResponses.ResponseCode
    CustomErrorResponses.ErrorCachingMinTTL Logging.Enabled Logging.IncludeCookies Logging.Bucket Logging.Prefix
    Restrictions.GeoRestriction.RestrictionType Restrictions.GeoRestriction.Items ViewerCertificate.ACMCertificateArn
    ViewerCertificate.IAMCertificateId ViewerCertificate.SSLSupportMethod ViewerCertificate.MinimumProtocolVersion
    ViewerCertificate.CloudFrontDefaultCertificate ViewerCertificate.Certificate ViewerCertificate.CertificateSource
"""
_SAID = {
    *_TOP.split(),
    *(f"{kind}.{name}" for kind in ("DefaultCacheBehavior", "CacheBehaviors") for name in _BEHAVIOR.split()),
    *(f"Origins.{name}" for name in _ORIGIN.split()),
}
_KNOWN = {name.partition(".")[0] for name in _SAID}
# Defaults of fields that the provider has no argument for.
_DEFAULTS = {"Origins.S3OriginConfig.OriginReadTimeout": 30, "OriginGroups.SelectionCriteria": "default"}


def unsaid(config: dict[str, Any]) -> list[str]:
    """Paths as in Difference, or the name alone of a part that is new as a whole."""
    return sorted(dict.fromkeys(_unsaid(config)))


def _unsaid(config: dict[str, Any]) -> Iterator[str]:
    for path, value in fields_of(config).items():
        parts = [part for part in split_path(path) if not part.startswith("[")]
        name = ".".join(parts)
        if name in _SAID or is_default(path, value) or _DEFAULTS.get(name) == value:
            continue
        yield " ".join(path.split()) if parts[0] in _KNOWN else parts[0]
