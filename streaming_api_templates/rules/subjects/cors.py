"""Read which origins the templates of an app allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...template.lenient_json import Json, flag, items, mapping, text
from .methods import Method
from .resources import Resource, Resources

_ORIGIN_HEADER = ".header.access-control-allow-origin"
_CREDENTIALS_HEADER = ".header.access-control-allow-credentials"
#: Type -> property that names origins.
_CONFIGURATIONS = {
    "AWS::ApiGateway::GatewayResponse": "ResponseParameters",
    "AWS::ApiGatewayV2::Api": "CorsConfiguration",
    "AWS::Lambda::Url": "Cors",
}


@dataclass(frozen=True, eq=False)
class CorsAnswer:
    """One place that says which origins are allowed.

    :param resource: that has it
    :param path: property path of it
    :param origins: the allowed ones
    :param credentials: whether they may send credentials
    """

    resource: Resource
    path: str
    origins: tuple[str, ...]
    credentials: bool


def read_cors(resources: Resources, methods: list[Method]) -> list[CorsAnswer]:
    """Return every answer to a preflight request, or to a request, that names origins."""
    found = []
    for method in methods:
        responses = method.integration.get("IntegrationResponses")
        for response in responses if isinstance(responses, list) else []:
            parameters = mapping(mapping(response).get("ResponseParameters"))
            if answer := _of_headers(method.resource, "Integration.IntegrationResponses", parameters):
                found.append(answer)
    for resource in resources.of(*_CONFIGURATIONS):
        name = _CONFIGURATIONS[resource.type]
        configuration = mapping(resource.properties.get(name))
        read = _of_headers if name == "ResponseParameters" else _of_configuration
        if answer := read(resource, name, configuration):
            found.append(answer)
    return found


def _of_configuration(resource: Resource, path: str, cors: Mapping[str, Json]) -> CorsAnswer | None:
    """Return what a CORS configuration allows, None when it names no origin."""
    allowed = tuple(text(origin) for origin in items(cors.get("AllowOrigins")))
    credentials = flag(cors.get("AllowCredentials"))
    return CorsAnswer(resource, resource.at(path), allowed, credentials) if allowed else None


def _of_headers(resource: Resource, path: str, parameters: Mapping[str, Json]) -> CorsAnswer | None:
    """Return what a mapping of headers allows; a value in single quotes is static, others are copied."""
    origin = credentials = ""
    for name, value in parameters.items():
        if name.lower().endswith(_ORIGIN_HEADER):
            origin = text(value)
        elif name.lower().endswith(_CREDENTIALS_HEADER):
            credentials = text(value)
    if len(origin) < 2 or not origin[0] == origin[-1] == "'":
        return None
    return CorsAnswer(resource, resource.at(path), (origin[1:-1],), credentials.strip("'").lower() == "true")
