"""A template that names the URL of its own API is served with the URL of this machine."""

from __future__ import annotations

import json

from tests.local.conftest import Connect, Serve

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
    "GET /echo": {"handler": "handlers.environment", "mode": "BUFFERED", "environment": {"OWN": URL}},
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
