"""Who may make a request: authorizer, API key and throttling, in the order in which API Gateway asks them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone

from streaming_api_templates.template.partitions import partition_of

from ..application import Application, CognitoAuthorizer, LambdaAuthorizer
from ..functions.pool import FunctionRunner
from ..limits import Limits
from .authorizers import cognito
from .authorizers.iam import Access, verify
from .authorizers.lambda_authorizer import LambdaAuthorizers
from .authorizers.usage_plans import Meter
from .request.errors import GatewayError
from .request.proxy_event import Identity
from .request.state import Exchange

#: What the access log calls the checks of a type of authorization; the second needs the first.
KINDS_OF_CHECKS: dict[str, tuple[str, ...]] = {"NONE": (), "AWS_IAM": ("authenticate", "authorize")}


class Admission:
    """Lets requests in.

    :param runner: runs the functions of Lambda authorizers
    """

    def __init__(
        self, application: Application, access: Access, limits: Limits, runner: FunctionRunner
    ) -> None:
        self._application = application
        self._access = access
        self._limits = limits
        place = f"{application.region}:{application.account}"
        arn = f"arn:{partition_of(application.region)}:execute-api:{place}"
        self._authorizers = LambdaAuthorizers(runner, arn)
        self._meter = Meter()

    async def admit(self, exchange: Exchange) -> None:
        """Let a request in, and note in the exchange who made it.

        :raises GatewayError: when it may not be made
        """
        assert exchange.api is not None
        assert exchange.stage is not None
        assert exchange.match is not None
        route = exchange.match.route
        usage_key = exchange.request.header("x-api-key")
        if self._access.enforced:
            from_authorizer = await self._authorize_and_note(exchange)
            if exchange.api.api_key_source == "AUTHORIZER":
                usage_key = from_authorizer
            if route.api_key_required:
                method = exchange.request.method
                key = self._meter.count_key(exchange.api, exchange.stage, usage_key, route, method)
                who = exchange.identity or Identity()
                exchange.identity = replace(who, api_key=key.value, api_key_id=key.id)
        if self._limits.throttled:
            self._meter.count(exchange.api, exchange.stage, route, exchange.request.method)

    async def _authorize_and_note(self, exchange: Exchange) -> str | None:
        assert exchange.match is not None
        route = exchange.match.route
        kinds = KINDS_OF_CHECKS.get(route.authorization, ("authorizer",))
        began = time.monotonic()
        try:
            key = await self._authorize(exchange)
        except GatewayError as error:
            for kind in kinds[:1]:
                exchange.checked(kind, began, error)
            raise
        for kind in kinds:
            exchange.checked(kind, began, None)
        return key

    async def _authorize(self, exchange: Exchange) -> str | None:
        """Ask the authorizer and return the API key that it names."""
        assert exchange.match is not None
        route = exchange.match.route
        if route.authorization == "NONE":
            return None
        if route.authorization == "AWS_IAM":
            exchange.identity = self._signer(exchange)
            return None
        if isinstance(route.authorizer, LambdaAuthorizer):
            verdict = await self._authorizers.authorize(route.authorizer, exchange)
            exchange.identity = Identity(authorizer=verdict.context)
            return verdict.usage_key
        if isinstance(route.authorizer, CognitoAuthorizer):
            if not self._access.jwks:
                raise unsupported("there are no keys to verify tokens with; start with --jwks or --no-auth")
            token = exchange.value(route.authorizer.identity_source)
            context = cognito.authorize(route.authorizer, token, route.scopes, self._access.jwks)
            exchange.identity = Identity(authorizer=context)
            return None
        reason = route.authorizer or f"authorization type {route.authorization} is not supported locally"
        raise unsupported(f"{reason}; start with --no-auth")

    def _signer(self, exchange: Exchange) -> Identity:
        if self._access.keys is None:
            raise unsupported("the gateway has no credentials to check signatures with")
        return verify(
            exchange.request,
            self._access.keys,
            self._application.region,
            self._application.account,
            datetime.now(timezone.utc),
        )


def unsupported(reason: str) -> GatewayError:
    """Return an error that names what is missing locally; API Gateway itself has no such answer."""
    return GatewayError("API_CONFIGURATION_ERROR", reason, detail=reason)
