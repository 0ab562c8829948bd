"""Ask Lambda authorizers, read their responses, and keep them for as long as they hold.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ....json_text import parse_json
from ...application import LambdaAuthorizer
from ...functions.concurrency import ThrottledError
from ...functions.pool import FunctionPool
from ...functions.response_pipe import FunctionError
from ..request.access_log import AccessLogRecord
from ..request.errors import GatewayError
from ..request.routed_request import RoutedRequest
from .policy import Decision, PolicyError, evaluate
from .ttl_cache import TtlCache

#: "Unauthorized" as the error of the function is the one way for it to ask for a 401.
UNAUTHORIZED = "Unauthorized"
#: Answers that are kept at the same time; every token has one.
MAX_KEPT = 1000
MESSAGES = {
    Decision.EXPLICIT_DENY: "User is not authorized to access this resource with an explicit deny",
    Decision.IMPLICIT_DENY: "User is not authorized to access this resource",
}


@dataclass(frozen=True)
class AuthorizerResponse:
    """The response of an authorizer.

    :param context: ``requestContext.authorizer``
    :param usage_key: the API key that the request is metered by
    """

    policy: object
    context: Mapping[str, object]
    usage_key: str | None = None


class LambdaAuthorizers:
    """Asks the authorizers of all APIs.

    :param pool: runs the functions
    :param arn: the part of the ARNs of methods that is before the API
    :param clock: seconds, for how long an answer holds
    """

    def __init__(
        self,
        pool: FunctionPool,
        arn: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._arn = arn
        self._cache: TtlCache[tuple[str, ...], AuthorizerResponse] = TtlCache(MAX_KEPT, clock)

    async def authorize(
        self, authorizer: LambdaAuthorizer, routed: RoutedRequest, record: AccessLogRecord
    ) -> AuthorizerResponse:
        """Return the response of an authorizer that lets a request in.

        :raises GatewayError: when it does not, or fails
        """
        arn = self._method_arn(routed)
        identity = [routed.value(source) or None for source in authorizer.identity_sources]
        if None in identity:
            raise GatewayError("UNAUTHORIZED", detail="an identity source of the authorizer is missing")
        values = [value for value in identity if value is not None]
        expression = authorizer.validation_expression
        if expression and not re.fullmatch(expression, values[0]):
            raise GatewayError("UNAUTHORIZED", detail="the token does not match the validation expression")
        key = (routed.api.id, routed.stage.name, authorizer.name, *values)
        response = self._cache.get(key)
        if response is None:
            response = await self._ask(authorizer, routed, record, arn, values)
            if authorizer.ttl and values:
                self._cache.put(key, response, authorizer.ttl)
        try:
            decision = evaluate(response.policy, arn)
        except PolicyError as error:
            raise _misconfigured(authorizer, str(error)) from error
        if decision is not Decision.ALLOW:
            raise GatewayError("ACCESS_DENIED", MESSAGES[decision], exception="AccessDeniedException")
        return response

    def _method_arn(self, routed: RoutedRequest) -> str:
        stage, _, path = routed.http.path.removeprefix("/").partition("/")
        return f"{self._arn}:{routed.api.id}/{stage}/{routed.http.method}/{path}"

    async def _ask(
        self,
        authorizer: LambdaAuthorizer,
        routed: RoutedRequest,
        record: AccessLogRecord,
        arn: str,
        values: list[str],
    ) -> AuthorizerResponse:
        event: dict[str, object] = {"type": authorizer.kind, "methodArn": arn}
        if authorizer.kind == "TOKEN":
            event["authorizationToken"] = values[0]
        else:
            members = routed.proxy_event().items()
            event |= {name: value or {} for name, value in members if name not in ("body", "isBase64Encoded")}
        trace_id = routed.reception.trace_id
        try:
            pipe = self._pool.invoke(authorizer.function, json.dumps(event).encode(), trace_id)
        except ThrottledError as error:
            raise _misconfigured(authorizer, str(error)) from error
        record.authorizer_request_id = pipe.request_id
        try:
            return read_response(await pipe.whole())
        except FunctionError as error:
            if _message(error) == UNAUTHORIZED:
                raise GatewayError("UNAUTHORIZED") from error
            raise _misconfigured(authorizer, f"failed with {error.kind}") from error
        except PolicyError as error:
            raise _misconfigured(authorizer, str(error)) from error


def read_response(payload: bytes) -> AuthorizerResponse:
    """Return the response of an authorizer.

    :raises PolicyError: when the answer does not have the documented format
    """
    try:
        answer = parse_json(payload)
    except ValueError as error:
        raise PolicyError(f"the answer is not JSON: {error}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("principalId"), str):
        raise PolicyError("the answer must be an object with principalId")
    context = answer.get("context") or {}
    if not isinstance(context, dict) or any(isinstance(v, (dict, list)) for v in context.values()):
        raise PolicyError("context must be an object of texts, numbers and booleans")
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in context.items()}
    key = answer.get("usageIdentifierKey")
    return AuthorizerResponse(
        answer.get("policyDocument"),
        {"principalId": answer["principalId"], **texts},
        str(key) if key else None,
    )


def _message(error: FunctionError) -> object:
    try:
        details = parse_json(error.payload)
    except ValueError:
        return None
    return details.get("errorMessage") if isinstance(details, dict) else None


def _misconfigured(authorizer: LambdaAuthorizer, reason: str) -> GatewayError:
    return GatewayError("AUTHORIZER_CONFIGURATION_ERROR", detail=f"authorizer {authorizer.name}: {reason}")
