"""What the browser sends with each part instead of its session cookie.

A cookie would need a CSRF check, which reads the body; a token in the URL lands in logs. So: a header,
signed, bound to one upload and one person, and short-lived; pages fetch a new one with their session.
"""

from __future__ import annotations

from django.core import signing

from cdnadmin.accounts.models import User
from cdnadmin.accounts.permissions import Action, require
from cdnadmin.errors import NotAllowed
from media.models import Upload

LIFETIME_SECONDS = 3600
_SALT = "cdnadmin.media.upload"


def issue_upload_token(upload: Upload) -> str:
    """A token for `upload` and the person who began it."""
    person = upload.person.public_id if upload.person else ""
    return signing.dumps({"upload": upload.public_id, "person": person}, salt=_SALT)


def open_upload_token(token: str, *, upload_public_id: str) -> Upload:
    """The upload that `token` is for. Raises NotAllowed where it is forged, old, another's, or the person may no longer upload."""
    try:
        claim = signing.loads(token, salt=_SALT, max_age=LIFETIME_SECONDS)
    except signing.SignatureExpired:
        raise NotAllowed(
            "The permission to send this file has run out. Reload the page and try again.", code="ExpiredToken"
        ) from None
    except signing.BadSignature:
        raise NotAllowed("The permission to send this file is missing or not valid.", code="AccessDenied") from None
    if claim["upload"] != upload_public_id:
        raise NotAllowed("This permission is for another file.", code="AccessDenied")
    person = User.objects.filter(public_id=claim["person"]).first()
    require(person, Action.UPLOAD_MEDIA)
    upload = (
        Upload.objects.select_related("version__asset__distribution", "person")
        .filter(public_id=upload_public_id, person=person)
        .first()
    )
    if upload is None:
        raise NotAllowed("This upload was stopped.", code="NoSuchUpload")
    return upload
