"""A template that names the URL of its own API is served with the URL of this machine."""

from __future__ import annotations

import json

from streaming_api_tools.local.gateway.authorizers.iam import Access, Keys
from tests.local.conftest import Serve
from tests.local.test_streaming import Connect

KEYS = Keys("test", "test")
URL = {"Fn::Join": ["", ["https://", {"Ref": "Api"}, ".execute-api.us-east-1.amazonaws.com/prod"]]}
METADATA = {"Fn::Join": ["", ["'Bearer resource_metadata=\"", URL, "/metadata\"'"]]}
DOCUMENT = {"Fn::Join": ["", ['{"resource": "', URL, '/mcp", "other": "', URL, 'uction"}']]}
MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
    "IntegrationResponses": [
        {
            "StatusCode": "200",
            "ResponseParameters": {"method.response.header.Link": {"Fn::Join": ["", ["'<", URL, ">'"]]}},
            "ResponseTemplates": {"application/json": DOCUMENT},
        }
    ],
}
ROUTES = {
    "GET /metadata": {"integration": MOCK},
    "GET /echo": {"handler": "handlers.echo", "mode": "BUFFERED", "environment": {"OWN": URL}},
    "GET /closed": {"handler": "handlers.echo", "authorization": "AWS_IAM"},
}
RESPONSES = {
    "Missing": {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "MISSING_AUTHENTICATION_TOKEN",
            "ResponseParameters": {"gatewayresponse.header.WWW-Authenticate": METADATA},
        },
    }
}


def test_own_urls_of_documents_and_errors_are_those_of_this_machine(serve: Serve, connect: Connect) -> None:
    serving = serve(ROUTES, access=Access(KEYS), **RESPONSES)
    client, own = connect(serving), f"{serving.url}/prod"
    response = client.send("GET", "/prod/metadata")
    assert response.headers["Link"] == f"<{own}>"
    document = json.loads(response.read())
    assert document["resource"] == f"{own}/mcp"
    assert document["other"].endswith(".execute-api.us-east-1.amazonaws.com/production")
    refused = client.send("GET", "/prod/closed")
    assert refused.status == 403
    assert refused.headers["WWW-Authenticate"] == f'Bearer resource_metadata="{own}/metadata"'


def test_own_urls_of_environments_are_those_of_this_machine(serve: Serve, connect: Connect) -> None:
    serving = serve(ROUTES)
    seen = json.loads(connect(serving).send("GET", "/prod/echo").read())
    assert seen["environ"]["OWN"] == f"{serving.url}/prod"
