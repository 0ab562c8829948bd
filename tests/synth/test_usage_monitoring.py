"""What an operator sees of the records of usage: graphs, alarms and saved queries."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk.assertions import Template
from chat.usage.record import METRICS

from cdk_streaming_api import (
    BedrockFunction,
    BedrockModel,
    BedrockUsageMetric,
    StreamingApi,
    StreamingMonitoring,
)

NOVA, MICRO = BedrockModel("amazon.nova-lite-v1:0"), BedrockModel("amazon.nova-micro-v1:0")


def watched(stack: cdk.Stack, **options: Any) -> StreamingApi:  # noqa: ANN401 - any argument
    """Return an API with two models that is watched."""
    chat = BedrockFunction(stack, "Chat", model=NOVA, models=[MICRO])
    api = StreamingApi(stack, "Api", handler=chat)
    StreamingMonitoring(stack, "Monitoring", api=api, **options)
    # watched as well
    api.add_bedrock_routes()
    return api


def alarms(stack: cdk.Stack, namespace: str) -> list[dict[str, Any]]:
    """Return the alarms on metrics of a namespace that have dimensions, as those of usage do."""
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    return [each["Properties"] for each in found if matches(each["Properties"], namespace)]


def matches(alarm: dict[str, Any], namespace: str) -> bool:
    return alarm.get("Namespace") == namespace and "Dimensions" in alarm


def test_usage_metric_names_are_those_of_the_records() -> None:
    assert {metric.value[0] for metric in BedrockUsageMetric} == set(METRICS)


def test_usage_metric_has_the_namespace_and_the_dimensions_of_the_records(stack: cdk.Stack) -> None:
    api = watched(stack)
    chat = api.handler
    assert isinstance(chat, BedrockFunction)
    metric = chat.metric_usage(
        BedrockUsageMetric.OUTPUT_TOKENS, api=api.rest_api, model=MICRO, period=Duration.minutes(1)
    )
    metric.create_alarm(stack, "Many", threshold=1000, evaluation_periods=1)
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    (namespace,) = {
        each["Properties"]["Environment"]["Variables"]["BEDROCK_USAGE_NAMESPACE"]
        for each in functions
        if "BEDROCK_USAGE_NAMESPACE" in each["Properties"].get("Environment", {}).get("Variables", {})
    }
    assert namespace == "StreamingApi/Test/Chat"
    (alarm,) = alarms(stack, namespace)
    (api_id,) = Template.from_stack(stack).find_resources("AWS::ApiGateway::RestApi")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Period"]) == ("OutputTokens", "Sum", 60)
    assert alarm["Dimensions"] == [
        {"Name": "Api", "Value": {"Ref": api_id}},
        {"Name": "Model", "Value": MICRO.model_id},
    ]


def test_usage_monitoring_has_graphs_of_every_metric_and_model(stack: cdk.Stack) -> None:
    watched(stack)
    (dashboard,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    body = json.dumps(dashboard)
    for metric in BedrockUsageMetric:
        assert metric.value[0] in body
    assert "Estimated cost in USD" in body
    assert MICRO.model_id in body


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        (
            {"estimated_cost_threshold": 2.5, "request_errors_threshold": 10},
            [*[("Errors", 300, 10)] * 2, *[("EstimatedCost", 3600, 2.5)] * 2],
        ),
    ],
)
def test_usage_monitoring_alarms_on_cost_and_errors_where_it_is_asked_to(
    stack: cdk.Stack, options: dict[str, float], expected: list[tuple[str, int, float]]
) -> None:
    watched(stack, **options)
    found = alarms(stack, "StreamingApi/Test/Chat")
    assert sorted((each["MetricName"], each["Period"], each["Threshold"]) for each in found) == expected


def test_usage_monitoring_saves_queries_of_the_functions_own_log(stack: cdk.Stack) -> None:
    watched(stack)
    found = Template.from_stack(stack).find_resources("AWS::Logs::QueryDefinition").values()
    queries = {each["Properties"]["Name"]: each["Properties"] for each in found}
    assert set(queries) == {
        f"Test/Chat/{name}" for name in ("cost by caller", "slowest models", "errors by code")
    }
    cost = queries["Test/Chat/cost by caller"]
    assert cost["QueryString"].split("\n| ") == [
        'filter event = "usage"',
        "stats sum(cost_usd) as usd, sum(total_tokens) as tokens, count(*) as requests "
        "by caller.kind, caller.name, caller.id",
        "sort usd desc",
    ]
    (log_group,) = cost["LogGroupNames"]
    assert "Chat" in log_group["Ref"]


def test_usage_by_caller_is_a_dimension_only_where_it_is_asked_for(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=NOVA, usage_by_caller=True)
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    assert function["Properties"]["Environment"]["Variables"]["BEDROCK_USAGE_BY_CALLER"] == "true"


def test_count_tokens_of_estimates_is_on_with_the_routes_that_grant_it(stack: cdk.Stack) -> None:
    chat = BedrockFunction(stack, "Chat", model=NOVA)
    StreamingApi(stack, "Api", handler=chat).add_bedrock_routes()
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    assert function["Properties"]["Environment"]["Variables"]["BEDROCK_COUNT_TOKENS"] == "true"
