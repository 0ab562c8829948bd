"""Two deployments of one app in one account share no name, so that one's errors are none of the other's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk.assertions import Template

from cdk_streaming_api import (
    ApiKeyAuthorizer,
    BedrockFunction,
    BedrockModel,
    GradualRollout,
    StreamingApi,
    StreamingMonitoring,
)

from .conftest import new_app


def deployment(stack: cdk.Stack) -> None:
    """Define all that has names, metrics and alarms."""
    chat = BedrockFunction(stack, "Chat", model=BedrockModel("amazon.nova-lite-v1:0"))
    alarm = chat.metric_stream_errors().create_alarm(stack, "Errors", threshold=1, evaluation_periods=1)
    rollout = GradualRollout(stack, "Rollout", function=chat, alarms=[alarm])
    keys = ApiKeyAuthorizer(stack, "Keys")
    api = StreamingApi(stack, "Api", handler=rollout.alias, authorizer=keys, api_key_required=True)
    api.add_stream("chat")
    api.add_probe()
    api.add_usage_plan("Small", api_keys=[keys.add_api_key("default")])
    StreamingMonitoring(stack, "Monitoring", api=api)


@pytest.fixture(scope="module")
def templates(context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    found = {}
    for name in ("chat-dev", "chat-prod"):
        app = new_app(context, tmp_path_factory.mktemp("two") / name)
        stack = cdk.Stack(app, "Chat", stack_name=name)
        deployment(stack)
        found[name] = Template.from_stack(stack)
    return found


def alarmed(template: Template) -> Iterator[str]:
    """Yield every metric that an alarm watches, with its dimensions."""
    for alarm in template.find_resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        dimensions = json.dumps(properties.get("Dimensions", []))
        yield f"{properties['Namespace']} {properties['MetricName']} {dimensions}"


def names(template: Template) -> Iterator[str]:
    """Yield every name that the template gives to a resource of its own, and that is no reference."""
    for resource in template.to_json()["Resources"].values():
        for key, value in resource.get("Properties", {}).items():
            if key.endswith("Name") and key not in OF_SOMETHING_ELSE and isinstance(value, str):
                yield f"{resource['Type']} {key} {value}"


# names of what is in something else, and of what AWS has
OF_SOMETHING_ELSE = {"MetricName", "StageName", "PolicyName", "DeploymentConfigName"}
OF_ONE_API_OR_FUNCTION = ("AWS::ApiGateway::Authorizer Name ", "AWS::Lambda::Alias Name ")


def test_deployments_share_only_the_alarm_metrics_of_the_model(
    templates: dict[str, Template],
) -> None:
    dev, prod = (set(alarmed(template)) for template in templates.values())
    shared = {metric for metric in dev & prod if '{"Ref":' not in metric and '"Fn::' not in metric}
    # the account has one quota for a model; an inference profile of one's own has metrics of its own
    assert shared == {
        'AWS/Bedrock InvocationThrottles [{"Name": "ModelId", "Value": "amazon.nova-lite-v1:0"}]',
        'AWS/Bedrock TimeToFirstToken [{"Name": "ModelId", "Value": "amazon.nova-lite-v1:0"}]',
    }
    assert len(dev) > 5


def test_deployments_have_separate_metric_namespaces(templates: dict[str, Template]) -> None:
    namespaces = [
        {
            each["Properties"]["MetricTransformations"][0]["MetricNamespace"]
            for each in template.find_resources("AWS::Logs::MetricFilter").values()
        }
        for template in templates.values()
    ]
    assert namespaces == [
        {"StreamingApi/chat-dev/Api", "StreamingApi/chat-dev/Chat", "StreamingApi/chat-dev/Api/Probe"},
        {"StreamingApi/chat-prod/Api", "StreamingApi/chat-prod/Chat", "StreamingApi/chat-prod/Api/Probe"},
    ]


def test_deployments_have_no_resource_name_in_common(templates: dict[str, Template]) -> None:
    dev, prod = (set(names(template)) for template in templates.values())
    assert {name for name in dev & prod if not name.startswith(OF_ONE_API_OR_FUNCTION)} == set()
    assert [api["Name"] for api in found(templates, "AWS::ApiGateway::RestApi")] == [
        "chat-dev-Api",
        "chat-prod-Api",
    ]


def found(templates: dict[str, Template], kind: str) -> Iterator[Mapping[str, object]]:
    for template in templates.values():
        yield from (each["Properties"] for each in template.find_resources(kind).values())


def plain(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Chat")


def staged(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(cdk.Stage(app, "Production"), "Chat")


def named(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(cdk.Stage(app, "Production"), "Chat", stack_name="chat-prod")


def nested(app: cdk.App) -> cdk.Stack:
    return cdk.NestedStack(cdk.NestedStack(cdk.Stack(app, "Chat", stack_name="chat-prod"), "Outer"), "Inner")


@pytest.mark.parametrize(
    ("place", "name", "namespace"),
    [
        (plain, "Chat-Api", "StreamingApi/Chat/Api"),
        (staged, "Production-Chat-Api", "StreamingApi/Production-Chat/Api"),
        (named, "chat-prod-Api", "StreamingApi/chat-prod/Api"),
        (nested, "chat-prod-Outer-Inner-Api", "StreamingApi/chat-prod/Outer/Inner/Api"),
    ],
)
def test_api_name_and_metric_namespace_begin_with_the_stack_name(
    app: cdk.App, place: Callable[[cdk.App], cdk.Stack], name: str, namespace: str
) -> None:
    api = StreamingApi(place(app), "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
    assert api.rest_api.rest_api_name == name
    assert api.metric_stream_duration().namespace == namespace


def test_server_errors_alarm_follows_a_later_rename_of_the_api(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"))
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    definition = api.rest_api.node.default_child
    assert isinstance(definition, apigateway.CfnRestApi)
    definition.name = "Renamed"
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "5XXError", "Dimensions": [{"Name": "ApiName", "Value": "Renamed"}]},
    )
    (dashboard,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    assert str(dashboard).count('"ApiName","Renamed"') == 3


def test_server_errors_alarm_uses_the_rest_api_name_given(stack: cdk.Stack) -> None:
    api = StreamingApi(
        stack, "Api", model=BedrockModel("amazon.nova-lite-v1:0"), rest_api_name="Assistant of the shop"
    )
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "5XXError", "Dimensions": [{"Name": "ApiName", "Value": "Assistant of the shop"}]},
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::ApiGateway::RestApi", {"Name": "Assistant of the shop"}
    )
