"""The same mistake is found however a template spells it: SAM, OpenAPI, intrinsic functions, conditions."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_api_templates.rules.engine import find
from streaming_api_templates.template.template import Template
from tests.unit.streaming_api_templates.rules.cases.spoiling import INTEGRATION
from tests.unit.streaming_api_templates.rules.templates import (
    FUNCTION_ARN,
    GONE,
    STREAMING_LOG,
    changed,
    found,
    ids,
    uri,
)

LAMBDA_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/"
    "2021-11-15/functions/${Function.Arn}/response-streaming-invocations"
)


def sam(**changes: object) -> dict[str, Any]:
    """A SAM template with a streaming function; changes are of the event's properties."""
    event = {
        "Path": "/chat",
        "Method": "post",
        "RestApiId": {"Ref": "Api"},
        "ResponseTransferMode": "RESPONSE_STREAM",
        "TimeoutInMillis": 900000,
        **changes,
    }
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": {"Runtime": "nodejs24.x", "Timeout": 900}},
        "Resources": {
            "Api": {
                "Type": "AWS::Serverless::Api",
                "Properties": {
                    "StageName": "prod",
                    "EndpointConfiguration": {"Type": "REGIONAL"},
                    "Auth": {"DefaultAuthorizer": "AWS_IAM"},
                    "AccessLogSetting": {"Format": STREAMING_LOG, "DestinationArn": "arn"},
                },
            },
            "Function": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Handler": "index.handler",
                    "CodeUri": "src",
                    "Policies": [
                        "AWSLambdaBasicExecutionRole",
                        {
                            "Statement": [
                                {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "arn"}
                            ]
                        },
                    ],
                    "Events": {"Chat": {"Type": "Api", "Properties": event}},
                },
            },
        },
    }


def open_api(**changes: object) -> dict[str, Any]:
    """A REST API with a definition; changes are of its ``x-amazon-apigateway-integration``."""
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": {"Fn::Sub": LAMBDA_URI},
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 900000,
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200"}},
        **changes,
    }
    operation = {
        "security": [{"sigv4": []}],
        "responses": {"200": {"description": "a stream"}},
        "x-amazon-apigateway-integration": integration,
    }
    body = {"openapi": "3.0.1", "paths": {"/chat": {"post": operation}}}
    without = {"Method": GONE, "Chat": GONE, "Deployment.DependsOn": GONE}
    return changed({**without, "Api.Properties.Body": body})


class TestSam:
    def test_rules_sam_correct_template_has_no_finding(self) -> None:
        assert ids(sam()) == []

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"ResponseTransferMode": "STREAMING"}, "STREAM001"),
            ({"TimeoutInMillis": 960000}, "STREAM006"),
            ({"TimeoutInMillis": 60000}, "STREAM008"),
            ({"Auth": {"Authorizer": "NONE"}}, "STREAM023"),
        ],
    )
    def test_rules_sam_event_is_checked(self, changes: dict[str, Any], rule: str) -> None:
        (finding, *_) = found(sam(**changes))
        assert finding.rule.id == rule
        assert finding.logical_id == "Function"
        assert finding.path.startswith("Properties.Events.Chat.Properties")
        assert "POST /chat" in finding.message

    def test_rules_sam_globals_apply_to_the_function(self) -> None:
        template = sam()
        template["Globals"]["Function"] = {"Runtime": "java25", "Timeout": 60}
        assert ids(template) == ["STREAM018", "STREAM008"]

    def test_rules_sam_globals_are_merged_with_function_properties(self) -> None:
        template = sam()
        template["Globals"]["Function"] |= {
            "Runtime": "java25",
            "Environment": {"Variables": {"AWS_LWA_INVOKE_MODE": "response_stream"}},
        }
        function = template["Resources"]["Function"]["Properties"]
        function["Environment"] = {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}}
        assert ids(template) == []

    def test_rules_sam_globals_apply_to_the_api(self) -> None:
        template = sam()
        template["Globals"]["Api"] = {"MinimumCompressionSize": 1024}
        assert ids(template) == ["STREAM011"]

    def test_stream021_sam_http_api_event_is_found(self) -> None:
        template = sam()
        events = template["Resources"]["Function"]["Properties"]["Events"]
        events["Http"] = {"Type": "HttpApi", "Properties": {"Path": "/", "Method": "get"}}
        (finding,) = found(template)
        assert (finding.rule.id, finding.path) == ("STREAM021", "Properties.Events.Http")

    def test_stream025_sam_cors_of_implicit_api_is_checked(self) -> None:
        template = sam()
        template["Resources"]["Api"]["Properties"]["Cors"] = {"AllowOrigin": "'*'", "AllowCredentials": True}
        assert ids(template) == ["STREAM025"]

    def test_stream022_sam_definition_body_path_of_event_has_its_permission(self) -> None:
        template = sam()
        integration = {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": {"Fn::Sub": LAMBDA_URI},
            "responseTransferMode": "STREAM",
            "timeoutInMillis": 900000,
        }
        operation = {"security": [{"sigv4": []}], "x-amazon-apigateway-integration": integration}
        body = {"openapi": "3.0.1", "paths": {"/chat": {"post": operation}}}
        template["Resources"]["Api"]["Properties"]["DefinitionBody"] = body
        assert ids(template) == []
        del template["Resources"]["Function"]["Properties"]["Events"]
        assert ids(template) == ["STREAM022"]

    def test_stream016_sam_edge_api_is_found(self) -> None:
        template = sam()
        template["Resources"]["Api"]["Properties"]["EndpointConfiguration"] = "EDGE"
        assert ids(template) == ["STREAM016"]


