"""Every sort of finding, by its code. How grave a sort is does not depend on where it is found: what is graver elsewhere
has another code.
"""

from __future__ import annotations

from dataclasses import dataclass

DANGER, WARNING, ADVICE = "danger", "warning", "advice"
SEVERITIES = {DANGER: "Danger", WARNING: "Warning", ADVICE: "Advice"}

CLOSE_BUCKET, WRITE_STATEMENT, TAKE_OUT, REDIRECT = "close-bucket", "write-statement", "take-out", "redirect"
# What each mend is called on its button.
MENDS = {
    CLOSE_BUCKET: "Close the bucket",
    WRITE_STATEMENT: "Write the statement",
    TAKE_OUT: "Take it out",
    REDIRECT: "Plan the redirect",
}


@dataclass(frozen=True)
class Sort:
    """`meaning` is a line for the docs. `how_to`: what a person does where there is no mend (and beside one). `route`: the
    name of the page, of the distribution, where that is done; "" where it is done at AWS.
    """

    severity: str
    meaning: str
    how_to: str
    mend: str = ""
    route: str = ""


SORTS: dict[str, Sort] = {
    # who gets in past what is meant
    "public-bucket": Sort(
        DANGER,
        "Strangers can read a private distribution’s files straight at S3.",
        "Take out of the bucket’s policy, or of the files’ ACLs, what lets everybody in; or close the bucket.",
        CLOSE_BUCKET,
        "distribution_access",
    ),
    "bypass": Sort(
        WARNING,
        "Strangers can read a public distribution’s files at S3, past CloudFront, though its access model needs no such thing.",
        "Take out what lets everybody in, or close the bucket.",
        CLOSE_BUCKET,
        "distribution_access",
    ),
    "listing-open": Sort(
        DANGER,
        "Strangers can list what lies in the bucket.",
        "Take s3:ListBucket for everybody out of the bucket’s policy, or close the bucket.",
        CLOSE_BUCKET,
    ),
    "other-opens": Sort(
        DANGER,
        "Another distribution shows a private one’s files without a signature.",
        "Give the other one’s origin a path of its own, or have its behaviors ask for signatures.",
        route="distribution_access",
    ),
    "unsigned-behavior": Sort(
        WARNING,
        "A behavior of a private distribution shows its own files without a signature.",
        "Add a trusted key group to the behavior, unless what fits its pattern is meant for everybody.",
        route="distribution_signers",
    ),
    "shared-place": Sort(
        ADVICE,
        "Another distribution has an origin over the same part of the bucket as a private one.",
        "Give each its own origin path: a change of one then never opens the other’s files.",
        route="distribution_access",
    ),
    # the bucket
    "switches-off": Sort(
        WARNING,
        "Block Public Access is off, and nothing that is known here needs it off.",
        "Switch all four on.",
        CLOSE_BUCKET,
    ),
    "switches-needed": Sort(
        ADVICE,
        "Block Public Access is off because a distribution’s access model, or a policy, needs it off.",
        "Move the distribution to an origin access control; then the bucket can be closed.",
    ),
    "account-switches-off": Sort(
        ADVICE,
        "Block Public Access is off for the account as a whole.",
        "If no bucket of the account is to be public, switch it on in the S3 console, under “Block Public Access settings for "
        "this account”.",
    ),
    "acls-off-for-model": Sort(
        DANGER,
        "The access model works by ACLs, and the bucket’s ownership has them off.",
        "Choose another access model, or change the bucket’s Object Ownership at S3.",
        route="distribution_access",
    ),
    "acls-without-need": Sort(
        ADVICE,
        "The bucket has ACLs on, and no distribution known here needs them.",
        "Set Object Ownership to “Bucket owner enforced” at S3, once no one else needs its ACLs.",
    ),
    "bucket-unread": Sort(
        ADVICE,
        "Something of the bucket can’t be read, so that checks which need it were left out.",
        "Add the permissions that are named to the IAM policy of these credentials, or see whether the bucket is still there.",
    ),
    "kms-not-permitted": Sort(
        DANGER,
        "The files are encrypted by KMS, and the key’s policy does not let CloudFront decrypt for this distribution.",
        "Add the statement to the key’s policy in KMS.",
    ),
    "kms-not-known": Sort(
        ADVICE,
        "The files are encrypted by KMS, and whether the key lets CloudFront decrypt can’t be told.",
        "Look in KMS whether the key’s policy has the statement.",
    ),
    "kms-managed-key": Sort(
        DANGER,
        "The files are encrypted by AWS’s own key for S3, whose policy nobody can change: CloudFront can’t read them.",
        "Choose a key of your own, or S3’s own encryption (SSE-S3), for the bucket, and copy its files over themselves.",
    ),
    "kms-with-identity": Sort(
        DANGER,
        "The files are encrypted by KMS, and CloudFront comes in a way that can never read such.",
        "Move to an origin access control.",
        route="distribution_access",
    ),
    # the bucket's policy
    "statement-missing": Sort(
        DANGER,
        "The bucket’s policy does not let the distribution in: viewers get 403.",
        "Write the distribution’s statement back.",
        WRITE_STATEMENT,
    ),
    "policy-denies": Sort(
        DANGER,
        "A Deny in the bucket’s policy shuts CloudFront out.",
        "Change the statement at S3. It is somebody’s own, so it is not touched from here.",
        route="distribution_access",
    ),
    "statement-left-over": Sort(
        WARNING,
        "A statement that was written here for a distribution lets in more than its configuration needs.",
        "Take it out.",
        TAKE_OUT,
    ),
    "statement-orphaned": Sort(
        WARNING,
        "A statement that was written by cdnadmin belongs to no distribution that is known here.",
        "Take it out, unless another cdnadmin shares the bucket.",
        TAKE_OUT,
    ),
    "statement-names-the-gone": Sort(
        DANGER,
        "A statement of the bucket’s policy names somebody who was deleted: S3 refuses every change of the policy that repeats it.",
        "Take it out before anything else of the policy is changed, a new distribution’s statement too.",
        TAKE_OUT,
    ),
    "policy-nearly-full": Sort(
        WARNING,
        "The bucket’s policy is near the 20 KB that S3 takes.",
        "Take statements out that nobody needs, or put new distributions into another bucket.",
    ),
    # names, certificates, protocols
    "alias-without-certificate": Sort(
        DANGER,
        "A host name of its own has no certificate.",
        "Choose a certificate that covers it.",
        route="distribution_detail",
    ),
    "alias-not-covered": Sort(
        DANGER,
        "The certificate does not cover a host name.",
        "Request a certificate that covers all names, and choose it.",
        route="distribution_detail",
    ),
    "certificate-ended": Sort(
        DANGER,
        "The certificate has expired or was revoked.",
        "Renew it in ACM, or choose another.",
        route="distribution_detail",
    ),
    "certificate-ends": Sort(
        WARNING,
        "The certificate expires within 30 days.",
        "ACM renews its own by itself while their DNS records stand; an imported one has to be imported anew.",
        route="distribution_detail",
    ),
    "certificate-elsewhere": Sort(
        DANGER,
        "The certificate is of another region than us-east-1, which CloudFront does not take.",
        "Request one in us-east-1.",
        route="distribution_detail",
    ),
    "certificate-not-known": Sort(
        WARNING,
        "ACM of this account does not have the certificate.",
        "If it is another account’s, look there when it expires; else choose another.",
        route="distribution_detail",
    ),
    "http-allowed": Sort(
        WARNING,
        "Viewers may come by plain HTTP, where what they get, and signed addresses, can be read on the way.",
        "Set the viewer protocol policy to “redirect to HTTPS”.",
        REDIRECT,
        route="distribution_detail",
    ),
    "old-tls": Sort(
        WARNING,
        "Viewers may come by a version of TLS that is no longer safe.",
        "Set the minimum version to TLSv1.2_2021 or newer.",
        route="distribution_detail",
    ),
    "origin-by-http": Sort(
        WARNING,
        "CloudFront may fetch from an origin by plain HTTP.",
        "Set the origin’s protocol policy to HTTPS only.",
        route="distribution_detail",
    ),
    "rtmp-left": Sort(
        WARNING,
        "An RTMP streaming distribution is left: AWS ended them in 2020.",
        "Make today’s successor of it, then delete it.",
        route="distribution_succeed",
    ),
    # how CloudFront asks
    "control-never-signs": Sort(
        DANGER,
        "The origin access control never signs: CloudFront comes as nobody.",
        "Give the origin a control that always signs.",
        route="distribution_access",
    ),
    "authorization-forwarded": Sort(
        WARNING,
        "Viewers’ own Authorization header reaches S3 in place of CloudFront’s signature.",
        "Choose an origin request policy without it, or a control that always signs.",
        route="distribution_detail",
    ),
    "control-may-not-sign": Sort(
        ADVICE,
        "The origin access control gives way to viewers’ Authorization header, which no behavior passes on today.",
        "Give the origin a control that always signs.",
        route="distribution_access",
    ),
    "cors-missing-on-errors": Sort(
        ADVICE,
        "Players of other sites can’t read why a file is refused: error answers carry no CORS headers.",
        "Choose a response headers policy with CORS for the behavior, as Managed-CORS-With-Preflight.",
        route="distribution_detail",
    ),
    # keys
    "key-not-trusted": Sort(
        DANGER,
        "Links that were handed out are signed with a key that CloudFront no longer trusts: they are refused.",
        "Put the key back into the key group at CloudFront, or hand out new links.",
        route="distribution_signers",
    ),
    "key-leaving": Sort(
        WARNING,
        "A change that is planned ends links that were handed out and are still valid.",
        "Apply it once they have ended, or keep the key group beside the new one.",
        route="distribution_signers",
    ),
    "nobody-can-sign": Sort(
        DANGER,
        "A behavior asks for signatures, and AWS names no key that can make them: it opens to nobody.",
        "Add a key group that has a key, or a key to the group.",
        route="distribution_signers",
    ),
    # IAM
    "permission-missing": Sort(
        WARNING,
        "These credentials lack permissions for something that is in use.",
        "Add what is named to their IAM policy, or put the whole least-privilege policy in its place.",
    ),
    "permission-unknown": Sort(
        ADVICE,
        "Whether these credentials have the permissions for writing can’t be told beforehand.",
        "Allow iam:SimulatePrincipalPolicy on the user or role itself, as the least-privilege policy does.",
    ),
    "root-credentials": Sort(
        WARNING,
        "These are the root user’s credentials: they may do everything, in every service.",
        "Make an IAM user or role with the least-privilege policy, and take the root user’s access key away.",
    ),
}
