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
from cdnadmin.sandbox.s3.encryption import MANAGED, KmsKey

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
        answer = self._ask("acm", "CertificateManager.DescribeCertificate", CertificateArn=arn)
        found = answer.get("Certificate", {})
        if found.get("Status") != "ISSUED":
            return None
        return list(dict.fromkeys([found["DomainName"], *found.get("SubjectAlternativeNames", [])]))

    def kms_key(self, id: str) -> KmsKey | None:
        """A key of KMS, by its id, ARN or alias; None where there is none."""
        found = self._ask("kms", "TrentService.DescribeKey", KeyId=id).get("KeyMetadata")
        if found is None:
            return None
        managed = id == MANAGED or self._is_managed(found["Arn"])
        said = self._ask("kms", "TrentService.GetKeyPolicy", KeyId=found["KeyId"], PolicyName="default").get("Policy", "{}")
        return KmsKey(found["Arn"], found["KeyState"], json.loads(said), managed)

    def _is_managed(self, arn: str) -> bool:
        names = self._ask("kms", "TrentService.ListAliases", KeyId=arn).get("Aliases", [])
        return any(alias["AliasName"] == MANAGED for alias in names)

    def _ask(self, service: str, target: str, **given: str) -> dict[str, Any]:
        """What a service with JSON answers; nothing where it refuses."""
        headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.1"}
        headers |= {"host": f"{service}.us-east-1.amazonaws.com", "authorization": _UNSIGNED.replace("/acm/", f"/{service}/")}
        answer = self.handle(Request("POST", "/", "", headers, io.BytesIO(json.dumps(given).encode())), service)
        found: dict[str, Any] = json.loads(answer.body) if answer.status == 200 and isinstance(answer.body, bytes) else {}
        return found

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
