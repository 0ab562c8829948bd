"""Authorize a request: authorizer, API key and throttling, in the order in which API Gateway asks them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone

from streaming_api_templates.template.partitions import partition_of

from ..application import Application, CognitoAuthorizer, LambdaAuthorizer, Route
from ..functions.pool import FunctionPool
from ..http.limits import Limits
from .authorizers import cognito
from .authorizers.iam import Access, verify
from .authorizers.lambda_authorizer import LambdaAuthorizers
from .authorizers.usage_plans import UsagePlans
from .request.access_log import AccessLogRecord
from .request.errors import GatewayError
from .request.routed_request import ANONYMOUS, Identity, RoutedRequest

#: What the access log calls the checks of a type of authorization; the second needs the first.
KINDS_OF_CHECKS: dict[str, tuple[str, ...]] = {"NONE": (), "AWS_IAM": ("authenticate", "authorize")}


class Authorization:
    """Lets requests in.

    :param pool: runs the functions of Lambda authorizers
    """

    def __init__(self, application: Application, access: Access, limits: Limits, pool: FunctionPool) -> None:
        self._application = application
        self._access = access
        self._limits = limits
        place = f"{application.region}:{application.account}"
        arn = f"arn:{partition_of(application.region)}:execute-api:{place}"
        self._authorizers = LambdaAuthorizers(pool, arn)
        self._usage_plans = UsagePlans()

    def is_open(self, route: Route) -> bool:
        """Tell whether requests to a route need nothing that only the right callers have."""
        return not self._access.enforced or (route.authorization == "NONE" and not route.api_key_required)

    async def authorize(self, routed: RoutedRequest, record: AccessLogRecord) -> RoutedRequest:
        """Return the request with its caller, who is in the access log from then on.

        :raises GatewayError: when it may not be made
        """
        route, method = routed.route, routed.http.method
        if self._access.enforced:
            identity, authorizer_key = await self._identify_and_record(routed, record)
            record.request = routed = replace(routed, identity=identity)
            if route.api_key_required:
                from_authorizer = routed.api.api_key_source == "AUTHORIZER"
                value = authorizer_key if from_authorizer else routed.http.header("x-api-key")
                key = self._usage_plans.count_key(routed.api, routed.stage, value, route, method)
                identity = replace(identity, api_key=key.value, api_key_id=key.id)
                record.request = routed = replace(routed, identity=identity)
        if self._limits.throttled and routed.stage.throttles:
            self._usage_plans.count(routed.api, routed.stage, route, method)
        return routed

    async def _identify_and_record(
        self, routed: RoutedRequest, record: AccessLogRecord
    ) -> tuple[Identity, str | None]:
        if routed.route.authorization == "NONE":
            return ANONYMOUS, None
        kinds = KINDS_OF_CHECKS.get(routed.route.authorization, ("authorizer",))
        began = time.monotonic()
        try:
            identified = await self._identify(routed, record)
        except GatewayError as error:
            record.record_check(kinds[0], began, error)
            raise
        for kind in kinds:
            record.record_check(kind, began, None)
        return identified

    async def _identify(self, routed: RoutedRequest, record: AccessLogRecord) -> tuple[Identity, str | None]:
        """Return the caller, and the API key that the authorizer names."""
        route = routed.route
        if route.authorization == "AWS_IAM":
            return self._signer(routed), None
        if isinstance(route.authorizer, LambdaAuthorizer):
            response = await self._authorizers.authorize(route.authorizer, routed, record)
            return Identity(authorizer=response.context), response.usage_key
        if isinstance(route.authorizer, CognitoAuthorizer):
            if not self._access.jwks:
                raise unsupported("there are no keys to verify tokens with; start with --jwks or --no-auth")
            token = routed.value(route.authorizer.identity_source)
            context = cognito.authorize(route.authorizer, token, route.scopes, self._access.jwks)
            return Identity(authorizer=context), None
        reason = route.authorizer or f"authorization type {route.authorization} is not supported locally"
        raise unsupported(f"{reason}; start with --no-auth")

    def _signer(self, routed: RoutedRequest) -> Identity:
        if self._access.keys is None:
            raise unsupported("the gateway has no credentials to check signatures with")
        region, account = self._application.region, self._application.account
        return verify(routed.http, self._access.keys, region, account, datetime.now(timezone.utc))


def unsupported(reason: str) -> GatewayError:
    """Return an error that names what is missing locally; API Gateway itself has no such answer."""
    return GatewayError("API_CONFIGURATION_ERROR", reason, detail=reason)
