"""IAM, as far as a user asks what it may do: SimulatePrincipalPolicy. Anything else is NotImplemented.

Source: IAM API Reference, "SimulatePrincipalPolicy", "EvaluationResult".
"""

from __future__ import annotations

import re
import uuid
from xml.sax.saxutils import escape

from cdnadmin.sandbox.faults import DroppedAnswer, Faults
from cdnadmin.sandbox.http import Fault, Request, Response
from cdnadmin.sandbox.permissions import USER_ARN, Permissions, is_action
from cdnadmin.sandbox.principals import ACCOUNT_ID, Anonymous
from cdnadmin.sandbox.sigv4 import authenticate, split_query

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_OPERATION = "SimulatePrincipalPolicy"
RESULTS_AT_MOST = 1000


class IamApi:
    def __init__(self, permissions: Permissions, faults: Faults) -> None:
        self._permissions, self._faults = permissions, faults

    def handle(self, request: Request) -> Response:
        """Raises Fault, which every service of the query protocol answers alike."""
        if isinstance(authenticate(request, service="iam").principal, Anonymous):
            raise Fault(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        given = dict(split_query(request.buffered().decode("utf-8", errors="replace")))
        name = given.get("Action", "")
        self._permissions.require([f"iam:{name}"], given.get("PolicySourceArn", "*"))
        dropped = self._faults.take("iam", name)
        if name != _OPERATION:
            raise Fault(501, "NotImplemented", f"The sandbox has no {name} of IAM.")
        response = self._simulate(given)
        if dropped == "drop":
            raise DroppedAnswer
        return response

    def _simulate(self, given: dict[str, str]) -> Response:
        arn = given.get("PolicySourceArn", "")
        if not re.fullmatch(r"arn:aws:iam::\d{12}:(user|group|role)/.+", arn):
            raise Fault(400, "InvalidInput", f"The policy source {arn} must be the ARN of a user, a group or a role.")
        if arn != USER_ARN:
            raise Fault(404, "NoSuchEntity", f"The entity {arn.rpartition(':')[2]} cannot be found in account {ACCOUNT_ID}.")
        actions = _listed(given, "ActionNames")
        if not actions:
            raise Fault(400, "ValidationError", "1 validation error detected: Value at 'actionNames' must not be null")
        if invalid := [action for action in actions if not is_action(action)]:
            raise Fault(400, "InvalidInput", f"Invalid Entity Action: {invalid[0]}")
        each = [(action, resource) for action in actions for resource in _listed(given, "ResourceArns") or ["*"]]
        try:
            start, most = int(given.get("Marker", "0")), int(given.get("MaxItems", "100"))
        except ValueError:
            raise Fault(400, "ValidationError", "Marker or MaxItems is not one that this call gave or takes.") from None
        if not 1 <= most <= RESULTS_AT_MOST or not 0 <= start < len(each):
            raise Fault(400, "ValidationError", "Marker or MaxItems is not one that this call gave or takes.")
        page, more = each[start : start + most], start + most < len(each)
        inner = f"<IsTruncated>{str(more).lower()}</IsTruncated>" + (f"<Marker>{start + most}</Marker>" if more else "")
        inner += f"<EvaluationResults>{''.join(self._result(*one) for one in page)}</EvaluationResults>"
        body = f'<{_OPERATION}Response xmlns="{_NAMESPACE}"><{_OPERATION}Result>{inner}</{_OPERATION}Result>'
        body += f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{_OPERATION}Response>"
        return Response(200, {"content-type": "text/xml"}, body.encode())

    def _result(self, action: str, resource: str) -> str:
        decision = "implicitDeny" if self._permissions.denies(action) else "allowed"
        result = f"<EvalActionName>{action}</EvalActionName><EvalResourceName>{escape(resource)}</EvalResourceName>"
        result += f"<EvalDecision>{decision}</EvalDecision><MatchedStatements/><MissingContextValues/>"
        return f"<member>{result}</member>"


def _listed(given: dict[str, str], name: str) -> list[str]:
    """The members of a list, in the order of their numbers."""
    numbers = sorted(int(key.rpartition(".")[2]) for key in given if re.fullmatch(rf"{name}\.member\.\d+", key))
    return [given[f"{name}.member.{number}"] for number in numbers]
