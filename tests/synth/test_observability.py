"""What an API tells of its streams: log fields, metrics, alarms and a dashboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from cdk_streaming_api import (
    BedrockFunction,
    BedrockModel,
    BedrockModelKind,
    GradualRollout,
    StreamingAccessLogField,
    StreamingApi,
    StreamingFunction,
    StreamingMonitoring,
)

from .conftest import new_app

MODEL = BedrockModel("amazon.nova-lite-v1:0")


def chat_api(stack: cdk.Stack) -> StreamingApi:
    api = StreamingApi(stack, "Api", model=MODEL)
    api.add_stream("chat")
    return api


def metric_filter(template: Template, name: str) -> dict[str, Any]:
    (found,) = (
        it
        for it in template.find_resources("AWS::Logs::MetricFilter").values()
        if it["Properties"]["MetricTransformations"][0]["MetricName"] == name
    )
    resource: dict[str, Any] = dict(found)
    return resource


@pytest.mark.parametrize(
    ("construct_id", "ending"), [("Api: $1*", "Test/Api- -1-"), ("A" * 300, "A" * 242)], ids=["signs", "long"]
)
def test_monitoring_metric_namespace_is_valid_for_cloudwatch(
    stack: cdk.Stack, construct_id: str, ending: str
) -> None:
    api = StreamingApi(stack, construct_id, model=MODEL)
    found = api.metric_stream_duration().namespace
    assert found == f"StreamingApi/{ending}"
    assert len(found) <= 255


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Return the alarms by metric."""
    return {
        it["Properties"]["MetricName"]: it["Properties"]
        for it in template.find_resources("AWS::CloudWatch::Alarm").values()
    }


def test_monitoring_access_log_has_the_streaming_fields(template: Template) -> None:
    (stage,) = template.find_resources("AWS::ApiGateway::Stage").values()
    fields = json.loads(stage["Properties"]["AccessLogSetting"]["Format"])
    assert fields["responseTransferMode"] == StreamingAccessLogField.RESPONSE_TRANSFER_MODE
    assert fields["timeToAllHeaders"] == StreamingAccessLogField.TIME_TO_ALL_HEADERS
    assert fields["timeToFirstContent"] == StreamingAccessLogField.TIME_TO_FIRST_CONTENT
    assert fields["integrationLatency"] == StreamingAccessLogField.INTEGRATION_LATENCY


def test_monitoring_metric_filters_are_created_only_on_demand(template: Template) -> None:
    template.resource_count_is("AWS::Logs::MetricFilter", 0)
    template.resource_count_is("AWS::Logs::Transformer", 0)


@pytest.mark.parametrize(
    ("name", "field"),
    [("TimeToFirstContent", "timeToFirstContent"), ("StreamDuration", "integrationLatency")],
)
def test_monitoring_metric_filter_reads_lines_of_streamed_responses(
    stack: cdk.Stack, name: str, field: str
) -> None:
    api = chat_api(stack)
    api.metric_time_to_first_content()
    api.metric_stream_duration()
    template = Template.from_stack(stack)
    properties = metric_filter(template, name)["Properties"]
    assert properties["FilterPattern"] == (f'{{ ($.responseTransferMode = "STREAM*") && ($.{field} >= 0) }}')
    assert properties["MetricTransformations"][0] == {
        "MetricName": name,
        "MetricNamespace": "StreamingApi/Test/Api",
        "MetricValue": f"$.{field}",
        "Unit": "Milliseconds",
    }
    assert properties["LogGroupName"]["Ref"].startswith("ApiAccessLogs")


def test_monitoring_transformer_makes_numbers_of_access_log_texts(stack: cdk.Stack) -> None:
    api = chat_api(stack)
    api.metric_time_to_first_content()
    api.metric_stream_duration()
    template = Template.from_stack(stack)
    ((name, transformer),) = template.find_resources("AWS::Logs::Transformer").items()
    parse, convert = transformer["Properties"]["TransformerConfig"]
    assert parse == {"ParseJSON": {"Source": "@message"}}
    assert convert["TypeConverter"]["Entries"] == [
        {"Key": "timeToFirstContent", "Type": "integer"},
        {"Key": "integrationLatency", "Type": "integer"},
    ]
    found = metric_filter(template, "TimeToFirstContent")
    assert found["Properties"]["ApplyOnTransformedLogs"] is True
    assert found["DependsOn"] == [name]


