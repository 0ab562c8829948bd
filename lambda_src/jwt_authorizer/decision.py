"""Find the token in a request, and answer API Gateway.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .claims import Caller

#: RFC 6750, section 2.1; the scheme in any case: RFC 9110, section 11.1.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


def bearer_token(event: Mapping[str, object]) -> str | None:
    """Return the token of a request.

    :param event: the event of a TOKEN authorizer
    """
    found = _BEARER.fullmatch(str(event.get("authorizationToken") or ""))
    return found[1] if found else None


def answer(caller: Caller, method_arn: str, effect: str) -> dict[str, object]:
    """Return the permission for one method, and who calls.

    :param caller: who calls
    :param method_arn: the method
    :param effect: ``Allow``, or ``Deny``, which API Gateway answers with 403
    """
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": method_arn}
    context = {"client_id": caller.client_id, "scope": " ".join(caller.scopes)}
    return {
        "principalId": caller.subject,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {name: value for name, value in context.items() if value},
    }
