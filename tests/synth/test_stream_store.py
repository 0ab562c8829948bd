"""The table that keeps streams, the routes to them, and what each function may do with it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template
from lambda_streaming_store import recorder, rows

from cdk_streaming_api import BedrockFormat, BedrockModel, StreamingApi, StreamingFunction, StreamStore
from tests.synth.conftest import new_app

MODEL = BedrockModel("amazon.nova-lite-v1:0")
#: function -> what it may do with the table
ALLOWED = {
    "Handler": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
    "StreamReader": {"dynamodb:GetItem", "dynamodb:Query"},
    "StreamCancel": {"dynamodb:UpdateItem"},
    "StreamErase": {"dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"},
    "StreamResponseCancel": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"},
}
#: route of a stored response -> function
RESPONSES = {
    "POST /v1/responses": "Handler",
    "GET /v1/responses/{responseId}": "StreamReader",
    "POST /v1/responses/{responseId}/cancel": "StreamResponseCancel",
    "DELETE /v1/responses/{responseId}": "StreamErase",
    "GET /v1/responses/{responseId}/input_items": "StreamReader",
}
#: function -> the requests by which it changes rows, of which its policy allows the attributes and no others
FLAGS: dict[str, list[dict[str, Any]]] = {
    "StreamCancel": [rows.flag("partition", rows.CANCEL)],
    "StreamErase": [rows.flag("partition", rows.ERASE)],
    "StreamStop": [rows.flag("partition", rows.CANCEL), rows.clear_active("chat", "stream")],
}


def kept(stack: cdk.Stack, **options: Any) -> StreamingApi:  # noqa: ANN401
    """Return an API whose chat is kept."""
    api = StreamingApi(stack, "Api", model=MODEL, store=StreamStore(stack, "Streams", **options))
    api.add_stream("chat")
    return api


def statements(template: Template, function: str) -> list[dict[str, Any]]:
    """Return what the policy of a function says about tables."""
    found = template.find_resources("AWS::IAM::Policy")
    (policy,) = [each for name, each in found.items() if f"Api{function}" in name]
    document: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return [each for each in document if "dynamodb" in json.dumps(each["Action"])]


def actions(statement: dict[str, Any]) -> set[str]:
    """Return the actions of a statement."""
    named = statement["Action"]
    return {named} if isinstance(named, str) else set(named)


def test_store_is_one_table_on_demand_that_expires_and_goes_with_the_stack(stack: cdk.Stack) -> None:
    kept(stack)
    template = Template.from_stack(stack)
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "KeySchema": [
            {"AttributeName": rows.PARTITION, "KeyType": "HASH"},
            {"AttributeName": rows.SORT, "KeyType": "RANGE"},
        ],
        "PointInTimeRecoverySpecification": Match.absent(),
        "SSESpecification": Match.absent(),
    }
    template.has_resource("AWS::DynamoDB::Table", {"Properties": table, "DeletionPolicy": "Delete"})
    template.resource_count_is("AWS::DynamoDB::Table", 1)
    assert rows.EXPIRY == "expires_at"


@pytest.mark.parametrize("function", ALLOWED)
def test_store_allows_each_function_what_it_needs_and_nothing_more(stack: cdk.Stack, function: str) -> None:
    kept(stack).add_bedrock_routes(formats=[BedrockFormat.OPENAI])
    found = statements(Template.from_stack(stack), function)
    assert set().union(*map(actions, found)) == ALLOWED[function]
    table = {"Fn::GetAtt": [Match.any_value, "Arn"]}
    for each in found:
        assert each["Resource"]["Fn::GetAtt"][1] == table["Fn::GetAtt"][1]
        assert "*" not in json.dumps(each)


@pytest.mark.parametrize("function", FLAGS)
def test_store_allows_a_function_that_stops_streams_to_write_the_attributes_that_it_names(
    stack: cdk.Stack, function: str
) -> None:
    kept(stack).add_bedrock_routes(prefix="all")
    found = statements(Template.from_stack(stack), function)
    (allowed,) = [each["Condition"] for each in found if actions(each) == {"dynamodb:UpdateItem"}]
    named = {
        name
        for request in FLAGS[function]
        for text in (request["UpdateExpression"], request["ConditionExpression"], *request["Key"])
        for name in re.findall("(?<![:a-z_])[a-z_]+", text)
        if name != "attribute_exists"
    }
    assert set(allowed["ForAllValues:StringEquals"]["dynamodb:Attributes"]) == named
    assert allowed["StringEqualsIfExists"]["dynamodb:ReturnValues"][0] == "NONE"


def test_store_allows_the_function_that_stops_a_chat_to_find_its_stream(stack: cdk.Stack) -> None:
    kept(stack).add_bedrock_routes(prefix="all")
    found = statements(Template.from_stack(stack), "StreamStop")
    assert set().union(*map(actions, found)) == {"dynamodb:GetItem", "dynamodb:UpdateItem"}


def test_api_without_the_route_of_the_ai_sdk_has_nothing_that_stops_chats(stack: cdk.Stack) -> None:
    kept(stack)
    assert "StreamStop" not in json.dumps(Template.from_stack(stack).to_json())


def test_api_with_a_store_has_routes_with_its_own_authorization(stack: cdk.Stack) -> None:
    kept(stack)
    methods = Template.from_stack(stack).find_resources("AWS::ApiGateway::Method").values()
    found = [each["Properties"] for each in methods]
    assert sorted(each["HttpMethod"] for each in found) == ["DELETE", "GET", "POST", "POST"]
    assert {each["AuthorizationType"] for each in found} == {"AWS_IAM"}
    assert {each["Integration"]["ResponseTransferMode"] for each in found} == {"STREAM"}


def test_route_of_the_ai_sdk_has_the_stream_of_a_chat_below_it(stack: cdk.Stack) -> None:
    api = kept(stack)
    added = api.add_bedrock_routes(prefix="all")
    paths = [stream.method.resource.path for stream in api.streams]
    assert paths.count("/all/ui/chat/{id}/stream") == paths.count("/all/ui/chat/{id}/stop") == 1
    assert "/all/ui/chat/{id}/stream" not in [stream.method.resource.path for stream in added]
    assert not Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("is not kept"))


@pytest.mark.parametrize("prefix", ["", "all"])
def test_routes_of_stored_responses_lead_to_the_function_that_may(stack: cdk.Stack, prefix: str) -> None:
    api = kept(stack)
    added = api.add_bedrock_routes(formats=[BedrockFormat.OPENAI], prefix=prefix)
    # the same functions answer below another prefix
    api.add_bedrock_routes(formats=[BedrockFormat.OPENAI], prefix="again")
    found = {
        f"{stream.method.http_method} {stream.method.resource.path.removeprefix(f'/{prefix}'.rstrip('/'))}": (
            stream.handler.node.id
        )
        for stream in added
        if "/v1/responses" in stream.method.resource.path
    }
    assert found == RESPONSES
    assert not Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("is not kept"))
    functions = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    handlers = [each["Properties"]["Handler"] for each in functions]
    assert sorted(each for each in handlers if each.startswith("streams.")) == [
        *("streams.cancel.handler", "streams.erase.handler", "streams.reader.handler"),
        "streams.response_cancel.handler",
    ]


def test_routes_of_responses_of_a_function_that_is_not_kept_are_its_own(stack: cdk.Stack) -> None:
    api = kept(stack)
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    added = api.add_bedrock_routes(formats=[BedrockFormat.OPENAI], prefix="theirs", handler=theirs)
    found = [stream for stream in added if "/v1/responses" in stream.method.resource.path]
    assert len(found) == 3
    assert {stream.handler.node.id for stream in found} == {"Theirs"}


def test_function_of_an_api_with_a_store_knows_table_and_limits(stack: cdk.Stack) -> None:
    kept(stack, ttl=Duration.minutes(10), max_bytes=5000)
    variables = {
        "STREAM_STORE_TABLE": Match.any_value(),
        "STREAM_STORE_TTL": "600",
        "STREAM_STORE_MAX_BYTES": "5000",
    }
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function",
        {"Handler": "chat.handler.handler", "Environment": {"Variables": Match.object_like(variables)}},
    )


def test_store_keeps_streams_for_an_hour_and_up_to_a_mebibyte_unless_it_is_told_otherwise(
    stack: cdk.Stack,
) -> None:
    kept(stack)
    variables = {"STREAM_STORE_TTL": "3600", "STREAM_STORE_MAX_BYTES": "1048576"}
    Template.from_stack(stack).has_resource_properties(
        "AWS::Lambda::Function", {"Environment": {"Variables": Match.object_like(variables)}}
    )


def test_store_keeps_the_streams_of_one_function_without_an_api(stack: cdk.Stack) -> None:
    store = StreamStore(stack, "Streams")
    code = lambda_.Code.from_inline("handler = None")
    function = StreamingFunction(stack, "Api", code=code, handler="index.handler", store=store)
    store.keep_streams_of(function)
    template = Template.from_stack(stack)
    assert [actions(each) for each in statements(template, "")] == [
        {"dynamodb:PutItem", "dynamodb:UpdateItem"}
    ]
    template.resource_count_is("AWS::Lambda::Function", 1)


def test_metric_of_streams_not_kept_counts_the_warning_of_the_recorder(stack: cdk.Stack) -> None:
    api = kept(stack)
    assert isinstance(api.handler, StreamingFunction)
    assert api.handler.metric_streams_not_kept().metric_name == "StreamsNotKept"
    (found,) = Template.from_stack(stack).find_resources("AWS::Logs::MetricFilter").values()
    pattern = found["Properties"]["FilterPattern"].strip('"')
    assert pattern in Path(recorder.__file__).read_text("utf-8")


def test_api_without_a_store_defines_nothing_of_it(stack: cdk.Stack) -> None:
    StreamingApi(stack, "Api", model=MODEL).add_stream("chat")
    assert "STREAM_" not in json.dumps(Template.from_stack(stack).to_json())


def test_stream_that_no_store_keeps_is_warned_of_by_name(stack: cdk.Stack) -> None:
    api = kept(stack)
    theirs = lambda_.Function.from_function_name(stack, "Theirs", "theirs")
    api.add_stream("theirs", handler=theirs)
    api.add_http_stream("docs", url="https://example.com")
    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("is not kept"))
    assert sorted(str(each.entry.data).split("'")[1] for each in warnings) == ["/docs", "/theirs"]


def test_store_with_a_key_of_the_customer_lets_its_functions_use_it(stack: cdk.Stack) -> None:
    kept(stack, encryption_key=kms.Key(stack, "Key")).add_bedrock_routes(formats=[BedrockFormat.OPENAI])
    template = Template.from_stack(stack)
    template.has_resource_properties(
        "AWS::DynamoDB::Table", {"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"}}
    )
    policies = [json.dumps(each) for each in template.find_resources("AWS::IAM::Policy").values()]
    assert len([each for each in policies if "kms:Decrypt" in each]) == len(ALLOWED)
    assert len([each for each in policies if "kms:GenerateDataKey*" in each]) == len(ALLOWED) - 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ttl": Duration.seconds(30)}, "ttl must be 1 minute to 7 days, in seconds, got 30"),
        ({"max_bytes": 1}, "max_bytes must be 1024 to 67108864, got 1"),
    ],
    ids=["ttl", "max_bytes"],
)
def test_store_refuses_what_is_out_of_range(stack: cdk.Stack, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StreamStore(stack, "Streams", **options)


def nag(app: cdk.App) -> list[tuple[str, str]]:
    """Return rule and construct of each finding of cdk-nag."""
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    with suppress(RuntimeError):  # a finding ends the synthesis, after the report is written
        app.synth()
    report = json.loads((Path(app.outdir) / "validation-report.json").read_text("utf-8"))
    return [
        (each["ruleName"], where["constructPath"])
        for plugin in report["pluginReports"]
        for each in plugin["violations"]
        for where in each["violatingConstructs"]
    ]


def test_cdk_nag_finds_nothing_in_a_store_that_is_not_answered(
    context: dict[str, object], tmp_path: Path
) -> None:
    app = new_app(context, tmp_path / "cdk.out")
    StreamStore(cdk.Stack(app, "Test"), "Streams")
    assert nag(app) == []


def test_cdk_nag_finds_in_what_stored_responses_add_what_it_finds_in_any_stream(
    context: dict[str, object], tmp_path: Path
) -> None:
    app = new_app(context, tmp_path / "cdk.out")
    kept(cdk.Stack(app, "Test")).add_bedrock_routes(formats=[BedrockFormat.OPENAI])
    found = nag(app)

    def rules(words: str) -> set[str]:
        return {rule for rule, path in found if words in path}

    assert rules("StreamResponseCancel") == rules("StreamErase")
    assert rules("v1/responses/{responseId}") == rules("streams/{id}")
