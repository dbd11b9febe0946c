"""What the doctor can find. Pure: neither Django nor boto3."""

from __future__ import annotations

from dataclasses import dataclass, field

DANGER, WARNING, ADVICE = "danger", "warning", "advice"
SEVERITIES = (DANGER, WARNING, ADVICE)


@dataclass(frozen=True)
class Meaning:
    """What a code stands for. `mend`: what the button does, or "" where it is said how to; the docs list them all."""

    severity: str
    title: str
    mend: str = ""


MEANINGS: dict[str, Meaning] = {
    "permission-missing": Meaning(DANGER, "The credentials lack a permission that a feature in use needs"),
    "permission-unknown": Meaning(ADVICE, "Whether the credentials have a permission can't be told"),
    "credentials-of-root": Meaning(WARNING, "The credentials are those of the account's root user"),
    "open-at-s3": Meaning(DANGER, "What should be refused is open to everybody straight at S3"),
    "bucket-listed": Meaning(DANGER, "Everybody can list what lies in the bucket"),
    "shown-by-another": Meaning(DANGER, "Another distribution shows a private one's files without a signature"),
    "unsigned-behavior": Meaning(DANGER, "A behavior shows a private distribution's files without a signature"),
    "open-from-outside": Meaning(DANGER, "A stranger was given what should be refused"),
    "viewers-refused": Meaning(DANGER, "Viewers are refused what they should be given"),
    "block-public-access": Meaning(WARNING, "Block Public Access is not whole", "block_public_access"),
    "acl-model-disabled": Meaning(DANGER, "Files are opened by ACLs, and the bucket has its ACLs turned off"),
    "acls-without-need": Meaning(ADVICE, "The bucket's ACLs are on, and nothing here needs them"),
    "kms-shuts-control": Meaning(DANGER, "The encryption key does not let CloudFront decrypt"),
    "kms-shuts-identity": Meaning(DANGER, "Files encrypted by KMS can't be read by an origin access identity"),
    "statement-missing": Meaning(DANGER, "The bucket's policy lacks the distribution's statement", "settle_statements"),
    "statement-left": Meaning(ADVICE, "A statement written here is needed no more", "settle_statements"),
    "statement-orphaned": Meaning(ADVICE, "A statement is left of a distribution that is not known here", "take_out_statement"),
    "statement-of-gone-identity": Meaning(ADVICE, "A statement names an identity that was deleted", "take_out_statement"),
    "policy-nearly-full": Meaning(WARNING, "The bucket's policy is nearly full"),
    "alias-uncovered": Meaning(DANGER, "A host name is not covered by the certificate"),
    "certificate-expiring": Meaning(WARNING, "The certificate ends soon"),
    "plain-http": Meaning(WARNING, "Viewers may come by plain HTTP", "redirect_to_https"),
    "old-tls": Meaning(ADVICE, "Old versions of TLS are taken"),
    "origin-by-http": Meaning(ADVICE, "The origin is asked by plain HTTP"),
    "unsigned-control": Meaning(WARNING, "The origin access control may come unsigned"),
    "authorization-forwarded": Meaning(WARNING, "Viewers' Authorization header is passed on to the bucket"),
    "errors-without-cors": Meaning(ADVICE, "Refusals carry no CORS headers"),
    "key-about-to-go": Meaning(WARNING, "A key is about to be removed that links still use"),
    "key-not-active": Meaning(DANGER, "Links were signed with a key that CloudFront does not take"),
    "rtmp-left": Meaning(ADVICE, "A streaming distribution of old is left"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is missing or unsafe. `subject` tells several of one code apart (a pattern, a Sid, an action);
    `text` is what to copy where it is mended by hand (a statement); `mend_input` is what the mend needs to know.
    """

    code: str
    sentence: str
    subject: str = ""
    text: str = ""
    severity: str = ""
    mend_input: dict[str, object] = field(default_factory=dict)

    @property
    def weight(self) -> str:
        return self.severity or MEANINGS[self.code].severity
