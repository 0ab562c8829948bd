"""Judge cross-origin resource sharing: the origins that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...template.lenient_json import Json, flag, items, mapping, text
from ...template.resolve import display
from ..rule import Finding, Rule, Severity, check
from ..subjects.read import Subjects
from ..subjects.resources import Resource

# scheme://host[:port], nothing after it: https://www.rfc-editor.org/rfc/rfc6454#section-6.2
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/\s'\",]+")
_ORIGIN_HEADER = ".header.access-control-allow-origin"
_CREDENTIALS_HEADER = ".header.access-control-allow-credentials"
#: Type -> property that lists origins.
_CONFIGURATIONS = {"AWS::ApiGatewayV2::Api": "CorsConfiguration", "AWS::Lambda::Url": "Cors"}


@dataclass(frozen=True)
class _Answer:
    """One place that says which origins are allowed."""

    resource: Resource
    path: str
    origins: tuple[str, ...]
    credentials: bool


STREAM025 = Rule(
    "STREAM025",
    Severity.ERROR,
    "CORS with credentials for every origin",
    "name the origins, or leave Access-Control-Allow-Credentials out: browsers refuse '*' with credentials",
    "https://fetch.spec.whatwg.org/#http-access-control-allow-origin",
)


@check(STREAM025)
def credentials_for_all(subjects: Subjects) -> Iterator[Finding]:
    """Yield the answers to preflight requests that browsers refuse."""
    for answer in _answers(subjects):
        if "*" in answer.origins and answer.credentials:
            message = "Access-Control-Allow-Origin is '*' with Access-Control-Allow-Credentials"
            yield STREAM025.found(answer.resource, answer.path, message)


STREAM026 = Rule(
    "STREAM026",
    Severity.ERROR,
    "a CORS origin that no browser sends",
    "write scheme://host[:port], without a slash, path or quote after it",
    "https://fetch.spec.whatwg.org/#http-access-control-allow-origin",
)


@check(STREAM026)
def unknown_origin(subjects: Subjects) -> Iterator[Finding]:
    """Yield the origins that no browser sends."""
    for answer in _answers(subjects):
        for origin in answer.origins:
            if not _is_origin(origin):
                yield STREAM026.found(answer.resource, answer.path, f"the origin is '{display(origin)}'")


def _is_origin(origin: str) -> bool:
    # of an origin that is put together at deployment only the end is known
    return not origin.endswith("/") if "${" in origin else _ORIGIN.fullmatch(origin) is not None


def _answers(subjects: Subjects) -> Iterator[_Answer]:
    for method in subjects.methods:
        for response in items(method.integration.get("IntegrationResponses")):
            parameters = mapping(mapping(response).get("ResponseParameters"))
            yield from _of_headers(method.resource, method.at("IntegrationResponses"), parameters)
    for resource in subjects.resources.of("AWS::ApiGateway::GatewayResponse"):
        parameters = mapping(resource.properties.get("ResponseParameters"))
        yield from _of_headers(resource, resource.at("ResponseParameters"), parameters)
    for resource in subjects.resources.of(*_CONFIGURATIONS):
        name = _CONFIGURATIONS[resource.type]
        cors = mapping(resource.properties.get(name))
        if allowed := tuple(text(origin) for origin in items(cors.get("AllowOrigins"))):
            yield _Answer(resource, resource.at(name), allowed, flag(cors.get("AllowCredentials")))


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