def test_monitoring_metric_used_twice_has_one_filter(stack: cdk.Stack) -> None:
    api = chat_api(stack)
    first, second = api.metric_time_to_first_content(), api.metric_time_to_first_content(statistic="p99")
    assert (first.namespace, first.metric_name) == (second.namespace, second.metric_name)
    assert (first.statistic, second.statistic) == ("p90", "p99")
    Template.from_stack(stack).resource_count_is("AWS::Logs::MetricFilter", 1)


def test_monitoring_stream_errors_are_counted_by_traceback(stack: cdk.Stack) -> None:
    BedrockFunction(stack, "Chat", model=MODEL).metric_stream_errors(period=Duration.minutes(1))
    found = metric_filter(Template.from_stack(stack), "StreamErrors")["Properties"]
    assert found["FilterPattern"] == '"Traceback (most recent call last)"'
    assert found["MetricTransformations"][0]["MetricValue"] == "1"
    assert found["LogGroupName"]["Ref"].startswith("ChatLogGroup")


def test_monitoring_construct_has_dashboard_and_alarms_with_action(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    monitoring = StreamingMonitoring(
        stack,
        "Monitoring",
        api=chat_api(stack),
        time_to_first_content_threshold=Duration.seconds(3),
        alarm_actions=[actions.SnsAction(topic)],
    )
    template = Template.from_stack(stack)
    found = alarms(template)
    assert set(found) == {
        "TimeToFirstContent",
        "5XXError",
        "StreamErrors",
        "Throttles",
        "TimeToFirstToken",
        "InvocationThrottles",
    }
    assert len(monitoring.alarms) == len(found)
    assert found["TimeToFirstContent"]["Threshold"] == 3000
    assert found["TimeToFirstContent"]["ExtendedStatistic"] == "p90"
    assert found["TimeToFirstToken"]["Dimensions"] == [{"Name": "ModelId", "Value": MODEL.model_id}]
    assert all(alarm["AlarmActions"] for alarm in found.values())
    template.resource_count_is("AWS::CloudWatch::Dashboard", 1)


def test_monitoring_has_no_alarm_on_latencies_of_whole_streams(stack: cdk.Stack) -> None:
    StreamingMonitoring(stack, "Monitoring", api=chat_api(stack))
    names = set(alarms(Template.from_stack(stack)))
    assert not names & {"Latency", "IntegrationLatency", "Duration", "InvocationLatency", "StreamDuration"}


def test_monitoring_function_behind_alias_or_two_streams_is_watched_once(stack: cdk.Stack) -> None:
    rollout = GradualRollout(stack, "Rollout", function=BedrockFunction(stack, "Chat", model=MODEL))
    api = StreamingApi(stack, "Api", handler=rollout.alias)
    api.add_stream("chat")
    api.add_stream("talk")
    StreamingMonitoring(stack, "Monitoring", api=api)
    template = Template.from_stack(stack)
    template.resource_properties_count_is("AWS::CloudWatch::Alarm", {"MetricName": "StreamErrors"}, 1)
    template.resource_properties_count_is("AWS::CloudWatch::Alarm", {"MetricName": "Throttles"}, 1)


def test_monitoring_imported_function_has_throttles_alarm_only(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api", handler=lambda_.Function.from_function_name(stack, "Theirs", "theirs"))
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    assert set(alarms(Template.from_stack(stack))) == {"TimeToFirstContent", "5XXError", "Throttles"}


def test_monitoring_model_with_arn_reports_under_its_id(stack: cdk.Stack) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/a1b2c3d4e5f6"
    api = StreamingApi(stack, "Api", model=BedrockModel(arn))
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    found = alarms(Template.from_stack(stack))
    assert found["InvocationThrottles"]["Dimensions"] == [{"Name": "ModelId", "Value": "a1b2c3d4e5f6"}]


def test_monitoring_every_allowed_model_is_watched(stack: cdk.Stack) -> None:
    micro = BedrockModel("amazon.nova-micro-v1:0")
    api = StreamingApi(stack, "Api", handler=BedrockFunction(stack, "Chat", model=MODEL, models=[micro]))
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    template = Template.from_stack(stack)
    for metric in ("TimeToFirstToken", "InvocationThrottles"):
        for model in (MODEL, micro):
            dimensions = [{"Name": "ModelId", "Value": model.model_id}]
            template.has_resource_properties(
                "AWS::CloudWatch::Alarm", {"MetricName": metric, "Dimensions": dimensions}
            )


def test_monitoring_profile_of_same_stack_reports_under_id_in_its_arn(stack: cdk.Stack) -> None:
    source = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
    profile = bedrock.CfnApplicationInferenceProfile(
        stack,
        "Profile",
        inference_profile_name="team",
        model_source=bedrock.CfnApplicationInferenceProfile.InferenceProfileModelSourceProperty(
            copy_from=source
        ),
    )
    model = BedrockModel(
        profile.attr_inference_profile_arn,
        kind=BedrockModelKind.APPLICATION_INFERENCE_PROFILE,
        models=[MODEL],
    )
    api = StreamingApi(stack, "Api", model=model)
    api.add_stream("chat")
    StreamingMonitoring(stack, "Monitoring", api=api)
    ((name, _),) = (
        Template.from_stack(stack).find_resources("AWS::Bedrock::ApplicationInferenceProfile").items()
    )
    arn = {"Fn::GetAtt": [name, "InferenceProfileArn"]}
    found = alarms(Template.from_stack(stack))
    assert found["InvocationThrottles"]["Dimensions"] == [
        {"Name": "ModelId", "Value": {"Fn::Select": [1, {"Fn::Split": ["/", arn]}]}}
    ]


def test_monitoring_metric_may_have_its_own_alarm(stack: cdk.Stack) -> None:
    chat_api(stack).metric_time_to_first_content(period=Duration.minutes(1)).create_alarm(
        stack, "Slow", threshold=2000, evaluation_periods=1
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"MetricName": "TimeToFirstContent", "Period": 60, "Namespace": "StreamingApi/Test/Api"},
    )


def test_monitoring_http_streams_have_no_function_and_model_graphs(stack: cdk.Stack) -> None:
    api = StreamingApi(stack, "Api")
    api.add_http_stream("docs", url="https://example.com")
    StreamingMonitoring(stack, "Monitoring", api=api)
    (dashboard,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::Dashboard").values()
    body = "".join(
        it for it in dashboard["Properties"]["DashboardBody"]["Fn::Join"][1] if isinstance(it, str)
    )
    assert "Time to first content" in body
    assert "Throttled functions" not in body
    assert "Time to first token" not in body


def whole_template(context: dict[str, object], folder: Path, first: bool) -> object:
    """Return the template of an API that is watched before or after it gets its streams."""
    stack = cdk.Stack(new_app(context, folder), "Test")
    own = StreamingFunction(
        stack, "Own", code=lambda_.Code.from_inline("handler = None"), handler="index.handler"
    )
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    api = StreamingApi(stack, "Api", model=MODEL)
    if first:
        StreamingMonitoring(stack, "Monitoring", api=api)
    api.add_stream("theirs", handler=theirs)
    api.add_stream("chat")
    api.add_stream("again")
    api.add_stream("own", handler=own)
    api.add_http_stream("docs", url="https://example.com")
    if not first:
        StreamingMonitoring(stack, "Monitoring", api=api)
    return Template.from_stack(stack).to_json()


def test_monitoring_is_the_same_whether_it_is_defined_before_or_after_the_streams(
    context: dict[str, object], tmp_path: Path
) -> None:
    before = whole_template(context, tmp_path / "before", True)
    assert before == whole_template(context, tmp_path / "after", False)
    assert str(before).count("'AWS::CloudWatch::Alarm'") == 9


def test_monitoring_alarms_of_later_stream_are_listed_with_actions(stack: cdk.Stack) -> None:
    topic = sns.Topic(stack, "Topic")
    api = StreamingApi(stack, "Api", model=MODEL)
    monitoring = StreamingMonitoring(stack, "M", api=api, alarm_actions=[actions.SnsAction(topic)])
    assert len(monitoring.alarms) == 2
    api.add_stream("chat")
    assert len(monitoring.alarms) == 6
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    assert all(alarm["Properties"]["AlarmActions"] for alarm in found)
