"""Read authorizers, API keys, usage plans and throttling of a template into the application."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from streaming_api_templates.template.lambda_uri import LambdaUri
from streaming_api_templates.template.lenient_json import Json, mapping
from streaming_api_templates.template.resolve import Resolver
from streaming_api_templates.template.unsupported import finite_number

from ..application import (
    ApiKey,
    Authorizer,
    CognitoAuthorizer,
    Function,
    LambdaAuthorizer,
    Throttle,
    UnsupportedError,
    UsagePlan,
)

#: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html (authorizerResultTtlInSeconds)
DEFAULT_TTL = 300.0


class AccessReader:
    """Reads what decides who may call an API.

    :param resources: the ``Resources`` of the template
    :param function: gives the function that an authorizer names
    """

    def __init__(
        self, resources: Mapping[str, Json], resolver: Resolver, function: Callable[[str], Function]
    ) -> None:
        self._resources = resources
        self._resolver = resolver
        self._function = function

    def authorizer(self, reference: Json) -> Authorizer | None:
        """Return the authorizer that ``AuthorizerId`` of a method refers to."""
        if reference is None:
            return None
        logical_id = reference.get("Ref") if isinstance(reference, dict) else None
        found = self._resources.get(str(logical_id))
        if not isinstance(found, dict) or found.get("Type") != "AWS::ApiGateway::Authorizer":
            return "the authorizer is not in this template"
        try:
            properties = self._properties(str(logical_id))
            if properties.get("Type") == "COGNITO_USER_POOLS":
                return self._cognito(str(logical_id), properties)
            return self._lambda(str(logical_id), properties)
        except UnsupportedError as error:
            return str(error)

    def usage_plans(self, api: str) -> Iterator[UsagePlan]:
        """Yield the usage plans that have stages of an API."""
        for logical_id in self._of("UsagePlan"):
            properties = self._properties(logical_id)
            stages = {
                str(self._resolver.resolve(entry.get("Stage"), f"{logical_id}.ApiStages")): entry
                for entry in _mappings(properties.get("ApiStages"))
                if _ref(entry.get("ApiId")) == api
            }
            if not stages:
                continue
            quota = mapping(self._resolver.resolve(properties.get("Quota"), f"{logical_id}.Quota"))
            throttle = mapping(self._resolver.resolve(properties.get("Throttle"), f"{logical_id}.Throttle"))
            yield UsagePlan(
                name=logical_id,
                keys=tuple(self._keys(logical_id)),
                stages=tuple(stages),
                throttles={
                    f"{stage} {name}": throttle
                    for stage, entry in stages.items()
                    for name, throttle in _of_methods(entry.get("Throttle"))
                },
                throttle=_throttle(
                    throttle.get("RateLimit"), throttle.get("BurstLimit"), f"{logical_id}.Throttle"
                ),
                quota=int(finite_number(quota["Limit"], f"{logical_id}.Quota.Limit"))
                if "Limit" in quota
                else None,
                period=str(quota.get("Period", "DAY")),
            )

    def _lambda(self, logical_id: str, properties: Mapping[str, Json]) -> LambdaAuthorizer:
        kind = self._resolver.text(properties.get("Type"), f"{logical_id}.Type")
        if kind not in ("TOKEN", "REQUEST"):
            raise UnsupportedError(f"{logical_id}.Type", f"{kind} is not supported locally")
        uri = self._resolver.text(properties.get("AuthorizerUri"), f"{logical_id}.AuthorizerUri")
        found = LambdaUri.parse(uri)
        if found is None or found.action != "invocations":
            raise UnsupportedError(f"{logical_id}.AuthorizerUri", f"expected that of a function, got {uri}")
        sources = self._resolver.resolve(properties.get("IdentitySource"), logical_id) or ""
        if kind == "TOKEN" and not sources:
            raise UnsupportedError(f"{logical_id}.IdentitySource", "a TOKEN authorizer must have one")
        validation = self._resolver.resolve(properties.get("IdentityValidationExpression"), logical_id)
        ttl = self._resolver.resolve(properties.get("AuthorizerResultTtlInSeconds"), logical_id)
        return LambdaAuthorizer(
            name=logical_id,
            kind=kind,
            function=self._function(found.function),
            identity_sources=tuple(part.strip() for part in str(sources).split(",") if part.strip()),
            validation_expression=expression(validation, f"{logical_id}.IdentityValidationExpression"),
            ttl=DEFAULT_TTL
            if ttl is None
            else finite_number(ttl, f"{logical_id}.AuthorizerResultTtlInSeconds"),
        )

    def _cognito(self, logical_id: str, properties: Mapping[str, Json]) -> CognitoAuthorizer:
        pools = self._resolver.resolve(properties.get("ProviderARNs"), f"{logical_id}.ProviderARNs")
        source = self._resolver.resolve(properties.get("IdentitySource"), f"{logical_id}.IdentitySource")
        validation = self._resolver.resolve(properties.get("IdentityValidationExpression"), logical_id)
        return CognitoAuthorizer(
            name=logical_id,
            pools=tuple(map(str, pools)) if isinstance(pools, list) else (),
            identity_source=str(source or "method.request.header.Authorization"),
            validation_expression=expression(validation, f"{logical_id}.IdentityValidationExpression"),
        )

    def _keys(self, plan: str) -> Iterator[ApiKey]:
        for logical_id in self._of("UsagePlanKey"):
            properties = self._properties(logical_id)
            if _ref(properties.get("UsagePlanId")) != plan:
                continue
            key = _ref(properties.get("KeyId"))
            if key is None or key not in self._resources:
                raise UnsupportedError(f"{logical_id}.KeyId", "expected a key of this template")
            settings = self._properties(key)
            value = self._resolver.resolve(settings.get("Value"), f"{key}.Value")
            yield ApiKey(
                id=self._resolver.text({"Ref": key}, key),
                value=key_value(key, value),
                enabled=self._resolver.resolve(settings.get("Enabled"), f"{key}.Enabled") in (True, "true"),
            )

    def _of(self, kind: str) -> Iterator[str]:
        for logical_id, resource in self._resources.items():
            if isinstance(resource, dict) and resource.get("Type") == f"AWS::ApiGateway::{kind}":
                yield logical_id

    def _properties(self, logical_id: str) -> Mapping[str, Json]:
        return mapping(mapping(self._resources[logical_id]).get("Properties"))


def expression(value: Json, where: str) -> str | None:
    """Return a regular expression, None when there is none.

    :raises UnsupportedError: for one that Java reads and Python does not
    """
    if not value:
        return None
    try:
        return re.compile(str(value)).pattern
    except re.error as error:
        reason = f"the regular expression {value!r} is not supported locally: {error}"
        raise UnsupportedError(where, reason) from error


def key_value(logical_id: str, value: Json) -> str:
    """Return the value of a key; AWS generates one, or reads a secret, where the template has none."""
    if isinstance(value, str) and "{{resolve:" not in value:
        return value
    # at least 20 characters, as API Gateway and the bundled authorizer want keys to have
    return f"local-{logical_id}".ljust(20, "0")


def read_throttles(settings: Json) -> dict[str, Throttle]:
    """Return the ``MethodSettings`` of a stage that throttle.

    >>> read_throttles([{"HttpMethod": "POST", "ResourcePath": "/~1chat", "ThrottlingRateLimit": 5,
    ...                  "ThrottlingBurstLimit": 9}])
    {'/chat POST': Throttle(rate=5.0, burst=9)}
    """
    throttles = {}
    for entry in _mappings(settings):
        throttle = _throttle(
            entry.get("ThrottlingRateLimit"), entry.get("ThrottlingBurstLimit"), "MethodSettings"
        )
        method, path = str(entry.get("HttpMethod")), str(entry.get("ResourcePath"))
        if throttle is not None:
            everything = (method, path) == ("*", "/*")
            # a slash of the path is written as in a JSON pointer, behind one that is not
            below = path.removeprefix("/").replace("~1", "/") or "/"
            throttles["*" if everything else f"{below} {method}"] = throttle
    return throttles


def _of_methods(settings: Json) -> Iterator[tuple[str, Throttle]]:
    """Yield the ``Throttle`` of a stage in a usage plan, in which ``POST /chat`` is ``/chat/POST``."""
    for name, entry in mapping(settings).items():
        path, _, method = str(name).rpartition("/")
        limit = mapping(entry)
        throttle = _throttle(limit.get("RateLimit"), limit.get("BurstLimit"), "ApiStages.Throttle")
        if throttle is not None:
            yield f"{path or '/'} {method}", throttle


def _throttle(rate: Json, burst: Json, where: str) -> Throttle | None:
    if rate is None or burst is None:
        return None
    return Throttle(finite_number(rate, where), int(finite_number(burst, where)))


def _mappings(value: Json) -> list[Mapping[str, Json]]:
    return [mapping(entry) for entry in value] if isinstance(value, list) else []


def _ref(value: Json) -> str | None:
    return str(value["Ref"]) if isinstance(value, dict) and "Ref" in value else None