class TestOpenApi:
    def test_rules_openapi_correct_definition_has_no_finding(self) -> None:
        assert ids(open_api()) == []

    @pytest.mark.parametrize(
        ("changes", "rule", "name"),
        [
            ({"responseTransferMode": "stream"}, "STREAM001", "responseTransferMode"),
            ({"type": "aws"}, "STREAM002", "type"),
            ({"uri": {"Fn::Sub": LAMBDA_URI.replace("response-streaming-", "")}}, "STREAM003", "uri"),
            ({"timeoutInMillis": 960000}, "STREAM006", "timeoutInMillis"),
            ({"cacheKeyParameters": ["method.request.querystring.q"]}, "STREAM010", "cacheKeyParameters"),
            ({"requestTemplates": {"application/json": "{}"}}, "STREAM013", "requestTemplates"),
            (
                {"responses": {"default": {"statusCode": "200", "responseTemplates": {"text/plain": "x"}}}},
                "STREAM012",
                "responses",
            ),
        ],
    )
    def test_rules_openapi_finding_has_its_place_in_the_definition(
        self, changes: dict[str, Any], rule: str, name: str
    ) -> None:
        (finding, *_) = found(open_api(**changes))
        place = "Properties.Body.paths./chat.post.x-amazon-apigateway-integration"
        assert (finding.rule.id, finding.logical_id, finding.path) == (rule, "Api", f"{place}.{name}")

    def test_stream023_openapi_operation_without_security_is_open(self) -> None:
        template = open_api()
        del template["Resources"]["Api"]["Properties"]["Body"]["paths"]["/chat"]["post"]["security"]
        assert ids(template) == ["STREAM023"]


class TestReferences:
    @pytest.mark.parametrize(
        "spelled",
        [
            {"Fn::Sub": LAMBDA_URI},
            {"Fn::Sub": [LAMBDA_URI.replace("Function.Arn", "f"), {"f": FUNCTION_ARN}]},
            {"Fn::Sub": [LAMBDA_URI.replace("Function.Arn", "f"), {"f": {"Fn::GetAtt": "Function.Arn"}}]},
            uri({"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Function}"}),
            uri("arn:aws:lambda:eu-west-1:111122223333:function:named"),
        ],
        ids=["Sub", "Sub with a variable", "GetAtt as text", "an ARN with the name", "a literal name"],
    )
    def test_rules_integration_uri_of_every_form_leads_to_its_function(self, spelled: object) -> None:
        changes = {
            f"{INTEGRATION}.Uri": spelled,
            "Function.Properties.Runtime": "java25",
            "Function.Properties.FunctionName": "named",
        }
        (finding,) = found(changed(changes))
        assert (finding.rule.id, "Function cannot stream" in finding.message) == ("STREAM018", True)

    def test_rules_alias_and_version_lead_to_their_function(self) -> None:
        version = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}}
        alias = {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "1"},
        }
        for logical_id, target in {"Version": version, "Alias": alias}.items():
            changes = {
                logical_id: target,
                f"{INTEGRATION}.Uri": uri({"Ref": logical_id}),
                "Permission.Properties.FunctionName": {"Ref": logical_id},
                "Function.Properties.Timeout": 60,
            }
            assert ids(changed(changes)) == ["STREAM008"]

    def test_rules_nested_stack_parameter_leads_to_function_of_parent(self) -> None:

        inner = {
            **changed(
                {"Function": GONE, f"{INTEGRATION}.Uri": uri({"Ref": "Arn"}), "Role": GONE, "Policy": GONE}
            ),
            "Parameters": {"Arn": {"Type": "String"}},
        }
        inner["Resources"]["Permission"]["Properties"]["FunctionName"] = {"Ref": "Arn"}
        resources = {name: changed({})["Resources"][name] for name in ("Function", "Role", "Policy")}
        resources["Function"]["Properties"]["Timeout"] = 60
        resources["Nested"] = {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"Parameters": {"Arn": FUNCTION_ARN}},
        }
        parent = Template("parent", {"Resources": resources})
        (finding,) = find([parent, Template("inner", inner, (parent, "Nested"))])
        assert (finding.rule.id, finding.template) == ("STREAM008", "inner")

    def test_rules_export_leads_to_function_of_other_stack(self) -> None:
        backend = {
            "Resources": {"Function": changed({"Function.Properties.Timeout": 60})["Resources"]["Function"]},
            "Outputs": {"Arn": {"Value": FUNCTION_ARN, "Export": {"Name": "backend:arn"}}},
        }
        imported = {"Fn::ImportValue": "backend:arn"}
        frontend = changed(
            {
                "Function": GONE,
                f"{INTEGRATION}.Uri": uri(imported),
                "Permission.Properties.FunctionName": imported,
            }
        )
        (finding,) = found(backend, frontend)
        assert (finding.rule.id, finding.template) == ("STREAM008", "1")

    def test_rules_circular_exports_come_to_an_end(self) -> None:
        def of(name: str, other: str) -> dict[str, Any]:
            output = {"Value": {"Fn::ImportValue": other}, "Export": {"Name": name}}
            return {
                **changed({f"{INTEGRATION}.Uri": uri({"Fn::ImportValue": other})}),
                "Outputs": {"O": output},
            }

        assert ids(of("a", "b"), of("b", "a")) == []

    def test_rules_parameter_counts_as_its_default(self) -> None:
        template = changed({f"{INTEGRATION}.ResponseTransferMode": {"Ref": "Mode"}})
        template["Parameters"] = {"Mode": {"Type": "String", "Default": "STREAMING"}}
        assert ids(template) == ["STREAM001"]
