"""KMS, ACM, STS and SQS, by moto in this process. Their state lives in memory and ends with it."""

from __future__ import annotations

import io
import json
import os
import threading
from typing import Any, cast

from cdnadmin.sandbox.http import Request, Response
from cdnadmin.sandbox.permissions import USER_ARN
from cdnadmin.sandbox.principals import ACCOUNT_ID

SERVICES = frozenset({"kms", "acm", "sts", "sqs"})
os.environ.setdefault("MOTO_ACCOUNT_ID", ACCOUNT_ID)
# moto reads the region from it and checks nothing: signatures are checked before.
_UNSIGNED = "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/acm/aws4_request, SignedHeaders=host, Signature=0"


class MotoServices:
    """Loaded at the first call: importing moto's server takes a second that most runs never need."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apps: dict[str, Any] = {}

    def handle(self, request: Request, service: str) -> Response:
        with self._lock:
            if service not in self._apps:
                from moto.moto_server.werkzeug_app import create_backend_app

                self._apps[service] = create_backend_app(cast(Any, service))
            return self._call(self._apps[service], request)

    def certificate_names(self, arn: str) -> list[str] | None:
        """The host names of a certificate in ACM; None where it has none of this ARN that is issued."""
        headers = {"x-amz-target": "CertificateManager.DescribeCertificate", "content-type": "application/x-amz-json-1.1"}
        headers |= {"host": "acm.us-east-1.amazonaws.com", "authorization": _UNSIGNED}
        body = io.BytesIO(json.dumps({"CertificateArn": arn}).encode())
        answer = self.handle(Request("POST", "/", "", headers, body), "acm")
        if answer.status != 200 or not isinstance(answer.body, bytes):
            return None
        found = json.loads(answer.body)["Certificate"]
        if found["Status"] != "ISSUED":
            return None
        return list(dict.fromkeys([found["DomainName"], *found.get("SubjectAlternativeNames", [])]))

    def _call(self, app: Any, request: Request) -> Response:
        from werkzeug.test import Client, EnvironBuilder

        headers = {name: value for name, value in request.headers.items() if name not in {"content-length", "host"}}
        builder = EnvironBuilder(
            method=request.method,
            path=request.raw_path,
            query_string=request.raw_query,
            headers=list(headers.items()),
            data=request.buffered(),
            base_url=f"http://{request.host}",
        )
        answer = Client(app).open(builder)
        kept = {
            name.lower(): value for name, value in answer.headers.items() if name.lower() not in {"content-length", "connection"}
        }
        # moto calls whoever asks by its own name, and a user of STS's.
        body = answer.get_data().replace(f"arn:aws:sts::{ACCOUNT_ID}:user/moto".encode(), USER_ARN.encode())
        return Response(answer.status_code, kept, body.replace(b":user/moto", b":user/sandbox"))
