"""``MOCK`` integrations: what CORS preflights are answered with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from .events import HttpRequest
from .gateway_responses import Answer, GatewayError
from .model import MockIntegration, MockResponse, UnsupportedError
from .vtl import Template

#: The request template of a mock is an object with a status code; CDK writes its key without quotes.
STATUS_CODE = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})""")
HEADER = "method.response.header."
JSON = "application/json"


def answer(integration: MockIntegration, request: HttpRequest, path_parameters: Mapping[str, str]) -> Answer:
    """Return the response of a mock.

    :raises GatewayError: when its templates do not yield one
    """
    try:
        return _answer(integration, request, path_parameters)
    except UnsupportedError as error:
        raise GatewayError("API_CONFIGURATION_ERROR", detail=str(error)) from error


def _answer(integration: MockIntegration, request: HttpRequest, path: Mapping[str, str]) -> Answer:
    variables = {"input": {"params": lambda: _parameters(request, path)}}
    status = STATUS_CODE.search(Template(variables).render(integration.request_templates.get(JSON, "")))
    if not status:
        raise UnsupportedError("RequestTemplates", "expected a template with a statusCode")
    response = _select(integration.responses, status[1])
    template = Template(variables)
    body = template.render(response.templates.get(JSON, ""))
    headers = {
        name.removeprefix(HEADER): value[1:-1]
        for name, value in response.parameters.items()
        if name.startswith(HEADER) and value[:1] == value[-1:] == "'"
    }
    overrides = template.overrides
    headers |= {n.removeprefix("header."): v for n, v in overrides.items() if n.startswith("header.")}
    headers.setdefault("Content-Type", JSON)
    return Answer(
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


def _parameters(request: HttpRequest, path: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {
        "header": dict(request.headers),
        "path": path,
        "querystring": dict(parse_qsl(request.query, keep_blank_values=True)),
    }
