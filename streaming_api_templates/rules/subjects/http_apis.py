"""Read the integrations of the HTTP APIs of an app."""

from __future__ import annotations

from dataclasses import dataclass

from ...template.lambda_uri import LambdaUri
from ...template.lenient_json import text
from .functions import Function, Functions
from .resources import Resource, Resources

_INTEGRATION = "AWS::ApiGatewayV2::Integration"
#: Type -> property that names what the integration invokes.
_TARGETS = {_INTEGRATION: "IntegrationUri", "AWS::ApiGatewayV2::Api": "Target"}


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
    for resource in resources.of(*_TARGETS):
        name = _TARGETS[resource.type]
        target = text(resource.properties.get(name))
        if not target or (resource.type == _INTEGRATION and _is_of_web_socket_api(resource, resources)):
            continue
        uri = LambdaUri.parse(target)
        function = functions.target(uri.function if uri else target).function
        found.append(HttpIntegration(resource, resource.at(name), uri, function))
    return found


def _is_of_web_socket_api(integration: Resource, resources: Resources) -> bool:
    api = resources.referenced(integration.properties.get("ApiId"))
    return api is not None and api.properties.get("ProtocolType") == "WEBSOCKET"
