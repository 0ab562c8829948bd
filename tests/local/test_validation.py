"""Request validators: what they refuse reaches no function, over real sockets."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from threading import Event

import pytest

from streaming_api_tools.local.http.limits import Limits
from streaming_api_tools.local.json_schema import BodySchema
from tests.local.conftest import Serve
from tests.local.serving import PATIENCE, Gate, Serving
from tests.local.test_admission import ECHO, ENFORCED, KEY, Connect, authorizer, plan

API = {"RestApiId": {"Ref": "Api"}}
#: The form in which the CDK refers from one model to another.
MODELS = "https://apigateway.amazonaws.com/restapis/"
ITEM_URL = {"Fn::Join": ["", [MODELS, {"Ref": "Api"}, "/models/", {"Ref": "Item"}]]}
PROMPT = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "minLength": 1},
        "items": {"type": "array", "items": {"$ref": ITEM_URL}},
    },
}
JSON = {"Content-Type": "application/json"}


def model(schema: object, **more: object) -> dict[str, object]:
    """Return a model of the API."""
    return {"Type": "AWS::ApiGateway::Model", "Properties": {**API, "Schema": schema, **more}}


def validator(*, body: object = True, parameters: object = True) -> dict[str, object]:
    """Return the resources of a validator and of the models of these tests."""
    settings = {"ValidateRequestBody": body, "ValidateRequestParameters": parameters}
    return {
        "Validator": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {**API, **settings}},
        "Prompt": model(PROMPT),
        "Item": model('{"type": "object", "required": ["sku"]}', Name="Item1"),
    }


def validated(**method: object) -> dict[str, dict[str, object]]:
    """Return a route with the validator."""
    models = {"RequestModels": {"application/json": {"Ref": "Prompt"}}}
    return {
        "POST /echo/{id}": {
            **ECHO,
            "method": {"RequestValidatorId": {"Ref": "Validator"}, **models, **method},
        }
    }


def reached_a_function(serving: Serving) -> bool:
    """Tell whether the function of the route ran."""
    return any("[Function0 " in line for line in serving.log)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b'{"prompt": NaN}',
        b'{"prompt": ""}',
        b'{"prompt": "a", "items": [{"sku": 1}, {}]}',
    ],
)
def test_request_validation_body_unlike_its_model_is_a_400(
    body: bytes, serve: Serve, connect: Connect
) -> None:
    serving = serve(validated(), **validator())
    response = connect(serving).send("POST", "/prod/echo/1", body, JSON)
    assert (response.status, json.loads(response.read())) == (400, {"message": "Invalid request body"})
    assert response.headers["x-amzn-ErrorType"] == "BadRequestException"
    assert not reached_a_function(serving)


@pytest.mark.parametrize(
    ("headers", "models", "status"),
    [
        ({"Content-Type": "application/json; charset=utf-8"}, {"application/json": "Item1"}, 400),
        ({"Content-Type": "Application/JSON"}, {"application/json": "Item1"}, 400),
        ({}, {"application/json": "Item1"}, 400),
        ({"Content-Type": "text/plain"}, {"application/json": "Item1"}, 200),
        ({"Content-Type": "text/plain"}, {"application/json": "Empty", "$default": "Item1"}, 400),
        (JSON, {"application/json": "Empty", "$default": "Item1"}, 200),
        (JSON, {}, 200),
    ],
)
def test_request_validation_content_type_selects_the_model(
    headers: Mapping[str, str], models: Mapping[str, str], status: int, serve: Serve, connect: Connect
) -> None:
    serving = serve(validated(RequestModels=models), **validator())
    response = connect(serving).send("POST", "/prod/echo/1", b"{}", headers)
    assert response.status == status
    response.read()


@pytest.mark.parametrize("off", [{"body": False}, {"body": "false"}])
def test_request_validation_body_is_ignored_without_a_validator(
    off: dict[str, object], serve: Serve, connect: Connect
) -> None:
    response = connect(serve(validated(), **validator(**off))).send("POST", "/prod/echo/1", b"{", JSON)
    assert response.status == 200
    response.read()


def test_request_validation_body_reaches_the_function_unchanged(serve: Serve, connect: Connect) -> None:
    body = '{"prompt":  "\u00e9", "items": [{"sku": 7}]}'
    response = connect(serve(validated(), **validator())).send("POST", "/prod/echo/1", body.encode(), JSON)
    assert response.status == 200
    assert json.loads(response.read())["event"]["body"] == body


@pytest.mark.parametrize(("body", "status"), [(b'{"prompt": "a"}', 200), (b"{}", 400)])
def test_request_validation_compressed_body_is_decoded_first(
    body: bytes, status: int, serve: Serve, connect: Connect
) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    response = connect(serve(validated(), **validator())).send(
        "POST", "/prod/echo/1", gzip.compress(body), headers
    )
    assert response.status == status
    response.read()


PARAMETERS = {
    "method.request.path.id": True,
    "method.request.querystring.page": True,
    "method.request.header.X-Tenant": "true",
    "method.request.querystring.optional": False,
}


@pytest.mark.parametrize(
    ("path", "headers", "missing"),
    [
        ("/prod/echo/1", {}, "X-Tenant, page"),
        ("/prod/echo/1?page=2", {}, "X-Tenant"),
        ("/prod/echo/1?page=2", {"x-tenant": " "}, "X-Tenant"),
        ("/prod/echo/1?page=", {"x-tenant": "me"}, "page"),
        ("/prod/echo/1?page=%20", {"x-tenant": "me"}, "page"),
        ("/prod/echo/%20?page=2", {"x-tenant": "me"}, "id"),
    ],
)
def test_request_validation_missing_or_blank_parameters_are_a_400(
    path: str, headers: Mapping[str, str], missing: str, serve: Serve, connect: Connect
) -> None:
    serving = serve(validated(RequestParameters=PARAMETERS), **validator())
    response = connect(serving).send("POST", path, b"{", {**JSON, **headers})
    message = f"Missing required request parameters: [{missing}]"
    assert (response.status, json.loads(response.read())) == (400, {"message": message})
    assert not reached_a_function(serving)


def test_request_validation_parameters_are_ignored_without_a_validator(
    serve: Serve, connect: Connect
) -> None:
    serving = serve(validated(RequestParameters=PARAMETERS), **validator(parameters=False))
    response = connect(serving).send("POST", "/prod/echo/1", b'{"prompt": "a"}', JSON)
    assert response.status == 200
    response.read()


def test_request_validation_error_is_in_gateway_response_and_access_log(
    serve: Serve, connect: Connect
) -> None:
    wrong = (
        '{"error":{"m":$context.error.messageString,"t":"$context.error.responseType",'
        '"v":"$context.error.validationErrorString"}}'
    )
    custom = {"ResponseType": "BAD_REQUEST_BODY", "StatusCode": 422, **API}
    responses = {
        "Wrong": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {**custom, "ResponseTemplates": {"application/json": wrong}},
        }
    }
    line = (
        '{"status":"$context.status","t":"$context.error.responseType","m":$context.error.messageString,'
        '"v":"$context.error.validationErrorString","mode":"$context.integration.responseTransferMode"}'
    )
    stage = {"AccessLogSetting": {"DestinationArn": "arn", "Format": line}}
    serving = serve(validated(RequestParameters=PARAMETERS), stage=stage, **validator(), **responses)
    client = connect(serving)
    good = {**JSON, "X-Tenant": "me"}
    response = client.send("POST", "/prod/echo/1?page=1", b'{"prompt": 5}', good)
    found = "[$.prompt: 5 is not of type 'string']"
    body = {"m": "Invalid request body", "t": "BAD_REQUEST_BODY", "v": found}
    assert (response.status, json.loads(response.read())) == (422, {"error": body})
    logged = json.loads(serving.access_logged("BAD_REQUEST_BODY"))
    assert logged == {"status": "422", "mode": "-", **body}
    assert found in serving.logged("POST /prod/echo/1")
    client.send("POST", "/prod/echo/1", b"{}", good).read()
    logged = json.loads(serving.access_logged("BAD_REQUEST_PARAMETERS"))
    message = "Missing required request parameters: [page]"
    assert (logged["m"], logged["v"], logged["status"]) == (message, "-", "400")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer me"}, 403),
        ({"Authorization": "Bearer me", "x-api-key": KEY}, 400),
    ],
)
def test_request_validation_unauthorized_request_gets_no_validation_error(
    headers: Mapping[str, str], status: int, serve: Serve, connect: Connect
) -> None:
    access = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Auth"}, "ApiKeyRequired": True}
    serving = serve(validated(**access), access=ENFORCED, **validator(), **authorizer(), **plan())
    response = connect(serving).send("POST", "/prod/echo/1", b"{}", {**JSON, **headers})
    assert response.status == status
    response.read()


def test_request_validation_refused_request_counts_for_throttling(serve: Serve, connect: Connect) -> None:
    limit = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    stage = {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", **limit}]}
    client = connect(serve(validated(), stage=stage, limits=Limits(), **validator()))
    for status in (400, 429):
        response = client.send("POST", "/prod/echo/1", b"{}", JSON)
        assert response.status == status
        response.read()


def test_request_validation_does_not_block_other_streams(
    serve: Serve, connect: Connect, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, validates = Event(), Event(), BodySchema.problem

    def held(schema: BodySchema, body: bytes) -> str | None:
        began.set()
        return validates(schema, body) if go_on.wait(60) else "[nobody let it go on]"

    monkeypatch.setattr(BodySchema, "problem", held)
    serving = serve({**validated(), "POST /gated": {"handler": "handlers.gated"}}, **validator())
    stream, other = connect(serving), connect(serving)
    stream.ask("POST", "/prod/gated", b"1")
    function = gate.accept()
    other.ask("POST", "/prod/echo/1", b'{"prompt": "a"}', JSON)
    assert began.wait(PATIENCE)
    function.let_go()
    assert stream.answer().read() == b"0\n"
    go_on.set()
    response = other.answer()
    assert response.status == 200
    response.read()
