"""An MCP server of an API: its methods, who may call them, and what its function is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import (
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
    StreamingRules,
    StreamStore,
)
from tests.synth.test_every_feature import found_by_cdk_nag

APP, OTHER = "https://app.example.com", "http://localhost:6274"
#: what the server of an old era is asked beside POST, and what the specifications of both eras name
SENT = {
    "2025-11-25": "accept authorization content-type last-event-id mcp-protocol-version mcp-session-id",
    "2026-07-28": "accept authorization content-type mcp-protocol-version mcp-method mcp-name",
}


def tools(scope: cdk.Stack, name: str = "Tools", **options: Any) -> StreamingFunction:  # noqa: ANN401
    code = lambda_.Code.from_inline("pass")
    return StreamingFunction(scope, name, code=code, handler="index.handler", **options)


def methods(template: Template) -> dict[str, dict[str, Any]]:
    """Return the properties of each method by its verb."""
    found = template.find_resources("AWS::ApiGateway::Method").values()
    return {each["Properties"]["HttpMethod"]: each["Properties"] for each in found}


def headers(method: dict[str, Any]) -> dict[str, str]:
    (response,) = method["Integration"]["IntegrationResponses"]
    return {
        name.removeprefix("method.response.header."): value.strip("'")
        for name, value in response["ResponseParameters"].items()
    }


def variables(template: Template) -> dict[str, Any]:
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    found: dict[str, Any] = function["Properties"].get("Environment", {}).get("Variables", {})
    return found


def test_mcp_server_streams_post_and_refuses_get_and_delete(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    server = api.add_mcp_server("mcp", handler=tools(stack))
    assert api.streams == [server]
    found = methods(Template.from_stack(stack))
    assert set(found) == {"POST", "GET", "DELETE"}
    post = found.pop("POST")
    assert post["Integration"]["ResponseTransferMode"] == "STREAM"
    assert post["AuthorizationType"] == "AWS_IAM"
    assert "RequestValidatorId" not in post
    for method in found.values():
        assert method["AuthorizationType"] == "NONE"
        assert method["ApiKeyRequired"] is False
        assert method["Integration"]["Type"] == "MOCK"
        assert "ContentHandling" not in method["Integration"]
        assert json.loads(method["Integration"]["RequestTemplates"]["application/json"]) == {
            "statusCode": 405
        }
        (response,) = method["Integration"]["IntegrationResponses"]
        assert response["StatusCode"] == "405"
        assert json.loads(response["ResponseTemplates"]["application/json"])["error"]["code"] == -32000
        assert headers(method) == {"Allow": "POST"}
        assert method["MethodResponses"] == [
            {"StatusCode": "405", "ResponseParameters": {"method.response.header.Allow": True}}
        ]


def test_mcp_server_refuses_without_a_key_and_without_an_authorizer(stack: cdk.Stack) -> None:
    authorizer = apigateway.TokenAuthorizer(stack, "Tokens", handler=tools(stack, "Authorizer"))
    api = StreamingApi(stack, "Api", authorizer=authorizer, api_key_required=True)
    api.add_mcp_server("mcp", handler=tools(stack), throttling_rate_limit=2, timeout=Duration.minutes(1))
    found = methods(Template.from_stack(stack))
    assert (found["POST"]["AuthorizationType"], found["POST"]["ApiKeyRequired"]) == ("CUSTOM", True)
    assert found["POST"]["Integration"]["TimeoutInMillis"] == 60_000
    for verb in ("GET", "DELETE"):
        assert (found[verb]["AuthorizationType"], found[verb]["ApiKeyRequired"]) == ("NONE", False)
        assert "AuthorizerId" not in found[verb]


def test_mcp_server_methods_are_text_beside_binary_media_types(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", binary_media_types=["*/*"], allow_origins=[APP])
    api.add_mcp_server("mcp", handler=tools(stack))
    found = methods(Template.from_stack(stack))
    assert {found[verb]["Integration"]["ContentHandling"] for verb in ("GET", "DELETE", "OPTIONS")} == {
        "CONVERT_TO_TEXT"
    }


@pytest.mark.parametrize("media_types", [(), ("*/*",)])
def test_mcp_server_preflight_allows_what_clients_of_both_eras_send(
    stack: cdk.Stack, media_types: tuple[str, ...]
) -> None:
    api = StreamingApi(stack, "Api", allow_origins=[APP, OTHER], binary_media_types=media_types)
    api.add_mcp_server("mcp", handler=tools(stack))
    found = methods(Template.from_stack(stack))
    answer = headers(found["OPTIONS"])
    allowed = answer["Access-Control-Allow-Headers"].lower().split(",")
    for sent in SENT.values():
        assert set(sent.split()) <= set(allowed)
    # Mcp-Param-*, of which no list is complete
    assert allowed[-1] == "*"
    assert {"POST", "GET", "DELETE"} <= set(answer["Access-Control-Allow-Methods"].split(","))
    for verb in ("GET", "DELETE"):
        assert headers(found[verb])["Access-Control-Allow-Origin"] == APP
        assert headers(found[verb])["Vary"] == "Origin"
        (response,) = found[verb]["Integration"]["IntegrationResponses"]
        assert OTHER in response["ResponseTemplates"]["application/json"]


def test_mcp_server_function_is_told_hosts_and_origins(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", allow_origins=[APP, OTHER])
    api.add_mcp_server("mcp", handler=tools(stack), allow_hosts=["proxy.example.com"])
    template = Template.from_stack(stack)
    found = variables(template)
    assert found["MCP_ALLOWED_ORIGINS"] == f"{APP} {OTHER}"
    (rest_api,) = template.find_resources("AWS::ApiGateway::RestApi")
    shown = json.dumps(found["MCP_ALLOWED_HOSTS"])
    assert f'{{"Ref": "{rest_api}"}}, ".execute-api."' in shown
    assert shown.endswith(' proxy.example.com"]]}')


def domain(stack: cdk.Stack, **options: Any) -> apigateway.DomainNameOptions:  # noqa: ANN401
    from aws_cdk import aws_certificatemanager as acm

    arn = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", arn)
    return apigateway.DomainNameOptions(domain_name="api.example.com", certificate=certificate, **options)


@pytest.mark.parametrize("disabled", [None, True])
def test_mcp_server_hosts_have_the_domain_name_and_no_default_one_that_is_off(
    stack: cdk.Stack, disabled: bool | None
) -> None:
    api = StreamingApi(
        stack, "Api", domain_name=domain(stack, base_path="v1"), disable_execute_api_endpoint=disabled
    )
    server = api.add_mcp_server("mcp", handler=tools(stack))
    shown = json.dumps(variables(Template.from_stack(stack))["MCP_ALLOWED_HOSTS"])
    assert ("execute-api" in shown) is not disabled
    assert re.search(r'"Ref": "\w*CustomDomain', shown)
    assert server.url.endswith("/v1/mcp")


def test_mcp_servers_of_one_function_have_one_list(stack: cdk.Stack) -> None:
    function = tools(stack)
    for name in ("One", "Two"):
        api = StreamingApi(stack, name, allow_origins=[APP])
        api.add_mcp_server("mcp", handler=function)
        api.add_mcp_server("tools/mcp", handler=function)
    found = variables(Template.from_stack(stack))
    assert json.dumps(found["MCP_ALLOWED_HOSTS"]).count(".execute-api.") == 2
    assert found["MCP_ALLOWED_ORIGINS"] == APP
    with pytest.raises(ValueError, match="with other allow_origins already"):
        api.add_mcp_server("third", handler=function, allow_origins=[])


def test_mcp_server_behind_an_alias_tells_its_function(stack: cdk.Stack) -> None:
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=tools(stack).current_version)
    StreamingApi(stack, "Api").add_mcp_server("mcp", handler=alias)
    assert set(variables(Template.from_stack(stack))) == {"MCP_ALLOWED_HOSTS"}


def test_mcp_server_of_another_stack_or_app_warns(app: cdk.App, stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    imported = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    api.add_mcp_server("theirs", handler=imported)
    api.add_mcp_server("elsewhere", handler=tools(cdk.Stack(app, "Elsewhere")))
    for path in ("theirs", "elsewhere"):
        Annotations.from_stack(stack).has_warning(
            f"/Test/Api/POST {path}", Match.string_like_regexp(".*set MCP_ALLOWED_HOSTS.*mcpEnvironment.*")
        )
    app.synth()  # without a circle of stacks


@pytest.mark.parametrize(
    ("of_api", "own", "says"),
    [
        ([], [APP], "must be among allow_origins of the API"),
        ([APP], [OTHER], "got 'http://localhost:6274'"),
        (["*"], None, "must be given, since the API allows '*'"),
        (["*"], ["*"], "must be named, got '*'"),
        (["*"], ["app.example.com"], "origins like 'https://app.example.com', got 'app.example.com'"),
    ],
)
def test_mcp_server_origins_that_no_server_can_check_are_refused(
    stack: cdk.Stack, of_api: list[str], own: list[str] | None, says: str
) -> None:
    api = StreamingApi(stack, "Api", allow_origins=of_api)
    with pytest.raises(ValueError, match=re.escape(says)):
        api.add_mcp_server("mcp", handler=tools(stack), allow_origins=own)


@pytest.mark.parametrize("host", ["https://proxy.example.com", "proxy.example.com/mcp", "a b", ""])
def test_mcp_server_hosts_that_no_client_sends_are_refused(stack: cdk.Stack, host: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"or with a port, got '{host}'")):
        StreamingApi(stack, "Api").add_mcp_server("mcp", handler=tools(stack), allow_hosts=[host])


def test_mcp_server_without_pages_has_no_preflight(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", allow_origins=["*"])
    api.add_mcp_server("mcp", handler=tools(stack), allow_origins=[])
    template = Template.from_stack(stack)
    assert "OPTIONS" not in methods(template)
    assert set(variables(template)) == {"MCP_ALLOWED_HOSTS"}


def test_mcp_server_path_for_many_and_a_second_one_are_refused(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    function = tools(stack)
    with pytest.raises(ValueError, match=r"must be one path, got 'mcp/\{proxy\+\}'"):
        api.add_mcp_server("mcp/{proxy+}", handler=function)
    api.add_stream("events", http_method="GET", handler=function)
    with pytest.raises(ValueError, match="the API has GET /events already"):
        api.add_mcp_server("events", handler=function)
    api.add_mcp_server("mcp", handler=function)
    with pytest.raises(ValueError, match="the API has POST /mcp already"):
        api.add_mcp_server("mcp", handler=function)
    with pytest.raises(ValueError, match="the API has DELETE /mcp already"):
        api.add_stream("mcp", http_method="DELETE", handler=function)


def test_mcp_server_is_not_kept_in_the_store_and_is_watched(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", store=StreamStore(stack, "Store"))
    function = tools(stack)
    StreamingMonitoring(stack, "Monitoring", api=api)
    api.add_mcp_server("mcp", handler=function)
    template = Template.from_stack(stack)
    own = template.find_resources(
        "AWS::Lambda::Function", {"Properties": {"Handler": "index.handler"}}
    ).values()
    (found,) = own
    assert set(found["Properties"]["Environment"]["Variables"]) == {"MCP_ALLOWED_HOSTS"}
    Annotations.from_stack(stack).has_no_warning("*", Match.string_like_regexp(".*notKept.*"))
    alarms = template.find_resources("AWS::CloudWatch::Alarm").values()
    assert any("Streams end in errors" in each["Properties"]["AlarmDescription"] for each in alarms)


def test_mcp_server_adds_no_findings_of_cdk_nag(app: cdk.App, stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", allow_origins=[APP])
    api.add_mcp_server("mcp", handler=tools(stack))
    assert found_by_cdk_nag(app) == {
        "AwsSolutions-APIG3",
        "AwsSolutions-COG4",
        "AwsSolutions-IAM5[Resource::*]",
        "Serverless-LambdaDLQ",
    }


def test_mcp_server_has_no_findings_of_the_rules(app: cdk.App, stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", allow_origins=[APP], binary_media_types=["*/*"])
    code = lambda_.Code.from_inline("import lambda_streaming\nhandler = lambda_streaming.asgi(None)")
    for name, each in {"Tools": api, "TextTools": StreamingApi(stack, "Text")}.items():
        function = StreamingFunction(stack, name, code=code, handler="index.handler")
        each.add_mcp_server("mcp", handler=function)
    cdk.Validations.of(app).add_plugins(StreamingRules())
    app.synth()
    reports = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))["pluginReports"]
    assert [each["violations"] for each in reports if each["violations"]] == []


def test_mcp_server_refuses_others_after_a_grant_to_another_account_too(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    server = api.add_mcp_server("mcp", handler=tools(stack))
    server.grant_execute(iam.AccountPrincipal("111122223333"))
    (rest_api,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi").values()
    statements = rest_api["Properties"]["Policy"]["Statement"]
    assert [statement["Resource"] for statement in statements] == [
        "execute-api:/*/POST/mcp",
        ["execute-api:/*/DELETE/mcp", "execute-api:/*/GET/mcp"],
    ]
    assert statements[1]["Principal"] == {"AWS": "*"}
