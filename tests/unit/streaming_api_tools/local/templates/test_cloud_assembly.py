from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from streaming_api_tools.local.application import (
    Function,
    GatewayResponse,
    LambdaIntegration,
    MockIntegration,
    TransferMode,
    UnsupportedIntegration,
)
from streaming_api_tools.local.templates.cloud_assembly import SourceError, load_assembly, load_template

BUCKET = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
METHOD = "AWS::ApiGateway::Method"


def lambda_uri(function: object, streaming: bool = True) -> dict[str, object]:
    """Return the URI of an integration as the CDK writes it."""
    version, action = (
        ("2021-11-15", "response-streaming-invocations") if streaming else ("2015-03-31", "invocations")
    )
    parts = ["arn:", {"Ref": "AWS::Partition"}, ":apigateway:", {"Ref": "AWS::Region"}]
    return {"Fn::Join": ["", [*parts, f":lambda:path/{version}/functions/", function, f"/{action}"]]}


def method(
    name: str, resource: object, integration: Mapping[str, object], **more: object
) -> dict[str, object]:
    return {
        "Type": METHOD,
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": resource,
            "HttpMethod": name,
            "Integration": integration,
            **more,
        },
    }


def resources() -> dict[str, object]:
    """Return the resources of a stack, as the CDK writes them."""
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    stream = {
        "Type": "AWS_PROXY",
        "ResponseTransferMode": "STREAM",
        "TimeoutInMillis": 900000,
        "Uri": lambda_uri({"Fn::GetAtt": ["Fn", "Arn"]}),
    }
    return {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Name": "Demo",
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "BinaryMediaTypes": ["image/*"],
            },
        },
        "Chat": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": root, "PathPart": "chat"},
        },
        "Id": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"RestApiId": {"Ref": "Api"}, "ParentId": {"Ref": "Chat"}, "PathPart": "{id}"},
        },
        "Post": method("POST", {"Ref": "Chat"}, stream, AuthorizationType="AWS_IAM"),
        "Any": method("ANY", {"Ref": "Id"}, {"Type": "AWS_PROXY", "Uri": lambda_uri({"Ref": "Live"}, False)}),
        "Options": method(
            "OPTIONS",
            root,
            {
                "Type": "MOCK",
                "RequestTemplates": {"application/json": "{ statusCode: 200 }"},
                "IntegrationResponses": [{"StatusCode": "204", "ResponseParameters": {"a": "'b'"}}],
            },
        ),
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "StageName": "prod",
                "Variables": {"a": "b"},
                "AccessLogSetting": {
                    "Format": "$context.requestId",
                    "DestinationArn": {"Fn::ImportValue": "x"},
                },
            },
        },
        "Custom": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResponseType": "DEFAULT_4XX",
                "StatusCode": "418",
                "ResponseParameters": {"gatewayresponse.header.A": "'b'"},
            },
        },
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"S3Bucket": BUCKET, "S3Key": "abc.zip"},
                "Handler": "app.handler",
                "Runtime": "python3.13",
                "Layers": [{"Ref": "Layer"}],
                "Timeout": 900,
                "MemorySize": 512,
                "Role": {"Fn::ImportValue": "role"},
                "Environment": {"Variables": {"MODEL": {"Fn::Sub": "arn:${AWS::Partition}:bedrock"}}},
                "LoggingConfig": {"LogFormat": "JSON", "LogGroup": {"Ref": "Logs"}},
            },
        },
        "Logs": {"Type": "AWS::Logs::LogGroup"},
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Fn"}, "Name": "live"}},
        "Layer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Content": {"S3Bucket": BUCKET, "S3Key": "def.zip"}},
        },
    }


def write_assembly(
    directory: Path,
    stacks: Mapping[str, Mapping[str, object]],
    environment: str = "aws://unknown-account/unknown-region",
) -> Path:
    """Write a cloud assembly with the assets abc (a directory) and def (an archive)."""
    (directory / "asset.abc").mkdir(parents=True)
    with zipfile.ZipFile(directory / "asset.def.zip", "w") as archive:
        archive.writestr("python/lib.py", "")
    artifacts: dict[str, object] = {"Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}
    for name, content in stacks.items():
        assets = {
            key: {"source": {"path": path}, "destinations": {"here": {"objectKey": f"{key}.zip"}}}
            for key, path in (("abc", "asset.abc"), ("def", "asset.def.zip"))
        }
        (directory / f"{name}.assets.json").write_text(json.dumps({"files": assets}), "utf-8")
        (directory / f"{name}.template.json").write_text(json.dumps({"Resources": content}), "utf-8")
        artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        }
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {"templateFile": f"{name}.template.json"},
        }
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), "utf-8")
    return directory


