from __future__ import annotations

import json
from dataclasses import replace

import pytest

from streaming_api_tools.local.application import GatewayResponse
from streaming_api_tools.local.gateway.request.errors import TYPES, GatewayError, render_error
from streaming_api_tools.local.gateway.request.routed_request import HttpRequest
from tests.unit.streaming_api_tools.local.gateway.requests import routed

REQUEST = HttpRequest("GET", "/prod", "", (("Origin", "https://a.example"),), b"", "127.0.0.1")
CONTEXT = {"requestId": "id-1", "identity": {"sourceIp": "127.0.0.1", "user": None}}


def value(expression: str) -> str | None:
    """Return the value of an expression for the request of these tests."""
    return routed(REQUEST).value(expression)


@pytest.mark.parametrize("kind", TYPES)
def test_gateway_response_without_template_has_message_and_error_type(kind: str) -> None:
    answer = render_error(GatewayError(kind), {}, CONTEXT, value)
    status, message, exception = TYPES[kind]
    assert answer.status == status
    assert json.loads(answer.body) == {"message": message}
    assert dict(answer.headers) == {"Content-Type": "application/json", "x-amzn-ErrorType": exception}


def test_gateway_response_message_with_quotes_is_valid_json() -> None:
    answer = render_error(GatewayError("INVALID_SIGNATURE", 'say "when"'), {}, CONTEXT, value)
    assert json.loads(answer.body) == {"message": 'say "when"'}


@pytest.mark.parametrize(
    ("responses", "status", "header"),
    [
        ({"DEFAULT_4XX": "'a'"}, 403, "a"),
        ({"DEFAULT_5XX": "'b'"}, 403, None),
        ({"DEFAULT_4XX": "'a'", "MISSING_AUTHENTICATION_TOKEN": "'c'"}, 403, "c"),
        ({"DEFAULT_4XX": "method.request.header.Origin"}, 403, "https://a.example"),
        ({"DEFAULT_4XX": "method.request.header.Gone"}, 403, None),
    ],
)
def test_gateway_response_of_the_type_overrides_the_default(
    responses: dict[str, str], status: int, header: str | None
) -> None:
    custom = {
        kind: GatewayResponse(parameters={"gatewayresponse.header.X-Own": value})
        for kind, value in responses.items()
    }
    answer = render_error(GatewayError("MISSING_AUTHENTICATION_TOKEN"), custom, CONTEXT, value)
    assert answer.status == status
    assert dict(answer.headers).get("X-Own") == header


def test_gateway_response_template_has_context_and_error_variables() -> None:
    template = (
        '{"m":$context.error.messageString,"t":"$context.error.responseType","i":"$context.requestId",'
        '"ip":"${context.identity.sourceIp}","u":"$context.identity.user"}'
    )
    custom = {"INTEGRATION_TIMEOUT": GatewayResponse(503, {}, {"application/json": template})}
    answer = render_error(GatewayError("INTEGRATION_TIMEOUT"), custom, CONTEXT, value)
    assert answer.status == 503
    assert json.loads(answer.body) == {
        "m": "Endpoint request timed out",
        "t": "INTEGRATION_TIMEOUT",
        "i": "id-1",
        "ip": "127.0.0.1",
        "u": "-",
    }


def test_gateway_response_template_has_stage_variables_and_parameters() -> None:
    def known(expression: str) -> str | None:
        return routed(replace(REQUEST, query="q=a%20b"), {"id": "7"}).value(expression)

    template = (
        "$stageVariables.color $method.request.header.Origin ${method.request.querystring.q} "
        "$method.request.path.id $stageVariables.none $other $5"
    )
    custom = {"THROTTLED": GatewayResponse(templates={"application/json": template})}
    answer = render_error(GatewayError("THROTTLED"), custom, CONTEXT, known)
    assert answer.body == b"blue https://a.example a b 7 - $other $5"


def test_gateway_response_413_cannot_be_customized() -> None:
    custom = {"REQUEST_TOO_LARGE": GatewayResponse(400), "DEFAULT_4XX": GatewayResponse(400)}
    assert render_error(GatewayError("REQUEST_TOO_LARGE"), custom, CONTEXT, value).status == 413
