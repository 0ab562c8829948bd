"""Lambda authorizers, API keys with usage plans, and throttling, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from streaming_api_tools.local.gateway.authorizers.iam import Access
from streaming_api_tools.local.http.limits import Limits
from tests.local.conftest import Serve
from tests.local.serving import Client, Serving, function

Connect = Callable[[Serving], Client]
ENFORCED = Access()
KEY = "key-of-me-that-is-long-enough"
URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Asks.Arn}/invocations"
)
ECHO = {"handler": "handlers.echo", "mode": "BUFFERED"}


def authorizer(kind: str = "TOKEN", **more: object) -> dict[str, object]:
    """Return the resources of an authorizer."""
    properties = {
        "Type": kind,
        "RestApiId": {"Ref": "Api"},
        "AuthorizerUri": {"Fn::Sub": URI},
        "IdentitySource": "method.request.header.Authorization",
        **more,
    }
    return {
        "Auth": {"Type": "AWS::ApiGateway::Authorizer", "Properties": properties},
        "Asks": function({"handler": "handlers.authorizer"}),
    }


def guarded(**method: object) -> dict[str, dict[str, object]]:
    """Return a route that the authorizer guards."""
    access = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Auth"}, **method}
    return {"GET /echo/{id}": {**ECHO, "method": access}}


def plan(value: str = KEY, **more: object) -> dict[str, object]:
    """Return the resources of a usage plan with one key."""
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}}]
    return {
        "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Value": value, "Enabled": True}},
        "Plan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": {"ApiStages": stages, **more}},
        "PlanKey": {
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}},
        },
    }


METERED = {"GET /echo": {**ECHO, "method": {"ApiKeyRequired": True}}}


def test_lambda_authorizer_token_without_identity_source_is_named(serve: Serve, connect: Connect) -> None:
    serving = serve(guarded(), access=ENFORCED, **authorizer(IdentitySource=""))
    response = connect(serving).send("GET", "/prod/echo/1", headers={"Authorization": "Bearer me"})
    message = "Auth.IdentitySource: a TOKEN authorizer must have one; start with --no-auth"
    assert (response.status, json.loads(response.read())) == (500, {"message": message})


def asked(serving: Serving) -> int:
    """Return how often the authorizer ran."""
    return sum("[Asks " in line and "START RequestId" in line for line in serving.log)


def test_lambda_authorizer_token_context_reaches_function_and_is_cached(
    serve: Serve, connect: Connect
) -> None:
    serving = serve(guarded(), access=ENFORCED, **authorizer())
    client = connect(serving)
    for _ in range(2):
        response = client.send("GET", "/prod/echo/1", headers={"Authorization": "Bearer me"})
        assert response.status == 200
        event = json.loads(response.read())["event"]
        assert event["requestContext"]["authorizer"] == {
            "principalId": "me",
            "seat": "7",
            "vip": "true",
            "kind": "TOKEN",
            "path": "",
        }
    assert asked(serving) == 1
    # the kept policy allows the one method that was asked for, as on AWS
    other = client.send("GET", "/prod/echo/2", headers={"Authorization": "Bearer me"})
    assert other.status == 403


def test_lambda_authorizer_request_type_without_ttl_is_called_every_time(
    serve: Serve, connect: Connect
) -> None:
    resources = authorizer("REQUEST", IdentitySource="", AuthorizerResultTtlInSeconds=0)
    serving = serve(guarded(), access=ENFORCED, **resources)
    for number in (1, 2):
        response = connect(serving).send("GET", f"/prod/echo/{number}", headers={"X-Token": "me"})
        said = json.loads(response.read())["event"]["requestContext"]["authorizer"]
        assert (said["kind"], said["path"]) == ("REQUEST", f"/echo/{number}")
    assert asked(serving) == 2


# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
@pytest.mark.parametrize(
    ("headers", "status", "message", "asks"),
    [
        ({}, 401, "Unauthorized", 0),
        ({"Authorization": "Basic me"}, 401, "Unauthorized", 0),
        ({"Authorization": "Bearer unauthorized"}, 401, "Unauthorized", 1),
        (
            {"Authorization": "Bearer deny"},
            403,
            "User is not authorized to access this resource with an explicit deny",
            1,
        ),
        ({"Authorization": "Bearer elsewhere"}, 403, "User is not authorized to access this resource", 1),
        ({"Authorization": "Bearer broken"}, 500, "Internal server error", 1),
        ({"Authorization": "Bearer nonsense"}, 500, "Internal server error", 1),
    ],
)
def test_lambda_authorizer_denied_request_reaches_no_function(
    headers: dict[str, str], status: int, message: str, asks: int, serve: Serve, connect: Connect
) -> None:
    resources = authorizer(IdentityValidationExpression="Bearer .+")
    serving = serve(guarded(), access=ENFORCED, **resources)
    response = connect(serving).send("GET", "/prod/echo/1", headers=headers)
    assert (response.status, json.loads(response.read())) == (status, {"message": message})
    assert asked(serving) == asks
    assert not [line for line in serving.log if "[Function0 " in line]


def test_api_key_is_required_and_must_be_in_a_usage_plan(serve: Serve, connect: Connect) -> None:
    client = connect(serve(METERED, access=ENFORCED, **plan()))
    for headers in ({}, {"x-api-key": "wrong"}):
        refused = client.send("GET", "/prod/echo", headers=headers)
        assert (refused.status, json.loads(refused.read())) == (403, {"message": "Forbidden"})
    response = client.send("GET", "/prod/echo", headers={"X-API-Key": KEY})
    identity = json.loads(response.read())["event"]["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == (KEY, "Key")


def test_api_key_with_value_known_only_to_aws_has_a_logged_local_value(
    serve: Serve, connect: Connect
) -> None:
    serving = serve(METERED, access=ENFORCED, **plan("{{resolve:secretsmanager:x}}"))
    serving.logged("API key Key has the value local-Key00000000000")
    response = connect(serving).send("GET", "/prod/echo", headers={"X-API-Key": "local-Key00000000000"})
    assert response.status == 200
    response.read()


def test_api_key_named_by_an_authorizer_is_metered(serve: Serve, connect: Connect) -> None:
    api = {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {"Name": "Api", "ApiKeySourceType": "AUTHORIZER"},
    }
    routes = guarded(ApiKeyRequired=True)
    resources = {**authorizer(), **plan(Quota={"Limit": 1, "Period": "DAY"}), "Api": api}
    client = connect(serve(routes, access=ENFORCED, **resources))
    statuses = []
    for _ in range(2):
        response = client.send("GET", "/prod/echo/1", headers={"Authorization": "Bearer me"})
        statuses.append(response.status)
        body = response.read()
    assert statuses == [200, 429]
    assert json.loads(body) == {"message": "Limit Exceeded"}


@pytest.mark.parametrize("of_plan", [True, False])
def test_throttling_too_many_requests_are_a_429(of_plan: bool, serve: Serve, connect: Connect) -> None:
    setting = {"HttpMethod": "GET", "ResourcePath": "/~1echo"}
    limit = {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}
    stage = {} if of_plan else {"MethodSettings": [{**setting, **limit}]}
    throttle: dict[str, object] = {"RateLimit": 0.001, "BurstLimit": 1} if of_plan else {}
    client = connect(serve(METERED, access=ENFORCED, stage=stage, **plan(Throttle=throttle)))
    for status in (200, 429):
        response = client.send("GET", "/prod/echo", headers={"x-api-key": KEY})
        assert response.status == status
        body = response.read()
    assert json.loads(body) == {"message": "Too Many Requests"}


def test_throttling_usage_plan_limits_a_single_method(serve: Serve, connect: Connect) -> None:
    limit = {"/echo/GET": {"RateLimit": 0.001, "BurstLimit": 1}}
    stages = [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Stage"}, "Throttle": limit}]
    client = connect(serve(METERED, access=ENFORCED, **plan(ApiStages=stages)))
    for status in (200, 429):
        response = client.send("GET", "/prod/echo", headers={"x-api-key": KEY})
        assert response.status == status
        response.read()


def test_no_limits_turns_throttling_off(serve: Serve, connect: Connect) -> None:
    everything = {"HttpMethod": "*", "ResourcePath": "/*"}
    stage = {"MethodSettings": [{**everything, "ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}]}
    client = connect(serve({"GET /echo": ECHO}, stage=stage, limits=Limits(throttled=False)))
    for _ in range(2):
        response = client.send("GET", "/prod/echo")
        assert response.status == 200
        response.read()
