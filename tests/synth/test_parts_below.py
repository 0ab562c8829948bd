"""What a construct defines is below it, so that what is said of the construct is said of its parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Match, Template
from constructs import Construct

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
)

from .conftest import new_app

MODEL = BedrockModel("amazon.nova-lite-v1:0")
EXECUTION_ROLE = "service-role/AWSLambdaBasicExecutionRole"


def function(scope: Construct, construct_id: str = "Chat", **options: object) -> StreamingFunction:
    code = lambda_.Code.from_inline("handler = None")
    return StreamingFunction(scope, construct_id, code=code, handler="index.handler", **options)  # type: ignore[arg-type]


def keys(scope: Construct) -> ApiKeyAuthorizer:
    """Return an authorizer named Keys, of an API, as every authorizer must be."""
    authorizer = ApiKeyAuthorizer(scope, "Keys")
    theirs = lambda_.Function.from_function_name(scope, "Theirs", "theirs")
    StreamingApi(scope, "Api", handler=theirs, authorizer=authorizer).add_stream("chat")
    return authorizer


def everything(stack: cdk.Stack) -> StreamingFunction:
    chat = function(stack)
    chat.metric_stream_errors()
    return chat


CONSTRUCTS: Mapping[str, Callable[[cdk.Stack], Construct]] = {
    "StreamingFunction": everything,
    "BedrockFunction": lambda stack: BedrockFunction(stack, "Chat", model=MODEL),
    "in a VPC": lambda stack: function(
        stack,
        vpc=ec2.Vpc.from_vpc_attributes(
            stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
        ),
    ),
    "StreamingApi": lambda stack: StreamingApi(stack, "Chat", model=MODEL).add_stream("chat").node.scope,  # type: ignore[dict-item, return-value]
}


def resources_outside(construct: Construct) -> set[str]:
    stack = cdk.Stack.of(construct)
    return {
        each.node.path
        for each in stack.node.find_all()
        if cdk.CfnResource.is_cfn_resource(each) and not each.node.path.startswith(f"{construct.node.path}/")
    }


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_construct_resources_are_below_it_except_the_layer(stack: cdk.Stack, name: str) -> None:
    assert resources_outside(CONSTRUCTS[name](stack)) == {"Test/LambdaStreamingLayer/Resource"}


def test_authorizer_resources_are_below_it(stack: cdk.Stack) -> None:
    outside = resources_outside(keys(stack))
    assert {path for path in outside if not path.startswith("Test/Api/")} == set()


def test_rollout_and_monitoring_resources_are_below_their_constructs(stack: cdk.Stack) -> None:
    chat = BedrockFunction(stack, "Chat", model=MODEL)
    rollout = GradualRollout(stack, "Rollout", function=chat)
    api = StreamingApi(stack, "Api", handler=rollout.alias)
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    below = ("Test/Chat/", "Test/Rollout/", "Test/Api/", "Test/Monitoring/", "Test/LambdaStreamingLayer/")
    outside = {each.node.path for each in stack.node.find_all() if cdk.CfnResource.is_cfn_resource(each)}
    assert {path for path in outside if not path.startswith(below)} == set()


def test_function_tags_boundaries_and_removal_policies_reach_its_parts(stack: cdk.Stack) -> None:
    chat = function(stack)
    cdk.Tags.of(chat).add("team", "chat")
    iam.PermissionsBoundary.of(chat).apply(iam.ManagedPolicy.from_managed_policy_name(stack, "B", "boundary"))
    cdk.RemovalPolicies.of(chat).destroy()
    template = Template.from_stack(stack)
    tags = {"Tags": Match.array_with([{"Key": "team", "Value": "chat"}])}
    for kind in ("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup"):
        template.all_resources_properties(kind, tags)
        template.all_resources(kind, {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"})
    template.all_resources_properties("AWS::IAM::Role", {"PermissionsBoundary": Match.any_value()})


def test_authorizer_tags_and_removal_policies_reach_its_parts(stack: cdk.Stack) -> None:
    authorizer = keys(stack)
    cdk.Tags.of(authorizer).add("team", "chat")
    cdk.RemovalPolicies.of(authorizer).destroy()
    template = Template.from_stack(stack)
    for kind in ("AWS::SecretsManager::Secret", "AWS::IAM::Role", "AWS::Lambda::Function"):
        template.all_resources_properties(kind, {"Tags": [{"Key": "team", "Value": "chat"}]})
        template.all_resources(kind, {"DeletionPolicy": "Delete"})


def nag(
    context: dict[str, object], folder: Path, build: Callable[[cdk.Stack], object]
) -> set[tuple[str, str]]:
    """Return the rules of AwsSolutions that something breaks, with the construct."""
    app = new_app(context, folder)
    build(cdk.Stack(app, "Test"))
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    with suppress(RuntimeError):  # which says that there are findings
        app.synth()
    report = json.loads((folder / "validation-report.json").read_text("utf-8"))
    return {
        (found["ruleName"], construct["constructPath"])
        for plugin in report["pluginReports"]
        for found in plugin["violations"]
        for construct in found["violatingConstructs"]
    }


def test_function_acknowledgment_reaches_its_role(context: dict[str, object], tmp_path: Path) -> None:
    xray = "AwsSolutions-IAM5[Resource::*]"

    def acknowledged(stack: cdk.Stack) -> None:
        reason = cdk.Acknowledgment(id=f"AwsSolutions::{xray}", reason="X-Ray takes no resource")
        cdk.Validations.of(function(stack)).acknowledge(reason)

    assert nag(context, tmp_path / "as it is", function) == {
        (xray, "Test/Chat/ServiceRole/DefaultPolicy/Resource")
    }
    assert nag(context, tmp_path / "acknowledged", acknowledged) == set()


def test_stream_acknowledgment_reaches_its_method(context: dict[str, object], tmp_path: Path) -> None:
    cognito = "AwsSolutions-COG4"

    def open_api(stack: cdk.Stack, acknowledge: bool) -> None:
        theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
        stream = StreamingApi(stack, "Api", handler=theirs).add_stream("chat")
        if acknowledge:
            reason = cdk.Acknowledgment(id=f"AwsSolutions::{cognito}", reason="IAM authorizes")
            cdk.Validations.of(stream).acknowledge(reason)

    path = "Test/Api/RestApi/Default/chat/POST/Resource"
    assert (cognito, path) in nag(context, tmp_path / "as it is", lambda stack: open_api(stack, False))
    assert (cognito, path) not in nag(context, tmp_path / "ack", lambda stack: open_api(stack, True))


@pytest.mark.parametrize("managed", [True, False])
def test_function_has_one_log_group_with_any_feature_flag(
    context: dict[str, object], tmp_path: Path, managed: bool
) -> None:
    flag = "@aws-cdk/aws-lambda:useCdkManagedLogGroup"
    stack = cdk.Stack(new_app({**context, flag: managed}, tmp_path / "cdk.out"), "Test")
    chat = function(stack, log_retention=logs.RetentionDays.ONE_DAY)
    pattern = logs.FilterPattern.all_terms("x")
    chat.log_group.add_metric_filter("Theirs", filter_pattern=pattern, metric_namespace="n", metric_name="m")
    template = Template.from_stack(stack)
    (group,) = template.find_resources("AWS::Logs::LogGroup")
    template.has_resource_properties(
        "AWS::Logs::LogGroup", {"RetentionInDays": 1, "LogGroupName": Match.absent()}
    )
    template.has_resource_properties("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": {"Ref": group}}})
    template.has_resource_properties("AWS::Logs::MetricFilter", {"LogGroupName": {"Ref": group}})
    template.resource_count_is("Custom::LogRetention", 0)


def managed_policies(stack: cdk.Stack) -> list[object]:
    (role,) = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    found: list[object] = role["Properties"].get("ManagedPolicyArns", [])
    return found


def test_function_role_has_no_managed_policy(stack: cdk.Stack) -> None:
    function(stack)
    assert managed_policies(stack) == []


def test_function_role_in_vpc_has_no_managed_policy(stack: cdk.Stack) -> None:
    CONSTRUCTS["in a VPC"](stack)
    assert managed_policies(stack) == []


def test_function_role_keeps_managed_policies_added_by_the_app(stack: cdk.Stack) -> None:
    chat = function(stack, vpc=ec2.Vpc(stack, "Vpc", nat_gateways=0), allow_public_subnet=True)
    assert chat.role is not None
    chat.role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3ReadOnlyAccess"))
    own = iam.ManagedPolicy(stack, "Own", statements=[iam.PolicyStatement(actions=["s3:*"], resources=["*"])])
    chat.role.add_managed_policy(own)
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    (found,) = (
        it["Properties"]["ManagedPolicyArns"] for name, it in roles.items() if name.startswith("Chat")
    )
    assert [next(iter(arn)) for arn in found] == ["Fn::Join", "Ref"]
    assert "AmazonS3ReadOnlyAccess" in str(found)
    assert EXECUTION_ROLE not in str(found)


def test_construct_part_ids_are_free_for_the_app(stack: cdk.Stack) -> None:
    for part in ("Role", "Logs", "StreamErrors", "LogGroup", "ServiceRole"):
        Construct(stack, f"Chat{part}")
    for part in ("Secret", "Function", "FunctionRole", "FunctionLogs"):
        Construct(stack, f"Keys{part}")
    function(stack).metric_stream_errors()
    keys(stack)
    for part in ("Role", "Logs", "Secret", "Function"):
        Construct(stack, f"Other{part}")
    function(stack, "Other")
    Template.from_stack(stack)


def test_secret_and_function_keep_the_logical_ids_of_earlier_versions(stack: cdk.Stack) -> None:
    keys(stack)
    template = Template.from_stack(stack)
    assert list(template.find_resources("AWS::SecretsManager::Secret")) == ["KeysSecretFD43C82C"]
    assert list(template.find_resources("AWS::Lambda::Function")) == ["KeysFunctionEF461A2A"]


def in_stage(app: cdk.App) -> Construct:
    return Construct(cdk.Stack(cdk.Stage(app, "Production"), "Test"), "Deep down")


def in_nested_stack(app: cdk.App) -> Construct:
    return cdk.NestedStack(cdk.Stack(app, "Test"), "Nested")


@pytest.mark.parametrize("place", [in_stage, in_nested_stack])
def test_secret_keeps_its_logical_id_wherever_it_is(
    context: dict[str, object], tmp_path: Path, place: Callable[[cdk.App], Construct]
) -> None:
    was = place(new_app(context, tmp_path / "was"))
    before = secretsmanager.Secret(was, "KeysSecret").node.default_child
    now = place(new_app(context, tmp_path / "now"))
    keys(now)
    assert isinstance(before, cdk.CfnElement)
    template = Template.from_stack(cdk.Stack.of(now))
    assert list(template.find_resources("AWS::SecretsManager::Secret")) == [
        cdk.Stack.of(was).resolve(before.logical_id)
    ]


@pytest.mark.parametrize("first", [True, False])
def test_secret_leaves_its_former_logical_id_to_a_secret_of_the_app(stack: cdk.Stack, first: bool) -> None:
    if first:
        secretsmanager.Secret(stack, "KeysSecret")
    authorizer = keys(stack)
    if not first:
        secretsmanager.Secret(stack, "KeysSecret")
    found = Template.from_stack(stack).find_resources("AWS::SecretsManager::Secret")
    assert len(found) == 2
    assert "KeysSecretFD43C82C" in found
    definition = authorizer.secret.node.default_child
    assert isinstance(definition, cdk.CfnElement)
    assert stack.resolve(definition.logical_id) != "KeysSecretFD43C82C"


def test_authorizer_invokes_the_function_below_it_and_may(stack: cdk.Stack) -> None:
    authorizer = keys(stack)
    assert [each.node.id for each in stack.node.children] == ["Keys", "Theirs", "Api"]
    template = Template.from_stack(stack)
    (name,) = (it for it in template.find_resources("AWS::Lambda::Function") if it.startswith("KeysFunction"))
    arn = {"Fn::GetAtt": [name, "Arn"]}
    (definition,) = template.find_resources("AWS::ApiGateway::Authorizer").values()
    assert json.dumps(arn) in json.dumps(definition["Properties"]["AuthorizerUri"])
    template.has_resource_properties(
        "AWS::Lambda::Permission",
        {"FunctionName": arn, "SourceArn": stack.resolve(authorizer.authorizer_arn)},
    )
