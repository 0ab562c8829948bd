"""Answer ``MOCK`` integrations, which CORS preflights use.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ....client.proxy_event import query_parameters
from ...application import MockIntegration, MockResponse, UnsupportedError
from ..request.errors import GatewayError, HttpResponse
from ..request.routed_request import RoutedRequest
from .vtl import Template

#: The request template of a mock is an object with a status code; CDK writes its key without quotes.
STATUS_CODE = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})""")
HEADER = "method.response.header."
JSON = "application/json"


def mock_response(integration: MockIntegration, routed: RoutedRequest) -> HttpResponse:
    """Return the response of a mock.

    :raises GatewayError: when its templates do not yield one
    """
    try:
        return _response(integration, routed)
    except UnsupportedError as error:
        raise GatewayError("API_CONFIGURATION_ERROR", detail=str(error)) from error


def _response(integration: MockIntegration, routed: RoutedRequest) -> HttpResponse:
    if not integration.takes_text and routed.is_binary("Content-Type"):
        # a request without a body is binary, too, where every media type is
        raise UnsupportedError("ContentHandling", "a MOCK reads text; set it to CONVERT_TO_TEXT")
    parameters = _parameters(routed)

    def params(name: object = None) -> object:
        """Return all, or one from "the path, query string, or header value (searched in that order)"."""
        found = (values[str(name)] for values in parameters.values() if name in values)
        return parameters if name is None else next(found, "")

    variables = {
        "input": {"params": params},
        "context": routed.context(),
        "stageVariables": routed.stage.variables,
    }
    status = STATUS_CODE.search(Template(variables).render(integration.request_templates.get(JSON, "")))
    if not status:
        raise UnsupportedError("RequestTemplates", "expected a template with a statusCode")
    response = _select(integration.responses, status[1])
    template = Template(variables)
    body = template.render(response.templates.get(JSON, ""))
    headers = {
        name.removeprefix(HEADER): value
        for name, source in response.parameters.items()
        if name.startswith(HEADER) and (value := routed.value(source)) is not None
    }
    overrides = template.overrides
    headers |= {n.removeprefix("header."): v for n, v in overrides.items() if n.startswith("header.")}
    headers.setdefault("Content-Type", JSON)
    return HttpResponse(
        int(overrides.get("status", response.status)), tuple(headers.items()), body.strip().encode()
    )


def _select(responses: tuple[MockResponse, ...], status: str) -> MockResponse:
    """Return the response whose pattern fits the status, else the one without a pattern."""
    for response in responses:
        if response.selection_pattern and re.fullmatch(response.selection_pattern, status):
            return response
    for response in responses:
        if not response.selection_pattern:
            return response
    raise UnsupportedError("IntegrationResponses", f"none fits status {status} and none is the default")


def _parameters(routed: RoutedRequest) -> dict[str, Mapping[str, str]]:
    return {
        "path": routed.path_parameters,
        "querystring": dict(query_parameters(routed.http.query)),
        "header": dict(routed.http.headers),
    }
