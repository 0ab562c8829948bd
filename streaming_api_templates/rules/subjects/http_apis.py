"""Read the integrations of the HTTP APIs of an app."""

from __future__ import annotations

from dataclasses import dataclass

from ...template.lambda_uri import LambdaUri
from ...template.lenient_json import text
from .functions import Function, Functions
from .resources import Resource, Resources


@dataclass(frozen=True, eq=False)
class HttpIntegration:
    """An integration of an HTTP API.

    :param resource: that defines it
    :param path: property path of its target
    :param uri: parsed URI of a function, None for other targets
    :param function: the function behind it, None when it is not in the app
    """

    resource: Resource
    path: str
    uri: LambdaUri | None
    function: Function | None


def read_http_integrations(resources: Resources, functions: Functions) -> list[HttpIntegration]:
    """Return the integrations of every HTTP API; those of WebSocket APIs are left out."""
    found = []
    targets: list[tuple[Resource, str, str]] = []
    for integration in resources.of("AWS::ApiGatewayV2::Integration"):
        api = resources.referenced(integration.properties.get("ApiId"))
        if api is None or api.properties.get("ProtocolType") != "WEBSOCKET":
            target = text(integration.properties.get("IntegrationUri"))
            targets.append((integration, integration.at("IntegrationUri"), target))
    for api in resources.of("AWS::ApiGatewayV2::Api"):
        if target := text(api.properties.get("Target")):
            targets.append((api, api.at("Target"), target))
    for resource, path, target in targets:
        uri = LambdaUri.parse(target)
        function = functions.target(uri.function if uri else target).function
        found.append(HttpIntegration(resource, path, uri, function))
    return found
