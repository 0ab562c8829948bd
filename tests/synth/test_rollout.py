"""How new code reaches the callers: step by step, from a snapshot, or with instances that are warm."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from cdk_streaming_api import BedrockFunction, BedrockModel, GradualRollout, StreamingApi

MODEL = BedrockModel("amazon.nova-lite-v1:0")
SNAPSHOT = lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS


def chat(stack: cdk.Stack, snap_start: lambda_.SnapStartConf | None = None) -> BedrockFunction:
    return BedrockFunction(stack, "Chat", model=MODEL, snap_start=snap_start)


def warnings(stack: cdk.Stack) -> list[str]:
    return [str(it.entry.data) for it in Annotations.from_stack(stack).find_warning("*", Match.any_value())]


def test_gradual_rollout_alias_is_shifted_by_codedeploy(stack: cdk.Stack) -> None:
    rollout = GradualRollout(stack, "Rollout", function=chat(stack))
    StreamingApi(stack, "Api", handler=rollout.alias).add_stream("chat")
    template = Template.from_stack(stack)
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    (method,) = template.find_resources("AWS::ApiGateway::Method").values()
    assert {"Ref": alias} in method["Properties"]["Integration"]["Uri"]["Fn::Join"][1]
    assert method["Properties"]["Integration"]["TimeoutInMillis"] == 900_000
    template.has_resource_properties("AWS::Lambda::Permission", {"FunctionName": {"Ref": alias}})
    template.has_resource("AWS::Lambda::Alias", {"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {}}})
    template.has_resource_properties(
        "AWS::CodeDeploy::DeploymentGroup",
        {"DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes"},
    )
    assert warnings(stack) == []


def test_gradual_rollout_rolls_back_on_alias_errors_and_own_alarms(stack: cdk.Stack) -> None:
    mine = cloudwatch.Alarm.from_alarm_name(stack, "Mine", "mine")
    GradualRollout(stack, "Rollout", function=chat(stack), alarms=[mine])
    template = Template.from_stack(stack)
    (errors,) = template.find_resources("AWS::CloudWatch::Alarm")
    (group,) = template.find_resources("AWS::CodeDeploy::DeploymentGroup").values()
    assert group["Properties"]["AlarmConfiguration"]["Alarms"] == [
        {"Name": {"Ref": errors}},
        {"Name": "mine"},
    ]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["Properties"]["AutoRollbackConfiguration"]["Events"]
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "Errors", "Threshold": 1, "TreatMissingData": "notBreaching"},
    )


def test_gradual_rollout_may_be_linear_with_a_hook(stack: cdk.Stack) -> None:
    hook = lambda_.Function.from_function_name(stack, "Hook", "hook")
    GradualRollout(
        stack,
        "Rollout",
        function=chat(stack),
        deployment_config=codedeploy.LambdaDeploymentConfig.LINEAR_10_PERCENT_EVERY_1_MINUTE,
        pre_hook=hook,
    )
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::CodeDeploy::DeploymentGroup",
        {"DeploymentConfigName": "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"},
    )
    template.has_resource(
        "AWS::Lambda::Alias",
        {"UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {"BeforeAllowTrafficHook": Match.any_value()}}},
    )


def test_gradual_rollout_provisioned_concurrency_is_on_the_alias(stack: cdk.Stack) -> None:
    GradualRollout(stack, "Rollout", function=chat(stack), provisioned_concurrent_executions=3)
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Alias",
        {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 3}},
    )


def test_gradual_rollout_snapstart_is_of_a_published_version(stack: cdk.Stack) -> None:
    rollout = GradualRollout(stack, "Rollout", function=chat(stack, SNAPSHOT))
    StreamingApi(stack, "Api", handler=rollout.alias).add_stream("chat")
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Lambda::Function", {"SnapStart": {"ApplyOn": "PublishedVersions"}})
    template.resource_count_is("AWS::Lambda::Version", 1)
    assert warnings(stack) == []


def test_snapstart_function_without_version_is_a_warning(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api", handler=chat(stack, SNAPSHOT)).add_stream("chat")
    (warning,) = warnings(stack)
    assert "SnapStart only supports published Lambda versions" in warning


def test_gradual_rollout_snapstart_with_provisioned_concurrency_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match="'Rollout' has provisioned concurrency for a function with SnapSt"):
        GradualRollout(stack, "Rollout", function=chat(stack, SNAPSHOT), provisioned_concurrent_executions=1)


def test_runtime_management_mode_is_in_the_template(stack: cdk.Stack) -> None:
    BedrockFunction(
        stack,
        "Chat",
        model=MODEL,
        runtime_management_mode=lambda_.RuntimeManagementMode.FUNCTION_UPDATE,
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"RuntimeManagementConfig": {"UpdateRuntimeOn": "FunctionUpdate"}}
    )
