"""Lambda authorizers: what they are asked, what their answers mean, and how long an answer holds.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...application import LambdaAuthorizer, Stage
from ...functions.pool import FunctionRunner
from ...functions.response_pipe import FunctionError
from ...json_text import parse_json
from ..request.errors import GatewayError
from ..request.parameter_mapping import mapped_value
from ..request.proxy_event import HttpRequest, proxy_event
from ..request.state import Exchange
from .policy import Decision, PolicyError, evaluate
from .ttl_cache import Expiring

#: "Unauthorized" as the error of the function is the one way for it to ask for a 401.
UNAUTHORIZED = "Unauthorized"
#: Answers that are kept at the same time; every token has one.
MAX_KEPT = 1000
MESSAGES = {
    Decision.EXPLICIT_DENY: "User is not authorized to access this resource with an explicit deny",
    Decision.IMPLICIT_DENY: "User is not authorized to access this resource",
}


@dataclass(frozen=True)
class Verdict:
    """What an authorizer returned.

    :param context: ``requestContext.authorizer``
    :param usage_key: the API key that the request is metered by
    """

    policy: object
    context: Mapping[str, object]
    usage_key: str | None = None


class LambdaAuthorizers:
    """Asks the authorizers of all APIs.

    :param runner: runs the functions
    :param arn: the part of the ARNs of methods that is before the API
    :param clock: seconds, for how long an answer holds
    """

    def __init__(
        self,
        runner: FunctionRunner,
        arn: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runner = runner
        self._arn = arn
        self._cache: Expiring[tuple[str, ...], Verdict] = Expiring(MAX_KEPT, clock)

    async def authorize(self, authorizer: LambdaAuthorizer, exchange: Exchange) -> Verdict:
        """Return the verdict of an authorizer that lets a request in.

        :raises GatewayError: when it does not, or fails
        """
        assert exchange.api is not None
        assert exchange.stage is not None
        arn = self._method_arn(exchange)
        identity = identity_values(authorizer, exchange.request, exchange.stage, exchange.context())
        if None in identity:
            raise GatewayError("UNAUTHORIZED", detail="an identity source of the authorizer is missing")
        values = [value for value in identity if value is not None]
        expression = authorizer.validation_expression
        if expression and not re.fullmatch(expression, values[0]):
            raise GatewayError("UNAUTHORIZED", detail="the token does not match the validation expression")
        key = (exchange.api.id, exchange.stage.name, authorizer.name, *values)
        verdict = self._cache.get(key)
        if verdict is None:
            verdict = await self._ask(authorizer, exchange, arn, values)
            if authorizer.ttl and values:
                self._cache.put(key, verdict, authorizer.ttl)
        try:
            decision = evaluate(verdict.policy, arn)
        except PolicyError as error:
            raise _misconfigured(authorizer, str(error)) from error
        if decision is not Decision.ALLOW:
            raise GatewayError("ACCESS_DENIED", MESSAGES[decision], exception="AccessDeniedException")
        return verdict

    def _method_arn(self, exchange: Exchange) -> str:
        assert exchange.api is not None
        request = exchange.request
        stage, _, path = request.path.removeprefix("/").partition("/")
        return f"{self._arn}:{exchange.api.id}/{stage}/{request.method}/{path}"

    async def _ask(
        self, authorizer: LambdaAuthorizer, exchange: Exchange, arn: str, values: list[str]
    ) -> Verdict:
        event: dict[str, object] = {"type": authorizer.kind, "methodArn": arn}
        if authorizer.kind == "TOKEN":
            event["authorizationToken"] = values[0]
        else:
            event |= _request_event(exchange)
        trace_id = exchange.reception.trace_id
        output = self._runner.invoke(authorizer.function, json.dumps(event).encode(), trace_id)
        exchange.authorizer_request_id = output.request_id
        try:
            return read_verdict(await output.whole())
        except FunctionError as error:
            if _message(error) == UNAUTHORIZED:
                raise GatewayError("UNAUTHORIZED") from error
            raise _misconfigured(authorizer, f"failed with {error.kind}") from error
        except PolicyError as error:
            raise _misconfigured(authorizer, str(error)) from error


def identity_values(
    authorizer: LambdaAuthorizer, request: HttpRequest, stage: Stage, context: Mapping[str, object]
) -> list[str | None]:
    """Return the value of each identity source; None for what a request lacks."""
    return [
        mapped_value(source, request, {}, stage.variables, context) or None
        for source in authorizer.identity_sources
    ]


def read_verdict(payload: bytes) -> Verdict:
    """Return what an authorizer answered.

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
    return Verdict(
        answer.get("policyDocument"),
        {"principalId": answer["principalId"], **texts},
        str(key) if key else None,
    )


def _request_event(exchange: Exchange) -> dict[str, object]:
    assert exchange.api is not None
    assert exchange.stage is not None
    assert exchange.match is not None
    event = proxy_event(
        exchange.request,
        exchange.api,
        exchange.stage,
        exchange.match,
        exchange.context(),
        exchange.reception.trace_id,
    )
    return {name: value or {} for name, value in event.items() if name not in ("body", "isBase64Encoded")}


def _message(error: FunctionError) -> object:
    try:
        details = parse_json(error.payload)
    except ValueError:
        return None
    return details.get("errorMessage") if isinstance(details, dict) else None


def _misconfigured(authorizer: LambdaAuthorizer, reason: str) -> GatewayError:
    return GatewayError("AUTHORIZER_CONFIGURATION_ERROR", detail=f"authorizer {authorizer.name}: {reason}")
