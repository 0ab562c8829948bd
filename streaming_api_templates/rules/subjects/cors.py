"""Read which origins the templates of an app allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...template.lenient_json import Json, flag, items, mapping, text
from .methods import Method
from .resources import Resource, Resources

_ORIGIN_HEADER = ".header.access-control-allow-origin"
_CREDENTIALS_HEADER = ".header.access-control-allow-credentials"
#: Type -> property that lists origins.
_CONFIGURATIONS = {"AWS::ApiGatewayV2::Api": "CorsConfiguration", "AWS::Lambda::Url": "Cors"}


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
    for resource in resources.of("AWS::ApiGateway::GatewayResponse"):
        parameters = mapping(resource.properties.get("ResponseParameters"))
        if answer := _of_headers(resource, "ResponseParameters", parameters):
            found.append(answer)
    for resource in resources.of(*_CONFIGURATIONS):
        name = _CONFIGURATIONS[resource.type]
        cors = mapping(resource.properties.get(name))
        if allowed := tuple(text(origin) for origin in items(cors.get("AllowOrigins"))):
            found.append(CorsAnswer(resource, resource.at(name), allowed, flag(cors.get("AllowCredentials"))))
    return found


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
