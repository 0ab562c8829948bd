"""What the templates say about cross-origin resource sharing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...template.lenient_json import Json, flag, items, mapping, text
from ...template.resolve import Resources
from ...template.template import Resource, display
from ..finding import Finding, finding
from ..subjects.api import Method

# scheme://host[:port], nothing after it: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s'\",]+")
_ORIGIN_HEADER = ".header.access-control-allow-origin"
_CREDENTIALS_HEADER = ".header.access-control-allow-credentials"
#: type -> (property, names of origins and of credentials in it)
_CONFIGURATIONS = {
    "AWS::ApiGatewayV2::Api": ("CorsConfiguration", "AllowOrigins", "AllowCredentials"),
    "AWS::Serverless::HttpApi": ("CorsConfiguration", "AllowOrigins", "AllowCredentials"),
    "AWS::Serverless::Api": ("Cors", "AllowOrigin", "AllowCredentials"),
    "AWS::Lambda::Url": ("Cors", "AllowOrigins", "AllowCredentials"),
}


@dataclass(frozen=True)
class _Answer:
    """One place that says which origins are allowed."""

    resource: Resource
    path: str
    origins: tuple[str, ...]
    credentials: bool


def check_cors(resources: Resources, methods: Sequence[Method]) -> Iterator[Finding]:
    """Yield the answers to preflight requests that no browser accepts."""
    for answer in _answers(resources, methods):
        if "*" in answer.origins and answer.credentials:
            message = "Access-Control-Allow-Origin is '*' with Access-Control-Allow-Credentials"
            yield finding("STREAM025", answer.resource, answer.path, message)
        for origin in answer.origins:
            if not _is_origin(origin):
                yield finding("STREAM026", answer.resource, answer.path, f"the origin is '{display(origin)}'")


def _is_origin(origin: str) -> bool:
    # of an origin that is put together at deployment only the end is known
    return not origin.endswith("/") if "${" in origin else _ORIGIN.fullmatch(origin) is not None


def _answers(resources: Resources, methods: Sequence[Method]) -> Iterator[_Answer]:
    for method in methods:
        where = method.at("IntegrationResponses")
        for response in items(method.integration.get("IntegrationResponses")):
            yield from _of_headers(
                method.resource, where, mapping(mapping(response).get("ResponseParameters"))
            )
    for resource in resources.of("AWS::ApiGateway::GatewayResponse"):
        parameters = mapping(resource.properties.get("ResponseParameters"))
        yield from _of_headers(resource, "Properties.ResponseParameters", parameters)
    for resource in resources.of(*_CONFIGURATIONS):
        name, origins, credentials = _CONFIGURATIONS[resource.type]
        given = resource.properties.get(name)
        cors = mapping(given)
        # SAM takes the origin alone as well, and passes on what is in quotes
        allowed = [
            text(origin).strip("'")
            for origin in items(cors.get(origins, given if isinstance(given, str) else None))
        ]
        if allowed:
            yield _Answer(resource, f"Properties.{name}", tuple(allowed), flag(cors.get(credentials)))


def _of_headers(resource: Resource, path: str, parameters: Mapping[str, Json]) -> Iterator[_Answer]:
    """Yield what a mapping of response headers says; one in single quotes is static, others are copied."""
    origin = credentials = ""
    for name, value in parameters.items():
        if name.lower().endswith(_ORIGIN_HEADER):
            origin = text(value)
        elif name.lower().endswith(_CREDENTIALS_HEADER):
            credentials = text(value)
    if len(origin) > 1 and origin[0] == origin[-1] == "'":
        yield _Answer(resource, path, (origin[1:-1],), credentials.strip("'").lower() == "true")