def test_cloud_assembly_stack_is_read_with_all_that_its_routes_need(tmp_path: Path) -> None:
    directory = write_assembly(tmp_path / "cdk.out", {"Demo": resources(), "Other": {}})
    application = load_assembly(directory, None, "eu-west-1", tmp_path)
    (api,) = application.apis
    assert (application.region, application.account) == ("eu-west-1", "000000000000")
    assert (api.name, api.endpoint_type, api.binary_media_types) == ("Demo", "REGIONAL", ("image/*",))
    (stage,) = api.stages
    assert (stage.name, stage.variables, stage.access_log_format) == (
        "prod",
        {"a": "b"},
        "$context.requestId",
    )
    assert api.gateway_responses == {
        "DEFAULT_4XX": GatewayResponse(418, {"gatewayresponse.header.A": "'b'"}, {})
    }
    routes = {(route.method, route.path): route for route in api.routes}
    assert routes.keys() == {("POST", "/chat"), ("ANY", "/chat/{id}"), ("OPTIONS", "/")}
    chat = routes["POST", "/chat"]
    assert chat.authorization == "AWS_IAM"
    function = Function(
        name="Fn",
        arn="arn:aws:lambda:eu-west-1:000000000000:function:Fn",
        runtime="python3.13",
        handler="app.handler",
        code=directory / "asset.abc",
        layers=(tmp_path / "Layer",),
        environment={"MODEL": "arn:aws:bedrock", "AWS_LAMBDA_LOG_FORMAT": "JSON"},
        timeout=900,
        memory=512,
        qualifiers=("live",),
    )
    assert chat.integration == LambdaIntegration(function, TransferMode.STREAM, 900)
    assert routes["ANY", "/chat/{id}"].integration == LambdaIntegration(function, TransferMode.BUFFERED, 29)
    assert isinstance(routes["OPTIONS", "/"].integration, MockIntegration)
    assert (tmp_path / "Layer" / "python" / "lib.py").exists()


def test_cloud_assembly_stack_environment_overrides_the_region_option(tmp_path: Path) -> None:
    directory = write_assembly(tmp_path / "o", {"Demo": resources()}, "aws://111122223333/cn-north-1")
    application = load_assembly(directory, None, "eu-west-1", tmp_path)
    assert (application.region, application.account) == ("cn-north-1", "111122223333")
    (route,) = [route for route in application.apis[0].routes if route.method == "POST"]
    assert isinstance(route.integration, LambdaIntegration)
    assert route.integration.function.environment["MODEL"] == "arn:aws-cn:bedrock"


def test_cloud_assembly_stack_in_nested_assembly_is_found(tmp_path: Path) -> None:
    outer = tmp_path / "cdk.out"
    write_assembly(outer / "assembly-Prod", {"Demo": resources()})
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
    (outer / "manifest.json").write_text(json.dumps({"artifacts": {"Prod": nested}}), "utf-8")
    assert load_assembly(outer, None, "eu-west-1", tmp_path).apis


@pytest.mark.parametrize(
    ("stacks", "name", "message"),
    [
        (
            {"A": resources(), "B": resources()},
            None,
            r"several stacks have a REST API \(A, B\); choose one with --stack",
        ),
        ({"A": resources()}, "C", "no stack C in .*; it has A"),
        ({"A": {}}, None, "no stack of .* has a REST API"),
        ({"A": {"Api": resources()["Api"]}}, None, "stack A has no REST API with a stage"),
    ],
)
def test_cloud_assembly_ambiguous_or_unknown_stack_is_named(
    stacks: dict[str, dict[str, object]], name: str | None, message: str, tmp_path: Path
) -> None:
    directory = write_assembly(tmp_path / "cdk.out", stacks)
    with pytest.raises(SourceError, match=message):
        load_assembly(directory, name, "eu-west-1", tmp_path)


def reason(changed: Mapping[str, object], tmp_path: Path) -> str:
    """Return why POST /chat of a changed stack is not served."""
    directory = write_assembly(tmp_path / "cdk.out", {"Demo": {**resources(), **changed}})
    application = load_assembly(directory, None, "eu-west-1", tmp_path)
    (route,) = [route for route in application.apis[0].routes if route.method == "POST"]
    assert isinstance(route.integration, UnsupportedIntegration)
    return route.integration.reason


@pytest.mark.parametrize(
    ("integration", "expected"),
    [
        (
            {"Type": "HTTP", "Uri": "http://x"},
            "Post.Integration.Type: HTTP is not supported locally",
        ),
        (
            {"Type": "AWS_PROXY", "Uri": lambda_uri({"Fn::GetAtt": ["Fn", "Arn"]})},
            "Post.Integration.ResponseTransferMode: BUFFERED does not go with a URI that ends in "
            "response-streaming-invocations",
        ),
        (
            {
                "Type": "AWS_PROXY",
                "ResponseTransferMode": "STREAM",
                "Uri": lambda_uri({"Fn::GetAtt": ["Fn", "Arn"]}, False),
            },
            "Post.Integration.ResponseTransferMode: STREAM does not go with a URI that ends in invocations",
        ),
        (
            {"Type": "AWS_PROXY", "Uri": lambda_uri({"Fn::ImportValue": "x"}, False)},
            "Post.Integration.Uri[5]: the value of Fn::ImportValue x is not known locally",
        ),
        (
            {"Type": "AWS_PROXY", "Uri": lambda_uri("arn:aws:lambda:eu-west-1:1:function:elsewhere", False)},
            "elsewhere: not in this template, so its code is not on this machine",
        ),
        (
            {"Type": "AWS_PROXY", "Uri": "arn:x"},
            "Post.Integration.Uri: expected the URI of a Lambda function",
        ),
    ],
)
def test_cloud_assembly_unsupported_integration_has_its_reason(
    integration: dict[str, object], expected: str, tmp_path: Path
) -> None:
    assert reason({"Post": method("POST", {"Ref": "Chat"}, integration)}, tmp_path).startswith(expected)


def test_cloud_assembly_resource_with_false_condition_is_left_out(tmp_path: Path) -> None:
    post = resources()["Post"]
    assert isinstance(post, dict)
    content = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {**resources(), "Post": {**post, "Condition": "Never"}},
    }
    (tmp_path / "asset.abc").mkdir()
    (tmp_path / "t.json").write_text(json.dumps(content), "utf-8")
    api = load_template(tmp_path / "t.json", "eu-west-1", tmp_path).apis[0]
    assert {route.method for route in api.routes} == {"ANY", "OPTIONS"}
