"""The relay: end points that speak enough of S3's REST for the browser's uploader, and take the bytes to staging.

They carry an upload token in a header instead of a cookie, so they alone are free of CSRF and of log-in.
The body is read as a stream; nothing here touches `request.POST` or `request.body`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from xml.sax.saxutils import escape

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cdnadmin.errors import CdnadminError, Conflict, InvalidInput, NotAllowed, NotReady
from media.models import Upload
from media.services.uploads import abort_upload, complete_upload, receive_part
from media.staging import StagingFull
from media.upload_tokens import open_upload_token

XML = "application/xml"
_STATUS: tuple[tuple[type[CdnadminError], int], ...] = (
    (StagingFull, 507),
    (NotAllowed, 403),
    (Conflict, 409),
    (NotReady, 409),
    (InvalidInput, 400),
)


def _xml(body: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', status=status)
    # Uppy reads an error's code only from exactly this type, without a charset.
    response["Content-Type"] = XML
    return response


def _relayed(view: Callable[[HttpRequest, Upload, int], HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answer(request: HttpRequest, public_id: str, number: int = 0) -> HttpResponse:
        try:
            upload = open_upload_token(request.headers.get("X-Upload-Token", ""), upload_public_id=public_id)
            return view(request, upload, number)
        except CdnadminError as error:
            status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
            status = 404 if error.code == "NoSuchUpload" else status
            return _xml(f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>", status)

    return answer


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["PUT"])
@_relayed
def part(request: HttpRequest, upload: Upload, number: int) -> HttpResponse:
    """PUT one part: its bytes go to staging as they come."""
    try:
        length = int(request.headers.get("Content-Length", ""))
    except ValueError:
        return _xml("<Error><Code>MissingContentLength</Code><Message>Say how long the part is.</Message></Error>", 411)
    received = receive_part(
        upload=upload, number=number, stream=request, length=length, sha256=request.headers.get("X-Part-Sha256", "")
    )
    response = HttpResponse()
    response["ETag"] = f'"{received.sha256}"'
    return response


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "POST", "PUT", "DELETE"])
@_relayed
def whole(request: HttpRequest, upload: Upload, number: int) -> HttpResponse:
    """POST begins, or with `uploadId` completes; GET lists parts; DELETE stops; PUT is an empty file, whole."""
    if request.method == "GET":
        return _list_parts(upload)
    if request.method == "DELETE":
        abort_upload(actor=upload.person, upload=upload)
        return HttpResponse(status=204)
    if request.method == "POST" and "uploadId" not in request.GET:
        return _xml(f"<InitiateMultipartUploadResult><UploadId>{upload.public_id}</UploadId></InitiateMultipartUploadResult>")
    complete_upload(upload=upload)
    location = reverse("asset_detail", args=[upload.version.asset.public_id])
    return _xml(
        f"<CompleteMultipartUploadResult><Location>{location}</Location>"
        f"<Key>{upload.public_id}</Key></CompleteMultipartUploadResult>"
    )


def _list_parts(upload: Upload) -> HttpResponse:
    rows = "".join(
        f"<Part><PartNumber>{part.number}</PartNumber><ETag>{part.sha256}</ETag><Size>{part.size}</Size></Part>"
        for part in upload.parts.all()
    )
    return _xml(f"<ListPartsResult><UploadId>{upload.public_id}</UploadId><IsTruncated>false</IsTruncated>{rows}</ListPartsResult>")
