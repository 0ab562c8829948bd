"""``MOCK`` integrations: what CORS preflights are answered with.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...application import MockIntegration, MockResponse, UnsupportedError
from ..request.errors import Answer, GatewayError
from ..request.parameter_mapping import mapped_value
from ..request.proxy_event import HttpRequest, query_parameters
from .vtl import Template

#: The request template of a mock is an object with a status code; CDK writes its key without quotes.
STATUS_CODE = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})""")
HEADER = "method.response.header."
JSON = "application/json"


@dataclass(frozen=True)
class Input:
    """What the templates and parameters of a mock can refer to, beside the request."""

    path_parameters: Mapping[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, object] = field(default_factory=dict)


def answer(integration: MockIntegration, request: HttpRequest, given: Input) -> Answer:
    """Return the response of a mock.

    :raises GatewayError: when its templates do not yield one
    """
    try:
        return _answer(integration, request, given)
    except UnsupportedError as error:
        raise GatewayError("API_CONFIGURATION_ERROR", detail=str(error)) from error


def _answer(integration: MockIntegration, request: HttpRequest, given: Input) -> Answer:
    parameters = _parameters(request, given.path_parameters)

    def params(name: object = None) -> object:
        """Return all, or one from "the path, query string, or header value (searched in that order)"."""
        found = (values[str(name)] for values in parameters.values() if name in values)
        return parameters if name is None else next(found, "")

    variables = {
        "input": {"params": params},
        "context": given.context,
        "stageVariables": given.stage_variables,
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
        if name.startswith(HEADER)
        and (value := mapped_value(source, request, {}, given.stage_variables, given.context)) is not None
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
        "path": path,
        "querystring": dict(query_parameters(request.query)),
        "header": dict(request.headers),
    }
