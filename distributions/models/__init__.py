"""What a person wants of CloudFront, beside what AWS was last seen to have."""

from distributions.models.access import BucketPolicyLease, KeyGroup, OriginAccess, PublicKey, SigningKey
from distributions.models.bucket_truth import BucketTruth
from distributions.models.distribution import Distribution
from distributions.models.doctor import Examination, FoundProblem
from distributions.models.history import AccountInventory, CallBudget, ChangePlan, ConfigurationVersion
from distributions.models.invalidation import InvalidationBatch, InvalidationPath, InvalidationRequest
from distributions.models.privacy import PrivacyCheck, PrivacyProbe
from distributions.models.traces import HandedSignature, Propagation

__all__ = [
    "AccountInventory",
    "BucketPolicyLease",
    "BucketTruth",
    "CallBudget",
    "ChangePlan",
    "ConfigurationVersion",
    "Distribution",
    "Examination",
    "FoundProblem",
    "HandedSignature",
    "InvalidationBatch",
    "InvalidationPath",
    "InvalidationRequest",
    "KeyGroup",
    "OriginAccess",
    "PrivacyCheck",
    "PrivacyProbe",
    "Propagation",
    "PublicKey",
    "SigningKey",
]
