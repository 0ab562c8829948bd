"""Make the requests that the tests of the gateway's parts take."""

from __future__ import annotations

from datetime import datetime, timezone

from streaming_api_tools.local.application import Api, Route, Stage, UnsupportedIntegration
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest, Reception, RoutedRequest

RECEPTION = Reception("id-1", "ext=", "Root=1-5-6", datetime(2026, 11, 21, 12, 30, 5, 250000, timezone.utc))
ROUTE = Route("POST", "/items/{id}", UnsupportedIntegration(""), authorization="AWS_IAM", resource_id="r1")
STAGE = Stage("prod", {"color": "blue"})
API = Api("api1", "Api", (ROUTE,), (STAGE,), "REGIONAL")


def routed(http: HttpRequest, path_parameters: dict[str, str] | None = None) -> RoutedRequest:
    """Return a request that was routed."""
    return RoutedRequest(http, RECEPTION, "1234", API, STAGE, ROUTE, path_parameters or {})
