"""Judge the HTTP APIs in front of functions that stream."""

from __future__ import annotations

from collections.abc import Iterator

from ...template.lambda_uri import LambdaUri
from ...template.lenient_json import text
from ..rule import MODE, Finding, Rule, Severity, check
from ..subjects.read import Subjects
from ..subjects.resources import Resource

STREAM021 = Rule(
    "STREAM021",
    Severity.ERROR,
    "an HTTP API in front of a function that streams",
    "use a REST API (AWS::ApiGateway::RestApi): HTTP APIs buffer every response",
    MODE,
)


@check(STREAM021)
def http_api(subjects: Subjects) -> Iterator[Finding]:
    """Yield the HTTP APIs that buffer what a function streams."""
    for resource, path, uri in _integrations(subjects):
        parsed = LambdaUri.parse(uri)
        function = subjects.functions.target(parsed.function if parsed else uri).function
        evidence = (subjects.streaming.get(function.resource.key) or function.streams) if function else None
        if evidence and function:
            message = f"the HTTP API has {function.resource.logical_id} behind it, which streams: {evidence}"
            yield STREAM021.found(resource, path, message)
        elif parsed and parsed.mode == "STREAM":
            yield STREAM021.found(resource, path, f"the HTTP API has the URI {parsed.ending}")


def _integrations(subjects: Subjects) -> Iterator[tuple[Resource, str, str]]:
    """Yield resource, property path and target of every integration of an HTTP API."""
    for integration in subjects.resources.of("AWS::ApiGatewayV2::Integration"):
        api = subjects.resources.referenced(integration.properties.get("ApiId"))
        if api is None or api.properties.get("ProtocolType") != "WEBSOCKET":
            target = text(integration.properties.get("IntegrationUri"))
            yield integration, integration.at("IntegrationUri"), target
    for api in subjects.resources.of("AWS::ApiGatewayV2::Api"):
        if target := text(api.properties.get("Target")):
            yield api, api.at("Target"), target
