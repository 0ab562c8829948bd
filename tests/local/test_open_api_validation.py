"""What an OpenAPI definition says about requests is what its validators refuse, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from streaming_api_tools.local.application import UnsupportedIntegration
from tests.local.conftest import Serve
from tests.local.serving import integration
from tests.local.test_admission import ECHO, Connect

JSON = {"Content-Type": "application/json"}
ITEM = {"type": "object", "required": ["sku"], "properties": {"minItems": {"type": "string"}}}
PROMPT = {
    "type": "object",
    "required": ["prompt"],
    "properties": {"items": {"type": "array", "minItems": 9, "items": {"$ref": "ITEM"}}},
}
VALIDATORS = {
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True},
        "parameters": {"validateRequestBody": False, "validateRequestParameters": True},
    },
    "x-amazon-apigateway-request-validator": "all",
}
PARAMETERS = [
    {"name": "id", "in": "path", "required": True},
    {"name": "page", "in": "query", "required": True},
    {"name": "X-Optional", "in": "header"},
]


def operation(**more: object) -> dict[str, object]:
    """Return an operation that the function of these tests answers."""
    proxy = integration("Function0", ECHO)
    names = {"Uri": "uri", "Type": "type", "IntegrationHttpMethod": "httpMethod"}
    extension = {names[name]: value for name, value in proxy.items() if name in names}
    return {"x-amazon-apigateway-integration": extension, **more}


def openapi3() -> dict[str, object]:
    schemas = json.loads(
        json.dumps({"Prompt": PROMPT, "Item": ITEM}).replace("ITEM", "#/components/schemas/Item")
    )
    named = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Prompt"}}}}
    inline = {"content": {"application/json": {"schema": schemas["Prompt"]}}}
    parameters = [{"$ref": "#/components/parameters/id"}, *PARAMETERS[1:]]
    return {
        "openapi": "3.0.1",
        **VALIDATORS,
        "components": {
            "schemas": schemas,
            "parameters": {"id": PARAMETERS[0]},
            "requestBodies": {"Inline": inline},
        },
        "paths": {
            "/named/{id}": {"parameters": parameters, "post": operation(requestBody=named)},
            "/inline/{id}": {
                "parameters": parameters,
                "post": operation(requestBody={"$ref": "#/components/requestBodies/Inline"}),
            },
            "/unread/{id}": {
                "parameters": parameters,
                "post": operation(
                    **{"x-amazon-apigateway-request-validator": "parameters"}, requestBody=named
                ),
            },
        },
    }


def openapi2() -> dict[str, object]:
    schemas = json.loads(json.dumps({"Prompt": PROMPT, "Item": ITEM}).replace("ITEM", "#/definitions/Item"))
    named = {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Prompt"}}
    inline = {"name": "body", "in": "body", "schema": schemas["Prompt"]}
    unread = {"x-amazon-apigateway-request-validator": "parameters"}
    return {
        "swagger": "2.0",
        **VALIDATORS,
        "consumes": ["application/json"],
        "definitions": schemas,
        "paths": {
            "/named/{id}": {"post": operation(parameters=[*PARAMETERS, named])},
            "/inline/{id}": {"post": operation(parameters=[*PARAMETERS, inline])},
            "/unread/{id}": {"post": operation(**unread, parameters=[*PARAMETERS, named])},
        },
    }


def api(body: Mapping[str, object]) -> dict[str, object]:
    return {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}


#: A route of the template, only for the function that it brings.
FUNCTION = {"GET /function": ECHO}


@pytest.mark.parametrize("definition", [openapi3(), openapi2()], ids=["3", "2"])
@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/named/1?page=1", {}, "Invalid request body"),
        ("/named/1?page=1", {"prompt": "a", "items": [{}]}, "Invalid request body"),
        ("/named/1", {}, "Missing required request parameters: [page]"),
        ("/named/1?page=1", {"prompt": "a", "items": [{"sku": 1}]}, None),
        ("/inline/1?page=1", {}, "Invalid request body"),
        ("/inline/1?page=1", {"prompt": "a", "items": [{}]}, "Invalid request body"),
        ("/inline/1?page=1", {"prompt": "a", "items": [{"sku": 1}]}, None),
        ("/unread/1?page=1", {}, None),
        ("/unread/1", {}, "Missing required request parameters: [page]"),
    ],
)
def test_openapi_validation_required_members_are_enforced(
    definition: dict[str, object],
    path: str,
    body: object,
    message: str | None,
    serve: Serve,
    connect: Connect,
) -> None:
    serving = serve(FUNCTION, Api=api(definition))
    response = connect(serving).send("POST", f"/prod{path}", json.dumps(body), JSON)
    answer = json.loads(response.read())
    if message is None:
        assert (response.status, answer["event"]["body"]) == (200, json.dumps(body))
    else:
        assert (response.status, answer) == (400, {"message": message})


def test_openapi_validation_undefined_validator_is_named(serve: Serve) -> None:
    definition = {**openapi3(), "x-amazon-apigateway-request-validator": "gone"}
    routes = {route.path: route for route in serve(FUNCTION, Api=api(definition)).application.apis[0].routes}
    reason = "Api/named/{id} POST.RequestValidatorId: expected a validator of this template"
    assert routes["/named/{id}"].integration == UnsupportedIntegration(reason)
    assert not isinstance(routes["/unread/{id}"].integration, UnsupportedIntegration)
