"""What the reference deployment puts into an account."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from cdk_streaming_api import ApiKeyAuthorizer, BedrockModel, StreamingApi
from stacks.account_logging_stack import AccountLoggingStack
from stacks.chat_stack import ChatStack, curl
from stacks.settings import DeploymentSettings


def test_reference_stack_has_a_chat_and_a_probe_method_only(template: Template) -> None:
    resources = template.find_resources("AWS::ApiGateway::Resource")
    methods = template.find_resources("AWS::ApiGateway::Method")
    assert {resource["Properties"]["PathPart"] for resource in resources.values()} == {"chat", "probe"}
    verbs = sorted(method["Properties"]["HttpMethod"] for method in methods.values())
    assert verbs == ["OPTIONS", "OPTIONS", "POST", "POST"]


def test_reference_stack_has_the_outputs_that_scripts_read(template: Template) -> None:
    assert set(template.find_outputs("*")) == {
        "ApiUrl",
        "ChatUrl",
        "ProbeUrl",
        "ChatFunctionName",
        "ProbeFunctionName",
        "AccessLogGroupName",
        "ChatCurl",
    }


def test_reference_stack_urls_end_in_stage_and_path(template: Template) -> None:
    for name, end in {"ApiUrl": "/", "ChatUrl": "/chat", "ProbeUrl": "/probe"}.items():
        scheme, api, execute_api, region, dot, suffix, slash, stage, path = template.find_outputs(name)[name][
            "Value"
        ]["Fn::Join"][1]
        assert (scheme, execute_api, dot, slash, path) == ("https://", ".execute-api.", ".", "/", end)
        assert region == {"Ref": "AWS::Region"}
        assert suffix == {"Ref": "AWS::URLSuffix"}
        assert api["Ref"] in template.find_resources("AWS::ApiGateway::RestApi")
        assert stage["Ref"] in template.find_resources("AWS::ApiGateway::Stage")


def test_reference_stack_curl_streams_and_signs_with_shell_credentials() -> None:
    command = curl("https://id.execute-api.eu-west-1.amazonaws.com/prod/chat", "eu-west-1")
    assert command.startswith('curl --no-buffer --aws-sigv4 "aws:amz:eu-west-1:execute-api" ')
    assert '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"' in command
    assert '-H "x-amz-security-token: $AWS_SESSION_TOKEN"' in command
    body = re.search(r"-d '(.*?)'", command)
    assert body
    assert json.loads(body[1])["prompt"]
    assert command.endswith(" https://id.execute-api.eu-west-1.amazonaws.com/prod/chat")


def test_reference_stack_only_tracing_is_allowed_on_every_resource(template: Template) -> None:
    statements = [
        statement
        for policy in template.find_resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    everything = [statement for statement in statements if "*" in json.dumps(statement["Resource"])]
    assert statements
    assert {action.split(":")[0] for statement in everything for action in statement["Action"]} == {"xray"}


def test_reference_stack_roles_have_no_managed_policy(template: Template) -> None:
    template.all_resources_properties("AWS::IAM::Role", {"ManagedPolicyArns": Match.absent()})


def test_reference_stack_leaves_api_gateway_account_alone(template: Template) -> None:
    template.resource_count_is("AWS::ApiGateway::Account", 0)


def test_reference_stack_log_groups_expire_and_are_deleted(template: Template) -> None:
    template.resource_count_is("AWS::Logs::LogGroup", 4)
    template.all_resources("AWS::Logs::LogGroup", {"DeletionPolicy": "Delete"})
    template.all_resources_properties("AWS::Logs::LogGroup", {"RetentionInDays": 30})


@pytest.mark.parametrize("kind", ["DEFAULT_4XX", "DEFAULT_5XX"])
def test_reference_stack_pages_can_call_and_read_errors(template: Template, kind: str) -> None:
    """The stack that everybody looks at first shows the preflight and the CORS of gateway responses."""
    preflights = template.find_resources("AWS::ApiGateway::Method", {"Properties": {"HttpMethod": "OPTIONS"}})
    assert len(preflights) == 2
    for method in preflights.values():
        integration = method["Properties"]["Integration"]
        (response,) = integration["IntegrationResponses"]
        parameters = response["ResponseParameters"]
        assert (integration["Type"], method["Properties"]["AuthorizationType"]) == ("MOCK", "NONE")
        assert parameters["method.response.header.Access-Control-Allow-Origin"] == "'*'"
    template.has_resource_properties(
        "AWS::ApiGateway::GatewayResponse",
        {
            "ResponseType": kind,
            "ResponseParameters": Match.object_like(
                {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
            ),
        },
    )
    streams = template.find_resources("AWS::ApiGateway::Method", {"Properties": {"HttpMethod": "POST"}})
    assert {each["Properties"]["AuthorizationType"] for each in streams.values()} == {"AWS_IAM"}


def test_reference_stack_without_origins_has_no_preflight(app: cdk.App) -> None:
    settings = DeploymentSettings.from_context({"allow_origins": ""})
    template = Template.from_stack(ChatStack(app, "Set", settings=settings))
    template.resource_properties_count_is("AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"}, 0)


def test_api_with_another_authorizer_has_no_default_origins(stack: cdk.Stack) -> None:
    """A bearer token is something that any page can send: who opens such an API says for whom."""
    model, keys = BedrockModel("amazon.nova-lite-v1:0"), ApiKeyAuthorizer(stack, "Keys")
    StreamingApi(stack, "Api", model=model, authorizer=keys).add_stream("chat")
    template = Template.from_stack(stack)
    template.resource_properties_count_is("AWS::ApiGateway::Method", {"HttpMethod": "OPTIONS"}, 0)
    template.all_resources_properties("AWS::ApiGateway::Method", {"AuthorizationType": "CUSTOM"})


def test_reference_stack_settings_reach_the_resources(app: cdk.App) -> None:
    settings = DeploymentSettings(
        model_id="amazon.nova-micro-v1:0",
        stage_name="beta",
        allow_origins=("https://app.example.com",),
        throttling_rate_limit=3,
        throttling_burst_limit=7,
        log_retention_days=365,
    )
    template = Template.from_stack(ChatStack(app, "Set", settings=settings))
    environment = {
        "BEDROCK_MODEL_ID": "amazon.nova-micro-v1:0",
        "CORS_ALLOW_ORIGIN": "https://app.example.com",
    }
    template.has_resource_properties("AWS::Lambda::Function", {"Environment": {"Variables": environment}})
    template.has_resource_properties(
        "AWS::ApiGateway::Stage",
        {
            "StageName": "beta",
            "MethodSettings": [
                Match.object_like({"ThrottlingRateLimit": 3, "ThrottlingBurstLimit": 7}),
            ],
        },
    )
    template.all_resources_properties("AWS::Logs::LogGroup", {"RetentionInDays": 365})


def test_account_logging_stack_is_retained_on_deletion(app: cdk.App) -> None:
    template = Template.from_stack(AccountLoggingStack(app, "Logging"))
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    template.has_resource("AWS::ApiGateway::Account", retained)
    template.has_resource("AWS::IAM::Role", retained)
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": Match.object_like(
                {"Statement": [Match.object_like({"Principal": {"Service": "apigateway.amazonaws.com"}})]}
            )
        },
    )


ROOT = Path(__file__).resolve().parents[2]
# Each is a round trip to Node, and their number does not change from machine to machine as seconds do.
ROUND_TRIPS = """
import aws_cdk as cdk
from jsii._kernel.providers.process import _NodeProcess
from stacks.chat_stack import ChatStack
from stacks.settings import DeploymentSettings

app, asked, send = cdk.App(), [], _NodeProcess.send
_NodeProcess.send = lambda *arguments: asked.append(0) or send(*arguments)
ChatStack(app, "StreamingChat", settings=DeploymentSettings())
print(len(asked))
"""


def test_reference_stack_jsii_round_trips_stay_within_the_bound() -> None:
    # in a process of its own: in this one other tests decide what is known already
    program = [sys.executable, "-c", ROUND_TRIPS]
    done = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT)
    assert 100 < int(done.stdout) < 270
